//! Compiling and linking programs, each form once.

use crate::directive::Directives;
use crate::sdk::{self, Places};
use crate::variant::{Flavour, Link, Linker, Shape, Start, Word};
use std::collections::HashMap;
use std::hash::Hash;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

/// A file, or why it could not be made.
type Made = Result<PathBuf, String>;

/// Files by what they are made from; each is made once, whoever asks first.
#[derive(Debug)]
struct Cache<K> {
    files: Mutex<HashMap<K, Arc<OnceLock<Made>>>>,
}

impl<K: Eq + Hash> Cache<K> {
    fn new() -> Cache<K> {
        Cache { files: Mutex::new(HashMap::new()) }
    }

    fn get(&self, key: K, make: impl FnOnce() -> Made) -> Made {
        let cell = match self.files.lock() {
            Ok(mut files) => Arc::clone(files.entry(key).or_default()),
            Err(_) => return Err("another build panicked".into()),
        };
        cell.get_or_init(make).clone()
    }
}

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
    objects: Cache<(PathBuf, Model)>,
    programs: Cache<(PathBuf, Link)>,
}

impl Toolchain {
    /// A toolchain that has made nothing yet.
    #[must_use]
    pub fn new(places: Places) -> Toolchain {
        Toolchain { places, objects: Cache::new(), programs: Cache::new() }
    }

    /// The object of a source.
    ///
    /// # Errors
    ///
    /// What the compiler says.
    pub fn object(&self, source: &Path, directives: &Directives, shape: Shape) -> Made {
        let model = Model::of(shape);
        self.objects.get((source.to_path_buf(), model), || {
            let out = self.out(source, &format!("{}.o", model.flag().trim_start_matches('-')))?;
            let mut command = Command::new("cc");
            command.args(["-std=gnu11", "-O2", "-g", "-Wall", "-Wextra", "-Werror", "-fno-stack-protector"]);
            // Calls that return twice make it see registers at risk that a failed check never reads again.
            command.arg("-Wno-clobbered");
            command.arg(model.flag()).arg("-I").arg(self.places.sdk.join("include"));
            command.arg("-iquote").arg(&self.places.sources);
            match directives.start {
                Start::Libsys => {
                    command.args(["-ffreestanding", "-nostdinc", "-isystem"]).arg(gcc_headers()?)
                }
                Start::Glibc => command.args(["-DCASE_GLIBC", "-D_GNU_SOURCE"]),
            };
            command.args(&directives.flags).arg("-c").arg(source).arg("-o").arg(&out);
            quiet(command)?;
            Ok(out)
        })
    }

    /// The program of a source, linked in one way.
    ///
    /// # Errors
    ///
    /// What the compiler or the linker says, or which of them is missing.
    pub fn program(&self, source: &Path, directives: &Directives, link: Link) -> Made {
        let object = self.object(source, directives, link.shape)?;
        self.programs.get((source.to_path_buf(), link), || {
            let suffix = if link.interpreter { ".interp" } else { "" };
            let out = self.out(source, &format!("{}{suffix}", link.name().replace("::", ".")))?;
            let mut command = Command::new("cc");
            command.arg("-o").arg(&out).arg(format!("-fuse-ld={}", link.linker.word()));
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
            quiet(command)?;
            Ok(out)
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

    fn out(&self, source: &Path, suffix: &str) -> Made {
        let stem = source.file_stem().unwrap_or_default();
        let folder = self.places.out.join(stem);
        std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        Ok(folder.join(format!("{}.{suffix}", stem.display())))
    }
}

/// The compiler's own headers: those of a freestanding program.
fn gcc_headers() -> Result<&'static Path, String> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let output = Command::new("cc").arg("-print-file-name=include").output();
        let output = output.map_err(|e| format!("cc: {e}: run `cargo xtask setup`"))?;
        Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    });
    found.as_deref().map_err(Clone::clone)
}

fn linker_is_here(linker: Linker) -> Result<(), String> {
    let program = match linker {
        Linker::Bfd => "ld.bfd",
        Linker::Lld => "ld.lld",
        Linker::Mold => "mold",
    };
    if sdk::has_program(program) {
        return Ok(());
    }
    Err(format!("{program} is missing: run `cargo xtask setup`"))
}

fn quiet(mut command: Command) -> Result<(), String> {
    command.stdin(Stdio::null());
    let output = command.output().map_err(|e| format!("cc: {e}: run `cargo xtask setup`"))?;
    if output.status.success() && output.stderr.is_empty() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{}\n{text}", crate::run::shown(&command)))
}
