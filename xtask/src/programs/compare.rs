//! The suites of the flavours, held against each other test by test.
//!
//! A test whose outcomes differ is run again, with all others and in each flavour, so that one which does not even agree
//! with itself on stock musl is found out by that, not by a list.

use super::results::{Outcome, Results};
use crate::sysroot::Flavour;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// All runs of one flavour's suite.
#[derive(Clone, Debug)]
pub struct Runs {
    /// The flavour.
    pub flavour: Flavour,
    /// What each run came to.
    pub results: Vec<Results>,
}

impl Runs {
    /// What a test came to in any of the runs; nothing where it was missing.
    fn seen(&self, name: &str) -> BTreeSet<Option<Outcome>> {
        self.results.iter().map(|results| results.get(name)).collect()
    }

    fn words(&self, name: &str) -> String {
        let words: Vec<_> =
            self.results.iter().map(|results| results.get(name).map_or("missing", Outcome::word)).collect();
        if words.iter().all(|word| *word == words[0]) { words[0].to_owned() } else { words.join("/") }
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

/// Judges one test. The first of the runs are those of stock.
pub fn judge(runs: &[Runs], name: &str) -> Verdict {
    let Some((stock, others)) = runs.split_first() else { return Verdict::Agrees };
    let seen = stock.seen(name);
    if others.iter().any(|other| !other.seen(name).is_subset(&seen)) {
        Verdict::Differs
    } else if seen.len() > 1 {
        Verdict::Unsteady
    } else {
        Verdict::Agrees
    }
}

/// The names of all tests of all runs.
pub fn names(runs: &[Runs]) -> BTreeSet<&str> {
    runs.iter().flat_map(|r| &r.results).flat_map(Results::names).collect()
}

/// The counts of each flavour's first run side by side, and every test that did not come to the same everywhere; with the
/// tests of `except`, which are known to differ, and why.
pub fn table(title: &str, runs: &[Runs], except: &[(&str, &str)]) -> String {
    let mut text = format!("{title:<20}");
    for run in runs {
        let _ = write!(text, "{:>10}", run.flavour.word());
    }
    text.push('\n');
    for outcome in [Outcome::Pass, Outcome::Fail, Outcome::Skip] {
        let _ = write!(text, "  {:<18}", outcome.word());
        for run in runs {
            let _ = write!(text, "{:>10}", run.results.first().map_or(0, |r| r.count(outcome)));
        }
        text.push('\n');
    }
    for name in names(runs) {
        let verdict = judge(runs, name);
        let reason = except.iter().find(|(test, _)| *test == name).map(|(_, reason)| *reason);
        let word = match (verdict, reason) {
            (Verdict::Agrees, None) => continue,
            (_, Some(_)) => "excepted",
            (Verdict::Unsteady, None) => "unsteady",
            (Verdict::Differs, None) => "differs",
        };
        let _ = write!(text, "  {word}: {name}:");
        for run in runs {
            let _ = write!(text, " {} {}", run.flavour.word(), run.words(name));
        }
        let _ = writeln!(text, "{}", reason.map(|reason| format!(" ({reason})")).unwrap_or_default());
    }
    text
}

/// The tests that differ and are not excepted.
pub fn differing<'a>(runs: &'a [Runs], except: &[(&str, &str)]) -> Vec<&'a str> {
    let differs = |name: &&str| judge(runs, name) == Verdict::Differs;
    let is_excepted = |name: &str| except.iter().any(|(test, _)| *test == name);
    names(runs).into_iter().filter(differs).filter(|name| !is_excepted(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(flavour: Flavour, outcomes: &[Option<Outcome>]) -> Runs {
        let results = outcomes.iter().map(|outcome| {
            let mut results = Results::default();
            if let Some(outcome) = outcome {
                results.add("t", *outcome);
            }
            results
        });
        Runs { flavour, results: results.collect() }
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
    fn exceptions_are_shown_but_do_not_count() {
        let both =
            [runs(Flavour::Stock, &[Some(Outcome::Pass)]), runs(Flavour::Reserved, &[Some(Outcome::Fail)])];
        assert_eq!(differing(&both, &[]), ["t"]);
        assert!(differing(&both, &[("t", "why")]).is_empty());
        assert!(table("p", &both, &[("t", "why")]).contains("excepted: t: stock pass reserved fail (why)"));
    }
}
