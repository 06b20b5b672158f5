//! Compiling and linking programs, each form once.

use crate::directive::{Directives, Program};
use crate::sdk::Places;
use crate::variant::{Flavour, Link, Linker, Shape, Start, Way};
use libsys_trials::build::{self, Builder, Made, quiet};
use libsys_trials::machine;
use libsys_trials::word::Word;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How code finds its data: fixed addresses, or relative ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Model {
    Fixed,
    Relative,
    Shared,
}

impl Model {
    fn of(shape: Shape) -> Model {
        match shape {
            Shape::Static => Model::Fixed,
            Shape::StaticPie | Shape::Pie => Model::Relative,
            Shape::Shared => Model::Shared,
        }
    }

    fn flag(self) -> &'static str {
        match self {
            Model::Fixed => "-fno-pie",
            Model::Relative => "-fPIE",
            Model::Shared => "-fPIC",
        }
    }
}

/// The compiler and the linkers.
#[derive(Debug)]
pub struct Toolchain {
    /// Where everything is.
    pub places: Places,
    builder: Builder,
}

impl Toolchain {
    /// A toolchain that has made nothing yet.
    #[must_use]
    pub fn new(places: Places) -> Toolchain {
        Toolchain { builder: Builder::new(places.out.clone()), places }
    }

    /// The object of a source.
    ///
    /// # Errors
    ///
    /// What the compiler says.
    pub fn object(&self, source: &Path, directives: &Directives, shape: Shape) -> Made {
        let model = Model::of(shape);
        let suffix = format!("{}.o", model.flag().trim_start_matches('-'));
        self.builder.once(source, &suffix, |out| {
            let mut command = Command::new("cc");
            command.args(build::COMPILE).args(["-fno-stack-protector", model.flag()]);
            command.arg("-I").arg(self.places.sdk.join("include"));
            command.arg("-iquote").arg(&self.places.sources).args(["-iquote", build::HEADERS]);
            match directives.start {
                Start::Libsys => build::freestanding(&mut command)?,
                Start::Glibc => drop(command.args(["-DCASE_GLIBC", "-D_GNU_SOURCE"])),
            };
            quiet(command.args(&directives.flags).arg("-c").arg(source).arg("-o").arg(out))
        })
    }

    /// The program of a source, linked in one way.
    ///
    /// # Errors
    ///
    /// What the compiler or the linker says, or which of them is missing.
    pub fn program(&self, source: &Path, directives: &Directives, link: Link) -> Made {
        let object = self.object(source, directives, link.shape)?;
        let suffix = if link.interpreter { ".interp" } else { "" };
        let suffix = format!("{}{suffix}", link.name().replace("::", "."));
        self.builder.once(source, &suffix, |out| {
            let mut command = Command::new("cc");
            command.arg("-o").arg(out).arg(format!("-fuse-ld={}", link.linker.word()));
            command.arg("-Wl,--fatal-warnings");
            command.args(match link.shape {
                Shape::Static => ["-static", "-no-pie"].as_slice(),
                Shape::StaticPie => &["-static-pie"],
                Shape::Pie => &["-pie"],
                Shape::Shared => &["-shared", "-Wl,-z,defs"],
            });
            command.arg(&object).args(&directives.link).arg("-L").arg(self.places.sdk.join("lib"));
            if directives.start == Start::Libsys {
                command.args(["-nostdlib", "-nostartfiles"]);
                command.arg(self.places.sdk.join("lib/libsys_start.o"));
            }
            match link.flavour {
                Flavour::None => {}
                Flavour::Reserved => drop(command.arg("-lsys")),
                Flavour::Text => drop(command.arg("-lsys_text")),
            }
            if link.interpreter {
                self.interpret(&mut command, link.linker);
            }
            linker_is_here(link.linker)?;
            quiet(&mut command)
        })
    }

    /// Makes `ld-libsys` the interpreter of what a command links. mold makes no PT_INTERP of a section.
    fn interpret(&self, command: &mut Command, linker: Linker) {
        if linker == Linker::Mold {
            command.arg(format!("-Wl,--dynamic-linker={}", self.places.loader().display()));
        } else {
            command.arg(self.places.sdk.join("lib/libsys_interp.o"));
        }
    }

    /// The command that runs a build of a program.
    ///
    /// # Errors
    ///
    /// What keeps the host of shared objects from being built.
    pub fn command(&self, program: &Program, file: &Path, link: Link, way: Way) -> Result<Command, String> {
        let mut words: Vec<PathBuf> = match way {
            Way::Plain | Way::Interp => Vec::new(),
            Way::Hand => vec![self.places.loader()],
            Way::Cli => vec![self.places.command(), "run".into()],
        };
        if link.shape == Shape::Shared {
            words.push(self.host()?);
        }
        words.push(file.to_path_buf());
        let directives = &program.directives;
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(&directives.args).env_clear();
        command.env("CASE_RUN", way.word()).env("CASE_FLAVOUR", link.flavour.word());
        command.env("CASE_SHAPE", link.shape.word());
        command.envs(directives.env.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    /// A program of the folder `programs`, by its name.
    ///
    /// # Errors
    ///
    /// As [`Program::read`].
    pub fn named(&self, name: &str) -> Result<Program, String> {
        Program::read(self.places.sources.join(format!("programs/{name}.c")))
    }

    /// The host program that loads the shared shapes; it has a section of its own.
    ///
    /// # Errors
    ///
    /// As [`Toolchain::program`].
    pub fn host(&self) -> Made {
        let directives = Directives { start: Start::Glibc, ..Directives::default() };
        let link =
            Link { flavour: Flavour::Text, shape: Shape::Pie, linker: Linker::Bfd, interpreter: false };
        self.program(&self.places.sources.join("support/host.c"), &directives, link)
    }
}

fn linker_is_here(linker: Linker) -> Result<(), String> {
    let program = match linker {
        Linker::Bfd => "ld.bfd",
        Linker::Lld => "ld.lld",
        Linker::Mold => "mold",
    };
    if machine::has_program(program) {
        return Ok(());
    }
    Err(format!("{program} is missing: run `cargo xtask setup`"))
}
