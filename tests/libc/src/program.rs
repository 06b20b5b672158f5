//! A program, and the directives at its head: `//#Name: value` lines. An unknown name or word is a mistake.

use crate::sysroot::Flavour;
use libsys_cases::directive::{End, Need};
use libsys_cases::run::Outcome;
use libsys_cases::variant::Word;
use std::path::PathBuf;

/// What kind of file is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Shape {
    /// At a fixed address, with the libc in it.
    Static,
    /// Relocates itself, with the libc in it.
    StaticPie,
    /// Loaded by the run-time linker, anywhere.
    Pie,
    /// Loaded by the run-time linker, at a fixed address.
    NoPie,
}

impl Word for Shape {
    const ALL: &'static [Shape] = &[Shape::Static, Shape::StaticPie, Shape::Pie, Shape::NoPie];

    fn word(self) -> &'static str {
        match self {
            Shape::Static => "static",
            Shape::StaticPie => "static-pie",
            Shape::Pie => "pie",
            Shape::NoPie => "no-pie",
        }
    }
}

impl Shape {
    /// Whether the libc is linked in.
    #[must_use]
    pub fn is_static(self) -> bool {
        matches!(self, Shape::Static | Shape::StaticPie)
    }

    /// What the compiler is told when it links.
    #[must_use]
    pub fn link_flag(self) -> &'static str {
        match self {
            Shape::Static => "-static",
            Shape::StaticPie => "-static-pie",
            Shape::Pie => "-pie",
            Shape::NoPie => "-no-pie",
        }
    }

    /// What it is told when it compiles.
    #[must_use]
    pub fn compile_flag(self) -> &'static str {
        match self {
            Shape::Static | Shape::NoPie => "-fno-pie",
            Shape::StaticPie | Shape::Pie => "-fPIE",
        }
    }
}

/// A shared object that a program loads: `support/NAME.c`, and words for its link where libsys is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedObject {
    /// The name of its file, without `.c`.
    pub name: String,
    /// Words for the link, left out on stock musl.
    pub link: Vec<String>,
}

/// A program and what it says of itself.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its file.
    pub source: PathBuf,
    /// The C libraries that it is built on.
    pub flavours: Vec<Flavour>,
    /// The kinds of file.
    pub shapes: Vec<Shape>,
    /// More words for the compiler.
    pub flags: Vec<String>,
    /// More variables in its environment.
    pub env: Vec<(String, String)>,
    /// Shared objects, whose paths are its arguments.
    pub objects: Vec<SharedObject>,
    /// Whether the older musl lacks what it uses.
    pub is_for_newest: bool,
    /// What the machine must have.
    pub needs: Vec<Need>,
    /// All of its standard output.
    pub stdout: String,
}

impl Program {
    /// Reads a program.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or the first mistake of its head.
    pub fn read(source: PathBuf) -> Result<Program, String> {
        let text = std::fs::read_to_string(&source).map_err(|e| format!("{}: {e}", source.display()))?;
        Program::parse(source, &text)
    }

    fn parse(source: PathBuf, text: &str) -> Result<Program, String> {
        let mut program = Program {
            source,
            flavours: Flavour::ALL.to_vec(),
            shapes: Shape::ALL.to_vec(),
            flags: Vec::new(),
            env: Vec::new(),
            objects: Vec::new(),
            is_for_newest: false,
            needs: Vec::new(),
            stdout: String::new(),
        };
        for (index, line) in text.lines().enumerate() {
            let Some(directive) = line.strip_prefix("//#") else { continue };
            let (name, value) = directive.split_once(": ").unwrap_or((directive, ""));
            program
                .set(name, value)
                .map_err(|what| format!("{}:{}: {what}", program.source.display(), index + 1))?;
        }
        Ok(program)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "Flavours" => self.flavours = words(value)?,
            "Shapes" => self.shapes = words(value)?,
            "Flags" => self.flags.extend(split(value)),
            "Env" => match value.split_once('=') {
                Some((name, value)) if !name.is_empty() => self.env.push((name.into(), value.into())),
                _ => return Err(format!("`{value}` is not `NAME=VALUE`")),
            },
            "Object" => match split(value).split_first() {
                Some((name, link)) => {
                    self.objects.push(SharedObject { name: name.clone(), link: link.to_vec() });
                }
                None => return Err("`Object` names a file of support".into()),
            },
            "Needs" if value == "root" => self.needs.push(Need::Root),
            "Needs" if value == "newest-musl" => self.is_for_newest = true,
            "Stdout" => {
                self.stdout.push_str(value);
                self.stdout.push('\n');
            }
            _ => return Err(format!("there is no directive `{name}: {value}`")),
        }
        Ok(())
    }

    /// The name of its file, without `.c`.
    #[must_use]
    pub fn name(&self) -> String {
        self.source.file_stem().unwrap_or_default().display().to_string()
    }

    /// What it must do.
    #[must_use]
    pub fn expected(&self) -> Outcome {
        Outcome { end: Some(End::Status(0)), ..Outcome::says(&self.stdout) }
    }
}

fn split(value: &str) -> Vec<String> {
    value.split_whitespace().map(str::to_owned).collect()
}

fn words<W: Word>(value: &str) -> Result<Vec<W>, String> {
    let known = || W::ALL.iter().map(|w| w.word()).collect::<Vec<_>>().join(", ");
    let found = split(value)
        .into_iter()
        .map(|word| W::from_word(&word).ok_or_else(|| format!("`{word}` is none of: {}", known())));
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_and_slips_found() {
        let head = "/* It. */\n//#Stdout: ok\n//#Shapes: pie no-pie\n//#Object: slots -lsys\n//#Env: A=B\n";
        let program = Program::parse("it.c".into(), head).unwrap();
        assert_eq!(program.shapes, [Shape::Pie, Shape::NoPie]);
        assert_eq!(program.objects[0].link, ["-lsys"]);
        assert_eq!(program.expected(), Outcome::says("ok\n"));
        for slip in ["//#Shapes: piie", "//#Stdou: ok", "//#Env: A", "//#Needs: luck", "//#Object: "] {
            let mistake = Program::parse("it.c".into(), slip).unwrap_err();
            assert!(mistake.starts_with("it.c:1: "), "{mistake}");
        }
    }
}
