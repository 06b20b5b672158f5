//! What a program says of itself in its head.

use crate::variant::{Flavour, Linker, Shape, Start, Way};
use libsys_trials::head::{self, line, split, words};
use libsys_trials::machine::Need;
use libsys_trials::run::{End, Outcome};
use libsys_trials::word::Word;

/// A program and what it says of itself.
pub type Program = libsys_trials::program::Program<Directives>;

/// What a program says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directives {
    /// What begins it.
    pub start: Start,
    /// Its sections.
    pub flavours: Vec<Flavour>,
    /// The kinds of file.
    pub shapes: Vec<Shape>,
    /// The linkers.
    pub linkers: Vec<Linker>,
    /// The ways of running.
    pub runs: Vec<Way>,
    /// More words for the compiler.
    pub flags: Vec<String>,
    /// More words for the compiler when it links.
    pub link: Vec<String>,
    /// The program's arguments.
    pub args: Vec<String>,
    /// More variables in its environment.
    pub env: Vec<(String, String)>,
    /// What the machine must have.
    pub needs: Vec<Need>,
    /// All of its standard output.
    pub stdout: String,
    /// All of its standard error.
    pub stderr: String,
    /// How it ends.
    pub end: End,
}

impl Default for Directives {
    fn default() -> Directives {
        Directives {
            start: Start::Libsys,
            flavours: vec![Flavour::Reserved, Flavour::Text],
            shapes: vec![Shape::Static, Shape::StaticPie],
            linkers: Linker::ALL.to_vec(),
            runs: vec![Way::Plain, Way::Interp, Way::Hand],
            flags: Vec::new(),
            link: Vec::new(),
            args: Vec::new(),
            env: Vec::new(),
            needs: Vec::new(),
            stdout: String::new(),
            stderr: String::new(),
            end: End::Status(0),
        }
    }
}

impl head::Directives for Directives {
    const REPEATABLE: &'static [&'static str] = &["Env", "Stdout", "Stderr"];

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "Start" => match words::<Start>(value)?.as_slice() {
                [start] => self.start = *start,
                _ => return Err("`Start` is one word".into()),
            },
            "Flavours" => self.flavours = words(value)?,
            "Shapes" => self.shapes = words(value)?,
            "Linkers" => self.linkers = words(value)?,
            "Runs" => self.runs = words(value)?,
            "Flags" => self.flags = split(value)?,
            "Link" => self.link = split(value)?,
            "Args" => self.args = split(value)?,
            "Env" => self.env.push(head::variable(value)?),
            "Needs" => self.needs = split(value)?.iter().map(|w| Need::parse(w)).collect::<Result<_, _>>()?,
            "Stdout" => line(&mut self.stdout, value),
            "Stderr" => line(&mut self.stderr, value),
            "Status" => match value.parse::<u8>() {
                Ok(status) => self.end = End::Status(status.into()),
                Err(_) => return Err(format!("`{value}` is not a status from 0 to 255")),
            },
            "Signal" => match SIGNALS.iter().find(|(name, _)| *name == value) {
                Some((_, number)) => self.end = End::Signal(*number),
                None => return Err(format!("`{value}` is none of the signals that end programs here")),
            },
            _ => return Err(format!("there is no directive `{name}`")),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), String> {
        let needs_libc = self.shapes.iter().any(|s| matches!(s, Shape::Pie | Shape::Shared));
        if self.start == Start::Libsys && needs_libc {
            return Err("shapes `pie` and `shared` need `Start: glibc`".into());
        }
        if self.start == Start::Libsys && self.flavours.contains(&Flavour::None) {
            return Err("flavour `none` needs `Start: glibc`".into());
        }
        Ok(())
    }

    fn expected(&self) -> Outcome {
        Outcome { end: Some(self.end), stdout: self.stdout.clone(), stderr: self.stderr.clone() }
    }
}

/// Signals that a program may be expected to end by, with their x86_64 numbers.
const SIGNALS: [(&str, i32); 6] =
    [("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("KILL", 9), ("SEGV", 11), ("SYS", 31)];

#[cfg(test)]
mod tests {
    use super::*;
    use libsys_trials::head::parse;

    fn mistakes(text: &str) -> Vec<String> {
        parse::<Directives>(text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_head_without_directives_means_everything() {
        assert_eq!(parse("/* Proves nothing. */\nint main(void) { return 0; }\n"), Ok(Directives::default()));
    }

    #[test]
    fn every_directive_is_read() {
        let text = "\
/* Proves
   a lot. */
//#Start: glibc
//#Flavours: none text
//#Shapes: pie shared
//#Linkers: lld
//#Runs: plain cli
//#Flags: -mavx -O1
//#Link: -s
//#Args: a  b
//#Env: X=1=2
//#Env: Y=
//#Needs: root kernel-6.10 cpu-avx gdb perf-events
//#Stdout: one
//#Stdout:
//#Stdout:   two
//#Stderr: three
//#Signal: SEGV

int main(void) { return 0; }
";
        let word = |s: &str| s.to_owned();
        let expected = Directives {
            start: Start::Glibc,
            flavours: vec![Flavour::None, Flavour::Text],
            shapes: vec![Shape::Pie, Shape::Shared],
            linkers: vec![Linker::Lld],
            runs: vec![Way::Plain, Way::Cli],
            flags: vec![word("-mavx"), word("-O1")],
            link: vec![word("-s")],
            args: vec![word("a"), word("b")],
            env: vec![(word("X"), word("1=2")), (word("Y"), word(""))],
            needs: vec![
                Need::Root,
                Need::Kernel(6, 10),
                Need::Cpu(word("avx")),
                Need::Program(word("gdb")),
                Need::PerfEvents,
            ],
            stdout: word("one\n\n  two\n"),
            stderr: word("three\n"),
            end: End::Signal(11),
        };
        assert_eq!(parse(text), Ok(expected));
    }

    #[test]
    fn mistakes_are_all_named_with_their_lines() {
        let text = "\
//#Flavors: text
//#Shapes: static dynamic
//#Linkers:
//#Runs: plain plain
//#Status: 256
//#Status: 1
//#Env: X
//#Signal: CHLD
//#Needs: luck
//#Needs
int x;
//#Args: late
";
        assert_eq!(
            mistakes(text),
            [
                "line 1: there is no directive `Flavors`",
                "line 2: `dynamic` is none of: static, static-pie, pie, shared",
                "line 3: lists nothing",
                "line 4: `plain` is listed twice",
                "line 5: `256` is not a status from 0 to 255",
                "line 6: `Status` is given twice",
                "line 7: `X` is not `NAME=VALUE`",
                "line 8: `CHLD` is none of the signals that end programs here",
                "line 9: `luck` is nothing that can be needed",
                "line 10: `Needs` is not `Name: value`",
                "line 12: a directive behind the head of the file",
            ]
        );
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(mistakes("//#Shapes: pie\n"), ["line 1: shapes `pie` and `shared` need `Start: glibc`"]);
        assert_eq!(mistakes("//#Flavours: none\n"), ["line 1: flavour `none` needs `Start: glibc`"]);
    }
}
