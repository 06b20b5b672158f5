//! Seccomp filters that make a kernel answer as an older one does, or as a container does: an error to calls that came
//! later, or to all that are not listed.
//!
//! They are what `support/below.c` installs: arrays of `struct sock_filter`.

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
const JUMP_IF_ABOVE: u16 = 0x25;
const JUMP_IF_AT_LEAST: u16 = 0x35;
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

/// A filter that is being written.
#[derive(Default)]
struct Filter(Vec<u8>);

impl Filter {
    /// Adds an instruction: how many to skip when it holds and when it does not, and its value.
    fn add(&mut self, code: u16, [when, when_not]: [u8; 2], value: u32) {
        self.0.extend(code.to_le_bytes());
        self.0.extend([when, when_not]);
        self.0.extend(value.to_le_bytes());
    }

    /// Loads the number, the first word of `struct seccomp_data`.
    fn load_number(&mut self) {
        self.add(LOAD_WORD, [0, 0], 0);
    }

    fn answer_to(&mut self, number: u32, answer: Answer) {
        self.add(JUMP_IF_EQUAL, [0, 1], number);
        self.answer(answer);
    }

    fn answer(&mut self, answer: Answer) {
        self.add(RETURN, [0, 0], ERRNO | answer.errno());
    }

    fn allow(&mut self) {
        self.add(RETURN, [0, 0], ALLOW);
    }
}

/// The filter that answers so to those numbers, and allows all others.
#[must_use]
pub fn encode(numbers: &[u32], answer: Answer) -> Vec<u8> {
    let mut filter = Filter::default();
    filter.load_number();
    numbers.iter().for_each(|number| filter.answer_to(*number, answer));
    filter.allow();
    filter.0
}

/// The filter that allows those numbers, which ascend, answers ENOSYS to those that are unknown, and EPERM to all others, as
/// filters of containers do.
#[must_use]
pub fn allowing(allowed: &[u32], unknown: &[u32]) -> Vec<u8> {
    let mut filter = Filter::default();
    filter.load_number();
    for range in allowed.chunk_by(|a, b| a + 1 == *b) {
        filter.add(JUMP_IF_AT_LEAST, [0, 2], range[0]);
        filter.add(JUMP_IF_ABOVE, [1, 0], range[range.len() - 1]);
        filter.allow();
    }
    unknown.iter().for_each(|number| filter.answer_to(*number, Answer::Enosys));
    filter.answer(Answer::Eperm);
    filter.0
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

    /// What a filter makes of a number, by carrying out its instructions.
    fn carried_out(filter: &[u8], number: u32) -> u32 {
        let mut at = 0;
        loop {
            let [c0, c1, when, when_not, v0, v1, v2, v3] = filter[8 * at..][..8] else {
                panic!("eight bytes")
            };
            let value = u32::from_le_bytes([v0, v1, v2, v3]);
            let holds = match u16::from_le_bytes([c0, c1]) {
                LOAD_WORD => value != 0,
                JUMP_IF_EQUAL => number == value,
                JUMP_IF_ABOVE => number > value,
                JUMP_IF_AT_LEAST => number >= value,
                RETURN => return value,
                other => panic!("{other:#x}"),
            };
            at += 1 + usize::from(if holds { when } else { when_not });
        }
    }

    #[test]
    fn what_is_not_listed_is_answered() {
        let filter = allowing(&[0, 1, 2, 5, 9, 10], &[7, 435]);
        for number in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 435, 1000, u32::MAX] {
            let wanted = match number {
                0..=2 | 5 | 9 | 10 => ALLOW,
                7 | 435 => ERRNO | 38,
                _ => ERRNO | 1,
            };
            assert_eq!(carried_out(&filter, number), wanted, "{number}");
        }
        assert_eq!(carried_out(&encode(&[435], Answer::Eperm), 435), ERRNO | 1);
    }
}
