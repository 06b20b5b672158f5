//! Integers of structs, gathered so that one step of a conversion program moves three of them.
//!
//! A step costs about as much as what it does to one integer, and most of what structs consist of are integers that stay
//! as they are, or become wider or narrower in one of a few ways. `structural.rs` hands each step of a plan to
//! [`Moves::take`] first, and writes those itself which are not taken. What lies between two steps that fail with
//! different errnos keeps its place, so that the first field which does not fit is the one that is reported.

use libsys_image::program::{MOVES, Step, code};
use libsys_model::Scalar;
use libsys_model::structural as model;

use crate::arch::errno_number;

/// Codes of moves, in the order in which they are written.
const CODES: [u8; 7] = [
    code::MOVE_8,
    code::MOVE_4,
    code::MOVE_2,
    code::WIDEN_U4,
    code::WIDEN_I4,
    code::NARROW_U4,
    code::NARROW_I4,
];
/// Integers of one step of a plan that become moves; more are left to a step that repeats.
const MOST: u32 = 2 * MOVES as u32;
/// Bytes in the longest copy that becomes moves.
const COPY_MAX: u32 = 48;

/// A code, and the offsets in the source and in the target.
type Move = (u8, u16, u16);

/// Moves that are not written yet.
#[derive(Default)]
pub struct Moves {
    /// By [`CODES`].
    waiting: [Vec<(u16, u16)>; CODES.len()],
    /// What the narrow ones fail with; 0: there are none.
    errno: u16,
}

impl Moves {
    /// Takes a step, if it is one of moves; those that have to come before it are written.
    pub fn take(&mut self, step: &model::Step, out: &mut Vec<Step>) -> bool {
        let Some((moves, errno)) = as_moves(step) else {
            if fails(step).is_none_or(|errno| self.errno != 0 && errno != self.errno) {
                self.write(out);
            }
            return false;
        };
        if errno != 0 && self.errno != 0 && errno != self.errno {
            self.write(out);
        }
        if errno != 0 {
            self.errno = errno;
        }
        for (code, from, to) in moves {
            let waiting = CODES.iter().zip(&mut self.waiting).find(|(known, _)| **known == code);
            if let Some((_, waiting)) = waiting {
                waiting.push((from, to));
            }
        }
        true
    }

    /// Writes what is waiting.
    pub fn write(&mut self, out: &mut Vec<Step>) {
        for (code, waiting) in CODES.iter().zip(&mut self.waiting) {
            let is_checked = code::moved(*code).is_some_and(|(from, to)| from > to);
            let errno = if is_checked { self.errno } else { 0 };
            for moves in waiting.chunks(MOVES) {
                let last = moves[moves.len() - 1];
                let nth = |i: usize| moves.get(i).copied().unwrap_or(last);
                out.push(Step::moves(*code, errno, [nth(0), nth(1), nth(2)]));
            }
            waiting.clear();
        }
        self.errno = 0;
    }
}

/// What a step that is none of moves fails with, 0 if it does not; none: it needs what was moved before, or what comes
/// after it may not be done before.
fn fails(step: &model::Step) -> Option<u16> {
    match step {
        model::Step::Copy { .. } | model::Step::Store { .. } | model::Step::Clear { .. } => Some(0),
        model::Step::Integers { overflow, .. } => Some(overflow.as_deref().map_or(0, errno_number)),
        model::Step::Expect { overflow, .. }
        | model::Step::Empty { overflow, .. }
        | model::Step::Translate { overflow, .. } => Some(errno_number(overflow)),
        model::Step::Select { .. }
        | model::Step::Follow { .. }
        | model::Step::Fail { .. }
        | model::Step::Ends { .. } => None,
    }
}

