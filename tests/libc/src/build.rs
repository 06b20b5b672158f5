//! Compiling and linking programs with `libsys-cc`, each form once.

use crate::program::{Program, Shape, SharedObject};
use crate::sysroot::{Flavour, Places, Sysroot};
use libsys_cases::run;
use libsys_cases::variant::Word as _;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

/// A file, or why it could not be made.
type Made = Result<PathBuf, String>;

/// The compiler drivers of all sysroots, and what they have made.
#[derive(Debug)]
pub struct Toolchain {
    /// Where everything is.
    pub places: Places,
    made: Mutex<HashMap<PathBuf, Arc<OnceLock<Made>>>>,
}

impl Toolchain {
    /// A toolchain that has made nothing yet.
    #[must_use]
    pub fn new(places: Places) -> Toolchain {
        Toolchain { places, made: Mutex::new(HashMap::new()) }
    }

    /// A program in one form.
    ///
    /// # Errors
    ///
    /// What the compiler or the linker says.
    pub fn program(&self, program: &Program, sysroot: impl Into<Sysroot>, shape: Shape) -> Made {
        let sysroot = sysroot.into();
        let object = self.object(&program.source, &program.flags, sysroot, shape.compile_flag())?;
        let out = self.out(&program.source, &format!("{}.{}", sysroot.name(), shape.word()))?;
        self.once(out, |out| {
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
        let out = self.out(&source, &format!("{}.so", sysroot.name()))?;
        self.once(out, |out| {
            let mut command = Command::new(self.places.cc(sysroot));
            command.arg("-shared").arg(&object).arg("-o").arg(out);
            if sysroot.flavour != Flavour::Stock {
                command.args(&shared.link);
            }
            quiet(&mut command)
        })
    }

    fn object(&self, source: &Path, flags: &[String], sysroot: Sysroot, model: &str) -> Made {
        let out = self.out(source, &format!("{}.{}.o", sysroot.name(), model.trim_start_matches("-f")))?;
        self.once(out, |out| {
            let mut command = Command::new(self.places.cc(sysroot));
            command.args(["-std=gnu11", "-D_GNU_SOURCE", "-O2", "-g", "-Wall", "-Wextra", "-Werror"]);
            command.args(["-Wno-unused-result", "-Wno-clobbered"]);
            if sysroot.flavour == Flavour::Stock {
                command.arg("-DCASE_STOCK");
            }
            command.arg(model).args(flags).arg("-c").arg(source).arg("-o").arg(out);
            quiet(&mut command)
        })
    }

    /// Makes a file, unless another trial has.
    fn once(&self, out: PathBuf, make: impl FnOnce(&Path) -> Result<(), String>) -> Made {
        let cell = match self.made.lock() {
            Ok(mut made) => Arc::clone(made.entry(out.clone()).or_default()),
            Err(_) => return Err("another build panicked".into()),
        };
        cell.get_or_init(|| make(&out).map(|()| out)).clone()
    }

    fn out(&self, source: &Path, suffix: &str) -> Made {
        let stem = source.file_stem().unwrap_or_default();
        let folder = self.places.out.join(stem);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        Ok(folder.join(format!("{}.{suffix}", stem.display())))
    }
}

/// Runs a command that must succeed and say nothing on standard error.
///
/// # Errors
///
/// What it says.
pub fn quiet(command: &mut Command) -> Result<(), String> {
    let output =
        command.stdin(Stdio::null()).output().map_err(|e| format!("{}: {e}", run::shown(command)))?;
    if output.status.success() && output.stderr.is_empty() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Err(format!("{}\n{text}", run::shown(command)))
}
