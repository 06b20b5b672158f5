//! The Rust bindings as the compiler sees them, and against the model.

mod common;

use common::{folder, lower, real, run, small, structs, write};
use libsys_emit::rust;
use libsys_model::{Abi, Release, TypeDefKind};
use std::process::Command;

/// The module that `crates/libsys` includes the bindings in, with all that it allows.
const LIBRARY: &str = "#![no_std]
#![deny(warnings, missing_docs)]
//! A library.
/// The bindings.
#[allow(non_camel_case_types, non_upper_case_globals)]
mod bindings {
    include!(\"bindings.rs\");
}
pub use bindings::*;
";

/// Compiles the bindings of an ABI and, after them, a text that uses them.
fn compile(test: &str, bindings: &str, uses: &str) -> Result<String, String> {
    write(test, "bindings.rs", bindings);
    let library = write(test, "lib.rs", &format!("{LIBRARY}{uses}"));
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "--out-dir"]);
    run(command.arg(folder(test)).arg(library))
}

#[test]
fn small_bindings() {
    insta::assert_snapshot!(rust::emit(&small()));
}

#[test]
fn compile_without_a_warning() {
    let real = real();
    let old = real.at(Release::new(4, 19, 0));
    let base = lower("BASE x;\nADD 3 { function ssize_t read(int fd, void_ptr buf, size_t nbyte); }\n");
    let abis = [("rust-small", &small()), ("rust-real", &real), ("rust-old", &old), ("rust-base", &base)];
    for (name, abi) in abis {
        let compiled = compile(name, &rust::emit(abi), "");
        assert_eq!(compiled.as_deref(), Ok(""), "{name}");
    }
}

#[test]
fn names_that_rust_has_taken_are_others() {
    let abi = lower(
        "ABI linux/x86_64;\nRELEASE 1.0;\n\
         type bool = u8;\ntype raw = bool;\ntype c_int = raw;\ntype r = c_int;\ntype Self = r;\ntype type_ = u8;\n\
         struct type size 2 align 1 { @0 type_ self; @1 u8 crate; }\nstruct usize size 8 align 8 { @0 size_t nr; }\n\
         flags str: int { fn = 1; self = 2; usize = 4; raw = 8; }\n\
         ADD 1 { function bool type(in type *fn, usize *self, Self crate, str match); }\n\
         ADD 2 { function void loop(in usize *a, out c_int **c_int); returns never; }\n"
            .replace("usize *self", "inout usize *self")
            .as_str(),
    );
    let uses = "/// Uses some.\npub fn f(a: *const r#type, b: *mut usize_, m: str_) -> isize {\n\
        \x20   // SAFETY: nothing is called.\n    unsafe { raw::r#type(a, b, 1, m | r#fn | self_ | usize | raw) }\n}\n";
    assert_eq!(compile("rust-names", &rust::emit(&abi), uses).as_deref(), Ok(""));
}

/// Every size, alignment, offset and constant, asked for by the model's own account of them.
fn uses(abi: &Abi) -> (String, usize) {
    let mut text = String::from("const _: () = {\n    use ::core::mem::{align_of, offset_of, size_of};\n");
    let mut count = 0;
    for (def, layout) in structs(abi) {
        let newest = structs(abi).filter(|(other, _)| other.name == def.name).last();
        let name = match &layout.version {
            Some(version) if newest.is_some_and(|(_, newest)| newest != layout) => {
                format!("{}_{version}", def.name)
            }
            _ => def.name.clone(),
        };
        let (size, align) = (layout.size, layout.align);
        text.push_str(&format!(
            "    assert!(size_of::<{name}>() == {size} && align_of::<{name}>() == {align});\n"
        ));
        count += 1;
        for field in layout.fields.iter().filter(|field| !layout.is_union || field.offset == 0) {
            let (field, offset) = (&field.name, field.offset);
            text.push_str(&format!("    assert!(offset_of!({name}, r#{field}) == {offset});\n"));
        }
    }
    for def in &abi.types {
        if let TypeDefKind::Flags(scalar, constants) | TypeDefKind::Enum(scalar, constants) = &def.kind {
            let mask = u64::MAX >> (64 - 8 * scalar.size);
            for constant in constants {
                let bits = (constant.value & i128::from(mask)) as u64;
                text.push_str(&format!("    assert!({} as u64 & {mask:#x} == {bits:#x});\n", constant.name));
                count += 1;
            }
        }
    }
    for call in abi.calls.iter().chain(&abi.services) {
        text.push_str(&format!("    assert!(nr::r#{} == {});\n", call.name, call.nr.0));
        count += 1;
    }
    (text + "};\n", count)
}

#[test]
fn agree_with_the_model() {
    for (name, abi, least) in [("rust-model-small", small(), 40), ("rust-model-real", real(), 3000)] {
        let (text, count) = uses(&abi);
        assert!(count >= least, "{count}");
        assert_eq!(compile(name, &rust::emit(&abi), &text).as_deref(), Ok(""));
    }
}

#[test]
fn assert_their_own_layouts() {
    let bindings = rust::emit(&small());
    for (right, wrong) in [
        ("#[repr(C, align(32))]", "#[repr(C, align(16))]"),
        ("#[repr(C, packed)]", "#[repr(C)]"),
        ("    pub tv_sec: i64,", "    pub tv_sec: [i64; 2],"),
    ] {
        let changed = bindings.replacen(right, wrong, 1);
        assert_ne!(changed, bindings);
        let refused = compile("rust-asserted", &changed, "").expect_err(right);
        assert!(refused.contains("assert"), "{refused}");
    }
}

#[test]
fn functions_have_the_symbols_and_types_of_their_calls() {
    let uses = "/// Calls.\npub fn f(text: &[u8], set: &mut stat) -> isize {\n\
        \x20   let flags: open_flags = O_RDONLY | O_CLOEXEC;\n\
        \x20   let written: isize =\n\
        \x20       // SAFETY: the slice can be read.\n\
        \x20       unsafe { raw::write(1, text.as_ptr().cast(), text.len()) };\n\
        \x20   let opened: fd =\n\
        \x20       // SAFETY: the text ends in a zero byte.\n\
        \x20       unsafe { c::openat(AT_FDCWD, c\"/\".as_ptr(), flags, 0) };\n\
        \x20   // SAFETY: the struct can be written.\n\
        \x20   let read: core::ffi::c_int = unsafe { c::fstat(opened, set) };\n\
        \x20   *set = stat::ZEROED;\n\
        \x20   if written == -(errno::EINTR as isize) && read == 0 {\n\
        \x20       // SAFETY: any status is allowed.\n\
        \x20       unsafe { raw::exit_group(1) }\n\
        \x20   }\n\
        \x20   written\n}\n";
    let abi = real();
    let bindings = rust::emit(&abi);
    assert_eq!(compile("rust-uses", &bindings, uses).as_deref(), Ok(""));
    for prefix in ["__sys_", "__sys_raw_"] {
        for call in abi.calls.iter().chain(&abi.services) {
            let link = format!("#[link_name = \"{prefix}{}\"]\n", call.name);
            let expected = usize::from(prefix == "__sys_raw_" || call.name != "rt_sigreturn");
            assert_eq!(bindings.matches(&link).count(), expected, "{link}");
        }
    }
}
