//! Running a program with a time limit, and comparing what it did with what it should have done.

use rustix::process::{Pid, Signal, kill_process_group};
use similar::TextDiff;
use std::fmt;
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Longer than any program here runs on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(30);

/// How a program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With an exit status.
    Status(i32),
    /// By a signal.
    Signal(i32),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Status(status) => write!(f, "status {status}"),
            End::Signal(signal) => write!(f, "signal {signal}"),
        }
    }
}

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended; none: it was killed at the time limit.
    pub end: Option<End>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Outcome {
    /// What a program does that ends well and says this.
    #[must_use]
    pub fn says(stdout: &str) -> Outcome {
        Outcome { end: Some(End::Status(0)), stdout: stdout.into(), stderr: String::new() }
    }

    /// The line that a supplier refused a program with: the only thing said, with status 127.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        let line = self.stderr.strip_suffix('\n')?;
        let is_one = self.end == Some(End::Status(127)) && self.stdout.is_empty();
        (is_one && line.chars().all(|c| !c.is_control())).then_some(line)
    }
}

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Starts a command. A program that was just written may be busy for a moment: a child that another thread
/// forked meanwhile has the file open until it becomes its own program.
fn spawn(command: &mut Command) -> std::io::Result<Child> {
    for _ in 0..100 {
        match command.spawn() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(20));
            }
            spawned => return spawned,
        }
    }
    command.spawn()
}

/// Runs a command in a process group of its own, which is killed at the limit. Output goes through files in
/// `folder`, so that nothing is lost or waited for when the program leaves children behind.
///
/// # Errors
///
/// A sentence when it cannot be started.
pub fn run(command: &mut Command, folder: &Path) -> Result<Outcome, String> {
    run_within(command, folder, LIMIT)
}

/// [`run`] with another limit.
///
/// # Errors
///
/// As [`run`].
pub fn run_within(command: &mut Command, folder: &Path, limit: Duration) -> Result<Outcome, String> {
    let stem = folder.join(format!("output-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    let (out, err) = (stem.with_extension("stdout"), stem.with_extension("stderr"));
    let create = |path: &PathBuf| File::create(path).map_err(|e| format!("{}: {e}", path.display()));
    command.stdin(Stdio::null()).stdout(create(&out)?).stderr(create(&err)?).process_group(0);
    let ended =
        spawn(command).map_err(|e| format!("{}: {e}", shown(command))).and_then(|child| wait(child, limit));
    let read = |path: PathBuf| {
        let text = std::fs::read(&path).map(|b| String::from_utf8_lossy(&b).into_owned());
        let _ = std::fs::remove_file(&path);
        text.map_err(|e| format!("{}: {e}", path.display()))
    };
    let (stdout, stderr) = (read(out)?, read(err)?);
    Ok(Outcome { end: ended?.map(end), stdout, stderr })
}

/// Runs a command that must do what is expected.
///
/// # Errors
///
/// As [`run`] and [`compare`].
pub fn does(command: &mut Command, expected: &Outcome, folder: &Path) -> Result<(), String> {
    let outcome = run(command, folder)?;
    compare(command, expected, &outcome)
}

/// Runs a command that must be refused in one line, which `is_right`.
///
/// # Errors
///
/// What it did instead.
pub fn is_refused(
    command: &mut Command,
    is_right: impl FnOnce(&str) -> bool,
    wanted: &str,
    folder: &Path,
) -> Result<(), String> {
    let outcome = run(command, folder)?;
    if outcome.refusal().is_some_and(is_right) {
        return Ok(());
    }
    Err(format!("{}\nexpected a refusal in one line with `{wanted}`, got {outcome:?}", shown(command)))
}

fn wait(mut child: Child, limit: Duration) -> Result<Option<ExitStatus>, String> {
    let start = Instant::now();
    let mut pause = Duration::from_micros(300);
    loop {
        if let Some(status) = child.try_wait().map_err(|e| e.to_string())? {
            return Ok(Some(status));
        }
        if start.elapsed() > limit {
            if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
                // The group ends with its last member; one that ended by itself needs no signal.
                let _ = kill_process_group(group, Signal::KILL);
            }
            child.wait().map_err(|e| e.to_string())?;
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(10));
    }
}

fn end(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Status(code),
        (None, signal) => End::Signal(signal.unwrap_or(0)),
    }
}

/// Writes a program that can be executed.
///
/// # Errors
///
/// A sentence with the path.
pub fn write_program(path: &Path, bytes: &[u8]) -> Result<(), String> {
    // Beside its place first: a file that is open for writing cannot be executed, and another thread of this
    // process may be between fork and exec with our descriptor.
    let named = |e: std::io::Error| format!("{}: {e}", path.display());
    let _ = std::fs::remove_file(path);
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes).map_err(named)?;
    std::fs::copy(&beside, path).map_err(named)?;
    std::fs::remove_file(&beside).map_err(named)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).map_err(named)
}

/// Compares an outcome with the expected one.
///
/// # Errors
///
/// Everything that differs, with the command that shows it again.
pub fn compare(command: &Command, expected: &Outcome, got: &Outcome) -> Result<(), String> {
    if expected == got {
        return Ok(());
    }
    let mut text = format!("{}\n", shown(command));
    if expected.end != got.end {
        let name = |end: Option<End>| {
            end.map_or(format!("still running after {} s", LIMIT.as_secs()), |e| e.to_string())
        };
        text += &format!("expected {}, got {}\n", name(expected.end), name(got.end));
    }
    for (name, expected, got) in
        [("stdout", &expected.stdout, &got.stdout), ("stderr", &expected.stderr, &got.stderr)]
    {
        if expected != got {
            let diff = TextDiff::from_lines(expected.as_str(), got.as_str());
            text += &diff.unified_diff().header(&format!("expected {name}"), name).to_string();
        }
    }
    Err(text)
}

/// A command as one would type it, with the variables that were set for it.
#[must_use]
pub fn shown(command: &Command) -> String {
    let mut words = vec!["env -i".to_owned()];
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.display(), quoted(&value.display().to_string())));
        }
    }
    if words.len() == 1 {
        words.clear();
    }
    words.push(quoted(&command.get_program().display().to_string()));
    words.extend(command.get_args().map(|a| quoted(&a.display().to_string())));
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=+:,./@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) { word.into() } else { format!("'{word}'") }
}