/// A step as moves, each with its code, and what they fail with.
fn as_moves(step: &model::Step) -> Option<(Vec<Move>, u16)> {
    let offset = |at: u32| u16::try_from(at).ok();
    match step {
        model::Step::Copy { from, to, size } if *size <= COPY_MAX => {
            let mut moves = Vec::new();
            let mut done = 0;
            for (code, unit) in [(code::MOVE_8, 8), (code::MOVE_4, 4), (code::MOVE_2, 2)] {
                while size - done >= unit {
                    moves.push((code, offset(from + done)?, offset(to + done)?));
                    done += unit;
                }
            }
            (done == *size).then_some((moves, 0))
        }
        model::Step::Integers { from, to, scalars: (a, b), count, overflow } if *count <= MOST => {
            let errno = overflow.as_deref().map_or(0, errno_number);
            let code = code(*a, *b, errno != 0)?;
            let moves =
                (0..*count).map(|i| Some((code, offset(from + i * a.size)?, offset(to + i * b.size)?)));
            Some((moves.collect::<Option<_>>()?, errno))
        }
        _ => None,
    }
}

/// The code that moves one integer into another.
fn code(from: Scalar, to: Scalar, is_checked: bool) -> Option<u8> {
    Some(match (from.size, to.size) {
        (4, 8) if !is_checked && from.signed => code::WIDEN_I4,
        (4, 8) if !is_checked => code::WIDEN_U4,
        (8, 4) if is_checked && to.signed => code::NARROW_I4,
        (8, 4) if is_checked => code::NARROW_U4,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Moves, model};
    use libsys_image::program::{Step, code};
    use libsys_model::Scalar;

    fn narrow(from: u32, to: u32, errno: &str) -> model::Step {
        let scalars = (Scalar { size: 8, signed: true }, Scalar { size: 4, signed: true });
        model::Step::Integers { from, to, scalars, count: 1, overflow: Some(errno.to_owned()) }
    }

    /// What is written for steps; those that are none of moves are left out.
    fn gathered(steps: &[model::Step]) -> Vec<Step> {
        let (mut moves, mut out) = (Moves::default(), Vec::new());
        for step in steps {
            moves.take(step, &mut out);
        }
        moves.write(&mut out);
        out
    }

    #[test]
    fn one_step_moves_three_and_the_last_one_again() {
        let copy = |from, to, size| model::Step::Copy { from, to, size };
        let out = gathered(&[copy(0, 8, 8), copy(16, 40, 28), copy(8, 0, 8), copy(44, 68, 4)]);
        let wanted = [
            Step::moves(code::MOVE_8, 0, [(0, 8), (16, 40), (24, 48)]),
            Step::moves(code::MOVE_8, 0, [(32, 56), (8, 0), (8, 0)]),
            Step::moves(code::MOVE_4, 0, [(40, 64), (44, 68), (44, 68)]),
        ];
        assert_eq!(out, wanted);
    }

    #[test]
    fn the_first_that_does_not_fit_is_reported() {
        const EINVAL: u16 = 22;
        const EOVERFLOW: u16 = 75;
        let out = gathered(&[narrow(0, 0, "EOVERFLOW"), narrow(8, 4, "EINVAL"), narrow(16, 8, "EOVERFLOW")]);
        let errnos: Vec<u16> =
            out.iter().map(|step| u16::from_le_bytes([step.target.0, step.flags])).collect();
        assert_eq!(errnos, [EOVERFLOW, EINVAL, EOVERFLOW]);
        let empty = model::Step::Empty { from: 8, size: 8, overflow: "EINVAL".to_owned() };
        let (mut moves, mut out) = (Moves::default(), Vec::new());
        assert!(moves.take(&narrow(0, 0, "EOVERFLOW"), &mut out));
        assert!(!moves.take(&empty, &mut out));
        assert_eq!(out.len(), 1, "written before the step that fails otherwise");
    }

    #[test]
    fn what_is_no_move_is_left() {
        let scalars = (Scalar { size: 8, signed: false }, Scalar { size: 2, signed: false });
        let step = model::Step::Integers { from: 0, to: 0, scalars, count: 1, overflow: None };
        assert!(!Moves::default().take(&step, &mut Vec::new()));
        assert!(!Moves::default().take(&model::Step::Copy { from: 0, to: 0, size: 9 }, &mut Vec::new()));
    }
}
