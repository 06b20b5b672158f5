//! The file of 2005: its entry table has the layout of 2005, and its real faults come out.
//!
//! It is not part of this repository. The test reads it from `LIBSYS_DRAGONFLY_CONF`, or from `../shared/data` beside
//! the repository, and says so when it is in neither place.

use libsys_emit::asm;
use libsys_syntax::source::{FsLoader, TableLoader};
use std::collections::BTreeSet;
use std::path::PathBuf;

#[test]
fn its_faults_come_out_and_its_table_is_that_of_2005() {
    let beside =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dragonfly_syscalls_1_2_0.conf");
    let path = std::env::var_os("LIBSYS_DRAGONFLY_CONF").map_or(beside, PathBuf::from);
    let source = match FsLoader.read(&path.to_string_lossy()) {
        Ok(source) => source,
        Err(reason) => {
            eprintln!("not tested: cannot read {}: {reason}", path.display());
            return;
        }
    };
    let parsed = libsys_syntax::parse(source, &TableLoader::default());
    let (abi, diagnostics) = libsys_model::lower(&parsed);
    let abi = abi.expect("its faults leave the table well defined");

    let named = |code: &str| -> BTreeSet<&str> {
        let messages = diagnostics.iter().filter(|d| d.code == code);
        messages.filter_map(|d| d.message.split('`').nth(1)).collect()
    };
    let twice = ["accept", "getsockname", "lchown", "msync", "nosys", "recvfrom"];
    assert_eq!(named("W0402"), BTreeSet::from(twice));
    let undeclared = named("W0202");
    assert!(undeclared.contains("rusage_1_2_0") && undeclared.contains("aiocb_1_2_0"), "{undeclared:?}");
    // Pointers and qualifiers are part of words there, not of types.
    let is_word =
        |name: &&str| name.ends_with("_ptr") || name.starts_with("const_") || name.starts_with("volatile_");
    assert_eq!(undeclared.iter().find(|name| is_word(name)), None);

    let table = asm::emit(&abi);
    assert_eq!((abi.slot_count(), abi.calls.len() > 150), (475, true));
    for nr in 0..abi.slot_count() {
        assert!(
            table.contains(&format!("\t.org\t{nr}*64\n\t.globl\t__syscall_{nr}\n__syscall_{nr}:\n")),
            "{nr}"
        );
    }
    let at = |label: &str| table.find(&format!("\n{label}:\n")).unwrap_or_else(|| panic!("no {label}"));
    assert!(at("__syscall_3") < at("__syscall_read") && at("__syscall_read") < at("__syscall_4"));
    assert!(at("__syscall_accept") < at("__syscall_31"), "the first number keeps the name");
    assert_eq!(table.matches("\n__syscall_accept:\n").count(), 1);
}
