//! Proving that a program with more rights than its caller ignores a variable that tells a supplier what to do.
//!
//! Another user runs one program: as it is, without and with the variable, and set-user-ID, with it. The first two must
//! differ; the third must do what the first did. All such programs print what `AT_SECURE` says.

use crate::machine;
use crate::run::{self, Outcome};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// `nobody` on all Linux systems.
const NOBODY: u32 = 65534;

/// What a program does.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    /// It runs.
    Runs,
    /// It runs, and the supplier says what it found.
    Shows,
    /// It is refused in a line with this text.
    Refused(&'static str),
}

/// A variable, and what a program does by it.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// Its name.
    pub variable: &'static str,
    /// Its value; `MAPS` in it is a folder.
    pub value: &'static str,
    /// What the program does that does not look at it.
    pub without: Does,
    /// What it does that does.
    pub with: Does,
}

/// All that there are but `LIBSYS_MAP_PATH`, whose program must need a map, and `LIBSYS_PROFILE`, of which programs show
/// nothing: `libsys_supply` tests that.
pub const CASES: [Case; 4] = [
    Case {
        variable: "LIBSYS_MAP",
        value: "/does/not/exist",
        without: Does::Runs,
        with: Does::Refused("/does/not/exist"),
    },
    Case {
        variable: "LIBSYS_KERNEL",
        value: "nonsense",
        without: Does::Runs,
        with: Does::Refused("LIBSYS_KERNEL"),
    },
    Case { variable: "LIBSYS_PROBE", value: "show", without: Does::Runs, with: Does::Shows },
    Case {
        variable: "LIBSYS_UNAME",
        value: "nonsense",
        without: Does::Runs,
        with: Does::Refused("LIBSYS_UNAME"),
    },
];

fn start(
    program: &Path,
    is_secure: bool,
    variable: Option<(&str, &str)>,
    out: &Path,
) -> Result<(Command, Outcome), String> {
    let mode = std::fs::Permissions::from_mode(if is_secure { 0o4755 } else { 0o755 });
    std::fs::set_permissions(program, mode).map_err(|e| format!("{}: {e}", program.display()))?;
    let mut command = Command::new(program);
    command.env_clear().uid(NOBODY).gid(NOBODY).envs(variable);
    let outcome = run::run(&mut command, out)?;
    Ok((command, outcome))
}

fn says(is_secure: bool) -> Outcome {
    Outcome::says(if is_secure { "AT_SECURE 1\n" } else { "AT_SECURE 0\n" })
}

/// Why a program cannot be run with other rights here; none when it can.
#[must_use]
pub fn lacks(program: &Path, out: &Path) -> Option<String> {
    if !machine::is_root() {
        return Some("needs root".into());
    }
    match start(program, false, None, out) {
        Ok((_, outcome)) if outcome == says(false) => {}
        // It, or its supplier, may lie where nobody else comes.
        other => return Some(format!("another user cannot run programs here: {other:?}")),
    }
    match start(program, true, None, out) {
        Ok((_, outcome)) if outcome == says(true) => None,
        other => Some(format!("set-user-ID has no effect here: {other:?}")),
    }
}

/// Runs a program in the three ways.
///
/// # Errors
///
/// What it did instead.
pub fn ignores(program: &Path, case: &Case, maps: &Path, out: &Path) -> Result<(), String> {
    let value = case.value.replace("MAPS", &maps.display().to_string());
    let variable = Some((case.variable, value.as_str()));
    for (is_secure, variable, wanted) in
        [(false, None, case.without), (false, variable, case.with), (true, variable, case.without)]
    {
        let (command, outcome) = start(program, is_secure, variable, out)?;
        let quiet = Outcome { stderr: String::new(), ..outcome.clone() };
        let is_right = match wanted {
            Does::Runs => outcome == says(is_secure),
            Does::Shows => quiet == says(is_secure) && outcome.stderr.starts_with("libsys: "),
            Does::Refused(text) => {
                let path = program.display().to_string();
                outcome.refusal().is_some_and(|line| line.contains(&path) && line.contains(text))
            }
        };
        if !is_right {
            let how = if is_secure { "set-user-ID" } else { "as it is" };
            let shown = run::shown(&command);
            return Err(format!("{shown}\nas another user, {how}: expected {wanted:?}, got {outcome:?}"));
        }
    }
    Ok(())
}
