//! The Rust example, without std, in both flavours.

use super::{Tools, certain};
use crate::trials::clean;
use crate::variant::Flavour;
use libsys_trials::elf::Elf;
use libsys_trials::run::{self, Outcome};
use libsys_trials::word::Word;
use libtest_mimic::Trial;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// One trial for each flavour.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for flavour in [Flavour::Reserved, Flavour::Text] {
        let tools = Arc::clone(tools);
        trials.push(certain(format!("rust::{}", flavour.word()), move || {
            let file = build(&tools, flavour)?;
            let mut plain = Command::new(&file);
            let mut by_hand = Command::new(tools.places.loader());
            let mut by_command = Command::new(tools.places.command());
            by_hand.arg(&file);
            by_command.arg("run").arg(&file);
            for command in [&mut plain, &mut by_hand, &mut by_command] {
                command.arg("case").env_clear();
                run::does(command, &Outcome::says("hello from Rust, case\n"), &tools.places.out)?;
            }
            clean::check_file(&file)?;
            match Elf::read(&file)?.described() {
                Some(found) if found.note.flavour.name() == flavour.word() => Ok(()),
                other => {
                    Err(format!("{}: expected a {} section, got {other:?}", file.display(), flavour.word()))
                }
            }
        }));
    }
    trials
}

/// Builds the example; both flavours go through the same file of cargo's, so one after the other.
fn build(tools: &Tools, flavour: Flavour) -> Result<PathBuf, String> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let root = tools.places.sources.join("../..");
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--release", "-p", "hello-rs", "--message-format", "json-render-diagnostics"]);
    if flavour == Flavour::Text {
        cargo.args(["--features", "text"]);
    }
    cargo.env("LIBSYS_INTERPRETER", tools.places.loader()).current_dir(&root).stdin(Stdio::null());
    let output = cargo.output().map_err(|e| format!("cargo: {e}"))?;
    if !output.status.success() {
        return Err(format!("{}\n{}", run::shown(&cargo), String::from_utf8_lossy(&output.stderr)));
    }
    // {"reason":"compiler-artifact",…,"executable":"PATH",…} of the one program that is built.
    let messages = String::from_utf8_lossy(&output.stdout);
    let built = messages.lines().find_map(|line| {
        let (_, rest) = line.split_once("\"executable\":\"")?;
        rest.split_once('"').map(|(path, _)| PathBuf::from(path)).filter(|path| path.ends_with("hello-rs"))
    });
    let built = built.ok_or("cargo names no program that it built")?;
    let copy = tools.places.out.join(format!("hello-rs-{}", flavour.word()));
    let bytes = std::fs::read(&built).map_err(|e| format!("{}: {e}", built.display()))?;
    run::write_program(&copy, &bytes)?;
    Ok(copy)
}
