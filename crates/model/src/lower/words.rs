//! Words that are types without being declared.

use crate::{Machine, Scalar, Shape};

/// A built-in type: its shape, and how C spells it.
pub(super) fn built_in(word: &str, machine: Machine) -> Option<(Shape, String)> {
    let shape = match word {
        "void" => return Some((Shape::Void, "void".into())),
        "path" => return Some((Shape::CString { is_path: true }, "const char *".into())),
        "string" => return Some((Shape::CString { is_path: false }, "const char *".into())),
        "address" => return Some((Shape::Address, "void *".into())),
        "function_pointer" => return Some((Shape::Function, "void (*)(void)".into())),
        _ => Shape::Scalar(scalar(word, machine)?),
    };
    let c = match word {
        "i8" => "signed char",
        "u8" => "unsigned char",
        "i16" => "short",
        "u16" => "unsigned short",
        "i32" => "int",
        "u32" => "unsigned int",
        "i64" if machine.pointer_size() == 8 => "long",
        "u64" if machine.pointer_size() == 8 => "unsigned long",
        "i64" => "long long",
        "u64" => "unsigned long long",
        "intptr" => "long",
        "uintptr" => "unsigned long",
        other => other,
    };
    Some((shape, c.into()))
}

fn scalar(word: &str, machine: Machine) -> Option<Scalar> {
    let long = machine.pointer_size();
    let (size, signed) = match word {
        "i8" => (1, true),
        "u8" => (1, false),
        "i16" => (2, true),
        "u16" => (2, false),
        "i32" => (4, true),
        "u32" => (4, false),
        "i64" => (8, true),
        "u64" => (8, false),
        "ssize_t" | "intptr" => (long, true),
        "size_t" | "uintptr" => (long, false),
        _ => return c_scalar(word, long),
    };
    Some(Scalar { size, signed })
}

/// A C integer: its words in any order, joined by one space.
fn c_scalar(words: &str, long: u32) -> Option<Scalar> {
    let (mut size, mut longs, mut signed) = (None, 0, None);
    for word in words.split(' ') {
        match word {
            "signed" if signed.is_none() => signed = Some(true),
            "unsigned" if signed.is_none() => signed = Some(false),
            "char" if size.is_none() && longs == 0 => size = Some(1),
            "short" if size.is_none_or(|s| s == 4) && longs == 0 => size = Some(2),
            "long" if longs < 2 && size.is_none_or(|s| s == 4) => longs += 1,
            "int" if size.is_none() => size = Some(4),
            "int" if size == Some(2) => {}
            _ => return None,
        }
    }
    let size = match longs {
        0 => size.unwrap_or(4),
        1 => long,
        _ => 8,
    };
    // Plain char is signed on x86.
    Some(Scalar { size, signed: signed.unwrap_or(true) })
}

/// A word of a file of 2005, taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PointerWord<'a> {
    /// What is pointed at in the end.
    pub base: &'a str,
    /// That is volatile.
    pub is_volatile: bool,
    /// For each pointer, from the inside, whether what it points at is const.
    pub to_const: Vec<bool>,
}

/// Takes a word apart in which pointers are written as words: `const_char_ptr`, `volatile_const_int_ptr`,
/// `aiocb_ptr_const_ptr` for `aiocb *const *`. A word without `_ptr` is its own base.
pub(super) fn pointer_word(word: &str) -> PointerWord<'_> {
    let mut base = word;
    let mut to_const = Vec::new();
    while let Some(rest) = base.strip_suffix("_ptr").filter(|rest| !rest.is_empty()) {
        // A const behind a pointer is the pointer's, which the pointer around it points at.
        let constant = rest.strip_suffix("_const").filter(|rest| rest.ends_with("_ptr"));
        to_const.push(constant.is_some());
        base = constant.unwrap_or(rest);
    }
    to_const.reverse();
    let mut is_volatile = false;
    if let Some(first) = to_const.first_mut() {
        loop {
            if let Some(rest) = base.strip_prefix("const_") {
                *first = true;
                base = rest;
            } else if let Some(rest) = base.strip_prefix("volatile_") {
                is_volatile = true;
                base = rest;
            } else {
                break;
            }
        }
    }
    PointerWord { base, is_volatile, to_const }
}

/// The C typedefs that files of 2005 use without declaring them, and what they stand for.
pub(super) const BASE_WORDS: [(&str, &str); 36] = [
    ("caddr_t", "char *"),
    ("clockid_t", "unsigned long"),
    ("daddr_t", "i32"),
    ("dev_t", "u32"),
    ("fixpt_t", "u32"),
    ("gid_t", "u32"),
    ("id_t", "i32"),
    ("ino_t", "u32"),
    ("int16_t", "i16"),
    ("int32_t", "i32"),
    ("int64_t", "i64"),
    ("int8_t", "i8"),
    ("intptr_t", "intptr"),
    ("key_t", "long"),
    ("lwpid_t", "i32"),
    ("mode_t", "u16"),
    ("nlink_t", "u16"),
    ("off_t", "i64"),
    ("pid_t", "i32"),
    ("quad_t", "i64"),
    ("socklen_t", "u32"),
    ("suseconds_t", "long"),
    ("time_t", "long"),
    ("u_char", "u8"),
    ("u_int", "u32"),
    ("u_int16_t", "u16"),
    ("u_int32_t", "u32"),
    ("u_int64_t", "u64"),
    ("u_int8_t", "u8"),
    ("u_long", "unsigned long"),
    ("u_quad_t", "u64"),
    ("u_short", "u16"),
    ("uid_t", "u32"),
    ("uint", "u32"),
    ("uintptr_t", "uintptr"),
    ("useconds_t", "u32"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_written_as_words() {
        let parts = |word| {
            let PointerWord { base, is_volatile, to_const } = pointer_word(word);
            (base, is_volatile, to_const)
        };
        assert_eq!(parts("int"), ("int", false, vec![]));
        assert_eq!(parts("_ptr"), ("_ptr", false, vec![]));
        assert_eq!(parts("const_x"), ("const_x", false, vec![]));
        assert_eq!(parts("const_char_ptr"), ("char", false, vec![true]));
        assert_eq!(parts("char_ptr_ptr"), ("char", false, vec![false, false]));
        assert_eq!(parts("volatile_const_int_ptr"), ("int", true, vec![true]));
        assert_eq!(parts("a_1_2_0_ptr_const_ptr"), ("a_1_2_0", false, vec![false, true]));
        assert_eq!(parts("const_a_ptr_const_ptr"), ("a", false, vec![true, true]));
    }

    #[test]
    fn c_words_join() {
        let size = |words: &str| c_scalar(words, 8).map(|s| (s.size, s.signed));
        assert_eq!(size("unsigned long"), Some((8, false)));
        assert_eq!(size("long long int"), Some((8, true)));
        assert_eq!(size("int unsigned short"), Some((2, false)));
        assert_eq!(size("unsigned"), Some((4, false)));
        assert_eq!(size("signed char"), Some((1, true)));
        for wrong in ["short long", "long long long", "char int", "unsigned signed", "float", ""] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
        assert!(BASE_WORDS.is_sorted());
    }
}
