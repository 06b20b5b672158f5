//! Where the sysroots are, and what else the trials need.

use libsys_trials::word::Word;
use libsys_trials::{machine, words};
use std::path::{Path, PathBuf};

words! {
    /// How a C library makes its calls.
    Flavour {
        /// By instructions of its own: musl as it is.
        Stock = "stock",
        /// Through slots that are supplied.
        Reserved = "reserved",
        /// Through slots that hold their code.
        Text = "text",
    }
}

/// A sysroot: a release of musl in one flavour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sysroot {
    /// Its flavour.
    pub flavour: Flavour,
    /// The suite of Debian, when it is not the newest.
    pub suite: Option<&'static str>,
}

impl From<Flavour> for Sysroot {
    /// That of the newest musl.
    fn from(flavour: Flavour) -> Sysroot {
        Sysroot { flavour, suite: None }
    }
}

/// The suite of the older release of musl that is built too.
pub const OLDER: &str = "bookworm";

impl Sysroot {
    /// Those that are on libsys.
    pub const PORTED: [Sysroot; 3] = [
        Sysroot { flavour: Flavour::Reserved, suite: None },
        Sysroot { flavour: Flavour::Text, suite: None },
        Sysroot { flavour: Flavour::Reserved, suite: Some(OLDER) },
    ];

    /// The name of its folder.
    #[must_use]
    pub fn name(self) -> String {
        match self.suite {
            Some(suite) => format!("{suite}-{}", self.flavour.word()),
            None => self.flavour.word().into(),
        }
    }

    /// musl as it is, of the same release.
    #[must_use]
    pub fn stock(self) -> Sysroot {
        Sysroot { flavour: Flavour::Stock, ..self }
    }
}

/// The folders, found once.
#[derive(Clone, Debug)]
pub struct Places {
    /// What `cargo xtask sdk` built.
    pub sdk: PathBuf,
    /// The folder of all sysroots.
    pub sysroots: PathBuf,
    /// This crate's folder.
    pub sources: PathBuf,
    /// Where programs are built.
    pub out: PathBuf,
}

impl Places {
    /// Finds everything through `LIBSYS_SDK` and `LIBSYS_SYSROOTS`, and prepares `out`.
    ///
    /// # Errors
    ///
    /// One sentence that says what to do.
    pub fn find(out: &Path) -> Result<Places, String> {
        let (sdk, sysroots) = (machine::folder("LIBSYS_SDK")?, machine::folder("LIBSYS_SYSROOTS")?);
        std::fs::create_dir_all(out).map_err(|e| format!("{}: {e}", out.display()))?;
        Ok(Places {
            sdk,
            sysroots,
            sources: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            out: out.to_path_buf(),
        })
    }

    /// The folder of a sysroot.
    #[must_use]
    pub fn root(&self, sysroot: Sysroot) -> PathBuf {
        self.sysroots.join(sysroot.name())
    }

    /// A file among the libraries of a sysroot.
    #[must_use]
    pub fn lib(&self, sysroot: Sysroot, name: &str) -> PathBuf {
        self.root(sysroot).join("lib").join(name)
    }

    /// The compiler driver of a sysroot.
    #[must_use]
    pub fn cc(&self, sysroot: impl Into<Sysroot>) -> PathBuf {
        self.root(sysroot.into()).join("bin/libsys-cc")
    }

    /// The `libsys` command.
    #[must_use]
    pub fn command(&self) -> PathBuf {
        self.sdk.join("bin/libsys")
    }
}
