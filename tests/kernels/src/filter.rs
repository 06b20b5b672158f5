//! Filters that make a kernel answer as an older one does: an error to every call that came later.
//!
//! They are what `programs/older.c` installs: arrays of `struct sock_filter`.

use libsys_image::PackedRelease;
use libsys_model::Abi;

/// What a call that came later is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answer {
    /// ENOSYS, as the older kernel does.
    Enosys,
    /// EPERM, as filters of containers do that do not know the call.
    Eperm,
}

impl Answer {
    /// The error's number.
    #[must_use]
    pub const fn errno(self) -> u32 {
        match self {
            Answer::Enosys => 38,
            Answer::Eperm => 1,
        }
    }

    /// The word in names of trials and files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Answer::Enosys => "enosys",
            Answer::Eperm => "eperm",
        }
    }
}

const LOAD_WORD: u16 = 0x20;
const JUMP_IF_EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;
const ALLOW: u32 = 0x7fff_0000;
const ERRNO: u32 = 0x0005_0000;

/// The numbers of the calls that came after a release.
#[must_use]
pub fn newer(abi: &Abi, release: PackedRelease) -> Vec<u32> {
    let since =
        |call: &libsys_model::Call| call.since.is_some_and(|since| PackedRelease(since.packed()) > release);
    abi.calls.iter().filter(|call| since(call)).map(|call| call.nr.0).collect()
}

/// The filter that answers so to those numbers, and allows all others.
#[must_use]
pub fn encode(numbers: &[u32], answer: Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut add = |code: u16, when_not: u8, value: u32| {
        bytes.extend(code.to_le_bytes());
        bytes.extend([0, when_not]);
        bytes.extend(value.to_le_bytes());
    };
    // The number is the first word of struct seccomp_data.
    add(LOAD_WORD, 0, 0);
    for number in numbers {
        add(JUMP_IF_EQUAL, 1, *number);
        add(RETURN, 0, ERRNO | answer.errno());
    }
    add(RETURN, 0, ALLOW);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_later_is_found() {
        let abi = libsys_abi::linux_x86_64();
        let at = |major, minor| newer(&abi, PackedRelease::new(major, minor, 0));
        let number = |name: &str| abi.call_named(name).unwrap().nr.0;
        assert!(at(3, 16).contains(&number("getrandom")));
        assert!(!at(3, 17).contains(&number("getrandom")));
        assert!(at(5, 10).contains(&number("futex_waitv")));
        assert!(!at(5, 10).contains(&number("openat2")));
        assert!(!at(3, 10).contains(&number("read")));
    }

    #[test]
    fn each_number_is_answered() {
        let bytes = encode(&[435], Answer::Enosys);
        assert_eq!(
            bytes,
            [
                [0x20, 0, 0, 0, 0, 0, 0, 0],
                [0x15, 0, 0, 1, 0xb3, 1, 0, 0],
                [6, 0, 0, 0, 38, 0, 5, 0],
                [6, 0, 0, 0, 0, 0, 0xff, 0x7f],
            ]
            .concat()
        );
    }
}
