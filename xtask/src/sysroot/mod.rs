//! `cargo xtask sysroot`: a C library on libsys, and the compiler driver that builds programs on it.
//!
//! musl comes from Debian's source package and becomes a sysroot in `target/sysroot`: `libc.a`, `libc.so`, which is the
//! run-time linker too, crt files, headers, `libsys.a`, and `bin/libsys-cc`. Three flavours of the same source, with the
//! same flags: `reserved`, `text`, and `stock`, which is musl as it is, to compare with.
//!
//! The flow: `source` (fetch, unpack, replace files) → `rtld` (what supplies in libc.so) → `build` (make, and gather) →
//! `segment` (libc.so's reserved segment) → `driver` (`libsys-cc`).

mod build;
mod driver;
mod rtld;
mod segment;
pub mod source;

pub use self::source::fetch_package;
use crate::{run, sdk, setup};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Program, Debian package, what for.
const NEEDED: [setup::Needed; 4] = [
    ("cc", "gcc", "builds musl"),
    ("make", "make", "builds musl"),
    ("dpkg-source", "dpkg-dev", "unpacks sources"),
    ("patch", "patch", "changes the run-time linker"),
];

/// The suite of Debian whose musl is built, unless another one is asked for.
pub const SUITE: &str = "trixie";

/// An older one, whose musl is built too.
const OLDER_SUITE: &str = "bookworm";

/// How a C library makes its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Through slots that are supplied.
    Reserved,
    /// Through slots that hold their code.
    Text,
    /// By instructions of its own: musl as it is.
    Stock,
}

impl Flavour {
    /// All of them.
    pub const ALL: [Flavour; 3] = [Flavour::Stock, Flavour::Reserved, Flavour::Text];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Flavour::Reserved => "reserved",
            Flavour::Text => "text",
            Flavour::Stock => "stock",
        }
    }

    fn find(word: &str) -> Result<Flavour, String> {
        let found = Flavour::ALL.into_iter().find(|flavour| flavour.word() == word);
        found.ok_or_else(|| format!("no flavour `{word}`: there are reserved, text and stock"))
    }
}

/// A sysroot that has been built.
#[derive(Clone, Debug)]
pub struct Sysroot {
    /// Its folder.
    pub root: PathBuf,
    /// Its flavour.
    pub flavour: Flavour,
}

impl Sysroot {
    /// The compiler driver.
    pub fn cc(&self) -> PathBuf {
        self.root.join("bin/libsys-cc")
    }
}

/// The command: one flavour, or with none given the reserved one.
///
/// # Errors
///
/// What failed.
pub fn run(arguments: &[String]) -> Result<(), String> {
    let mut flavour = Flavour::Reserved;
    let mut suite = SUITE.to_owned();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word} wants a value"));
        match word.as_str() {
            "--flavour" => flavour = Flavour::find(value()?)?,
            "--suite" => value()?.clone_into(&mut suite),
            other => return Err(format!("no option `{other}`: there are --flavour and --suite")),
        }
    }
    let sysroot = make(flavour, &suite)?;
    println!("{}", sysroot.cc().display());
    Ok(())
}

/// Builds a sysroot, unless it is there already, made of the same parts.
///
/// # Errors
///
/// What failed.
pub fn make(flavour: Flavour, suite: &str) -> Result<Sysroot, String> {
    setup::packages(&NEEDED)?;
    let sdk = sdk::run()?;
    let source = source::fetch(suite)?;
    let name = if suite == SUITE { flavour.word().into() } else { format!("{suite}-{}", flavour.word()) };
    let root = std::path::absolute(run::target().join("sysroot").join(name));
    let root = root.map_err(|e| format!("target/sysroot: {e}"))?;
    let musl = run::root().join("musl");
    let part = if flavour == Flavour::Reserved { Some(rtld::build(&sdk)?) } else { None };
    let libc = source::libc(&musl, &source)?;
    let parts = build::Parts { sdk: &sdk, musl: &musl, source: &source, libc: &libc, rtld: part.as_deref() };
    let sysroot = Sysroot { root, flavour };
    let stamp = build::stamp(&parts, flavour)?;
    if std::fs::read_to_string(sysroot.root.join("stamp")).is_ok_and(|was| was == stamp) {
        return Ok(sysroot);
    }
    run::step(&format!("build musl of {suite}, {}", flavour.word()), || {
        build::build(&parts, &sysroot)?;
        driver::write(&sysroot)?;
        driver::unwinder(&musl, &sysroot)?;
        run::at(&sysroot.root.join("stamp"), |path| std::fs::write(path, &stamp))
    })?;
    Ok(sysroot)
}

/// Builds all that tests want: every flavour, and of an older musl that which is supplied and the one to compare it with.
/// The folder of all of them.
///
/// # Errors
///
/// What failed.
pub fn all() -> Result<PathBuf, String> {
    for flavour in Flavour::ALL {
        make(flavour, SUITE)?;
    }
    for flavour in [Flavour::Stock, Flavour::Reserved] {
        make(flavour, OLDER_SUITE)?;
    }
    std::path::absolute(run::target().join("sysroot")).map_err(|e| format!("target/sysroot: {e}"))
}

/// Runs `make` in a folder with as many jobs as there are processors.
fn make_in(folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let mut make = Command::new("make");
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    make.arg(format!("-j{jobs}")).args(arguments).current_dir(folder);
    run::quiet(make).map(drop)
}
