//! What cannot be run is refused in one sentence, with status 127, by libc.so and by ld-libsys; the rest simply works.
//!
//! Each trial has a folder of its own, where the run-time linker, the loader and a map are copies that it may spoil, and a
//! program whose interpreter is one of them.

use super::{Tools, certain, trial};
use crate::program::{Shape, SharedObject};
use crate::sysroot::Flavour;
use crate::trials::refusal::folder::Folder;
use libsys_trials::machine;
use libsys_trials::run::End;
use libsys_trials::run::{self, Outcome};
use libsys_trials::word::Word;
use libtest_mimic::{Completion, Trial};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

mod by_hand;
mod folder;
mod secure;

/// What is done to a folder.
type Spoil = fn(&Folder) -> Result<(), String>;

/// What is done to a folder, and what is said then. In texts, `FOLDER` is the folder, `MAP` the name of the map in it.
struct Case {
    name: &'static str,
    spoil: Spoil,
    /// Variables of the environment.
    env: &'static [(&'static str, &'static str)],
    /// What the run-time linker says; none: the program runs.
    dynamic: Option<&'static str>,
    /// What the loader of static programs says; none: the program runs.
    fixed: Option<&'static str>,
}

fn nothing(_: &Folder) -> Result<(), String> {
    Ok(())
}

/// What is done to the map, and what is said then of whoever uses it.
const SPOILED_MAPS: [(&str, Spoil, &str); 10] = [
    ("other-abi", |f| f.alter_map(16, b"openbsd", true), "there is no map for this ABI and machine"),
    ("other-machine", |f| f.alter_map(10, &[183, 0], true), "there is no map for this ABI and machine"),
    ("newer-format", |f| f.alter_map(8, &[9], true), "map field format: newer than this supplier knows"),
    ("cut-short", |f| f.cut_map(40_000), "map field size: the image is cut short"),
    ("cut-header", |f| f.cut_map(40), "map field size: the image is cut short"),
    ("empty", |f| f.cut_map(0), "map field magic: not a map image"),
    ("altered-code", |f| f.alter_map(30_000, b"\xf4", false), "map field checksum: the image was altered"),
    ("script", |f| f.alter_map(0, b"#!/bin/sh", true), "map field magic: not a map image"),
    ("garbage", |f| f.garbage(), "map field magic: not a map image"),
    ("folder", |f| f.folder_for_map(), "map"),
];

/// A kernel for which a program that can reach any call is supplied by the map where that is found, as libc.so is.
const OLD: (&str, &str) = ("LIBSYS_KERNEL", folder::KERNEL);
const NAMED: (&str, &str) = ("LIBSYS_MAP", "FOLDER/libsys/MAP");

