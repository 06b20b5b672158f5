//! A program of one release of an ABI runs on a kernel of another by the map that `libsys gen map` makes of the rules
//! between them, and does not run without it.
//!
//! Needs what `cargo xtask sdk` builds, found through `LIBSYS_SDK`.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::Command;

mod building;
use building::{build, is_ok, is_refused, run, sdk};

/// The releases of `releases.sys` in which structs change, and the one between them, whose structs kernels have.
const OLD: &str = "3.19";
const KERNEL: &str = "5.10";
const NEW: &str = "7.2";

/// A command of the SDK, about that ABI.
fn generate(abi: &str, words: &[&str], folder: &Path) {
    let mut command = Command::new(sdk().join("bin/libsys"));
    command.arg("gen").args(words).arg("--abi").arg(abi).arg("-o").arg(folder);
    let output = command.output().expect("it starts");
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}

fn abi() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/releases.sys").to_owned()
}

/// The program, built for a release.
fn program(folder: &Path, release: &str) -> PathBuf {
    let folder = folder.join(release);
    generate(&format!("{}@{release}", abi()), &["reserved", "header"], &folder);
    build(&folder, "releases")
}

#[test]
fn programs_of_each_release_run_by_their_map_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    generate(&abi(), &["map", "--from", OLD, "--to", KERNEL], folder);
    generate(&abi(), &["map", "--from", NEW, "--to", KERNEL], folder);
    generate(&format!("{}@{KERNEL}", abi()), &["map"], folder);
    let between = |from: &str| folder.join(format!("linux-x86_64-{from}--{KERNEL}.map"));
    let maps = [between(OLD), folder.join(format!("linux-x86_64-{KERNEL}.map")), between(NEW)];
    let loader = sdk().join("lib/ld-libsys");
    for (i, release) in [OLD, KERNEL, NEW].into_iter().enumerate() {
        let program = program(folder, release);
        is_ok(&run(&[&program], Some(&maps[i])));
        // The supplier run by hand, too.
        is_ok(&run(&[&loader, &program], Some(&maps[i])));
        // What is built in has the structs of none of them, and each map those of one.
        is_refused(&run(&[&program], None), "fingerprint");
        for (j, map) in maps.iter().enumerate().filter(|(j, _)| *j != i) {
            let why = if j < i { "release" } else { "fingerprint" };
            is_refused(&run(&[&program], Some(map)), why);
        }
    }
    // Same input, same bytes.
    let before = std::fs::read(&maps[0]).expect("a map");
    generate(&abi(), &["map", "--from", OLD, "--to", KERNEL], folder);
    assert_eq!(before, std::fs::read(&maps[0]).expect("a map"));
}

#[test]
fn a_map_without_a_rule_between_its_structs_is_not_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../abi");
    let text = std::fs::read_to_string(abi()).expect("it is there").replace("../../abi", root);
    let lines = ["convert tp: moment@1 -> moment@2;", "convert tp: moment@1 -> moment@3;"];
    let without = lines.iter().fold(text.clone(), |text, line| text.replace(line, ""));
    assert_eq!(without.len(), text.len() - lines[0].len() - lines[1].len());
    let path = folder.path().join("releases.sys");
    std::fs::write(&path, without).expect("a file");
    let mut command = Command::new(sdk().join("bin/libsys"));
    command.args(["gen", "map", "--from", OLD, "--to", KERNEL, "--abi"]).arg(&path);
    let output = command.arg("-o").arg(folder.path()).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("clock_gettime") && said.contains("moment"), "{said}");
}
