//! Programs that say of themselves what they must do.

use crate::head::{self, Directives, Mistake};
use crate::run::Outcome;
use crate::trial::certain;
use libtest_mimic::Trial;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A program and what it says of itself.
#[derive(Clone, Debug)]
pub struct Program<D> {
    /// Its file.
    pub source: PathBuf,
    /// Its head.
    pub directives: D,
}

impl<D: Directives> Program<D> {
    /// Reads a program.
    ///
    /// # Errors
    ///
    /// That the file cannot be read, or all mistakes of its head.
    pub fn read(source: PathBuf) -> Result<Program<D>, String> {
        let text = std::fs::read_to_string(&source).map_err(|e| format!("{}: {e}", source.display()))?;
        let mistakes = |list: Vec<Mistake>| {
            let lines: Vec<String> = list.iter().map(|m| format!("{}: {m}", source.display())).collect();
            lines.join("\n")
        };
        let directives = head::parse(&text).map_err(mistakes)?;
        Ok(Program { source, directives })
    }

    /// The name of its file, without `.c`.
    #[must_use]
    pub fn name(&self) -> String {
        stem(&self.source)
    }

    /// What it must do.
    #[must_use]
    pub fn expected(&self) -> Outcome {
        self.directives.expected()
    }
}

fn stem(source: &Path) -> String {
    source.file_stem().unwrap_or_default().display().to_string()
}

/// The trials of all programs in a folder, which `of` makes of each.
///
/// # Errors
///
/// A sentence when the folder cannot be listed.
pub fn trials<D: Directives>(
    folder: &Path,
    mut of: impl FnMut(Arc<Program<D>>) -> Vec<Trial>,
) -> Result<Vec<Trial>, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", folder.display());
    let mut trials = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let source = entry.map_err(failed)?.path();
        if source.extension().is_none_or(|extension| extension != "c") {
            continue;
        }
        let name = stem(&source);
        match Program::read(source) {
            Ok(program) => trials.extend(of(Arc::new(program))),
            // Listed as a trial, so that the other programs still run.
            Err(why) => trials.push(certain(format!("{name}::directives"), || Err(why))),
        }
    }
    Ok(trials)
}