/// The rest.
const CASES: [Case; 17] = [
    Case { name: "whole", spoil: nothing, env: &[], dynamic: None, fixed: None },
    Case { name: "no-maps", spoil: |f| f.remove_maps(), env: &[OLD], dynamic: None, fixed: None },
    Case { name: "read-only", spoil: |f| f.read_only(), env: &[OLD], dynamic: None, fixed: None },
    Case {
        name: "named-missing",
        spoil: nothing,
        env: &[("LIBSYS_MAP", "/does/not/exist")],
        dynamic: Some("map /does/not/exist: open failed with errno 2"),
        fixed: Some("map /does/not/exist: open failed with errno 2"),
    },
    Case { name: "named", spoil: nothing, env: &[NAMED], dynamic: None, fixed: None },
    Case { name: "found", spoil: nothing, env: &[OLD], dynamic: None, fixed: None },
    Case {
        // What is wrong with it tells that it was found.
        name: "path",
        spoil: |f| f.cut_map(40).and_then(|()| f.move_maps("elsewhere")),
        env: &[OLD, ("LIBSYS_MAP_PATH", "/does/not/exist:FOLDER/elsewhere")],
        dynamic: Some("map MAP: map field size: the image is cut short"),
        fixed: None,
    },
    Case {
        name: "newer-libc",
        spoil: |f| f.newer_libc(),
        env: &[],
        dynamic: Some("made for a newer release of the ABI than this supplier knows"),
        fixed: None,
    },
    Case {
        name: "damaged-libc",
        spoil: |f| f.damaged_libc(),
        env: &[],
        dynamic: Some("note field flags"),
        fixed: None,
    },
    Case {
        name: "supplier-missing",
        spoil: |f| f.remove_supplier(),
        env: &[],
        dynamic: Some("FOLDER/ld-libsys: neither it nor /usr/lib/ld-libsys can be opened: errno 2"),
        fixed: None,
    },
    Case {
        name: "supplier-empty",
        spoil: |f| f.alter_supplier(Vec::clear),
        env: &[],
        dynamic: Some("FOLDER/ld-libsys: it cannot be mapped: errno 22"),
        fixed: None,
    },
    Case {
        name: "supplier-garbage",
        spoil: |f| f.alter_supplier(|bytes| bytes.fill(b'x')),
        env: &[],
        dynamic: Some("FOLDER/ld-libsys: not a supplier for run-time linkers"),
        fixed: None,
    },
    Case {
        name: "supplier-tiny",
        spoil: |f| f.alter_supplier(|bytes| bytes.truncate(20)),
        env: &[],
        dynamic: Some("FOLDER/ld-libsys: not a supplier for run-time linkers"),
        fixed: None,
    },
    Case {
        name: "supplier-cut-head",
        spoil: |f| f.alter_supplier(|bytes| bytes.truncate(4096)),
        env: &[],
        dynamic: Some("FOLDER/ld-libsys: not a supplier for run-time linkers"),
        fixed: None,
    },
    Case {
        name: "supplier-cut-table",
        spoil: |f| f.alter_supplier(|bytes| bytes.truncate(70_000)),
        env: &[],
        dynamic: Some("FOLDER/ld-libsys: it is cut short"),
        fixed: None,
    },
    Case {
        name: "supplier-program",
        spoil: |f| f.other_supplier(Path::new("/bin/true")),
        env: &[],
        dynamic: Some("FOLDER/ld-libsys: not a supplier for run-time linkers"),
        fixed: None,
    },
    Case {
        name: "supplier-entry-outside",
        spoil: |f| f.alter_supplier(|bytes| bytes[24..32].fill(0xff)),
        env: &[],
        dynamic: Some("FOLDER/ld-libsys: not a supplier for run-time linkers"),
        fixed: None,
    },
];

/// The trials.
#[must_use]
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    for &shape in Shape::ALL {
        for case in &CASES {
            let tools = Arc::clone(tools);
            let name = format!("refusal::{}::{}", case.name, shape.word());
            trials.push(certain(name, move || spoiled(&tools, case, shape)));
        }
        // The other two shapes have the same supplier.
        let maps: &[_] = if matches!(shape, Shape::Pie | Shape::Static) { &SPOILED_MAPS } else { &[] };
        for &(name, spoil, said) in maps {
            // Found: a static program that makes no newer calls has no need of it. Named: both take it.
            let said_of_found = (!shape.is_static()).then_some(said);
            for (how, env, said) in [("found", &[OLD], said_of_found), ("named", &[NAMED], Some(said))] {
                let tools = Arc::clone(tools);
                let name = format!("refusal::map-{name}-{how}::{}", shape.word());
                let case = Case { name: "", spoil, env, dynamic: said, fixed: said };
                trials.push(certain(name, move || spoiled(&tools, &case, shape)));
            }
        }
    }
    for shape in [Shape::Pie, Shape::Static] {
        let one = Arc::clone(tools);
        trials.push(trial(format!("refusal::noexec::{}", shape.word()), move || noexec(&one, shape)));
        let one = Arc::clone(tools);
        let name = format!("refusal::missing-interpreter::{}", shape.word());
        trials.push(certain(name, move || missing_interpreter(&one, shape)));
    }
    let one = Arc::clone(tools);
    trials.push(certain("refusal::newer-program::static".into(), move || newer_program(&one)));
    let one = Arc::clone(tools);
    trials.push(certain("refusal::damaged-object::dlopen".into(), move || damaged_object(&one)));
    let one = Arc::clone(tools);
    trials.push(certain("refusal::object-in-need::dlopen".into(), move || object_in_need(&one)));
    let one = Arc::clone(tools);
    trials.push(certain("refusal::replaced-supplier::dlopen".into(), move || replaced_supplier(&one)));
    let one = Arc::clone(tools);
    trials.push(certain("refusal::damaged-object::preload".into(), move || damaged_preload(&one)));
    trials.extend(by_hand::trials(tools));
    trials.extend(secure::trials(tools));
    trials
}

