//! `libsys-cc` as the compiler of autoconf, make, CMake and Meson: a small project with a library is built and run, and
//! `libsys inspect` tells the truth about what comes out.

use super::{Tools, certain, read, trial};
use crate::program::Shape;
use crate::sysroot::Flavour;
use libsys_trials::build::quiet;
use libsys_trials::machine;
use libsys_trials::machine::Need;
use libsys_trials::run::{self, Outcome};
use libsys_trials::word::Word;
use libtest_mimic::{Completion, Trial};
use object::{Object, ObjectSymbol};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// What the project's program says.
const SAYS: &str = "12.566 10\n";

/// How the project is linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One file.
    Fixed(Shape),
    /// The library is a shared object.
    Shared,
}

impl Kind {
    const ALL: [Kind; 4] =
        [Kind::Fixed(Shape::Static), Kind::Fixed(Shape::StaticPie), Kind::Fixed(Shape::Pie), Kind::Shared];

    fn word(self) -> &'static str {
        match self {
            Kind::Fixed(shape) => shape.word(),
            Kind::Shared => "shared",
        }
    }

    fn is_static(self) -> bool {
        matches!(self, Kind::Fixed(shape) if shape.is_static())
    }

    /// What the compiler is told; the default needs no word.
    fn flag(self) -> &'static str {
        match self {
            Kind::Fixed(Shape::Static) => "-static",
            Kind::Fixed(Shape::StaticPie) => "-static-pie",
            _ => "",
        }
    }
}

/// Builds the project in a folder, and returns the program.
type Build = fn(&Setting) -> Result<PathBuf, String>;

/// One build.
struct Setting {
    cc: PathBuf,
    source: PathBuf,
    folder: PathBuf,
    kind: Kind,
    linker: &'static str,
}

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut add = |tool: &'static str,
                   needs: &'static [&'static str],
                   build: Build,
                   flavour: Flavour,
                   kind: Kind,
                   linker: &'static str| {
        let tools = Arc::clone(tools);
        let name = format!("driver::{tool}::{}::{}::{linker}", flavour.word(), kind.word());
        trials.push(trial(name.clone(), move || {
            let missing = needs.iter().find_map(|name| machine::lacks(&Need::Program((*name).into())));
            if let Some(reason) = missing {
                return Ok(Completion::ignored_with(reason));
            }
            let setting = Setting {
                cc: tools.places.cc(flavour),
                source: tools.places.sources.join("project"),
                folder: fresh(&tools.places.out.join(name.replace("::", ".")))?,
                kind,
                linker,
            };
            let program = build(&setting)?;
            let mut command = Command::new(&program);
            run::does(&mut command, &Outcome::says(SAYS), &tools.places.out)?;
            truth(&tools, &program, flavour, kind)?;
            Ok(Completion::Completed)
        }));
    };
    for kind in Kind::ALL {
        for flavour in [Flavour::Reserved, Flavour::Text] {
            for linker in ["bfd", "lld", "mold"] {
                let needs: &[&str] = if linker == "mold" { &["make", "mold"] } else { &["make"] };
                add("make", needs, make, flavour, kind, linker);
            }
        }
        add("cmake", &["cmake", "make"], cmake, Flavour::Reserved, kind, "bfd");
        add("meson", &["meson", "ninja"], meson, Flavour::Reserved, kind, "bfd");
        add("configure", &["autoconf", "make"], configure, Flavour::Reserved, kind, "bfd");
    }
    let one = Arc::clone(tools);
    trials.push(certain("driver::inspect::calls".into(), move || calls(&one)));
    let one = Arc::clone(tools);
    trials.push(trial("driver::inspect::traced".into(), move || traced(&one)));
    for flavour in [Flavour::Stock, Flavour::Reserved, Flavour::Text] {
        for linker in ["bfd", "lld", "mold"] {
            let tools = Arc::clone(tools);
            let name = format!("driver::links-no-cancellation::{}::{linker}", flavour.word());
            trials.push(trial(name, move || no_cancellation(&tools, flavour, linker)));
        }
    }
    trials
}

