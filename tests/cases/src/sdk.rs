//! Where everything is: the SDK, the sources, the folder to build in.

use libsys_trials::machine;
use std::path::{Path, PathBuf};

/// The folders, found once.
#[derive(Clone, Debug)]
pub struct Places {
    /// What `cargo xtask sdk` built.
    pub sdk: PathBuf,
    /// This crate's folder.
    pub sources: PathBuf,
    /// Where programs are built.
    pub out: PathBuf,
}

impl Places {
    /// Finds the SDK through `LIBSYS_SDK`, and prepares `out`.
    ///
    /// # Errors
    ///
    /// One sentence that says what to do.
    pub fn find(out: &Path) -> Result<Places, String> {
        let sdk = machine::folder("LIBSYS_SDK")?;
        std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
        Ok(Places { sdk, sources: PathBuf::from(env!("CARGO_MANIFEST_DIR")), out: out.to_path_buf() })
    }

    /// `ld-libsys`
    #[must_use]
    pub fn loader(&self) -> PathBuf {
        self.sdk.join("lib/ld-libsys")
    }

    /// The `libsys` command.
    #[must_use]
    pub fn command(&self) -> PathBuf {
        self.sdk.join("bin/libsys")
    }
}
