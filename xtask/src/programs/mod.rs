//! `cargo xtask programs`: real programs from Debian's sources, unchanged, by their own build systems, on musl.
//!
//! Each is built three times from the same source with the same flags: on musl as it is, and on both flavours of musl on
//! libsys. It is proven where the calls of what was built are made (`proof`). Each then runs its own test suite, whose
//! results are held against each other test by test (`compare`).
//!
//! To add a program: a file here with its [`Program`], a line in [`ALL`].

mod busybox;
mod compare;
mod coreutils;
mod dash;
mod libuv;
mod lua;
pub mod place;
mod proof;
mod redis;
mod results;
mod sqlite;
mod zlib;

use crate::sdk::Sdk;
use crate::sysroot::{self, Flavour, SUITE, Sysroot};
use crate::{run, sdk, setup};
use compare::{Exception, Runs};
use place::Place;
use results::{Outcome, Results};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A program, or one way to link it.
pub struct Program {
    /// Its name on the command line, and of its folder in `target/programs`.
    pub name: &'static str,
    /// Debian's name of its source, with `/` and the suite when that is another one than the C library's.
    pub package: &'static str,
    /// The file that says how it is built: what was built by another one is built anew.
    pub recipe: &'static str,
    /// What its build system and suite need beside what a C library needs.
    pub needed: &'static [setup::Needed],
    /// Options of the linker to add: `-static`, or none.
    pub link: &'static str,
    /// Configures and builds the tree.
    pub build: fn(&Place) -> Result<(), String>,
    /// The ELF files that are looked at, below the flavour's folder.
    pub made: &'static [&'static str],
    /// A command that ends quickly and well, whose calls are traced. The first word lies below the flavour's folder.
    pub trial: &'static [&'static str],
    /// Runs the suite.
    pub test: fn(&Place) -> Result<Results, String>,
    /// Runs the tests of these names, where the suite can do that.
    pub again: Option<Again>,
    /// Tests that must pass at least, so that a suite which did not run is not one that agrees.
    pub at_least: usize,
    /// Tests that are known to differ.
    pub except: &'static [Exception],
}

/// How some tests of a suite are run.
pub type Again = fn(&Place, &BTreeSet<String>) -> Result<Results, String>;

/// All of them.
const ALL: [&Program; 12] = [
    &lua::DYNAMIC,
    &lua::STATIC,
    &zlib::PROGRAM,
    &dash::DYNAMIC,
    &dash::STATIC,
    &busybox::PROGRAM,
    &sqlite::PROGRAM,
    &libuv::DYNAMIC,
    &libuv::STATIC,
    &redis::DYNAMIC,
    &redis::STATIC,
    &coreutils::DYNAMIC,
];
/// How often a suite that can only be run as a whole is run at most, as long as flavours differ.
const ROUNDS: usize = 6;
/// How often the tests that differ are run again at most, where they can be run by themselves: a test that comes to
/// something else in one of ten runs is missed by one trial in sixty.
const ROUNDS_ALONE: usize = 40;

/// The command: all programs, or those named.
///
/// # Errors
///
/// A program cannot be built, is not what it should be, or its suites differ.
pub fn run(names: &[String]) -> Result<(), String> {
    let mut programs: Vec<&Program> = Vec::new();
    for name in names {
        let found = ALL.into_iter().find(|program| program.name == name);
        programs.push(found.ok_or_else(|| {
            let known: Vec<&str> = ALL.iter().map(|program| program.name).collect();
            format!("no program `{name}`: there are {}", known.join(", "))
        })?);
    }
    let programs = if programs.is_empty() { ALL.to_vec() } else { programs };
    compare_all(&programs, &[Flavour::Stock, Flavour::Reserved, Flavour::Text])
}

/// Builds a program in one flavour; where.
///
/// # Errors
///
/// What failed.
pub fn build_one(name: &str, flavour: Flavour) -> Result<Place, String> {
    let program =
        ALL.into_iter().find(|program| program.name == name).ok_or_else(|| format!("no program `{name}`"))?;
    setup::packages(program.needed)?;
    let place = Place::new(program, sysroot::make(flavour, SUITE)?)?;
    build(program, &place)?;
    Ok(place)
}

/// A sample that takes seconds: a library with its test programs, and a shell, on musl as it is and on libsys.
///
/// # Errors
///
/// As [`run()`].
pub fn sample() -> Result<(), String> {
    compare_all(&[&zlib::PROGRAM, &dash::SAMPLE], &[Flavour::Stock, Flavour::Reserved])
}

