//! Where one flavour of a program is built and run: a copy of its source, a C library, logs.

use super::Program;
use crate::sysroot::{Flavour, SUITE, Sysroot, source};
use crate::{run, setup};
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Lines of a log that are shown when what wrote it failed.
const SHOWN_LINES: usize = 25;
/// What lets root run what refuses root: configure of coreutils, the suite of libuv.
const AS_ROOT: [&str; 2] = ["FORCE_UNSAFE_CONFIGURE", "UV_RUN_AS_ROOT"];
/// Seconds that a program which was told to stop is given.
const GRACE: &str = "10";
/// The user and the group that own nothing.
const NOBODY: &str = "65534";

/// One flavour of a program.
#[derive(Clone, Debug)]
pub struct Place {
    /// What it is linked with.
    pub sysroot: Sysroot,
    /// `target/programs/NAME/FLAVOUR`
    pub root: PathBuf,
    /// The copy of the source in it.
    pub tree: PathBuf,
    /// What options of the linker are to be added: `-static` or none.
    pub link: &'static str,
}

/// What a suite printed, and how it ended.
#[derive(Clone, Debug)]
pub struct Said {
    /// Both of its streams.
    pub text: String,
    /// It ended by itself, and well.
    pub succeeded: bool,
}

impl Place {
    /// Names the place; nothing is there yet.
    ///
    /// # Errors
    ///
    /// The current folder is gone.
    pub fn new(program: &Program, sysroot: Sysroot) -> Result<Place, String> {
        let root = run::target().join("programs").join(program.name).join(sysroot.flavour.word());
        let root = run::at(&root, |path| std::path::absolute(path))?;
        let tree = root.join("tree");
        Ok(Place { sysroot, root, tree, link: program.link })
    }

    /// The flavour.
    pub fn flavour(&self) -> Flavour {
        self.sysroot.flavour
    }

    /// The compiler driver, as text.
    pub fn cc(&self) -> String {
        self.sysroot.cc().display().to_string()
    }

    /// Puts a copy of a package's source at NAME beside the tree (`tree` itself is one).
    ///
    /// # Errors
    ///
    /// It cannot be fetched, or not copied.
    pub fn copy(&self, suite: &str, package: &str, name: &str) -> Result<PathBuf, String> {
        let place = self.root.join(name);
        if place.exists() {
            run::at(&place, |path| std::fs::remove_dir_all(path))?;
        }
        run::at(&self.root, |path| std::fs::create_dir_all(path))?;
        let mut copy = Command::new("cp");
        copy.arg("-a").arg(fetch(suite, package)?).arg(&place);
        run::quiet(copy)?;
        Ok(place)
    }

