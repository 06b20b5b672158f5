//! In containers of engines that are older than its calls, a program gets the answers that it gets outside of them, if it has
//! the supplier find out; and EPERM if not.

use super::{Tools, certain};
use crate::container::{ENGINES, Engine, Profile};
use crate::directive::Directives;
use crate::filter::Answer;
use crate::variant::{Flavour, Link, Linker, Shape};
use libsys_model::Abi;
use libsys_trials::run::{self, Outcome};
use libtest_mimic::Trial;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

/// One trial for each engine.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let trial = |engine: Engine| {
        let tools = Arc::clone(tools);
        certain(format!("container::{engine}"), move || contained(&tools, engine))
    };
    ENGINES.into_iter().map(trial).collect()
}

fn support(tools: &Tools, name: &str, flavour: Flavour) -> Result<PathBuf, String> {
    let interpreter = flavour == Flavour::Reserved;
    let link = Link { flavour, shape: Shape::Static, linker: Linker::Bfd, interpreter };
    tools.program(&tools.places.sources.join("support").join(name), &Directives::default(), link)
}

fn contained(tools: &Tools, engine: Engine) -> Result<(), String> {
    let abi = libsys_abi::linux_x86_64();
    let profile = Profile::of(engine, &abi)?;
    let filter = tools.places.out.join(engine.name());
    std::fs::write(&filter, profile.filter()).map_err(|e| format!("{}: {e}", filter.display()))?;
    let (below, program) =
        (support(tools, "below.c", Flavour::Text)?, support(tools, "contained.c", Flavour::Reserved)?);
    let run = |mut command: Command, probed: bool| {
        command.env_clear();
        if probed {
            command.env("LIBSYS_PROBE", "1");
        }
        let outcome = run::run(&mut command, &tools.places.out)?;
        Ok::<_, String>((command, outcome))
    };
    let inside = || {
        let mut command = Command::new(&below);
        command.arg(&filter).arg(&program);
        command
    };
    // This kernel may lack some of the calls itself.
    let (command, outside) = run(Command::new(&program), true)?;
    run::compare(&command, &Outcome::says(&outside.stdout), &outside)?;
    let refused = refused(&outside.stdout, &profile, &abi)?;
    let (command, outcome) = run(inside(), true)?;
    run::compare(&command, &outside, &outcome)?;
    let (command, outcome) = run(inside(), false)?;
    run::compare(&command, &Outcome::says(&refused), &outcome)
}

/// What the program prints when nothing is done about a profile; something must be refused, or nothing is proven.
fn refused(output: &str, profile: &Profile, abi: &Abi) -> Result<String, String> {
    let mut refused = String::new();
    for line in output.lines() {
        let (name, answer) = line.split_once(": ").ok_or(format!("not understood: `{line}`"))?;
        let call = abi.call_named(name).ok_or(format!("no call {name}"))?;
        let answer = match profile.answer(call.nr.0) {
            Some(Answer::Eperm) => "EPERM",
            Some(Answer::Enosys) => "ENOSYS",
            None => answer,
        };
        refused += &format!("{name}: {answer}\n");
    }
    if refused == output { Err("the profile refuses nothing".into()) } else { Ok(refused) }
}
