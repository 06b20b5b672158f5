//! One trial for each program × flavour × shape × linker × way of running, and one for each build: that its
//! text is clean.

use super::{Tools, certain, clean, trial};
use crate::directive::{self, Directives};
use crate::run::{self, Outcome};
use crate::sdk;
use crate::variant::{Link, Shape, Way, Word};
use libtest_mimic::{Completion, Trial};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// A program and what it says of itself.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its file.
    pub source: PathBuf,
    /// Its head.
    pub directives: Directives,
}

impl Program {
    /// Reads a program of the folder `programs` by its name.
    ///
    /// # Errors
    ///
    /// That the file cannot be read, or all mistakes of its directives.
    pub fn named(tools: &Tools, name: &str) -> Result<Program, String> {
        Program::read(tools.places.sources.join(format!("programs/{name}.c")))
    }

    /// Reads a program.
    ///
    /// # Errors
    ///
    /// As [`Program::named`].
    pub fn read(source: PathBuf) -> Result<Program, String> {
        let text = std::fs::read_to_string(&source).map_err(|e| format!("{}: {e}", source.display()))?;
        let mistakes = |list: Vec<directive::Mistake>| {
            let lines: Vec<String> = list.iter().map(|m| format!("{}: {m}", source.display())).collect();
            lines.join("\n")
        };
        let directives = directive::parse(&text).map_err(mistakes)?;
        Ok(Program { source, directives })
    }

    /// The name of its file, without `.c`.
    #[must_use]
    pub fn name(&self) -> String {
        self.source.file_stem().unwrap_or_default().display().to_string()
    }

    /// The command that runs a build of it.
    ///
    /// # Errors
    ///
    /// What keeps the host of shared objects from being built.
    pub fn command(&self, tools: &Tools, file: &Path, link: Link, way: Way) -> Result<Command, String> {
        let mut words: Vec<PathBuf> = match way {
            Way::Plain | Way::Interp => Vec::new(),
            Way::Hand => vec![tools.places.loader()],
            Way::Cli => vec![tools.places.command(), "run".into()],
        };
        if link.shape == Shape::Shared {
            words.push(tools.host()?);
        }
        words.push(file.to_path_buf());
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(&self.directives.args).env_clear();
        command.env("CASE_RUN", way.word()).env("CASE_FLAVOUR", link.flavour.word());
        command.env("CASE_SHAPE", link.shape.word());
        command.envs(self.directives.env.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    /// What it must do.
    #[must_use]
    pub fn expected(&self) -> Outcome {
        Outcome {
            end: Some(self.directives.end),
            stdout: self.directives.stdout.clone(),
            stderr: self.directives.stderr.clone(),
        }
    }
}

/// All trials of the folder `programs`.
///
/// # Errors
///
/// A sentence when the folder cannot be listed.
pub fn trials(tools: &Tools) -> Result<Vec<Trial>, String> {
    let folder = tools.places.sources.join("programs");
    let entries = std::fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut trials = Vec::new();
    for entry in entries {
        let source = entry.map_err(|e| format!("{}: {e}", folder.display()))?.path();
        if source.extension().is_none_or(|extension| extension != "c") {
            continue;
        }
        let name = source.file_stem().unwrap_or_default().display().to_string();
        match Program::read(source) {
            Ok(program) => add(&mut trials, tools, Arc::new(program)),
            // Listed as a trial, so that the other programs still run.
            Err(why) => trials.push(certain(format!("{name}::directives"), || Err(why))),
        }
    }
    Ok(trials)
}

fn add(trials: &mut Vec<Trial>, tools: &Tools, program: Arc<Program>) {
    let directives = &program.directives;
    let mut links = BTreeSet::new();
    for &flavour in &directives.flavours {
        for &shape in &directives.shapes {
            for &linker in &directives.linkers {
                for &way in &directives.runs {
                    let Some(link) = Link::new(flavour, shape, linker, way) else { continue };
                    links.insert(link);
                    let (program, tools) = (Arc::clone(&program), Arc::clone(tools));
                    let name = format!("{}::{}::{}", program.name(), link.name(), way.word());
                    trials.push(trial(name, move || go(&tools, &program, link, way)));
                }
            }
        }
    }
    // The same link with another interpreter has the same text.
    links.retain(|link| !link.interpreter || link.flavour != crate::variant::Flavour::Text);
    for link in links {
        let (program, tools) = (Arc::clone(&program), Arc::clone(tools));
        let name = format!("{}::{}::clean", program.name(), link.name());
        trials.push(certain(name, move || clean::check(&tools, &program, link)));
    }
}

fn go(tools: &Tools, program: &Program, link: Link, way: Way) -> Result<Completion, String> {
    if let Some(reason) = program.directives.needs.iter().find_map(sdk::lacks) {
        return Ok(Completion::ignored_with(reason));
    }
    let file = tools.program(&program.source, &program.directives, link)?;
    let mut command = program.command(tools, &file, link, way)?;
    let outcome = run::run(&mut command, &tools.places.out)?;
    run::compare(&command, &program.expected(), &outcome)?;
    Ok(Completion::Completed)
}
