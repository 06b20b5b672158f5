//! Where everything is: the SDK, the sources, the folder to build in; and what the machine has.

use crate::directive::Need;
use libsys_image::PackedRelease;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
        let sdk = std::env::var_os("LIBSYS_SDK").map(PathBuf::from);
        let sdk = sdk.ok_or("LIBSYS_SDK is not set: run `cargo xtask test`, which builds the SDK first")?;
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

/// The release of the running kernel.
#[must_use]
pub fn kernel() -> Option<PackedRelease> {
    PackedRelease::from_uname(&std::fs::read("/proc/sys/kernel/osrelease").ok()?)
}

/// Whether this process is root.
#[must_use]
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Whether a program can be found.
#[must_use]
pub fn has_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// Why the machine lacks something; none when it has it.
#[must_use]
pub fn lacks(need: &Need) -> Option<String> {
    match need {
        Need::Root => (!is_root()).then(|| "needs root".into()),
        Need::Kernel(major, minor) => {
            let wanted = PackedRelease::new(*major, *minor, 0);
            kernel().is_none_or(|k| k < wanted).then(|| format!("needs Linux {wanted}"))
        }
        Need::Cpu(flag) => {
            let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
            (!info.split_whitespace().any(|word| word == flag)).then(|| format!("needs a CPU with {flag}"))
        }
        Need::PerfEvents => {
            let mut command = Command::new("perf");
            command.args(["record", "-q", "-e", "cpu-clock", "-o", "/dev/null", "true"]);
            let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
            (!status.is_ok_and(|s| s.success())).then(|| "needs perf events to be permitted".into())
        }
        Need::Program(name) => (!has_program(name)).then(|| format!("needs {name}: run `cargo xtask setup`")),
    }
}
