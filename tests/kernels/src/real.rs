//! Real programs on a libc that makes its calls through slots: built once, run on every kernel from the same file.
//!
//! `cargo xtask test --kernels` builds them, and says where they are by `LIBSYS_REAL`, and where their supplier is by
//! `LIBSYS_SYSROOT`.

use crate::plan::folder;
use crate::run::{Expected, Run};
use crate::target::Target;
use libsys_cases::variant::Way;
use libsys_trials::run::Outcome;
use libsys_trials::word::Word;
use std::path::PathBuf;

/// Where they lie in the machine.
const FOLDER: &str = "/real";
/// Each program, the script that it reads, and the file that says what it prints.
const PROGRAMS: [(&str, Option<&str>, &str); 2] =
    [("lua", Some("real.lua"), "real.txt"), ("musl", None, "musl.txt")];

/// The programs, and the supplier that they name.
#[derive(Clone, Debug)]
pub struct Real {
    folder: PathBuf,
    sysroot: PathBuf,
}

impl Real {
    /// Finds them.
    ///
    /// # Errors
    ///
    /// The variables that say where they are are not set.
    pub fn find() -> Result<Real, String> {
        let variable = |name: &str| {
            let value = std::env::var_os(name).map(PathBuf::from);
            value.ok_or_else(|| format!("{name} is not set: run `cargo xtask test --kernels`"))
        };
        Ok(Real { folder: variable("LIBSYS_REAL")?, sysroot: variable("LIBSYS_SYSROOT")? })
    }

    /// All runs on a target: started by the kernel and their interpreter, and by the loader at `loader`.
    ///
    /// # Errors
    ///
    /// What they print cannot be read.
    pub fn runs(&self, target: &Target, loader: &str) -> Result<Vec<Run>, String> {
        let mut runs = Vec::new();
        for (name, script, output) in PROGRAMS {
            let output = folder().join(output);
            let output =
                std::fs::read_to_string(&output).map_err(|e| format!("{}: {e}", output.display()))?;
            let program = format!("{FOLDER}/{name}");
            let script = script.map(|script| format!("{FOLDER}/{script}"));
            for way in [Way::Plain, Way::Hand] {
                let mut argv = target.below();
                if way == Way::Hand {
                    argv.push(loader.to_owned());
                }
                argv.push(program.clone());
                argv.extend(script.clone());
                let mut env = vec![("CASE_RUN".to_owned(), way.word().to_owned())];
                env.extend(target.variable());
                runs.push(Run {
                    name: format!("{}::{name}::musl::static::{}", target.name(), way.word()),
                    program: None,
                    argv,
                    env,
                    expected: Expected::Outcome(Outcome::says(&output)),
                    skip: None,
                });
            }
        }
        Ok(runs)
    }

    /// The files that they need in the machine, and where these are here: themselves, their scripts, their supplier, and
    /// its maps.
    ///
    /// # Errors
    ///
    /// The maps cannot be listed.
    pub fn files(&self) -> Result<Vec<(String, PathBuf)>, String> {
        let mut files = Vec::new();
        for (name, script, _) in PROGRAMS {
            files.push((format!("{FOLDER}/{name}"), self.folder.join(name)));
            files.extend(script.map(|script| (format!("{FOLDER}/{script}"), folder().join(script))));
        }
        let lib = self.sysroot.join("lib");
        let maps = lib.join("libsys");
        let failed = |e: std::io::Error| format!("{}: {e}", maps.display());
        let mut places = vec![lib.join("ld-libsys")];
        for entry in std::fs::read_dir(&maps).map_err(failed)? {
            places.push(entry.map_err(failed)?.path());
        }
        files.extend(places.into_iter().map(|path| (path.display().to_string(), path)));
        Ok(files)
    }
}
