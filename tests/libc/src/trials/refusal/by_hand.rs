//! The run-time linker run by hand, on what it can start and on what it cannot.

use super::{Folder, Tools, certain, refused, works};
use crate::program::Shape;
use crate::sysroot::Flavour;
use libsys_trials::run;
use libsys_trials::run::End;
use libsys_trials::run::write_program;
use libsys_trials::word::Word;
use libtest_mimic::Trial;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

/// The trials.
pub fn trials(tools: &Tools) -> Vec<Trial> {
    let mut trials = Vec::new();
    let mut add = |name: &str, test: fn(&Tools) -> Result<(), String>| {
        let tools = Arc::clone(tools);
        trials.push(certain(format!("refusal::by-hand::{name}"), move || test(&tools)));
    };
    // Ours; those of stock musl, whose own run-time linker is another file; and those of the text flavour.
    for (name, test) in [
        ("pie", (|t| program(t, Flavour::Reserved, Shape::Pie)) as fn(&Tools) -> Result<(), String>),
        ("no-pie", |t| program(t, Flavour::Reserved, Shape::NoPie)),
        ("stock-pie", |t| program(t, Flavour::Stock, Shape::Pie)),
        ("stock-no-pie", |t| program(t, Flavour::Stock, Shape::NoPie)),
        ("text-pie", |t| program(t, Flavour::Text, Shape::Pie)),
        ("static", |t| no_program(t, Flavour::Reserved, Shape::Static)),
        ("stock-static", |t| no_program(t, Flavour::Stock, Shape::Static)),
        ("glibc", glibc),
        ("no-file", |t| file(t, None, "cannot load")),
        ("empty", |t| file(t, Some(b""), "Not a valid dynamic program")),
        ("script", |t| file(t, Some(b"#!/bin/sh\necho no\n"), "Not a valid dynamic program")),
        ("short", |t| file(t, Some(b"\x7fELF\x02\x01\x01"), "Not a valid dynamic program")),
        ("no-argument", no_argument),
    ] {
        add(name, test);
    }
    trials
}

fn program(tools: &Tools, flavour: Flavour, shape: Shape) -> Result<(), String> {
    let folder = Folder::new(tools)?;
    let program = tools.support("hello", flavour, shape)?;
    works(tools, Command::new(folder.path.join("rtld")).arg(program).env_clear())
}

fn no_program(tools: &Tools, flavour: Flavour, shape: Shape) -> Result<(), String> {
    let folder = Folder::new(tools)?;
    let program = tools.support("hello", flavour, shape)?;
    let mut command = Command::new(folder.path.join("rtld"));
    refused(tools, command.arg(&program).env_clear(), &program, "Not a valid dynamic program")
}

fn file(tools: &Tools, content: Option<&[u8]>, text: &str) -> Result<(), String> {
    let folder = Folder::new(tools)?;
    let path = folder.path.join("file");
    if let Some(content) = content {
        write_program(&path, content)?;
    }
    let mut command = Command::new(folder.path.join("rtld"));
    refused(tools, command.arg(&path).env_clear(), &path, text)
}

/// A program of glibc's asks for another libc: it is told what is missing, or, where it asks for nothing that musl does
/// not have, runs.
fn glibc(tools: &Tools) -> Result<(), String> {
    let folder = Folder::new(tools)?;
    let run = |name: &str, text: &str| -> Result<(PathBuf, run::Outcome), String> {
        let source = folder.path.join(format!("{name}.c"));
        std::fs::write(&source, text).map_err(|e| e.to_string())?;
        let program = folder.path.join(name);
        libsys_trials::build::quiet(Command::new("cc").arg(&source).arg("-o").arg(&program))?;
        let mut command = Command::new(folder.path.join("rtld"));
        let outcome = run::run(command.arg(&program).env_clear(), &tools.places.out)?;
        Ok((program, outcome))
    };
    let (_, outcome) = run("plain", "#include <stdio.h>\nint main(void) { puts(\"hello\"); return 0; }\n")?;
    if outcome != run::Outcome::says("hello\n") {
        return Err(format!("a plain program: {outcome:?}"));
    }
    let text = "#include <gnu/libc-version.h>\n#include <stdio.h>\n\
                int main(void) { puts(gnu_get_libc_version()); return 0; }\n";
    let (program, outcome) = run("special", text)?;
    let is_right = outcome.end == Some(End::Status(127))
        && outcome.stderr.contains(&program.display().to_string())
        && outcome.stderr.contains("gnu_get_libc_version: symbol not found")
        && outcome.stderr.lines().count() == 1;
    if is_right { Ok(()) } else { Err(format!("a program that needs glibc: {outcome:?}")) }
}

/// It says how it is used, as stock musl's does.
fn no_argument(tools: &Tools) -> Result<(), String> {
    let folder = Folder::new(tools)?;
    let outcome = run::run(&mut Command::new(folder.path.join("rtld")), &tools.places.out)?;
    let is_right = outcome.end == Some(End::Status(1)) && outcome.stderr.starts_with("musl libc (x86_64)\n");
    if is_right { Ok(()) } else { Err(format!("{} by hand: {outcome:?}", Shape::Pie.word())) }
}
