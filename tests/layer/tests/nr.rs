//! The numbers that the layer makes its calls by are those of the ABI, and no conversion is left untried.

use libsys_abi::linux_x86_64;
use libsys_model::Implementation;

#[test]
fn numbers_are_those_of_the_abi() {
    let text = include_str!("../../../crates/layer/src/nr.rs");
    let abi = linux_x86_64();
    let mut count = 0;
    for line in text.lines().filter_map(|line| line.strip_prefix("pub const ")) {
        let (name, nr) = line.split_once(": usize = ").expect("a number");
        let nr: u32 = nr.trim_end_matches(';').parse().expect("a number");
        let name = name.to_lowercase();
        let found = abi.calls.iter().chain(&abi.services).find(|call| call.name == name);
        let call = found.unwrap_or_else(|| panic!("no call {name}"));
        assert_eq!(call.nr.0, nr, "{name}");
        count += 1;
    }
    assert!(count > 40, "{count} numbers");
}

/// Each function that a rule names is tried by a test here, which names it.
#[test]
fn every_conversion_is_tried() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut tests = String::new();
    for entry in std::fs::read_dir(folder).expect("the tests") {
        tests += &std::fs::read_to_string(entry.expect("an entry").path()).expect("a test");
    }
    let abi = linux_x86_64();
    let mut count = 0;
    for rule in &abi.rules {
        let Implementation::Custom { name, .. } = &rule.implementation else { continue };
        assert!(tests.contains(&format!("\"{name}\"")), "no test names {name}");
        count += 1;
    }
    assert!(count > 30, "{count} conversions");
}
