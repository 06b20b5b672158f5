//! Lists the texts below `abi/`, so that the crate can hold them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() {
    let root =
        PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../abi");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let below =
        |file: &PathBuf| file.strip_prefix(&root).expect("it was found below the root").display().to_string();
    // As text, which is how they are searched: paths sort by their components.
    files.sort_by_key(below);
    let mut text = "&[\n".to_owned();
    for file in &files {
        let _ = writeln!(text, "    (\"{}\", include_str!(r\"{}\")),", below(file), file.display());
    }
    text.push_str("]\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it")).join("texts.rs");
    if let Err(error) = std::fs::write(&out, text) {
        panic!("{}: {error}", out.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", root.display());
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.unwrap_or_else(|error| panic!("{}: {error}", folder.display())).path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "sys") {
            files.push(path);
        }
    }
}
