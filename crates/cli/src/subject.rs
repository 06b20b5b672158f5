//! What a command is about: a built-in ABI or a file, at its newest release or an older one.

use crate::output;
use crate::problem::Problem;
use libsys_model::{Abi, Release};
use libsys_syntax::Parsed;
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::FsLoader;
use std::path::Path;

/// A text that was read and lowered.
pub struct Subject {
    /// What was parsed.
    pub parsed: Parsed,
    /// The model; none when there are mistakes.
    pub abi: Option<Abi>,
    /// Mistakes and warnings.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a built-in ABI, if there is one of that name, or a file.
///
/// # Errors
///
/// It is neither, or the file cannot be read.
pub fn read(name: &str) -> Result<Subject, Problem> {
    let parsed = match libsys_abi::parse(name) {
        Some(parsed) => parsed,
        None => {
            let root = FsLoader.read(name).map_err(|reason| unknown(name, &reason))?;
            libsys_syntax::parse(root, &FsLoader)
        }
    };
    let (abi, diagnostics) = libsys_model::lower(&parsed);
    Ok(Subject { parsed, abi, diagnostics })
}

fn unknown(name: &str, reason: &str) -> Problem {
    if Path::new(name).is_dir() {
        return Problem::usage(format!("{name}: it is a folder"));
    }
    if Path::new(name).exists() {
        return Problem::usage(format!("{name}: {reason}"));
    }
    let problem = Problem::usage(format!("{name}: {reason}, and no ABI is called so"));
    match libsys_model::similar(name, libsys_abi::NAMES) {
        Some(similar) => problem.help(format!("did you mean `{similar}`?")),
        None => problem.help(format!("the built-in ABI is `{}`", libsys_abi::NAMES.join("`, `"))),
    }
}

/// The model of `ABI`, `FILE`, `ABI@RELEASE` or `FILE@RELEASE`. Mistakes are shown on standard error.
///
/// # Errors
///
/// There is no such thing, it has mistakes, or it has no such release.
pub fn load(name: &str) -> Result<Abi, Problem> {
    let (name, release) = split(name)?;
    let subject = read(name)?;
    let errors = subject.diagnostics.iter().filter(|d| d.is_error()).count();
    let shown: Vec<Diagnostic> = subject.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
    output::show(&shown, &subject.parsed.sources);
    let Some(abi) = subject.abi else {
        return Err(Problem::input(format!("{name} has {}", output::count(errors, "mistake", "mistakes"))));
    };
    let Some(release) = release else { return Ok(abi) };
    known(name, &abi, release)?;
    Ok(abi.at(release))
}

/// Refuses a release that an ABI does not describe.
///
/// # Errors
///
/// It is newer than the newest, or older than the oldest.
pub fn known(name: &str, abi: &Abi, release: Release) -> Result<(), Problem> {
    let message = match abi.first_release() {
        _ if release > abi.release => {
            format!("{name} is described up to release {}, not {release}", abi.release)
        }
        Some(first) if release < first => {
            format!("{name} is described from release {first} on, not {release}")
        }
        _ => return Ok(()),
    };
    Err(Problem::usage(message))
}

/// The release behind the last `@`. What is a file as it stands has none, nor has a path with an `@` in the
/// name of a folder.
fn split(name: &str) -> Result<(&str, Option<Release>), Problem> {
    match name.rsplit_once('@') {
        Some((before, release)) if !release.contains('/') && !Path::new(name).exists() => {
            Ok((before, Some(release.parse().map_err(Problem::usage)?)))
        }
        _ => Ok((name, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_stand_behind_the_last_at() {
        let split = |name: &str| split(name).map(|(name, release)| (name.to_owned(), release)).unwrap();
        assert_eq!(split("linux/x86_64"), ("linux/x86_64".to_owned(), None));
        assert_eq!(split("a@b/c.sys"), ("a@b/c.sys".to_owned(), None));
        let release = Some(Release::new(5, 10, 0));
        assert_eq!(split("linux/x86_64@5.10"), ("linux/x86_64".to_owned(), release));
    }
}
