//! Runs the fuzz targets with cargo-fuzz: invented inputs, each target for a while.

use crate::run;
use std::fs;
use std::path::Path;

/// How long each target runs when nothing else is asked for.
const SECONDS: u64 = 60;

/// Texts of the language get its words.
const WITH_WORDS: [&str; 2] = ["lower", "parser"];

/// Runs one target, or all of them one after the other: `[TARGET] [SECONDS]`. Installs cargo-fuzz where it is
/// missing. What is found lies in `fuzz/artifacts` then, what is new in the corpus in the target folder.
///
/// # Errors
///
/// No such target, or what a target found.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let (seconds, words): (Vec<_>, Vec<_>) = arguments.iter().partition(|word| word.parse::<u64>().is_ok());
    let seconds = seconds.first().and_then(|word| word.parse().ok()).unwrap_or(SECONDS);
    let folder = run::root().join("fuzz");
    let all = targets(&folder)?;
    if let Some(unknown) = words.iter().find(|word| !all.contains(word)) {
        return Err(format!("no fuzz target `{unknown}`; there are {}", all.join(", ")));
    }
    if !run::has("cargo-fuzz") {
        run::step("cargo install cargo-fuzz (once)", || {
            run::quiet(run::cargo(&["install", "--locked", "--quiet", "cargo-fuzz"])).map(drop)
        })?;
    }
    for target in all.iter().filter(|target| words.is_empty() || words.contains(target)) {
        run::step(&format!("{target}, {seconds} s"), || fuzz(&folder, target, seconds))?;
    }
    Ok(())
}

/// The names of all targets, in alphabetical order.
fn targets(folder: &Path) -> Result<Vec<String>, String> {
    let folder = folder.join("fuzz_targets");
    let failed = |error| format!("{}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn fuzz(folder: &Path, target: &str, seconds: u64) -> Result<(), String> {
    // New inputs go to the first folder, so that the kept ones change only when somebody minimises them.
    let new = run::target().join("fuzz-corpus").join(target);
    fs::create_dir_all(&new).map_err(|error| format!("{}: {error}", new.display()))?;
    let time = format!("-max_total_time={seconds}");
    // Sanitizers find what unsafe code does; only the supplying procedure has some.
    let sanitizer = if target == "supply" { "address" } else { "none" };
    let mut command = run::cargo(&["fuzz", "run", "--sanitizer", sanitizer, target]);
    command.arg(new).arg(folder.join("corpus").join(target)).args(["--", "-timeout=20", &time]);
    if WITH_WORDS.contains(&target) {
        command.arg(format!("-dict={}", folder.join("sys.dict").display()));
    }
    // cargo-fuzz asks for flags that stable compilers give out only so.
    command.env("RUSTC_BOOTSTRAP", "1").current_dir(folder);
    run::shown(command)
}
