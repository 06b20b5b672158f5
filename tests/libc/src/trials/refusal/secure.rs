//! A program with more rights than its caller does not look at `LIBSYS_*`, whatever supplies it.

use super::folder::Folder;
use super::{Tools, trial};
use crate::program::Shape;
use libsys_cases::directive::End;
use libsys_cases::run::{self, Outcome};
use libsys_cases::sdk;
use libsys_cases::variant::Word;
use libtest_mimic::{Completion, Trial};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// `nobody` on all Linux systems.
const NOBODY: u32 = 65534;
/// Each of them would keep an ordinary program from starting, or change what it gets.
const VARIABLES: [(&str, &str); 4] = [
    ("LIBSYS_MAP", "/does/not/exist"),
    ("LIBSYS_MAP_PATH", "/does/not/exist"),
    ("LIBSYS_KERNEL", "2.6"),
    ("LIBSYS_PROBE", "1"),
];

/// The trials.
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let each = Shape::ALL.iter().map(|&shape| {
        let tools = Arc::clone(tools);
        trial(format!("refusal::secure::{}", shape.word()), move || ignored(&tools, shape))
    });
    each.collect()
}

fn ignored(tools: &Tools, shape: Shape) -> Result<Completion, String> {
    if !sdk::is_root() {
        return Ok(Completion::ignored_with("needs root"));
    }
    let folder = Folder::new(tools)?;
    let program = folder.program(tools, shape)?;
    let start = |variables: &[(&str, &str)]| {
        let mut command = Command::new(&program);
        command.env_clear().envs(variables.iter().copied()).uid(NOBODY).gid(NOBODY);
        let outcome = run::run(&mut command, &tools.places.out);
        (command, outcome)
    };
    // Another user may not reach the folder.
    match start(&[]).1 {
        Ok(outcome) if outcome == Outcome::says("hello\n") => {}
        other => return Ok(Completion::ignored_with(format!("another user cannot run programs: {other:?}"))),
    }
    // An ordinary program looks at them.
    let outcome = start(&VARIABLES).1?;
    if outcome.end != Some(End::Status(127)) {
        return Err(format!("an ordinary program should be refused: {outcome:?}"));
    }
    set_user_id(&program)?;
    let (command, outcome) = start(&VARIABLES);
    run::compare(&command, &Outcome::says("hello\n"), &outcome?)?;
    Ok(Completion::Completed)
}

fn set_user_id(program: &Path) -> Result<(), String> {
    std::fs::set_permissions(program, std::fs::Permissions::from_mode(0o4755)).map_err(|e| e.to_string())
}
