//! Running other programs, and where things are.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

/// The repository's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// The folder that cargo builds into.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A cargo command in the repository.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command whose output goes straight to the terminal.
pub fn shown(mut command: Command) -> Result<(), String> {
    let status = command.status().map_err(|e| format!("{}: {e}", name(&command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed: {status}", name(&command))) }
}

/// Runs a command quietly; its output is shown only when it fails.
pub fn quiet(mut command: Command) -> Result<Output, String> {
    command.stdin(Stdio::null());
    let output = command.output().map_err(|e| format!("{}: {e}", name(&command)))?;
    if output.status.success() {
        return Ok(output);
    }
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    Err(format!("{} failed: {}\n{}", name(&command), output.status, String::from_utf8_lossy(&text)))
}

/// Runs cargo, which says on a terminal how far it has come: the first build takes minutes. Elsewhere as [`quiet`].
pub fn build(cargo: Command) -> Result<(), String> {
    if std::io::stderr().is_terminal() { shown(cargo) } else { quiet(cargo).map(drop) }
}

/// Whether a program can be found.
pub fn has(program: &str) -> bool {
    find(program).is_some()
}

/// Where a program is.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// What lies in a folder, sorted.
///
/// # Errors
///
/// It cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        paths.push(entry.map_err(failed)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// What `work` with a path came to, or the path with the reason.
///
/// # Errors
///
/// The reason.
pub fn at<T>(path: &Path, work: impl FnOnce(&Path) -> std::io::Result<T>) -> Result<T, String> {
    work(path).map_err(|e| format!("{}: {e}", path.display()))
}

/// Announces a step, runs it, and says how long it took.
pub fn step<T>(title: &str, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    let start = Instant::now();
    eprintln!("── {title}");
    let result = work();
    eprintln!(
        "   {} in {:.1} s",
        if result.is_ok() { "done" } else { "failed" },
        start.elapsed().as_secs_f64()
    );
    result
}

fn name(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args().take(6) {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}
