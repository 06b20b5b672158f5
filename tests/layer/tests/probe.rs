//! The numbers that the supplier's probe treats specially are those of the ABI and its rules.

use libsys_abi::linux_x86_64;
use libsys_model::{Implementation, Release};
use std::path::PathBuf;

/// The numbers of a list in the source.
fn list(name: &str) -> Vec<u32> {
    let text = include_str!("../../../crates/supply/src/probe.rs");
    let (_, rest) = text.split_once(&format!("const {name}: [u32; ")).expect("the list");
    let (_, rest) = rest.split_once("= [").expect("its beginning");
    let (numbers, _) = rest.split_once("];").expect("its end");
    numbers
        .split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .map(|n| n.parse().expect("a number"))
        .collect()
}

#[test]
fn calls_that_maps_answer_enosys_to_are_those_of_the_rules() {
    let abi = linux_x86_64();
    let oldest = Release { major: 3, minor: 10, patch: 0 };
    let is_simulated = |call: &&libsys_model::Call| {
        let rule = abi.rule(&call.name).map(|rule| &rule.implementation);
        call.since > Some(oldest) && rule == Some(&Implementation::Simulated("ENOSYS".into()))
    };
    let simulated: Vec<u32> = abi.calls.iter().filter(is_simulated).map(|call| call.nr.0).collect();
    assert_eq!(list("SIMULATED"), simulated);
}

#[test]
fn calls_that_are_never_made_are_those_of_trampolines() {
    let abi = linux_x86_64();
    let names: Vec<_> =
        list("NEVER").into_iter().filter_map(|nr| abi.call(libsys_model::SyscallNr(nr))).collect();
    let names: Vec<&str> = names.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(names, ["uretprobe", "uprobe"]);
}

/// What each call from 310 on answered to arguments of -1 on real kernels, as root and as nobody: `nr,name,root_5.10,…`.
/// It is not part of this repository. `LIBSYS_PROBE_CSV` says where it is, or it lies beside the repository.
fn recorded() -> Option<String> {
    let path = std::env::var_os("LIBSYS_PROBE_CSV").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/probe-errno-x86_64.csv"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(&path);
    if let Err(why) = &text {
        eprintln!("not compared with real kernels: {}: {why}", path.display());
    }
    text.ok()
}

#[test]
fn kernels_answered_as_the_probe_takes_them_to() {
    let Some(text) = recorded() else { return };
    let abi = linux_x86_64();
    let (never, simulated) = (list("NEVER"), list("SIMULATED"));
    let mut lines = text.lines();
    let kernels: Vec<Release> = lines
        .next()
        .expect("a heading")
        .split(',')
        .skip(2)
        .map(|who| who.rsplit_once('_').expect("WHO_RELEASE").1.parse().expect("a release"))
        .collect();
    let mut eperm = Vec::new();
    let mut compared = 0;
    for line in lines {
        let mut fields = line.split(',');
        let nr: u32 = fields.next().and_then(|nr| nr.parse().ok()).expect("a number");
        let Some(call) = abi.call(libsys_model::SyscallNr(nr)) else { continue };
        assert_eq!(fields.next(), Some(call.name.as_str()));
        assert!(!never.contains(&nr), "{}: it was never to be made", call.name);
        let answers: Vec<&str> = fields.collect();
        assert_eq!(answers.len(), kernels.len(), "{}", call.name);
        for (answer, kernel) in answers.iter().zip(&kernels) {
            compared += 1;
            let why = format!("{} answered {answer} on {kernel}", call.name);
            assert!(answer.starts_with('E'), "{why}: it did something");
            match *answer {
                "ENOSYS" => assert!(!call.is_in(*kernel) || simulated.contains(&nr), "{why}"),
                _ => assert!(call.is_in(*kernel), "{why}"),
            }
            if *answer == "EPERM" && !eperm.contains(&nr) {
                eperm.push(nr);
            }
        }
        // Its second argument is a size: one of them all is too large, and any other might start a process.
        if call.name == "clone3" {
            assert!(answers.iter().all(|answer| *answer == "E2BIG"));
        }
    }
    assert_eq!(eperm, list("PRIVILEGED"), "calls that answer EPERM without a filter");
    assert!(compared > 400, "{compared}");
}
