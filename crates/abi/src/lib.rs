//! The ABIs of this repository, built in: the texts below `abi/`, and their models.
//!
//! Host side only. Everything that generates something begins here or with a file of the user's.
#![forbid(unsafe_code)]

use libsys_model::Abi;
use libsys_syntax::Parsed;
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::{Loader, Source, join};

/// Every text: its path below `abi/`, and its content; sorted by path.
const TEXTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/texts.rs"));

/// The ABIs that are built in, by the names that their files give them.
pub const NAMES: [&str; 1] = ["linux/x86_64"];

/// Includes from the built-in texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct BuiltIn;

impl Loader for BuiltIn {
    fn load(&self, from: &str, include: &str) -> Result<Source, String> {
        let path = join(from, include);
        match TEXTS.binary_search_by_key(&path.as_str(), |(name, _)| name) {
            Ok(i) => Ok(Source { path, text: TEXTS[i].1.to_owned() }),
            Err(_) => Err("there is no built-in text of that name".to_owned()),
        }
    }
}

/// The built-in texts: path below `abi/`, content.
pub fn sources() -> impl Iterator<Item = (&'static str, &'static str)> {
    TEXTS.iter().copied()
}

/// Parses a built-in ABI; none when there is none of that name.
#[must_use]
pub fn parse(name: &str) -> Option<Parsed> {
    let root = BuiltIn.load("", &format!("{name}.sys")).ok().filter(|_| NAMES.contains(&name))?;
    Some(libsys_syntax::parse(root, &BuiltIn))
}

/// The model of a built-in ABI; none when there is none of that name.
///
/// # Errors
///
/// The mistakes of its texts, which is a bug of ours.
pub fn load(name: &str) -> Option<Result<Abi, Box<Mistakes>>> {
    let parsed = parse(name)?;
    let (abi, diagnostics) = libsys_model::lower(&parsed);
    Some(abi.ok_or_else(|| Box::new(Mistakes { parsed, diagnostics })))
}

/// What is wrong with a built-in ABI.
#[derive(Clone, Debug)]
pub struct Mistakes {
    /// Its texts.
    pub parsed: Parsed,
    /// All that is wrong with them.
    pub diagnostics: Vec<Diagnostic>,
}

impl std::fmt::Display for Mistakes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&libsys_syntax::render(&self.diagnostics, &self.parsed.sources, false))
    }
}

/// `linux/x86_64` at its newest release.
///
/// # Panics
///
/// When its texts have mistakes; a test of this crate keeps them from being released so.
#[must_use]
pub fn linux_x86_64() -> Abi {
    match load("linux/x86_64") {
        Some(Ok(abi)) => abi,
        Some(Err(mistakes)) => panic!("{mistakes}"),
        None => panic!("linux/x86_64 is not built in"),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn built_in_abis_have_no_mistakes_and_are_canonical() {
        for name in super::NAMES {
            let parsed = super::parse(name).expect("it is built in");
            let (abi, diagnostics) = libsys_model::lower(&parsed);
            assert_eq!(libsys_syntax::render(&diagnostics, &parsed.sources, false), "", "{name}");
            assert_eq!(abi.expect("it has no mistakes").name, name);
        }
        for (path, text) in super::sources() {
            assert_eq!(libsys_syntax::format(text).as_deref(), Ok(text), "{path}");
        }
    }

    #[test]
    fn all_calls_are_documented() {
        let abi = super::linux_x86_64();
        let bare: Vec<&str> = abi
            .calls
            .iter()
            .filter(|c| c.summary.is_empty() || c.group.is_none())
            .map(|c| c.name.as_str())
            .collect();
        assert_eq!(bare, [""; 0], "calls without a summary or a group");
    }
}