fn spoiled(tools: &Tools, case: &Case, shape: Shape) -> Result<(), String> {
    let folder = Folder::new(tools)?;
    let program = folder.program(tools, shape)?;
    (case.spoil)(&folder)?;
    let path = folder.path.display().to_string();
    let filled = |text: &str| text.replace("FOLDER", &path).replace("MAP", &folder::map_name());
    let mut command = Command::new(&program);
    command.env_clear();
    command.envs(case.env.iter().map(|(name, value)| (name, filled(value))));
    let said = if shape.is_static() { case.fixed } else { case.dynamic };
    match said {
        None => works(tools, &mut command),
        Some(text) => refused(tools, &mut command, &program, &filled(text)),
    }
}

/// A command whose program says hello.
fn works(tools: &Tools, command: &mut Command) -> Result<(), String> {
    run::does(command, &Outcome::says("hello\n"), &tools.places.out)
}

/// A command that is refused in one line, which names the program and holds `text`.
fn refused(tools: &Tools, command: &mut Command, program: &Path, text: &str) -> Result<(), String> {
    let path = program.display().to_string();
    let is_right = |line: &str| line.contains(&path) && line.contains(text);
    run::is_refused(command, is_right, text, &tools.places.out)
}

/// Maps in a folder whose files may not be executed, in a mount namespace of the trial's own.
fn noexec(tools: &Tools, shape: Shape) -> Result<Completion, String> {
    if !machine::has_program("unshare") {
        return Ok(Completion::ignored_with("needs unshare"));
    }
    let folder = Folder::new(tools)?;
    let program = folder.program(tools, shape)?;
    folder.move_maps("moved")?;
    let path = folder.path.display();
    let mount = format!("mount -t tmpfs -o noexec none {path}/libsys && cp {path}/moved/* {path}/libsys");
    std::fs::create_dir_all(folder.path.join("libsys")).map_err(|e| e.to_string())?;
    let under = |script: &str| {
        let mut command = machine::in_own_mounts(script);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command
    };
    if run::run(&mut under(&mount), &tools.places.out)?.end != Some(End::Status(0)) {
        return Ok(Completion::ignored_with("needs mount namespaces to be permitted"));
    }
    let named = format!("LIBSYS_MAP={path}/libsys/{}", folder::map_name());
    let mut command = under(&format!("{mount} && {named} exec {}", program.display()));
    refused(
        tools,
        &mut command,
        &program,
        "failed with errno 1; a file system that is mounted noexec holds no maps",
    )?;
    Ok(Completion::Completed)
}

/// The kernel says that there is no such file, and shells say so with status 127.
fn missing_interpreter(tools: &Tools, shape: Shape) -> Result<(), String> {
    let folder = Folder::new(tools)?;
    let program = folder.program(tools, shape)?;
    folder.remove_interpreters()?;
    match Command::new(&program).spawn() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        other => return Err(format!("it should not be found: {other:?}")),
    }
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(&program);
    refused(tools, &mut shell, &program, "not found")
}

fn newer_program(tools: &Tools) -> Result<(), String> {
    let folder = Folder::new(tools)?;
    let program = folder.program(tools, Shape::Static)?;
    folder::newer(&program)?;
    let text = "made for a newer release of the ABI than this supplier knows; update ld-libsys";
    refused(tools, &mut Command::new(&program), &program, text)
}

