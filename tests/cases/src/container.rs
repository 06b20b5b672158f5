//! Which calls the Docker engine lets a container make that has no further capabilities, by the release of the engine: facts
//! from the history of its default profile, in `containers.csv`. To all others it answers EPERM, whether the kernel knows
//! them or not, and that is what a program meets in a container that is older than the kernel.

use crate::filter::{self, Answer};
use libsys_model::{Abi, Call};
use std::fmt;
use std::str::FromStr;

/// A release of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Engine([u16; 3]);

impl Engine {
    /// A release from its numbers.
    #[must_use]
    pub const fn new(first: u16, second: u16, third: u16) -> Engine {
        Engine([first, second, third])
    }

    /// The name in trials and files: `container-20.10.18`.
    #[must_use]
    pub fn name(self) -> String {
        format!("container-{self}")
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third] = self.0;
        // Until 2022 the second number was a month.
        if first < 23 {
            write!(f, "{first}.{second:02}.{third}")
        } else {
            write!(f, "{first}.{second}.{third}")
        }
    }
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(text: &str) -> Result<Engine, String> {
        let mut numbers = [0; 3];
        let mut parts = text.split('.');
        for number in &mut numbers {
            *number = parts.next().unwrap_or("0").parse().map_err(|_| format!("`{text}` is no release"))?;
        }
        if parts.next().is_some() { Err(format!("`{text}` is no release")) } else { Ok(Engine(numbers)) }
    }
}

/// Engines that people met: before `statx`; before `faccessat2`; with EPERM for `clone3` and with ENOSYS; before
/// `fchmodat2`; and what was new a year before this was written.
pub const ENGINES: [Engine; 7] = [
    Engine::new(17, 6, 0),
    Engine::new(18, 9, 0),
    Engine::new(19, 3, 9),
    Engine::new(20, 10, 0),
    Engine::new(20, 10, 18),
    Engine::new(23, 0, 10),
    Engine::new(28, 2, 0),
];

/// Calls to which kernels that have them may answer EPERM themselves, so that the answer does not tell that they are refused.
pub const PRIVILEGED: [&str; 8] = [
    "bpf",
    "finit_module",
    "fsmount",
    "fsopen",
    "fspick",
    "kexec_file_load",
    "landlock_restrict_self",
    "move_mount",
];

/// What the table says of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The call.
    pub call: String,
    /// The engine that first let it through; none: no engine does.
    pub since: Option<Engine>,
    /// The engine that no longer did.
    pub until: Option<Engine>,
    /// The engine since which the answer is ENOSYS instead of EPERM.
    pub enosys: Option<Engine>,
}

impl Fact {
    fn lets_through(&self, engine: Engine) -> bool {
        self.since.is_some_and(|since| since <= engine) && self.until.is_none_or(|until| engine < until)
    }
}

/// The table: all calls since Linux 3.2, and the older ones that take a capability.
///
/// # Errors
///
/// The line that is not understood.
pub fn facts() -> Result<Vec<Fact>, String> {
    let text = include_str!("../containers.csv");
    text.lines()
        .skip(1)
        .map(|line| fact(line).map_err(|why| format!("containers.csv: {line}: {why}")))
        .collect()
}

fn fact(line: &str) -> Result<Fact, String> {
    let [call, since, until, enosys] = line.split(',').collect::<Vec<_>>()[..] else {
        return Err("not four fields".into());
    };
    let engine = |field: &str| if field.is_empty() { Ok(None) } else { field.parse().map(Some) };
    Ok(Fact { call: call.to_owned(), since: engine(since)?, until: engine(until)?, enosys: engine(enosys)? })
}

/// What an engine's default profile does with each call of an ABI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Numbers that it lets through, ascending.
    allowed: Vec<u32>,
    /// Numbers that it answers ENOSYS.
    unknown: Vec<u32>,
}

impl Profile {
    /// The profile of an engine. What the table does not name has always been let through.
    ///
    /// # Errors
    ///
    /// The table is not understood.
    pub fn of(engine: Engine, abi: &Abi) -> Result<Profile, String> {
        let facts = facts()?;
        let mut profile = Profile { allowed: Vec::new(), unknown: Vec::new() };
        for Call { name, nr, .. } in &abi.calls {
            let fact = facts.iter().find(|fact| fact.call == *name);
            if fact.is_none_or(|fact| fact.lets_through(engine)) {
                profile.allowed.push(nr.0);
            } else if fact.and_then(|fact| fact.enosys).is_some_and(|since| since <= engine) {
                profile.unknown.push(nr.0);
            }
        }
        Ok(profile)
    }

