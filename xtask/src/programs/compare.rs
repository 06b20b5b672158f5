//! The suites of the flavours, held against each other test by test.
//!
//! A test whose outcomes differ is run again in each flavour, so that one which does not even agree with itself on stock
//! musl is found out by that, not by a list.

use super::results::{Outcome, Results};
use crate::sysroot::Flavour;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// All runs of one flavour's suite.
#[derive(Clone, Debug)]
pub struct Runs {
    /// The flavour.
    pub flavour: Flavour,
    /// What all tests came to, in each run of the whole suite.
    pub whole: Vec<Results>,
    /// What some tests came to that were run again by themselves: which were run, and their results.
    pub alone: Vec<(BTreeSet<String>, Results)>,
}

impl Runs {
    /// No runs yet.
    pub fn new(flavour: Flavour) -> Runs {
        Runs { flavour, whole: Vec::new(), alone: Vec::new() }
    }

    /// How often a test came to what; to nothing where it was missing.
    fn seen(&self, name: &str) -> BTreeMap<Option<Outcome>, usize> {
        let alone = self.alone.iter().filter(|(tests, _)| tests.contains(name)).map(|(_, results)| results);
        let mut seen = BTreeMap::new();
        for results in self.whole.iter().chain(alone) {
            *seen.entry(results.get(name)).or_insert(0) += 1;
        }
        seen
    }

    /// `pass`, or `9 pass, 3 fail`.
    fn words(&self, name: &str) -> String {
        let seen = self.seen(name);
        let word = |outcome: &Option<Outcome>| outcome.map_or("missing", Outcome::word);
        if seen.len() == 1 {
            return seen.keys().map(word).collect();
        }
        let words: Vec<_> =
            seen.iter().map(|(outcome, count)| format!("{count} {}", word(outcome))).collect();
        words.join(", ")
    }
}

/// What becomes of a test when flavours are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All runs of all flavours came to the same.
    Agrees,
    /// Runs of stock alone came to different things, and no other flavour to anything else.
    Unsteady,
    /// A flavour came to something that stock never did, or lacks what stock has.
    Differs,
}

/// A test that comes to one thing on stock and to another on libsys, always, with the reason.
#[derive(Clone, Copy, Debug)]
pub struct Exception {
    /// Its name.
    pub test: &'static str,
    /// What it comes to on stock.
    pub stock: Outcome,
    /// What it comes to in a reserved program: one of these.
    pub reserved: &'static [Outcome],
    /// What it comes to in a program with the table in its text: one of these.
    pub text: &'static [Outcome],
    /// Why it does.
    pub why: &'static str,
}

impl Exception {
    /// Whether it came to just that, in all runs.
    fn holds(&self, runs: &[Runs]) -> bool {
        runs.iter().all(|run| {
            let known = match run.flavour {
                Flavour::Stock => &[self.stock],
                Flavour::Reserved => self.reserved,
                Flavour::Text => self.text,
            };
            run.seen(self.test).keys().all(|seen| seen.is_some_and(|seen| known.contains(&seen)))
        })
    }
}

/// Judges one test. The first of the runs are those of stock.
pub fn judge(runs: &[Runs], name: &str) -> Verdict {
    let Some((stock, others)) = runs.split_first() else { return Verdict::Agrees };
    let seen = stock.seen(name);
    if others.iter().any(|other| other.seen(name).keys().any(|outcome| !seen.contains_key(outcome))) {
        Verdict::Differs
    } else if seen.len() > 1 {
        Verdict::Unsteady
    } else {
        Verdict::Agrees
    }
}

/// The names of all tests of all runs.
pub fn names(runs: &[Runs]) -> BTreeSet<&str> {
    runs.iter().flat_map(|r| &r.whole).flat_map(Results::names).collect()
}

/// The counts of each flavour's first run side by side, and every test that did not come to the same everywhere; with the
/// tests of `except` that differ as they are known to, and why.
pub fn table(title: &str, runs: &[Runs], except: &[Exception]) -> String {
    let mut text = format!("{title:<20}");
    for run in runs {
        let _ = write!(text, "{:>10}", run.flavour.word());
    }
    text.push('\n');
    for outcome in [Outcome::Pass, Outcome::Fail, Outcome::Skip] {
        let _ = write!(text, "  {:<18}", outcome.word());
        for run in runs {
            let _ = write!(text, "{:>10}", run.whole.first().map_or(0, |r| r.count(outcome)));
        }
        text.push('\n');
    }
    for name in names(runs) {
        let verdict = judge(runs, name);
        let reason = except.iter().find(|e| e.test == name && e.holds(runs)).map(|e| e.why);
        let word = match (verdict, reason) {
            (Verdict::Agrees, _) => continue,
            (_, Some(_)) => "excepted",
            (Verdict::Unsteady, None) => "unsteady",
            (Verdict::Differs, None) => "differs",
        };
        let _ = write!(text, "  {word}: {name}:");
        for run in runs {
            let _ = write!(text, " {} {};", run.flavour.word(), run.words(name));
        }
        let _ = writeln!(text, "{}", reason.map(|reason| format!(" ({reason})")).unwrap_or_default());
    }
    text
}

