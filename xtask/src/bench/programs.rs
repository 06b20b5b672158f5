//! The programs that are measured: built from `benches/programs`, and run.

use crate::run;
use crate::sdk::Sdk;
use crate::sysroot::Sysroot;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Options of every program without a libc.
const BARE: [&str; 5] = ["-O2", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector"];

/// Puts a copy in the place of a file: where the pages of a file lie in memory is worth some percents to what runs in them,
/// and stays the same for as long as the file does.
///
/// # Errors
///
/// It cannot be copied.
pub fn renew(path: &Path) -> Result<(), String> {
    let new = path.with_extension("new");
    run::at(&new, |new| std::fs::copy(path, new).and_then(|_| std::fs::rename(new, path)))
}

/// As [`renew`], for the files of a C library that programs run by: itself, and what supplies it.
///
/// # Errors
///
/// As [`renew`].
pub fn renew_library(sysroot: &Sysroot) -> Result<(), String> {
    let files = ["libc.so", "ld-libsys"].map(|name| sysroot.root.join("lib").join(name));
    files.iter().filter(|file| file.exists()).try_for_each(|file| renew(file))
}

/// What is linked to a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// Nothing of libsys.
    Nothing,
    /// `libsys_text.a`
    Text,
    /// `libsys_interp.o` and `libsys.a`
    Reserved,
}

/// The SDK, and the folder that programs are built in.
#[derive(Debug)]
pub struct Programs {
    /// What was built.
    pub sdk: Sdk,
    /// Where programs are built and run.
    pub out: PathBuf,
}

impl Programs {
    /// Prepares the folder.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub fn new(sdk: Sdk) -> Result<Programs, String> {
        let out = run::target().join("bench");
        let failed = |e| format!("{}: {e}", out.display());
        std::fs::create_dir_all(&out).map_err(failed)?;
        // Programs run in it, and are named from there.
        let out = out.canonicalize().map_err(failed)?;
        Ok(Programs { sdk, out })
    }

    /// A file of the SDK's `lib`.
    pub fn lib(&self, name: &str) -> PathBuf {
        self.sdk.root.join("lib").join(name)
    }

    /// Compiles `benches/programs/SOURCE.c` to NAME, with some options and what they link.
    ///
    /// # Errors
    ///
    /// What the compiler says.
    pub fn compile(
        &self,
        source: &str,
        name: &str,
        options: &[&str],
        link: &[PathBuf],
    ) -> Result<(), String> {
        let mut cc = Command::new("cc");
        cc.arg("-o").arg(self.out.join(name)).args(options).arg("-I").arg(self.sdk.root.join("include"));
        cc.arg(run::root().join("benches/programs").join(source).with_extension("c")).args(link);
        run::quiet(cc).map(drop)
    }

    /// Compiles a program without a libc; `start` links `libsys_start.o` too.
    ///
    /// # Errors
    ///
    /// As [`Programs::compile`].
    pub fn compile_bare(
        &self,
        source: &str,
        name: &str,
        options: &[&str],
        start: bool,
        link: Link,
    ) -> Result<(), String> {
        let mut objects: Vec<PathBuf> = if start { vec![self.lib("libsys_start.o")] } else { Vec::new() };
        match link {
            Link::Nothing => {}
            Link::Text => objects.push(self.lib("libsys_text.a")),
            Link::Reserved => objects.extend([self.lib("libsys_interp.o"), self.lib("libsys.a")]),
        }
        self.compile(source, name, &[&BARE[..], options].concat(), &objects)
    }

    /// A command that runs one of the programs from their folder.
    pub fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.out.join(name));
        command.current_dir(&self.out);
        command
    }

    /// Writes the map images with each return sequence, `ret.map` and `jump.map`.
    ///
    /// # Errors
    ///
    /// What failed.
    pub fn images(&self) -> Result<(), String> {
        let mut cargo = run::cargo(&["run", "--release", "--quiet", "-p", "libsys-benches", "--", "images"]);
        cargo.arg(&self.out);
        run::quiet(cargo).map(drop)
    }

    /// Starts commands over and over with `spawn.c`.
    ///
    /// # Errors
    ///
    /// One of them cannot be started, or fails.
    pub fn spawn(&self, how: &str, rounds: u32, commands: &[Vec<String>]) -> Result<Vec<Spawned>, String> {
        self.compile("spawn", "spawn", &["-O2"], &[])?;
        self.spawned(self.command("spawn"), how, rounds, commands)
    }

    /// As [`Programs::spawn`], by a command that runs `spawn.c` with the arguments that it is given.
    ///
    /// # Errors
    ///
    /// As [`Programs::spawn`].
    pub fn spawned(
        &self,
        mut spawn: Command,
        how: &str,
        rounds: u32,
        commands: &[Vec<String>],
    ) -> Result<Vec<Spawned>, String> {
        spawn.args([how, &rounds.to_string()]);
        for command in commands {
            spawn.arg("--").args(command);
        }
        let output = run::quiet(spawn)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let spawned: Vec<Spawned> = text.lines().filter_map(Spawned::parse).collect();
        if spawned.len() == commands.len() {
            Ok(spawned)
        } else {
            Err(format!("spawn printed something else than it should:\n{text}"))
        }
    }
}

/// What `spawn.c` measured of one command.
#[derive(Clone, Copy, Debug)]
pub struct Spawned {
    /// Median time, in nanoseconds.
    pub ns: f64,
    /// Median of its time by that of the first command in the same round.
    pub ratio: f64,
    /// Median of the pages that it faulted in.
    pub faults: f64,
}

impl Spawned {
    fn parse(line: &str) -> Option<Spawned> {
        let mut numbers = line.split(' ').map(str::parse::<f64>);
        let mut next = || numbers.next()?.ok();
        Some(Spawned { ns: next()?, ratio: next()? / 1000.0, faults: next()? })
    }
}

/// Bytes in a file.
///
/// # Errors
///
/// It cannot be looked at.
pub fn size(path: &Path) -> Result<u64, String> {
    std::fs::metadata(path).map(|file| file.len()).map_err(|e| format!("{}: {e}", path.display()))
}
