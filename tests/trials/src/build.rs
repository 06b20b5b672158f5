//! Files that are built from sources, each once.

use crate::run::shown;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

/// A file, or why it could not be made.
pub type Made = Result<PathBuf, String>;

/// A folder of files, each of which is made once, whoever asks first.
#[derive(Debug)]
pub struct Builder {
    folder: PathBuf,
    made: Mutex<HashMap<PathBuf, Arc<OnceLock<Made>>>>,
}

impl Builder {
    /// A builder that has made nothing yet.
    #[must_use]
    pub fn new(folder: PathBuf) -> Builder {
        Builder { folder, made: Mutex::new(HashMap::new()) }
    }

    /// The file `FOLDER/NAME/NAME.SUFFIX` of a source `NAME.c`.
    ///
    /// # Errors
    ///
    /// What `make` says, which is given its path.
    pub fn once(&self, source: &Path, suffix: &str, make: impl FnOnce(&Path) -> Result<(), String>) -> Made {
        let stem = source.file_stem().unwrap_or_default();
        let folder = self.folder.join(stem);
        let out = folder.join(format!("{}.{suffix}", stem.display()));
        let cell = match self.made.lock() {
            Ok(mut made) => Arc::clone(made.entry(out.clone()).or_default()),
            Err(_) => return Err("another build panicked".into()),
        };
        let made = cell.get_or_init(|| {
            std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
            make(&out).map(|()| out)
        });
        made.clone()
    }
}

/// Runs a compiler or a linker, which must succeed and say nothing on standard error.
///
/// # Errors
///
/// What it says.
pub fn quiet(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|e| format!("{}: {e}: run `cargo xtask setup`", shown(command)))?;
    if output.status.success() && output.stderr.is_empty() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Err(format!("{}\n{text}", shown(command)))
}

/// How all programs are compiled: as this C, optimised, and without a warning.
pub const COMPILE: [&str; 7] = [
    "-std=gnu11",
    "-O2",
    "-g",
    "-Wall",
    "-Wextra",
    "-Werror",
    // Calls that return twice make it see registers at risk that a failed check never reads again.
    "-Wno-clobbered",
];

/// The folder of headers that programs include with quotes: `check.h`.
pub const HEADERS: &str = env!("CARGO_MANIFEST_DIR");

/// Has a program compiled without a libc: with the headers of a freestanding compiler alone.
///
/// # Errors
///
/// There is no compiler.
pub fn freestanding(command: &mut Command) -> Result<(), String> {
    static FOUND: OnceLock<Result<String, String>> = OnceLock::new();
    let found = FOUND.get_or_init(|| {
        let output = Command::new("cc").arg("-print-file-name=include").output();
        let output = output.map_err(|e| format!("cc: {e}: run `cargo xtask setup`"))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    });
    command.args(["-ffreestanding", "-nostdinc", "-isystem", found.as_ref().map_err(Clone::clone)?]);
    Ok(())
}
