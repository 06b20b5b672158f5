//! A program with more rights than its caller ignores the variables that tell a supplier what to do.

use super::{Tools, trial};
use crate::directive::{Directives, End};
use crate::run::{self, Outcome};
use crate::sdk;
use crate::variant::{Flavour, Link, Linker, Shape};
use libtest_mimic::{Completion, Trial};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// `nobody` on all Linux systems.
const NOBODY: u32 = 65534;

/// Variables by which a program is refused that looks at them.
const VARIABLES: [(&str, &str); 3] =
    [("LIBSYS_MAP", "/does/not/exist"), ("LIBSYS_KERNEL", "nonsense"), ("LIBSYS_UNAME", "nonsense")];

/// The trial.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let tools = Arc::clone(tools);
    vec![trial("secure::variables-are-ignored".into(), move || {
        if !sdk::is_root() {
            return Ok(Completion::ignored_with("needs root"));
        }
        let folder = std::env::temp_dir().join(format!("libsys-secure-{}", std::process::id()));
        let outcome = ignored(&tools, &folder);
        let _ = std::fs::remove_dir_all(&folder);
        outcome
    })]
}

fn ignored(tools: &Tools, folder: &Path) -> Result<Completion, String> {
    let source = tools.places.sources.join("support/secure.c");
    let link =
        Link { flavour: Flavour::Reserved, shape: Shape::Static, linker: Linker::Bfd, interpreter: true };
    let built = tools.program(&source, &Directives::default(), link)?;
    let place = |name: &str, mode: u32| -> Result<PathBuf, String> {
        let named = |e: std::io::Error| format!("{}: {e}", folder.display());
        std::fs::create_dir_all(folder).map_err(named)?;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).map_err(named)?;
        let copy = folder.join(name);
        std::fs::copy(&built, &copy).map_err(named)?;
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(mode)).map_err(named)?;
        Ok(copy)
    };
    let (ordinary, secure) = (place("ordinary", 0o755)?, place("secure", 0o4755)?);
    let start = |file: &Path, variable: Option<(&str, &str)>| {
        let mut command = Command::new(file);
        command.env_clear().uid(NOBODY).gid(NOBODY).envs(variable);
        let outcome = run::run(&mut command, &tools.places.out);
        (command, outcome)
    };
    // Another user may not reach the supplier, or set-user-ID may mean nothing here.
    match start(&ordinary, None).1 {
        Ok(outcome) if outcome == Outcome::says("AT_SECURE 0\n") => {}
        other => {
            return Ok(Completion::ignored_with(format!("another user cannot run programs here: {other:?}")));
        }
    }
    if start(&secure, None).1? != Outcome::says("AT_SECURE 1\n") {
        return Ok(Completion::ignored_with("set-user-ID has no effect here"));
    }
    for variable in VARIABLES {
        let (command, outcome) = start(&ordinary, Some(variable));
        let outcome = outcome?;
        if outcome.end != Some(End::Status(127)) {
            let shown = run::shown(&command);
            return Err(format!("{shown}: the variable should be looked at, got {outcome:?}"));
        }
        let (command, outcome) = start(&secure, Some(variable));
        run::compare(&command, &Outcome::says("AT_SECURE 1\n"), &outcome?)?;
    }
    Ok(Completion::Completed)
}
