//! The numbers that the supplier's probe treats specially are those of the ABI and its rules.

use libsys_abi::linux_x86_64;
use libsys_model::{Implementation, Release};

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