/// An object whose note is damaged cannot be loaded: dlerror says why, and the process goes on.
fn damaged_object(tools: &Tools) -> Result<(), String> {
    let slots = SharedObject { name: "slots".into(), link: vec!["-lsys".into()] };
    let whole = tools.shared(&slots, Flavour::Reserved)?;
    let program = tools.support("damaged", Flavour::Reserved, Shape::Pie)?;
    let folder = Folder::new(tools)?;
    for (name, spoil) in [("newer", folder::newer as fn(&Path) -> _), ("damaged", folder::damaged)] {
        let object = folder.path.join(name);
        std::fs::copy(&whole, &object).map_err(|e| e.to_string())?;
        spoil(&object)?;
        let mut command = Command::new(&program);
        command.arg(&object).arg(&whole).env_clear();
        let outcome = run::run(&mut command, &tools.places.out)?;
        let (said, rest) = outcome.stdout.split_once('\n').unwrap_or_default();
        let is_right = said.contains(&object.display().to_string())
            && (said.contains("note field") || said.contains("made for a newer release"))
            && rest == "goes on\n"
            && outcome.end == Some(End::Status(0));
        if !is_right {
            return Err(format!("{}: {outcome:?}", run::shown(&command)));
        }
    }
    Ok(())
}

/// An object that could be supplied, but needs one that cannot be loaded: nothing of it stays mapped.
fn object_in_need(tools: &Tools) -> Result<(), String> {
    let shared = |name: &str, link: Vec<String>| {
        tools.shared(&SharedObject { name: name.into(), link }, Flavour::Reserved)
    };
    let unresolved = shared("unresolved", Vec::new())?.display().to_string();
    let object = shared("in_need", vec!["-lsys".into(), "-Wl,--no-as-needed".into(), unresolved])?;
    let whole = shared("slots", vec!["-lsys".into()])?;
    let mut command = Command::new(tools.support("damaged", Flavour::Reserved, Shape::Pie)?);
    command.arg(&object).arg(&whole).env_clear();
    let outcome = run::run(&mut command, &tools.places.out)?;
    let (said, rest) = outcome.stdout.split_once('\n').unwrap_or_default();
    if said.contains("nowhere") && rest == "goes on\n" && outcome.end == Some(End::Status(0)) {
        return Ok(());
    }
    Err(format!("{}: {outcome:?}", run::shown(&command)))
}

/// Where the supplier's file is gone or another one by the time that an object is loaded, dlerror says so; an object that
/// has no section needs none.
fn replaced_supplier(tools: &Tools) -> Result<(), String> {
    let slots = SharedObject { name: "slots".into(), link: vec!["-lsys".into()] };
    let slots = tools.shared(&slots, Flavour::Reserved)?;
    let plain = tools.shared(&SharedObject { name: "tls".into(), link: Vec::new() }, Flavour::Reserved)?;
    let built = tools.support("replaced", Flavour::Reserved, Shape::Pie)?;
    for (object, is_other, said) in [
        (&slots, false, "ld-libsys: it cannot be opened: errno 2\n"),
        (&slots, true, "ld-libsys was replaced since this process began; start the program anew\n"),
        (&plain, false, "loaded\n"),
    ] {
        let folder = Folder::new(tools)?;
        let program = folder.program_of(&built, Shape::Pie)?;
        let mut command = Command::new(program);
        command.arg(object).arg(folder.supplier()).env_clear();
        if is_other {
            command.arg(folder.other_build()?);
        }
        let outcome = run::run(&mut command, &tools.places.out)?;
        if !outcome.stdout.ends_with(said) || outcome.end != Some(End::Status(0)) {
            return Err(format!("{}: {outcome:?}", run::shown(&command)));
        }
    }
    Ok(())
}

/// An object that a program begins with: whole, it is supplied; damaged, the program does not begin.
fn damaged_preload(tools: &Tools) -> Result<(), String> {
    let slots = SharedObject { name: "slots".into(), link: vec!["-lsys".into()] };
    let whole = tools.shared(&slots, Flavour::Reserved)?;
    let folder = Folder::new(tools)?;
    let program = folder.program(tools, Shape::Pie)?;
    let start = |object: &Path| {
        let mut command = Command::new(&program);
        command.env_clear().env("LD_PRELOAD", object);
        command
    };
    works(tools, &mut start(&whole))?;
    for (name, spoil, said) in [
        ("newer", folder::newer as fn(&Path) -> _, "made for a newer release"),
        ("damaged", folder::damaged, "note field flags"),
    ] {
        let object = folder.path.join(name);
        std::fs::copy(&whole, &object).map_err(|e| e.to_string())?;
        spoil(&object)?;
        refused(tools, &mut start(&object), &object, said)?;
    }
    Ok(())
}
