//! What the machine has, and what is found through the environment.

use libsys_image::PackedRelease;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What a trial needs of the machine; it is ignored, with the reason, where that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// To be root.
    Root,
    /// A flag in `/proc/cpuinfo`: `cpu-avx`.
    Cpu(String),
    /// A kernel at least as new: `kernel-6.10`.
    Kernel(u8, u8),
    /// `perf_event_open` for the own process: `perf-events`.
    PerfEvents,
    /// A program in `PATH`: `gdb`.
    Program(String),
}

impl Need {
    /// Reads a word.
    ///
    /// # Errors
    ///
    /// That it means nothing.
    pub fn parse(word: &str) -> Result<Need, String> {
        if let Some(release) = word.strip_prefix("kernel-") {
            let numbers = release.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
            return match numbers {
                Some((major, minor)) => Ok(Need::Kernel(major, minor)),
                None => Err(format!("`{release}` is not a release such as 6.10")),
            };
        }
        if let Some(flag) = word.strip_prefix("cpu-") {
            return Ok(Need::Cpu(flag.into()));
        }
        match word {
            "root" => Ok(Need::Root),
            "perf-events" => Ok(Need::PerfEvents),
            "gdb" | "perf" | "strace" => Ok(Need::Program(word.into())),
            _ => Err(format!("`{word}` is nothing that can be needed")),
        }
    }
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

/// A command that runs a script in a mount namespace of its own. Who is not root gets one of users, too, in which root is;
/// machines may permit neither.
#[must_use]
pub fn in_own_mounts(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.arg(if is_root() { "-m" } else { "-rm" }).args(["sh", "-c", script]);
    command
}

/// The folder that a variable names.
///
/// # Errors
///
/// One sentence that says what to do.
pub fn folder(variable: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os(variable).map(PathBuf::from).filter(|path| path.is_dir());
    path.ok_or_else(|| format!("{variable} names no folder: run `cargo xtask test`, which builds it first"))
}
