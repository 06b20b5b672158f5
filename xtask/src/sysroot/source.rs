//! musl's source: fetched once for each suite, and prepared for a build: our files in the place of its own.

use crate::apt::Apt;
use crate::run;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The unpacked source of a suite's musl, fetched if it is not there.
///
/// # Errors
///
/// apt's, or that of the file system.
pub fn fetch(suite: &str) -> Result<PathBuf, String> {
    let place = run::target().join("sources").join(suite).join("musl");
    if !place.is_dir() {
        run::step(&format!("fetch the source of musl from {suite}"), || {
            fetch_package(suite, "musl", &place)
        })?;
    }
    Ok(place)
}

/// Fetches the source of any package and puts it, unpacked, at `place`.
///
/// # Errors
///
/// apt's, or that of the file system.
pub fn fetch_package(suite: &str, package: &str, place: &Path) -> Result<(), String> {
    if !run::has("apt-get") {
        return Err(format!(
            "unpack the source of {package} at {}: apt, which fetches it, is missing",
            place.display()
        ));
    }
    let work = place.with_extension("new");
    if work.exists() {
        // What an earlier attempt left.
        run::at(&work, |path| std::fs::remove_dir_all(path))?;
    }
    let apt = Apt::new(suite, &work)?;
    run::quiet(apt.command("apt-get", &["update", "-q"]))?;
    let tree = apt.source(package)?;
    run::at(place, |place| std::fs::rename(&tree, place))?;
    run::at(&work, |path| std::fs::remove_dir_all(path))
}

/// A line of `musl/names`: a function that is nothing but a call.
struct Named<'a> {
    file: &'a str,
    symbol: &'a str,
    rest: String,
}

fn names(text: &str) -> impl Iterator<Item = Named<'_>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| {
        let mut words = line.split_whitespace();
        let (file, symbol) = (words.next()?, words.next()?);
        Some(Named { file, symbol, rest: words.collect::<Vec<_>>().join(" ") })
    })
}

/// The place of errno in musl's thread structure, in bytes from the thread pointer; a file of ours checks it when it is
/// compiled.
pub const ERRNO: u32 = 52;

/// What `libsys gen --libc` reads: the names whose files this release of musl has.
///
/// # Errors
///
/// A file cannot be read.
pub fn libc(musl: &Path, source: &Path) -> Result<String, String> {
    let list = run::at(&musl.join("names"), |path| std::fs::read_to_string(path))?;
    let mut text = format!("errno {ERRNO}\n");
    for name in names(&list) {
        let file = source.join(name.file);
        if !file.is_file() {
            continue;
        }
        let content = run::at(&file, |path| std::fs::read_to_string(path))?;
        text.push_str(&format!("name {} {}\n", name.symbol, name.rest));
        if content.contains(&format!(", {}64);", name.symbol)) {
            let entry: Vec<&str> = name.rest.split(' ').take(2).collect();
            text.push_str(&format!("name {}64 {} weak\n", name.symbol, entry.join(" ")));
        }
    }
    Ok(text)
}

/// Puts our files into a copy of the source, takes those out that are named as slots, and changes the run-time linker
/// where it is to supply.
///
/// # Errors
///
/// The file system's, or a change does not fit this release of musl.
pub fn prepare(musl: &Path, tree: &Path, supplies: bool) -> Result<(), String> {
    for folder in ["arch", "src"] {
        overlay(&musl.join(folder), &tree.join(folder))?;
    }
    let list = run::at(&musl.join("names"), |path| std::fs::read_to_string(path))?;
    for name in names(&list) {
        // Ours is what is left of such a file.
        if musl.join(name.file).is_file() {
            continue;
        }
        let file = tree.join(name.file);
        let machine =
            file.parent().zip(file.file_stem()).map(|(folder, stem)| folder.join("x86_64").join(stem));
        for path in [Some(file.clone()), machine.map(|path| path.with_extension("s"))].into_iter().flatten() {
            if path.is_file() {
                run::at(&path, |path| std::fs::remove_file(path))?;
            }
        }
    }
    if supplies {
        overlay(&musl.join("ldso"), &tree.join("ldso"))?;
        let change = musl.join("patches/dynlink.patch");
        let mut patch = Command::new("patch");
        patch.args(["--batch", "-s", "-p1", "-i"]).arg(&change).current_dir(tree);
        run::quiet(patch)?;
    }
    Ok(())
}

/// Copies a folder over another. `syscall.h` of musl stays beside ours, which includes it.
fn overlay(from: &Path, to: &Path) -> Result<(), String> {
    run::at(to, |path| std::fs::create_dir_all(path))?;
    for path in run::files(from)? {
        let Some(name) = path.file_name() else { continue };
        let place = to.join(name);
        if path.is_dir() {
            overlay(&path, &place)?;
            continue;
        }
        if name == "syscall.h" {
            run::at(&place, |place| std::fs::rename(place, place.with_file_name("syscall.musl.h")))?;
        }
        run::at(&place, |place| std::fs::copy(&path, place))?;
    }
    Ok(())
}
