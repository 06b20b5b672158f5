//! `libsys check`: all mistakes of files and of what they include.

use crate::problem::{Outcome, Problem};
use crate::{output, report, subject};
use serde_json::json;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Files, and names of built-in ABIs
    #[arg(required = true, value_name = "FILE|ABI")]
    names: Vec<String>,
    /// Print the mistakes as JSON, on standard output
    #[arg(long)]
    json: bool,
}

/// Checks every file, and counts what is wrong in all of them.
pub fn run(args: &Args) -> Result<Outcome, Problem> {
    let (mut errors, mut warnings, mut values) = (0, 0, Vec::new());
    for name in &args.names {
        let subject = subject::read(name)?;
        let wrong = subject.diagnostics.iter().filter(|d| d.is_error()).count();
        if args.json {
            values.extend(report::diagnostics(&subject.diagnostics, &subject.parsed.sources));
        } else {
            output::show(&subject.diagnostics, &subject.parsed.sources);
        }
        errors += wrong;
        warnings += subject.diagnostics.len() - wrong;
    }
    if args.json {
        let text = serde_json::to_string_pretty(&json!({
            "errors": errors, "warnings": warnings, "diagnostics": values,
        }));
        output::print(&format!("{}\n", text.unwrap_or_default()))?;
    } else {
        output::say(&format!("{}: {}\n", subjects(&args.names), sentence(errors, warnings)));
    }
    Ok(Outcome::mistakes(errors > 0))
}

fn subjects(names: &[String]) -> String {
    match names {
        [name] => name.clone(),
        names => output::count(names.len(), "file", "files"),
    }
}

fn sentence(errors: usize, warnings: usize) -> String {
    let mistakes = match errors {
        0 => output::styled(output::GOOD, "no mistakes"),
        n => output::styled(output::BAD, &output::count(n, "mistake", "mistakes")),
    };
    match warnings {
        0 => mistakes,
        n => {
            let warnings = output::count(n, "warning", "warnings");
            format!("{mistakes}, {}", output::styled(output::WARN, &warnings))
        }
    }
}