    /// A command, run in the tree, that finds the compiler driver in `CC` and nothing of the caller's settings.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.tree).stdin(Stdio::null()).env("CC", self.cc());
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("LIBSYS_") || text.starts_with("CARGO") || text.starts_with("LC_") {
                command.env_remove(&name);
            }
        }
        for name in ["CFLAGS", "CPPFLAGS", "LDFLAGS", "MAKEFLAGS", "LD_LIBRARY_PATH", "LANG"] {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C.UTF-8").env("HOME", &self.root).envs(AS_ROOT.map(|name| (name, "1")));
        command
    }

    /// `make` with as many jobs as there are processors.
    pub fn make(&self, arguments: &[&str]) -> Command {
        let mut make = self.command("make");
        let jobs = std::thread::available_parallelism().map_or(1, usize::from);
        make.arg(format!("-j{jobs}")).args(arguments);
        make
    }

    /// A shell script of a line or two.
    pub fn shell(&self, script: &str) -> Command {
        let mut shell = self.command("sh");
        shell.args(["-ec", script]);
        shell
    }

    /// Makes a folder whose `gcc`, `g++` and `cc` are the compiler driver, for suites that know it by those names.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub fn compilers(&self, options: &str) -> Result<PathBuf, String> {
        let folder = self.root.join("compilers");
        let gcc = run::find("gcc").ok_or("gcc is missing")?;
        run::at(&folder, |path| std::fs::create_dir_all(path))?;
        for name in ["gcc", "g++", "cc"] {
            // The driver runs the gcc that it finds, which must not be this.
            script(
                &folder.join(name),
                &format!("export LIBSYS_GCC='{}'\nexec '{}' \"$@\" {options}\n", gcc.display(), self.cc()),
            )?;
        }
        Ok(folder)
    }

    /// A shell script with a network of its own, in which there is nothing but the loopback interface: what other programs
    /// listen at does not disturb it, nor what this system's network makes of addresses that are nobody's. Where the kernel
    /// lets no one have that, the script has the network that there is.
    pub fn offline(&self, script: &str) -> Command {
        let words = ["--map-root-user", "--net", "sh", "-ec"];
        let words = if setup::is_root() { &words[1..] } else { &words };
        let mut probe = Command::new("unshare");
        if probe.args(words).arg("ip link set lo up").output().is_ok_and(|output| output.status.success()) {
            let mut unshare = self.command("unshare");
            unshare.args(words).arg(format!("ip link set lo up; {script}"));
            unshare
        } else {
            self.shell(script)
        }
    }

    /// Runs a step of the build; what it prints goes to `build.log`.
    ///
    /// # Errors
    ///
    /// It failed; with the end of what it printed.
    pub fn build(&self, mut command: Command) -> Result<(), String> {
        let path = self.root.join("build.log");
        let log = run::at(&path, |path| File::options().create(true).append(true).open(path))?;
        redirect(&mut command, &log)?;
        let name = command.get_program().to_string_lossy().into_owned();
        let status = command.status().map_err(|e| format!("{name}: {e}"))?;
        if status.success() {
            return Ok(());
        }
        let text = run::at(&path, |path| std::fs::read(path))?;
        Err(format!("{name}: {status}; the end of {}:\n{}", path.display(), end(&text)))
    }

    /// Turns a command into one of a user without rights where this is root, for suites that do not work as root; the tree
    /// becomes that user's.
    ///
    /// # Errors
    ///
    /// The file system's.
    pub fn without_rights(&self, command: Command) -> Result<Command, String> {
        if !setup::is_root() {
            return Ok(command);
        }
        let mut chown = Command::new("chown");
        chown.args(["-R", &format!("{NOBODY}:{NOBODY}")]).arg(&self.tree);
        run::quiet(chown)?;
        let mut limited = self.command("setpriv");
        limited.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups", "--"]);
        limited.arg(command.get_program()).args(command.get_args());
        Ok(limited)
    }

    /// Runs a suite, or a part of one, for some seconds at most; what it prints goes to NAME`.log` too.
    ///
    /// # Errors
    ///
    /// It cannot be started.
    pub fn suite(&self, name: &str, seconds: u32, command: &Command) -> Result<Said, String> {
        let path = self.root.join(name).with_extension("log");
        let log = run::at(&path, |path| File::create(path))?;
        let mut limited = Command::new("timeout");
        limited.args(["-k", GRACE, &seconds.to_string()]).arg(command.get_program()).args(command.get_args());
        limited.current_dir(command.get_current_dir().unwrap_or(&self.tree)).stdin(Stdio::null());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => limited.env(name, value),
                None => limited.env_remove(name),
            };
        }
        redirect(&mut limited, &log)?;
        let status = limited.status().map_err(|e| format!("timeout: {e}"))?;
        let text = run::at(&path, |path| std::fs::read(path))?;
        Ok(Said { text: String::from_utf8_lossy(&text).into_owned(), succeeded: status.success() })
    }
}

/// The unpacked source of a package, fetched if it is not there: of the suite, unless one stands behind the name.
///
/// # Errors
///
/// apt's.
pub fn fetch(suite: &str, package: &str) -> Result<PathBuf, String> {
    let (package, suite) = package.split_once('/').unwrap_or((package, suite));
    let place = run::target().join("sources").join(suite).join(package);
    if !place.is_dir() {
        run::step(&format!("fetch the source of {package} from {suite}"), || {
            source::fetch_package(suite, package, &place)
        })?;
    }
    run::at(&place, |path| std::path::absolute(path))
}

/// Copies the program's own source into its place.
///
/// # Errors
///
/// As [`Place::copy`].
pub fn unpack(place: &Place, package: &str) -> Result<(), String> {
    place.copy(SUITE, package, "tree").map(drop)
}

fn redirect(command: &mut Command, log: &File) -> Result<(), String> {
    let again = || log.try_clone().map_err(|e| format!("a log: {e}"));
    command.stdout(again()?).stderr(again()?);
    Ok(())
}

fn end(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
}

/// Writes a shell script.
///
/// # Errors
///
/// The file system's.
pub fn script(path: &Path, text: &str) -> Result<(), String> {
    run::at(path, |path| std::fs::write(path, format!("#!/bin/sh\n{text}")))?;
    run::at(path, |path| std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)))
}

/// The search path with a folder before it.
pub fn path_with(folder: &Path) -> String {
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default())
}

/// A file's text; nothing when there is none.
pub fn read(path: &Path) -> String {
    std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}
