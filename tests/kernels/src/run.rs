//! A program on a target: how it is started in the machine, and what it must do.

use crate::target::Target;
use libsys_cases::directive::Program;
use libsys_cases::variant::{Link, Way};
use libsys_trials::run::End;
use libsys_trials::run::{Outcome, compare, shown};
use libsys_trials::word::Word;
use std::process::Command;

/// The program that runs others below a filter, in the machine.
pub const BELOW: &str = "/below";
/// A loader without maps beside it, in the machine.
pub const BARE_LOADER: &str = "/bare/ld-libsys";

/// A program, how it is started, and what it must do.
#[derive(Clone, Debug)]
pub struct Run {
    /// `5.10::hello::reserved::static::plain`
    pub name: String,
    /// The program, and how it is linked; none: its file is there already.
    pub program: Option<(Program, Link)>,
    /// Its arguments, what starts it among them, in the machine.
    pub argv: Vec<String>,
    /// Its environment.
    pub env: Vec<(String, String)>,
    /// What it must do.
    pub expected: Expected,
    /// Why it is not run; none: it is.
    pub skip: Option<String>,
}

/// What a program must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This.
    Outcome(Outcome),
    /// The supplier refuses it, in one line that holds all of these.
    Refusal(Vec<String>),
}

impl Run {
    /// A program, run in one way on a target by the loader at `loader`.
    #[must_use]
    pub fn new(target: &Target, program: &Program, link: Link, way: Way, loader: &str) -> Run {
        let mut argv = target.below();
        if way == Way::Hand {
            argv.push(loader.to_owned());
        }
        argv.push(place(program, link));
        argv.extend(program.directives.args.iter().cloned());
        let words = [
            ("CASE_RUN", way.word()),
            ("CASE_FLAVOUR", link.flavour.word()),
            ("CASE_SHAPE", link.shape.word()),
        ];
        let mut env: Vec<_> = words.map(|(name, word)| (name.to_owned(), word.to_owned())).into();
        env.extend(program.directives.env.iter().cloned());
        env.extend(target.variable());
        let [(_, way), (_, flavour), (_, shape)] = words;
        Run {
            name: format!("{}::{}::{flavour}::{shape}::{way}", target.name(), program.name()),
            program: Some((program.clone(), link)),
            argv,
            env,
            expected: Expected::Outcome(program.expected()),
            skip: None,
        }
    }

    /// Compares what it did with what it must do.
    ///
    /// # Errors
    ///
    /// Everything that differs.
    pub fn judge(&self, outcome: &Outcome) -> Result<(), String> {
        let mut command = Command::new(&self.argv[0]);
        command.args(&self.argv[1..]).envs(self.env.iter().map(|(name, value)| (name, value)));
        match &self.expected {
            Expected::Outcome(expected) => compare(&command, expected, outcome),
            Expected::Refusal(parts) => {
                let says = |part: &String| outcome.stderr.contains(part.as_str());
                let is_line =
                    outcome.stderr.starts_with("ld-libsys: ") && outcome.stderr.lines().count() == 1;
                let refused = outcome.end == Some(End::Status(127)) && outcome.stdout.is_empty();
                if refused && is_line && parts.iter().all(says) {
                    return Ok(());
                }
                Err(format!(
                    "{}\nexpected status 127 and one line with {parts:?}, got {outcome:?}",
                    shown(&command)
                ))
            }
        }
    }
}

/// Where a program lies in the machine.
#[must_use]
pub fn place(program: &Program, link: Link) -> String {
    let suffix = if link.interpreter { ".interp" } else { "" };
    format!("/cases/{}.{}.{}{suffix}", program.name(), link.flavour.word(), link.shape.word())
}