/// A static program that waits and cancels nothing has none of the code that ends threads.
fn no_cancellation(tools: &Tools, flavour: Flavour, linker: &str) -> Result<Completion, String> {
    if linker == "mold"
        && let Some(reason) = machine::lacks(&Need::Program(linker.into()))
    {
        return Ok(Completion::ignored_with(reason));
    }
    let program = tools.places.out.join(format!("waits.{}.{linker}", flavour.word()));
    let mut command = Command::new(tools.places.cc(flavour));
    command.args(["-O2", "-static", &format!("-fuse-ld={linker}"), "-o"]).arg(&program);
    quiet(command.arg(tools.places.sources.join("support/waits.c")))?;
    run::does(&mut Command::new(&program), &Outcome::says(""), &tools.places.out)?;
    let bytes = read(&program)?;
    let file = object::File::parse(bytes.as_slice()).map_err(|e| format!("{}: {e}", program.display()))?;
    let names: BTreeSet<&str> = file.symbols().filter_map(|symbol| symbol.name().ok()).collect();
    if names.contains("pthread_exit") || !names.contains("sem_timedwait") {
        return Err(format!("{}: has pthread_exit, or no sem_timedwait", program.display()));
    }
    Ok(Completion::Completed)
}

fn fresh(folder: &Path) -> Result<PathBuf, String> {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    Ok(folder.to_path_buf())
}

/// The sources, copied.
fn copied(setting: &Setting) -> Result<(), String> {
    quiet(Command::new("cp").arg("-R").arg(setting.source.join(".")).arg(&setting.folder))
}

fn target(setting: &Setting) -> &'static str {
    if setting.kind == Kind::Shared { "shared" } else { "program" }
}

fn linking(setting: &Setting) -> String {
    format!("-fuse-ld={} {}", setting.linker, setting.kind.flag())
}

fn make(setting: &Setting) -> Result<PathBuf, String> {
    copied(setting)?;
    let mut command = Command::new("make");
    command.args([
        "-s",
        "-f",
        "Makefile.in",
        target(setting),
        "CFLAGS=-O2",
        "CPPFLAGS=-DHAVE_UNISTD_H",
        "LIBS=-lm",
    ]);
    command.arg(format!("CC={}", setting.cc.display())).arg(format!("LDFLAGS={}", linking(setting)));
    quiet(command.current_dir(&setting.folder))?;
    Ok(setting.folder.join("program"))
}

fn configure(setting: &Setting) -> Result<PathBuf, String> {
    copied(setting)?;
    quiet(Command::new("autoconf").args(["-f"]).current_dir(&setting.folder))?;
    let mut command = Command::new("./configure");
    command.arg("-q").env("CC", &setting.cc).env("LDFLAGS", linking(setting));
    quiet(command.current_dir(&setting.folder))?;
    quiet(Command::new("make").args(["-s", target(setting)]).current_dir(&setting.folder))?;
    Ok(setting.folder.join("program"))
}

fn cmake(setting: &Setting) -> Result<PathBuf, String> {
    let shared = if setting.kind == Kind::Shared { "ON" } else { "OFF" };
    let mut command = Command::new("cmake");
    command.arg("-S").arg(&setting.source).arg("-B").arg(&setting.folder).args(["-G", "Unix Makefiles"]);
    command.arg(format!("-DCMAKE_C_COMPILER={}", setting.cc.display()));
    command.arg(format!("-DCMAKE_EXE_LINKER_FLAGS={}", linking(setting)));
    quiet(command.arg(format!("-DBUILD_SHARED_LIBS={shared}")))?;
    quiet(Command::new("cmake").arg("--build").arg(&setting.folder))?;
    Ok(setting.folder.join("program"))
}

fn meson(setting: &Setting) -> Result<PathBuf, String> {
    let library = if setting.kind == Kind::Shared { "shared" } else { "static" };
    let mut command = Command::new("meson");
    command
        .arg("setup")
        .arg(&setting.folder)
        .arg(&setting.source)
        .arg(format!("-Ddefault_library={library}"));
    command.env("CC", &setting.cc).env("LDFLAGS", linking(setting));
    quiet(&mut command)?;
    quiet(Command::new("ninja").arg("-C").arg(&setting.folder))?;
    Ok(setting.folder.join("program"))
}