/// Builds and runs programs in some flavours, of which the first is stock.
fn compare_all(programs: &[&Program], flavours: &[Flavour]) -> Result<(), String> {
    setup::packages(&[("strace", "strace", "shows where calls are made")])?;
    for program in programs {
        setup::packages(program.needed)?;
    }
    let sdk = sdk::run()?;
    let mut sysroots = Vec::new();
    for flavour in flavours {
        sysroots.push(sysroot::make(*flavour, SUITE)?);
    }
    let mut wrong = Vec::new();
    for program in programs {
        if let Err(why) = compare_one(program, &sysroots, &sdk) {
            eprintln!("xtask: {}: {why}", program.name);
            wrong.push(program.name);
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(format!("not the same on libsys: {}", wrong.join(", "))) }
}

fn compare_one(program: &Program, sysroots: &[Sysroot], sdk: &Sdk) -> Result<(), String> {
    let mut places = Vec::new();
    for sysroot in sysroots {
        let place = Place::new(program, sysroot.clone())?;
        build(program, &place)?;
        proof::prove(program, &place, sdk)?;
        places.push(place);
    }
    let mut runs: Vec<Runs> = places.iter().map(|place| Runs::new(place.flavour())).collect();
    whole(program, &places, &mut runs, 1)?;
    let rounds = if program.again.is_some() { ROUNDS_ALONE } else { ROUNDS };
    for round in 2..=rounds {
        let differing: BTreeSet<String> =
            compare::differing(&runs, program.except).into_iter().map(str::to_owned).collect();
        match program.again {
            _ if differing.is_empty() => break,
            Some(again) => alone(again, &differing, &places, &mut runs, round)?,
            None => whole(program, &places, &mut runs, round)?,
        }
    }
    print!("{}", compare::table(program.name, &runs, program.except));
    for run in &runs {
        let passed = run.whole.iter().map(|results| results.count(Outcome::Pass)).min().unwrap_or(0);
        if passed < program.at_least {
            let word = run.flavour.word();
            return Err(format!("{passed} tests passed on {word}, and at least {} should", program.at_least));
        }
    }
    let differing = compare::differing(&runs, program.except);
    if differing.is_empty() { Ok(()) } else { Err(format!("{} tests differ", differing.len())) }
}

/// Runs the suite in each flavour.
fn whole(program: &Program, places: &[Place], runs: &mut [Runs], round: usize) -> Result<(), String> {
    for (place, runs) in places.iter().zip(runs) {
        let title = format!("test {}, {}, run {round}", program.name, place.flavour().word());
        let results = run::step(&title, || (program.test)(place))?;
        keep(place, round, &results)?;
        runs.whole.push(results);
    }
    Ok(())
}

/// Runs some tests in each flavour.
fn alone(
    again: Again,
    tests: &BTreeSet<String>,
    places: &[Place],
    runs: &mut [Runs],
    round: usize,
) -> Result<(), String> {
    for (place, runs) in places.iter().zip(runs) {
        let title = format!("{} tests alone, {}, run {round}", tests.len(), place.flavour().word());
        let results = run::step(&title, || again(place, tests))?;
        keep(place, round, &results)?;
        runs.alone.push((tests.clone(), results));
    }
    Ok(())
}

/// Writes down what a run came to.
fn keep(place: &Place, round: usize, results: &Results) -> Result<(), String> {
    let name = if round == 1 { "results.txt".into() } else { format!("results-{round}.txt") };
    run::at(&place.root.join(name), |path| std::fs::write(path, results.text()))
}

/// A program on one C library, built if it is not.
///
/// # Errors
///
/// What failed.
pub fn built(name: &str, sysroot: &Sysroot) -> Result<Place, String> {
    let program = ALL.into_iter().find(|program| program.name == name);
    let program = program.ok_or_else(|| format!("no program `{name}`"))?;
    setup::packages(program.needed)?;
    let place = Place::new(program, sysroot.clone())?;
    build(program, &place)?;
    Ok(place)
}

/// Builds a program, unless that was done of the same parts.
fn build(program: &Program, place: &Place) -> Result<(), String> {
    let mut hasher = DefaultHasher::new();
    let source = place::fetch(SUITE, program.package)?;
    for path in
        [place.sysroot.root.join("stamp"), run::root().join(program.recipe), source.join("debian/changelog")]
    {
        run::at(&path, |path| std::fs::read(path))?.hash(&mut hasher);
    }
    let stamp = format!("{:016x}\n", hasher.finish());
    let path = place.root.join("stamp");
    if place::read(&path) == stamp {
        return Ok(());
    }
    if place.root.exists() {
        run::at(&place.root, |path| std::fs::remove_dir_all(path))?;
    }
    run::step(&format!("build {}, {}", program.name, place.flavour().word()), || {
        place::unpack(place, program.package)?;
        (program.build)(place)
    })?;
    run::at(&path, |path| std::fs::write(path, &stamp))
}
