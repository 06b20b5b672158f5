//! How a command ends: well, with mistakes that were already shown, or with a problem to be told.

use crate::output;
use std::process::ExitCode;

/// Exit status: the input has mistakes, or differences were found.
pub const MISTAKES: u8 = 1;
/// Exit status: the command was used wrongly, or a file could not be read or written.
pub const USAGE: u8 = 2;
/// Exit status: a program was refused.
pub const REFUSED: u8 = 127;

/// A command that did its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Fine,
    /// Mistakes or differences were shown.
    Mistakes,
}

impl Outcome {
    /// [`Outcome::Mistakes`] if there are any.
    pub fn mistakes(any: bool) -> Outcome {
        if any { Outcome::Mistakes } else { Outcome::Fine }
    }

    /// The status to exit with.
    pub fn exit_code(self) -> ExitCode {
        match self {
            Outcome::Fine => ExitCode::SUCCESS,
            Outcome::Mistakes => ExitCode::from(MISTAKES),
        }
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub struct Problem {
    status: u8,
    message: String,
    help: Option<String>,
}

impl Problem {
    /// The command cannot be carried out as given.
    pub fn usage(message: impl Into<String>) -> Problem {
        Problem { status: USAGE, message: message.into(), help: None }
    }

    /// The input is at fault.
    pub fn input(message: impl Into<String>) -> Problem {
        Problem { status: MISTAKES, ..Problem::usage(message) }
    }

    /// A program is not run.
    pub fn refused(message: impl Into<String>) -> Problem {
        Problem { status: REFUSED, ..Problem::usage(message) }
    }

    /// A file could not be read or written.
    pub fn io(path: &std::path::Path, error: &std::io::Error) -> Problem {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            std::io::ErrorKind::NotADirectory | std::io::ErrorKind::AlreadyExists => {
                "it is not a folder".to_owned()
            }
            _ => error.to_string(),
        };
        Problem::usage(format!("{}: {reason}", path.display()))
    }

    /// Says what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }

    /// What is wrong.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Says which word was probably meant, if one was.
    pub fn suggest<'a>(self, word: &str, known: impl IntoIterator<Item = &'a str>) -> Problem {
        match libsys_model::similar(word, known) {
            Some(similar) => self.help(format!("did you mean `{similar}`?")),
            None => self,
        }
    }

    /// Prints it, and gives the status to exit with.
    pub fn tell(self) -> ExitCode {
        output::error(&self.message, self.help.as_deref());
        ExitCode::from(self.status)
    }
}