/// The tests that differ, and not just as they are known to.
pub fn differing<'a>(runs: &'a [Runs], except: &[Exception]) -> Vec<&'a str> {
    let differs = |name: &&str| judge(runs, name) == Verdict::Differs;
    let is_excepted = |name: &str| except.iter().any(|e| e.test == name && e.holds(runs));
    names(runs).into_iter().filter(differs).filter(|name| !is_excepted(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn results(outcome: Option<Outcome>) -> Results {
        let mut results = Results::default();
        if let Some(outcome) = outcome {
            results.add("t", outcome);
        }
        results
    }

    fn runs(flavour: Flavour, outcomes: &[Option<Outcome>]) -> Runs {
        Runs { whole: outcomes.iter().copied().map(results).collect(), ..Runs::new(flavour) }
    }

    #[test]
    fn what_stock_never_came_to_differs() {
        let (pass, fail) = (Some(Outcome::Pass), Some(Outcome::Fail));
        let judged = |stock: &[_], other: &[_]| {
            judge(&[runs(Flavour::Stock, stock), runs(Flavour::Reserved, other)], "t")
        };
        assert_eq!(judged(&[pass, pass], &[pass, pass]), Verdict::Agrees);
        assert_eq!(judged(&[fail, fail], &[fail, fail]), Verdict::Agrees);
        assert_eq!(judged(&[pass, pass], &[pass, fail]), Verdict::Differs);
        assert_eq!(judged(&[fail, fail], &[pass, pass]), Verdict::Differs);
        assert_eq!(judged(&[pass, fail], &[pass, pass]), Verdict::Unsteady);
        assert_eq!(judged(&[pass, fail], &[None, pass]), Verdict::Differs);
        assert_eq!(judged(&[pass], &[None]), Verdict::Differs);
        assert_eq!(judged(&[None], &[pass]), Verdict::Differs);
    }

    #[test]
    fn what_was_run_alone_counts_for_the_tests_that_were() {
        let (pass, fail) = (Some(Outcome::Pass), Some(Outcome::Fail));
        let mut both = [runs(Flavour::Stock, &[pass]), runs(Flavour::Reserved, &[fail])];
        both[0].alone.push((BTreeSet::from(["other".to_owned()]), Results::default()));
        assert_eq!(judge(&both, "t"), Verdict::Differs);
        assert_eq!(both[0].words("t"), "pass");
        both[0].alone.push((BTreeSet::from(["t".to_owned()]), results(fail)));
        assert_eq!(judge(&both, "t"), Verdict::Unsteady);
        assert_eq!(both[0].words("t"), "1 pass, 1 fail");
        both[1].alone.push((BTreeSet::from(["t".to_owned()]), results(None)));
        assert_eq!(judge(&both, "t"), Verdict::Differs);
    }

    #[test]
    fn exceptions_count_only_where_they_are_as_known() {
        let (pass, fail) = (Outcome::Pass, Outcome::Fail);
        let both = |reserved: &[Outcome]| {
            let reserved: Vec<_> = reserved.iter().copied().map(Some).collect();
            [runs(Flavour::Stock, &[Some(pass)]), runs(Flavour::Reserved, &reserved)]
        };
        let known = [Exception { test: "t", stock: pass, reserved: &[Outcome::Fail], text: &[], why: "why" }];
        assert_eq!(differing(&both(&[fail]), &[]), ["t"]);
        assert!(differing(&both(&[fail]), &known).is_empty());
        assert!(differing(&both(&[pass]), &known).is_empty());
        assert_eq!(differing(&both(&[Outcome::Skip]), &known), ["t"]);
        assert_eq!(differing(&both(&[fail, pass]), &known), ["t"]);
        let text = table("p", &both(&[fail]), &known);
        assert!(text.contains("excepted: t: stock pass; reserved fail; (why)"), "{text}");
        assert!(!table("p", &both(&[pass]), &known).contains("t:"));
    }
}
