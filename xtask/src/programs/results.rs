//! What the tests of a suite came to, one by one, and how that is written down.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a test came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It passed.
    Pass,
    /// It failed.
    Fail,
    /// The suite says that it was not run.
    Skip,
}

impl Outcome {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::Skip => "skip",
        }
    }

    /// [`Outcome::Pass`] or [`Outcome::Fail`].
    pub fn of(passed: bool) -> Outcome {
        if passed { Outcome::Pass } else { Outcome::Fail }
    }
}

/// The tests of a suite by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    tests: BTreeMap<String, Outcome>,
}

impl Results {
    /// Adds a test. One whose name was there before is told from it by a number.
    pub fn add(&mut self, name: &str, outcome: Outcome) {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut unique = name.clone();
        let mut count = 1;
        while self.tests.contains_key(&unique) {
            count += 1;
            unique = format!("{name} #{count}");
        }
        self.tests.insert(unique, outcome);
    }

    /// What a test came to; none when there was none of that name.
    pub fn get(&self, name: &str) -> Option<Outcome> {
        self.tests.get(name).copied()
    }

    /// The names of all tests, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tests.keys().map(String::as_str)
    }

    /// All tests with what they came to, in the order of their names.
    pub fn all(&self) -> impl Iterator<Item = (&str, Outcome)> {
        self.tests.iter().map(|(name, outcome)| (name.as_str(), *outcome))
    }

    /// How many came to `outcome`.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.tests.values().filter(|o| **o == outcome).count()
    }

    /// One line a test.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, outcome) in &self.tests {
            let _ = writeln!(text, "{} {name}", outcome.word());
        }
        text
    }

    /// Reads a log whose lines say `WORD NAME`: the words for each outcome, as `PASS: `.
    pub fn lines(log: &str, words: &[(&str, Outcome)]) -> Results {
        let mut results = Results::default();
        for line in log.lines() {
            let found = words.iter().find_map(|(word, outcome)| Some((line.strip_prefix(word)?, *outcome)));
            if let Some((name, outcome)) = found {
                results.add(name, outcome);
            }
        }
        results
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_tests_and_names_stay_apart() {
        let words = [("PASS: ", Outcome::Pass), ("FAIL: ", Outcome::Fail)];
        let results = Results::lines("PASS: a  b\nnoise\nFAIL: a b\nPASS: c\n", &words);
        assert_eq!(results.text(), "pass a b\nfail a b #2\npass c\n");
        assert_eq!(results.count(Outcome::Pass), 2);
        assert_eq!(results.get("c"), Some(Outcome::Pass));
        assert_eq!(results.get("d"), None);
    }
}
