//! Gives every target the inputs that were kept in `fuzz/corpus`, without cargo-fuzz.

use libsys_fuzz_targets::TARGETS;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The longest that one input may take; far more than any needs, far less than for ever.
const MOST: Duration = Duration::from_secs(20);

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

#[test]
fn kept_inputs_hold() {
    let mut failed = Vec::new();
    for (name, target) in TARGETS {
        let folder = corpus().join(name);
        let entries = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be listed").path()).collect();
        paths.sort();
        assert!(paths.len() >= 10, "{name}: only {} inputs", paths.len());
        for path in paths {
            let data = fs::read(&path).expect("it can be read");
            let start = Instant::now();
            if catch_unwind(|| target(&data)).is_err() || start.elapsed() > MOST {
                eprintln!("{} failed after {:?}", path.display(), start.elapsed());
                failed.push(path);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

#[test]
fn every_target_has_inputs_and_every_folder_a_target() {
    let folders = fs::read_dir(corpus()).expect("there is a corpus");
    let mut folders: Vec<String> = folders
        .map(|entry| entry.expect("it can be listed").file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(folders, names);
}
