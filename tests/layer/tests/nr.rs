//! The numbers that the layer makes its calls by are those of the ABI.

use libsys_abi::linux_x86_64;

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
