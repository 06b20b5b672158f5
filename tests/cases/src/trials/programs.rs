//! One trial for each program × flavour × shape × linker × way of running, and one for each build: that its
//! text is clean.

use super::{Tools, certain, clean, trial};
use crate::directive::Program;
use crate::variant::{Link, Way};
use libsys_trials::program;
use libsys_trials::word::Word;
use libsys_trials::{machine, run};
use libtest_mimic::{Completion, Trial};
use std::collections::BTreeSet;
use std::sync::Arc;

/// All trials of the folder `programs`.
///
/// # Errors
///
/// A sentence when the folder cannot be listed.
pub fn trials(tools: &Tools) -> Result<Vec<Trial>, String> {
    program::trials(&tools.places.sources.join("programs"), |program| of(tools, &program))
}

fn of(tools: &Tools, program: &Arc<Program>) -> Vec<Trial> {
    let mut trials = Vec::new();
    let directives = &program.directives;
    let mut links = BTreeSet::new();
    for &flavour in &directives.flavours {
        for &shape in &directives.shapes {
            for &linker in &directives.linkers {
                for &way in &directives.runs {
                    let Some(link) = Link::new(flavour, shape, linker, way) else { continue };
                    links.insert(link);
                    let (program, tools) = (Arc::clone(program), Arc::clone(tools));
                    let name = format!("{}::{}::{}", program.name(), link.name(), way.word());
                    trials.push(trial(name, move || go(&tools, &program, link, way)));
                }
            }
        }
    }
    // The same link with another interpreter has the same text.
    links.retain(|link| !link.interpreter || link.flavour != crate::variant::Flavour::Text);
    for link in links {
        let (program, tools) = (Arc::clone(program), Arc::clone(tools));
        let name = format!("{}::{}::clean", program.name(), link.name());
        trials.push(certain(name, move || clean::check(&tools, &program, link)));
    }
    trials
}

fn go(tools: &Tools, program: &Program, link: Link, way: Way) -> Result<Completion, String> {
    if let Some(reason) = program.directives.needs.iter().find_map(machine::lacks) {
        return Ok(Completion::ignored_with(reason));
    }
    let file = tools.program(&program.source, &program.directives, link)?;
    let mut command = tools.command(program, &file, link, way)?;
    run::does(&mut command, &program.expected(), &tools.places.out)?;
    Ok(Completion::Completed)
}
