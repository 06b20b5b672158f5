//! The directives at the head of a program: `//#Name: value` lines.
//!
//! They end at the first line that is code. An unknown name, an unknown word and a contradiction are
//! mistakes, so that no expectation is lost to a slip of the pen.

use crate::variant::{Flavour, Linker, Shape, Start, Way, Word};
use std::fmt;

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

/// How a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With an exit status.
    Status(i32),
    /// By a signal.
    Signal(i32),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Status(status) => write!(f, "status {status}"),
            End::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// What a trial needs of the machine; it is ignored, with the reason, where that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// To be root.
    Root,
    /// A flag in `/proc/cpuinfo`: `cpu-avx`.
    Cpu(String),
    /// A kernel at least as new: `kernel-6.10`.
    Kernel(u8, u8),
    /// `perf_event_open` for the own process: `perf-events`.
    PerfEvents,
    /// A program in `PATH`: `gdb`.
    Program(String),
}

/// A directive that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
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

const PREFIX: &str = "//#";
/// Names that may be given several times.
const REPEATABLE: [&str; 3] = ["Env", "Stdout", "Stderr"];

/// Reads the head of a program.
///
/// # Errors
///
/// All mistakes, by line.
pub fn parse(text: &str) -> Result<Directives, Vec<Mistake>> {
    let mut directives = Directives::default();
    let mut mistakes = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let mut in_head = true;
    let mut in_comment = false;
    for (i, line) in text.lines().enumerate() {
        let mut wrong = |what: String| mistakes.push(Mistake { line: i + 1, what });
        let Some(directive) = line.strip_prefix(PREFIX) else {
            in_head &= is_comment(line, &mut in_comment);
            continue;
        };
        if !in_head {
            wrong("a directive behind the head of the file".into());
            continue;
        }
        let Some((name, value)) = directive.split_once(':') else {
            wrong(format!("`{directive}` is not `Name: value`"));
            continue;
        };
        if seen.contains(&name) && !REPEATABLE.contains(&name) {
            wrong(format!("`{name}` is given twice"));
        }
        seen.push(name);
        if let Err(what) = directives.set(name, value.strip_prefix(' ').unwrap_or(value)) {
            wrong(what);
        }
    }
    if let Err(what) = directives.check() {
        mistakes.push(Mistake { line: 1, what });
    }
    if mistakes.is_empty() { Ok(directives) } else { Err(mistakes) }
}

/// Whether a line holds nothing but white space or a part of a comment.
fn is_comment(line: &str, in_comment: &mut bool) -> bool {
    let line = line.trim();
    if !*in_comment {
        if line.is_empty() || line.starts_with("//") {
            return true;
        }
        if !line.starts_with("/*") {
            return false;
        }
        *in_comment = true;
    }
    if let Some((_, after)) = line.split_once("*/") {
        *in_comment = false;
        return after.is_empty();
    }
    true
}

impl Directives {
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
            "Env" => match value.split_once('=') {
                Some((name, value)) if !name.is_empty() => self.env.push((name.into(), value.into())),
                _ => return Err(format!("`{value}` is not `NAME=VALUE`")),
            },
            "Needs" => self.needs = split(value)?.iter().map(|w| need(w)).collect::<Result<_, _>>()?,
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

    /// Refuses what contradicts itself.
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
}

/// Signals that a program may be expected to end by, with their x86_64 numbers.
const SIGNALS: [(&str, i32); 6] =
    [("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("KILL", 9), ("SEGV", 11), ("SYS", 31)];

fn line(text: &mut String, value: &str) {
    text.push_str(value);
    text.push('\n');
}

fn split(value: &str) -> Result<Vec<String>, String> {
    let words: Vec<String> = value.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() { Err("lists nothing".into()) } else { Ok(words) }
}

fn words<W: Word + PartialEq>(value: &str) -> Result<Vec<W>, String> {
    let mut found = Vec::new();
    for word in split(value)? {
        let Some(item) = W::from_word(&word) else {
            let known: Vec<&str> = W::ALL.iter().map(|w| w.word()).collect();
            return Err(format!("`{word}` is none of: {}", known.join(", ")));
        };
        if found.contains(&item) {
            return Err(format!("`{word}` is listed twice"));
        }
        found.push(item);
    }
    Ok(found)
}

fn need(word: &str) -> Result<Need, String> {
    if let Some(release) = word.strip_prefix("kernel-") {
        let numbers = release.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        return match numbers {
            Some((major, minor)) => Ok(Need::Kernel(major, minor)),
            None => Err(format!("`{release}` is not a release such as 6.10")),
        };
    }
    if let Some(flag) = word.strip_prefix("cpu-") {
        return Ok(Need::Cpu(flag.into()));
    }
    match word {
        "root" => Ok(Need::Root),
        "perf-events" => Ok(Need::PerfEvents),
        "gdb" | "perf" | "strace" => Ok(Need::Program(word.into())),
        _ => Err(format!("`{word}` is nothing that can be needed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<String> {
        parse(text).unwrap_err().iter().map(ToString::to_string).collect()
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