/// What `libsys inspect` says of a program is so.
fn truth(tools: &Tools, program: &Path, flavour: Flavour, kind: Kind) -> Result<(), String> {
    let mut command = Command::new(tools.places.command());
    command.arg("inspect").arg(program);
    let outcome = run::run(&mut command, &tools.places.out)?;
    let text = outcome.stdout.as_str();
    let lib = tools.places.cc(flavour).with_file_name("../lib");
    let lib = std::fs::canonicalize(&lib).map_err(|e| format!("{}: {e}", lib.display()))?;
    let mut wanted = vec!["the kernel nowhere".to_owned()];
    match (kind.is_static(), flavour) {
        (true, Flavour::Reserved) => {
            wanted.push(format!("started by {}", lib.join("ld-libsys").display()));
            wanted.push("section      reserved, linux/x86_64".into());
            wanted.push("in the file  0 bytes".into());
            wanted.push("listed by the linker".into());
        }
        (true, _) => {
            wanted.push("section      text, linux/x86_64".into());
            wanted.push("in the file  69632 bytes".into());
        }
        (false, _) => {
            wanted.push(format!("started by {}", lib.join("ld-musl-x86_64.so.1").display()));
            wanted.push("section      none".into());
        }
    }
    let missing: Vec<&String> = wanted.iter().filter(|line| !text.contains(line.as_str())).collect();
    let starts_itself = kind.is_static() && flavour == Flavour::Text && text.contains("started by");
    if missing.is_empty() && !starts_itself {
        return Ok(());
    }
    Err(format!("{}\nshould say {missing:?}:\n{text}", run::shown(&command)))
}

/// The calls that a program can make, by what inspecting it finds.
fn reach(tools: &Tools, flavour: Flavour) -> Result<BTreeSet<u32>, String> {
    let path = tools.support("hello", flavour, Shape::Static)?;
    let report = libsys_inspect::inspect(&read(&path)?).map_err(|e| format!("{}: {e}", path.display()))?;
    let reach = report.reach.ok_or("there is no telling which calls")?;
    if reach.any { Err("any call".into()) } else { Ok(reach.calls.into_iter().collect()) }
}

/// What the linker lists in a reserved program is what a search finds in the same program of the text flavour.
fn calls(tools: &Tools) -> Result<(), String> {
    let (listed, found) = (reach(tools, Flavour::Reserved)?, reach(tools, Flavour::Text)?);
    if listed == found && listed.len() > 5 {
        Ok(())
    } else {
        Err(format!("listed {listed:?}, found {found:?}"))
    }
}

/// A program makes no other calls than it can make.
fn traced(tools: &Tools) -> Result<Completion, String> {
    if let Some(reason) = machine::lacks(&Need::Program("strace".into())) {
        return Ok(Completion::ignored_with(reason));
    }
    let program = tools.support("hello", Flavour::Text, Shape::Static)?;
    let trace = program.with_extension("trace");
    let mut command = Command::new("strace");
    command.args(["-qq", "-o"]).arg(&trace).arg(&program);
    let outcome = run::run(&mut command, &tools.places.out)?;
    if outcome != Outcome::says("hello\n") && outcome.stderr.contains("ptrace") {
        return Ok(Completion::ignored_with("needs ptrace to be permitted"));
    }
    let text = String::from_utf8_lossy(&read(&trace)?).into_owned();
    let abi = libsys_abi::linux_x86_64();
    let can = reach(tools, Flavour::Text)?;
    let names: BTreeSet<&str> =
        abi.calls.iter().filter(|call| can.contains(&call.nr.0)).map(|call| call.name.as_str()).collect();
    let made: BTreeSet<&str> =
        text.lines().filter_map(|line| line.split_once('(')).map(|(name, _)| name).collect();
    // The first line is that of strace's own child.
    let others: Vec<&&str> =
        made.iter().filter(|name| !names.contains(*name) && **name != "execve").collect();
    if made.contains("writev") && others.is_empty() {
        return Ok(Completion::Completed);
    }
    Err(format!("made {made:?}, of which it cannot make {others:?}"))
}
