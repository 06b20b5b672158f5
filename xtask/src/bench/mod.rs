//! `cargo xtask bench [NAME…]`: measures, prints the tables, and puts them into `BENCHMARKS.md`.
//!
//! One file for each subject. What is compared is interleaved, in one process or in rounds, and every number is
//! a median. Nothing is judged here but for the word in the last column: tests do not look at clocks.

mod calls;
mod document;
mod generation;
mod libc;
mod machine;
mod maps;
mod programs;
mod real;
mod size;
mod start;
mod table;
mod work;

use crate::sdk;
use crate::{run, setup};
use programs::Programs;

/// A subject: its name in the document and on the command line, and what measures it.
struct Subject {
    name: &'static str,
    title: &'static str,
    measure: fn(&Programs) -> Result<String, String>,
}

const SUBJECTS: [Subject; 8] = [
    Subject { name: "calls", title: "single calls", measure: calls::measure },
    Subject { name: "work", title: "real work", measure: work::measure },
    Subject { name: "start", title: "starting programs", measure: start::measure },
    Subject { name: "maps", title: "maps", measure: maps::measure },
    Subject { name: "libc", title: "a C library", measure: libc::measure },
    Subject { name: "real", title: "real programs", measure: real::measure },
    Subject { name: "size", title: "sizes of files", measure: size::measure },
    Subject { name: "generation", title: "generation", measure: generation::measure },
];

/// Measures the named subjects, or all.
///
/// # Errors
///
/// What failed, or an unknown name.
pub fn run(names: &[String]) -> Result<(), String> {
    for name in names {
        if SUBJECTS.iter().all(|subject| subject.name != name) {
            let known: Vec<&str> = SUBJECTS.iter().map(|subject| subject.name).collect();
            return Err(format!("nothing is called `{name}`; there are {}", known.join(", ")));
        }
    }
    setup::run()?;
    let programs = Programs::new(sdk::run()?)?;
    for subject in &SUBJECTS {
        if !names.is_empty() && names.iter().all(|name| name != subject.name) {
            continue;
        }
        let measured = run::step(&format!("measure {}", subject.title), || (subject.measure)(&programs))?;
        let text = format!(
            "`cargo xtask bench {}`, {}\n\n{measured}",
            subject.name,
            machine::describe().unwrap_or_else(|why| why)
        );
        println!("\n{text}");
        document::replace(subject.name, &text)?;
    }
    Ok(())
}

/// The middle of some values; they must not be empty.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
