//! A machine that boots a kernel, and the reports that its first process makes.
//!
//! The machine is QEMU's, without acceleration, so that it works everywhere. Its first serial port is the console, its
//! second one carries the reports (`programs/init.c` says how they look).

use crate::kernel::Kernel;
use libsys_trials::run::End;
use libsys_trials::run::Outcome;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long a machine may run without reporting anything.
pub const LIMIT: Duration = Duration::from_secs(60);
/// Lines of the console that are shown when something is missing.
const TAIL: usize = 25;

/// What a machine did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Booted {
    /// What the runs did, in their order; those that the machine came to.
    pub outcomes: Vec<Outcome>,
    /// Why the machine did not come to the end; none if it did.
    pub failure: Option<String>,
}

/// Boots a kernel with a file system, and waits until the machine is switched off.
///
/// # Errors
///
/// QEMU cannot be started, or a file cannot be written.
pub fn boot(kernel: &Kernel, initramfs: &[u8], folder: &Path) -> Result<Booted, String> {
    let place = |suffix: &str| folder.join(format!("{}.{suffix}", kernel.release));
    let (archive, console, reports) = (place("initramfs"), place("console"), place("reports"));
    std::fs::write(&archive, initramfs).map_err(|e| format!("{}: {e}", archive.display()))?;
    let mut command = Command::new("qemu-system-x86_64");
    command.args([
        "-accel",
        "tcg",
        "-cpu",
        "max,pku=off",
        "-m",
        "512",
        "-nodefaults",
        "-display",
        "none",
        "-no-reboot",
    ]);
    for port in [&console, &reports] {
        // What is left of an earlier machine must not be taken for this one's.
        let _ = std::fs::remove_file(port);
        command.arg("-serial").arg(format!("file:{}", port.display()));
    }
    command.arg("-kernel").arg(&kernel.image).arg("-initrd").arg(&archive);
    // On a busy host a kernel comes to distrust its clock, and its vDSO with it.
    command.args(["-append", "console=ttyS0 panic=-1 quiet tsc=reliable"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let failed = |e: std::io::Error| format!("qemu-system-x86_64: {e}: run `cargo xtask test --kernels`");
    let mut child = command.spawn().map_err(failed)?;
    let ended = wait(&mut child, &reports)?;
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    let (outcomes, complete) = parse(&std::fs::read(&reports).unwrap_or_default());
    let why = match ended {
        None => format!("the machine reported nothing for {} s", LIMIT.as_secs()),
        Some(status) if !status.success() => {
            format!("QEMU ended with {status}: {}", String::from_utf8_lossy(&output.stderr))
        }
        Some(_) if !complete => "the machine was switched off early".into(),
        Some(_) => return Ok(Booted { outcomes, failure: None }),
    };
    Ok(Booted { outcomes, failure: Some(format!("{why}; its console:\n{}", tail(&console))) })
}

/// Waits for the end of a machine, and kills it when its reports do not grow any more.
fn wait(child: &mut Child, reports: &Path) -> Result<Option<ExitStatus>, String> {
    let (mut heard, mut size) = (Instant::now(), 0);
    while heard.elapsed() < LIMIT {
        let now = std::fs::metadata(reports).map_or(0, |metadata| metadata.len());
        if now != size {
            (heard, size) = (Instant::now(), now);
        }
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(Some(status));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().map_err(|e| e.to_string())?;
    Ok(None)
}

/// The last lines of a console.
fn tail(console: &PathBuf) -> String {
    let bytes = std::fs::read(console).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).replace('\r', "");
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut shown = String::new();
    for line in &lines[lines.len().saturating_sub(TAIL)..] {
        shown += &format!("    {line}\n");
    }
    shown
}

/// The reports of runs, as far as they are whole, and whether all were made.
fn parse(mut bytes: &[u8]) -> (Vec<Outcome>, bool) {
    let mut outcomes = Vec::new();
    while let Some((outcome, rest)) = report(bytes, outcomes.len()) {
        outcomes.push(outcome);
        bytes = rest;
    }
    (outcomes, bytes == b"@end\n")
}

/// The report of a run, and what follows.
fn report(bytes: &[u8], index: usize) -> Option<(Outcome, &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let (line, rest) = (std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]);
    let words: Vec<&str> = line.split(' ').collect();
    let [mark, number, kind, value, out, err] = words.as_slice() else { return None };
    if *mark != "@run" || number.parse() != Ok(index) {
        return None;
    }
    let value = value.parse().ok()?;
    let end = match *kind {
        "status" => Some(End::Status(value)),
        "signal" => Some(End::Signal(value)),
        "late" => None,
        _ => return None,
    };
    let (out, rest) = rest.split_at_checked(out.parse().ok()?)?;
    let (err, rest) = rest.split_at_checked(err.parse().ok()?)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some((Outcome { end, stdout: text(out), stderr: text(err) }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_as_far_as_they_are_whole() {
        let whole = b"@run 0 status 3 6 0\nhello\n@run 1 signal 11 0 4\n@runn".as_slice();
        let outcomes = [
            Outcome { end: Some(End::Status(3)), ..Outcome::says("hello\n") },
            Outcome { end: Some(End::Signal(11)), stdout: String::new(), stderr: "@run".into() },
        ];
        assert_eq!(parse(whole), (outcomes.to_vec(), false));
        assert_eq!(parse(&whole[..whole.len() - 1]), (outcomes.to_vec(), false));
        assert_eq!(parse(&whole[..whole.len() - 2]), (outcomes[..1].to_vec(), false));
        assert!(parse(b"@run 0 late 9 0 0\n@end\n").1);
        assert_eq!(parse(b"@run 1 late 9 0 0\n@end\n"), (Vec::new(), false));
        assert_eq!(parse(b"@run 0 late 9 99999999999999999999 0\n"), (Vec::new(), false));
    }
}