    /// What it answers to a number; none when it lets it through.
    #[must_use]
    pub fn answer(&self, nr: u32) -> Option<Answer> {
        if self.allowed.binary_search(&nr).is_ok() {
            None
        } else if self.unknown.contains(&nr) {
            Some(Answer::Enosys)
        } else {
            Some(Answer::Eperm)
        }
    }

    /// The profile as a filter.
    #[must_use]
    pub fn filter(&self) -> Vec<u8> {
        filter::allowing(&self.allowed, &self.unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    fn profile(engine: &str) -> impl Fn(&str) -> Option<Answer> {
        let abi = libsys_abi::linux_x86_64();
        let profile = Profile::of(engine.parse().unwrap(), &abi).unwrap();
        move |name: &str| profile.answer(abi.call_named(name).unwrap().nr.0)
    }

    #[test]
    fn engines_are_ordered_by_their_numbers() {
        let engine = |text: &str| text.parse::<Engine>().unwrap();
        assert!(engine("1.11.0") < engine("17.06") && engine("19.03.9") < engine("20.10.0"));
        assert_eq!(engine("17.06").to_string(), "17.06.0");
        assert_eq!(engine("23.0.10").to_string(), "23.0.10");
        assert_eq!(engine("20.10.18").name(), "container-20.10.18");
        for wrong in ["", "20.x", "20.10.0.1", "v20.10.0"] {
            assert!(wrong.parse::<Engine>().is_err(), "{wrong}");
        }
        assert!(ENGINES.is_sorted());
    }

    #[test]
    fn profiles_let_through_what_they_know() {
        let old = profile("17.06");
        assert_eq!((old("read"), old("getrandom")), (None, None));
        assert_eq!(
            (old("statx"), old("clone3"), old("unshare")),
            (Some(Answer::Eperm), Some(Answer::Eperm), Some(Answer::Eperm))
        );
        let middle = profile("20.10.18");
        assert_eq!((middle("faccessat2"), middle("io_uring_setup")), (None, None));
        assert_eq!((middle("clone3"), middle("fchmodat2")), (Some(Answer::Enosys), Some(Answer::Eperm)));
        let new = profile("28.2.0");
        assert_eq!((new("fchmodat2"), new("mseal")), (None, None));
        assert_eq!((new("io_uring_setup"), new("listns")), (Some(Answer::Eperm), Some(Answer::Eperm)));
    }

    #[test]
    fn the_table_names_all_newer_calls_once_and_no_others() {
        let abi = libsys_abi::linux_x86_64();
        let facts = facts().unwrap();
        let names: BTreeSet<&str> = facts.iter().map(|fact| fact.call.as_str()).collect();
        assert_eq!(names.len(), facts.len());
        for name in &names {
            assert!(abi.call_named(name).is_some(), "{name} is no call");
        }
        let first = libsys_model::Release::new(3, 2, 0);
        for call in abi.calls.iter().filter(|call| call.since.is_some_and(|since| since >= first)) {
            assert!(names.contains(call.name.as_str()), "{} is left out", call.name);
        }
    }

    /// The history that the table was made from says the same, where it lies beside the repository.
    #[test]
    fn the_history_of_profiles_says_the_same() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/docker-seccomp-history.csv");
        let Ok(text) = std::fs::read_to_string(&path) else {
            eprintln!("not compared: {} is absent", path.display());
            return;
        };
        let facts: BTreeMap<String, Fact> =
            facts().unwrap().into_iter().map(|fact| (fact.call.clone(), fact)).collect();
        let newest: Engine = "28.3.3".parse().unwrap();
        let mut compared = 0;
        for line in text.lines().skip(1) {
            // Releases in brackets have a comma.
            let fields: Vec<&str> = line.split(',').collect();
            let [first, _, errno, now] = fields[fields.len() - 4..] else { panic!("{line}") };
            let name = fields[0];
            let Some(fact) = facts.get(name) else { continue };
            let since = first.strip_prefix('v').map(|engine: &str| engine.parse::<Engine>().unwrap());
            assert_eq!(fact.since, since, "{name}");
            assert_eq!(fact.lets_through(newest), now == "yes", "{name}");
            assert_eq!(fact.enosys.is_some(), errno == "38", "{name}");
            compared += 1;
        }
        assert!(compared > 70, "{compared} calls");
    }
}
