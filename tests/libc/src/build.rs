//! Compiling and linking programs with `libsys-cc`, each form once.

use crate::program::{Program, Shape, SharedObject};
use crate::sysroot::{Flavour, Places, Sysroot};
use libsys_trials::build::{self, Builder, Made, quiet};
use libsys_trials::word::Word;
use std::path::Path;
use std::process::Command;

/// The compiler drivers of all sysroots, and what they have made.
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

    /// A program in one form.
    ///
    /// # Errors
    ///
    /// What the compiler or the linker says.
    pub fn program(&self, program: &Program, sysroot: impl Into<Sysroot>, shape: Shape) -> Made {
        let sysroot = sysroot.into();
        let object =
            self.object(&program.source, &program.directives.flags, sysroot, shape.compile_flag())?;
        self.builder.once(&program.source, &format!("{}.{}", sysroot.name(), shape.word()), |out| {
            let mut command = Command::new(self.places.cc(sysroot));
            command.args([shape.link_flag(), "-Wl,--fatal-warnings"]).arg(&object).arg("-o").arg(out);
            quiet(&mut command)
        })
    }

    /// A program of the folder `support`, in one form.
    ///
    /// # Errors
    ///
    /// As [`Toolchain::program`].
    pub fn support(&self, name: &str, sysroot: impl Into<Sysroot>, shape: Shape) -> Made {
        let source = self.places.sources.join(format!("support/{name}.c"));
        self.program(&Program::read(source)?, sysroot, shape)
    }

    /// A shared object of the folder `support`.
    ///
    /// # Errors
    ///
    /// As [`Toolchain::program`].
    pub fn shared(&self, shared: &SharedObject, sysroot: impl Into<Sysroot>) -> Made {
        let sysroot = sysroot.into();
        let source = self.places.sources.join(format!("support/{}.c", shared.name));
        let object = self.object(&source, &[], sysroot, "-fPIC")?;
        self.builder.once(&source, &format!("{}.so", sysroot.name()), |out| {
            let mut command = Command::new(self.places.cc(sysroot));
            command.arg("-shared").arg(&object).arg("-o").arg(out);
            if sysroot.flavour != Flavour::Stock {
                command.args(&shared.link);
            }
            quiet(&mut command)
        })
    }

    fn object(&self, source: &Path, flags: &[String], sysroot: Sysroot, model: &str) -> Made {
        let suffix = format!("{}.{}.o", sysroot.name(), model.trim_start_matches("-f"));
        self.builder.once(source, &suffix, |out| {
            let mut command = Command::new(self.places.cc(sysroot));
            command.args(build::COMPILE).args(["-D_GNU_SOURCE", "-Wno-unused-result"]);
            command.args(["-iquote", build::HEADERS]);
            if sysroot.flavour == Flavour::Stock {
                command.arg("-DCASE_STOCK");
            }
            command.arg(model).args(flags).arg("-c").arg(source).arg("-o").arg(out);
            quiet(&mut command)
        })
    }
}
