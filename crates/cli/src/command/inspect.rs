//! `libsys inspect`: what an ELF file has to do with its system calls.

mod json;
mod text;

use crate::output;
use crate::problem::{Outcome, Problem};
use libsys_inspect::{Error, Report};
use libsys_model::{Abi, Release};
use std::path::{Path, PathBuf};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An object, a program, a shared object, or an archive of objects
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Reads the file and says what is in it. A section that a supplier would refuse is a mistake.
pub fn run(args: &Args) -> Result<Outcome, Problem> {
    let bytes = std::fs::read(&args.file).map_err(|error| Problem::io(&args.file, &error))?;
    let wrong = |error: Error| Problem::input(format!("{}: {error}", args.file.display()));
    let subject = Subject::new();
    let (text, faulty) = match libsys_inspect::inspect(&bytes) {
        Ok(report) => {
            let faulty = has_faults(&report, &subject);
            let text = if args.json {
                render(&json::report(&report, &subject))
            } else {
                text::report(&args.file, &report, &subject)
            };
            (text, faulty)
        }
        Err(Error::Archive) => {
            let members = libsys_inspect::members(&bytes).map_err(wrong)?;
            let faulty =
                members.iter().any(|(_, m)| m.as_ref().map_or(true, |report| has_faults(report, &subject)));
            let text = if args.json {
                render(&json::members(&members, &subject))
            } else {
                text::members(&args.file, &members, &subject)
            };
            (text, faulty)
        }
        Err(error) => return Err(wrong(error)),
    };
    output::print(&text)?;
    Ok(Outcome::mistakes(faulty))
}

fn render(value: &serde_json::Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap_or_default())
}

fn has_faults(report: &Report, subject: &Subject) -> bool {
    let Some(section) = &report.section else { return false };
    !section.faults.is_empty() || subject.fingerprint(&section.note) == Fingerprint::Wrong
}

/// Whether a note's fingerprint is that of the ABI and release which it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fingerprint {
    /// It is.
    Right,
    /// It is not: the calls have other numbers.
    Wrong,
    /// The ABI, or the release, is not described here.
    Unknown,
}

impl Fingerprint {
    const fn sentence(self) -> &'static str {
        match self {
            Fingerprint::Right => "that of the release",
            Fingerprint::Wrong => "not that of the release",
            Fingerprint::Unknown => "of an ABI or release that is not built in",
        }
    }
}

/// The built-in ABI, which gives numbers their names.
struct Subject {
    abi: Abi,
}

impl Subject {
    fn new() -> Subject {
        Subject { abi: libsys_abi::linux_x86_64() }
    }

    fn fingerprint(&self, note: &libsys_image::note::Note) -> Fingerprint {
        let [major, minor, patch] = note.release.parts();
        let release = Release::new(major, minor, patch);
        if note.name() != self.abi.name || release > self.abi.release {
            return Fingerprint::Unknown;
        }
        if self.abi.fingerprint_at(release) == note.fingerprint {
            Fingerprint::Right
        } else {
            Fingerprint::Wrong
        }
    }

    /// The name of a call or service, or its number where it has none.
    fn name(&self, nr: u32) -> String {
        let mut all = self.abi.calls.iter().chain(&self.abi.services);
        all.find(|call| call.nr.0 == nr).map_or_else(|| nr.to_string(), |call| call.name.clone())
    }

    fn names(&self, numbers: &[u32]) -> Vec<String> {
        numbers.iter().map(|nr| self.name(*nr)).collect()
    }
}

/// The name of a machine, ELF `e_machine`.
fn machine(number: u16) -> String {
    let name = match number {
        3 => "i386",
        40 => "arm",
        62 => "x86_64",
        183 => "aarch64",
        243 => "riscv",
        other => return format!("machine {other}"),
    };
    name.to_owned()
}

/// The file's name in messages.
fn title(path: &Path) -> String {
    path.display().to_string()
}
