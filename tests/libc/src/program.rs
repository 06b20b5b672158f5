//! What a program says of itself in its head.

use crate::sysroot::Flavour;
use libsys_trials::head::{self, line, split, words};
use libsys_trials::machine::Need;
use libsys_trials::run::Outcome;
use libsys_trials::word::Word;
use libsys_trials::words;

words! {
    /// What kind of file is linked.
    Shape {
        /// At a fixed address, with the libc in it.
        Static = "static",
        /// Relocates itself, with the libc in it.
        StaticPie = "static-pie",
        /// Loaded by the run-time linker, anywhere.
        Pie = "pie",
        /// Loaded by the run-time linker, at a fixed address.
        NoPie = "no-pie",
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
pub type Program = libsys_trials::program::Program<Directives>;

/// What a program says of itself.
#[derive(Clone, Debug)]
pub struct Directives {
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

impl Default for Directives {
    fn default() -> Directives {
        Directives {
            flavours: Flavour::ALL.to_vec(),
            shapes: Shape::ALL.to_vec(),
            flags: Vec::new(),
            env: Vec::new(),
            objects: Vec::new(),
            is_for_newest: false,
            needs: Vec::new(),
            stdout: String::new(),
        }
    }
}

impl head::Directives for Directives {
    const REPEATABLE: &'static [&'static str] = &["Env", "Object", "Stdout"];

    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        match name {
            "Flavours" => self.flavours = words(value)?,
            "Shapes" => self.shapes = words(value)?,
            "Flags" => self.flags = split(value)?,
            "Env" => self.env.push(head::variable(value)?),
            "Object" => {
                let mut link = split(value)?;
                self.objects.push(SharedObject { name: link.remove(0), link });
            }
            "Needs" => {
                for word in split(value)? {
                    match word.as_str() {
                        "newest-musl" => self.is_for_newest = true,
                        _ => self.needs.push(Need::parse(&word)?),
                    }
                }
            }
            "Stdout" => line(&mut self.stdout, value),
            _ => return Err(format!("there is no directive `{name}`")),
        }
        Ok(())
    }

    fn expected(&self) -> Outcome {
        Outcome::says(&self.stdout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libsys_trials::head::Directives as _;
    use libsys_trials::head::parse;

    #[test]
    fn heads_are_read_and_slips_found() {
        let head = "/* It. */\n//#Stdout: ok\n//#Shapes: pie no-pie\n//#Object: slots -lsys\n//#Needs: newest-musl root\n";
        let directives = parse::<Directives>(head).unwrap();
        assert_eq!(directives.shapes, [Shape::Pie, Shape::NoPie]);
        assert_eq!(directives.objects, [SharedObject { name: "slots".into(), link: vec!["-lsys".into()] }]);
        assert_eq!((directives.is_for_newest, directives.needs.as_slice()), (true, [Need::Root].as_slice()));
        assert_eq!(directives.expected(), Outcome::says("ok\n"));
        for slip in ["//#Shapes: piie", "//#Stdou: ok", "//#Env: A", "//#Needs: luck", "//#Object: "] {
            assert!(parse::<Directives>(slip).is_err(), "{slip}");
        }
    }
}
