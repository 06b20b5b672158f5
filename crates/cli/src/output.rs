//! What is printed, and in which colours.
//!
//! Results go to standard output, everything said about them to standard error. `anstream` takes colours out
//! where they are not wanted.

use crate::problem::Problem;
use anstyle::{AnsiColor, Style};
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::SourceMap;
use std::io::{ErrorKind, Write};
use std::path::Path;

/// For headings and names.
pub const BOLD: Style = Style::new().bold();
/// For what is less important.
pub const DIM: Style = Style::new().dimmed();
/// For what is well, or new.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// For what is not well, or gone.
pub const BAD: Style = AnsiColor::Red.on_default();
/// For what deserves a look.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// For types and other words of the language.
pub const WORD: Style = AnsiColor::Cyan.on_default();

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();

/// Prints a result. A reader that has seen enough and closed its end is no problem.
///
/// # Errors
///
/// Standard output cannot be written.
pub fn print(text: &str) -> Result<(), Problem> {
    written(anstream::stdout().write_all(text.as_bytes()))
}

/// Prints bytes as they are.
///
/// # Errors
///
/// As [`print()`].
pub fn print_bytes(bytes: &[u8]) -> Result<(), Problem> {
    written(std::io::stdout().write_all(bytes).and_then(|()| std::io::stdout().flush()))
}

fn written(result: std::io::Result<()>) -> Result<(), Problem> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Problem::io(Path::new("standard output"), &error))
        }
        _ => Ok(()),
    }
}

/// Says something on standard error.
pub fn say(text: &str) {
    // Nobody is left to hear that nobody listens.
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Shows diagnostics on standard error, with a blank line behind them.
pub fn show(diagnostics: &[Diagnostic], sources: &SourceMap) {
    if !diagnostics.is_empty() {
        let colors = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
        say(&format!("{}\n", libsys_syntax::render(diagnostics, sources, colors)));
    }
}

/// `error: MESSAGE`, and the help below it.
pub fn error(message: &str, help: Option<&str>) {
    let mut text = format!("{ERROR}error{ERROR:#}: {message}\n");
    if let Some(help) = help {
        text.push_str(&format!("{HELP}help{HELP:#}: {help}\n"));
    }
    say(&text);
}

/// A text in a style.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// `1 file`, `2 files`.
pub fn count(n: usize, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}
