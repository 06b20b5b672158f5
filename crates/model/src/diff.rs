//! Two ABIs, or two releases of one, compared call by call.
//!
//! What is compared is what a program and a kernel must agree on: numbers, how arguments are passed, layouts,
//! constants, errors. Names of parameters and documentation are not. Nothing is decided here about how a
//! difference could be bridged.
//!
//! To compare something more: a variant of [`Change`], its sentence in `Display`, and a line in
//! `compare_calls` or in `Walk`.

mod sentence;
mod types;

use std::collections::HashMap;

use crate::{Abi, Call, Cancel, Implementation, Returns, SyscallNr};
use types::Walk;

pub use types::{ConstantChange, FieldChange};

/// The calls of both sides, each once, by ascending number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// What became of each call.
    pub calls: Vec<CallDiff>,
}

/// What became of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallDiff {
    /// Its number: the new one, or the old one of a call that is gone.
    pub nr: SyscallNr,
    /// Its name.
    pub name: String,
    /// The verdict.
    pub verdict: Verdict,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same on both sides: the one's call can be made directly on the other.
    Direct,
    /// Only the new side has it.
    Added,
    /// Only the old side has it.
    Removed,
    /// Both have it, with these differences.
    Changed(Vec<Change>),
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Verdict::Direct => "direct",
            Verdict::Added => "added",
            Verdict::Removed => "removed",
            Verdict::Changed(_) => "changed",
        }
    }
}

/// One difference between the two sides of a call. `Display` makes a sentence of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It has another number.
    Number {
        /// The old one.
        old: SyscallNr,
        /// The new one.
        new: SyscallNr,
    },
    /// It takes or returns something else.
    Prototype {
        /// The old signature, in the words of the language.
        old: String,
        /// The new one.
        new: String,
    },
    /// A struct or union that it reaches is laid out otherwise.
    Layout {
        /// The struct's name, of the new side.
        name: String,
        /// Its sizes in bytes, old and new.
        size: (u32, u32),
        /// What differs in its fields.
        fields: Vec<FieldChange>,
    },
    /// Flags or enum constants that it takes differ.
    Constants {
        /// The type's name, of the new side.
        name: String,
        /// Which constants.
        constants: Vec<ConstantChange>,
    },
    /// It fails with other errors.
    Errors {
        /// Those that only the new side lists.
        added: Vec<String>,
        /// Those that only the old side lists.
        removed: Vec<String>,
    },
    /// It became a cancellation point, or is none any more.
    Cancel {
        /// What it was.
        old: Cancel,
        /// What it is.
        new: Cancel,
    },
    /// It comes back in another way.
    Returns {
        /// How it did.
        old: Returns,
        /// How it does.
        new: Returns,
    },
    /// Another vDSO function can answer it, or none.
    Vdso {
        /// The old one.
        old: Option<String>,
        /// The new one.
        new: Option<String>,
    },
    /// It takes another number of slots.
    Slots {
        /// How many it took.
        old: u32,
        /// How many it takes.
        new: u32,
    },
    /// Something may be put between program and call that might not before, or the reverse.
    Interpose {
        /// Whether it may now.
        new: bool,
    },
    /// It is carried out in another way.
    Implementation {
        /// How it was.
        old: Implementation,
        /// How it is.
        new: Implementation,
    },
}

impl Diff {
    /// Whether all calls are the same on both sides.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.calls.iter().all(|call| call.verdict == Verdict::Direct)
    }

    /// How many calls have a verdict of that name.
    #[must_use]
    pub fn count(&self, verdict: &str) -> usize {
        self.calls.iter().filter(|call| call.verdict.name() == verdict).count()
    }
}

/// Compares the calls of two ABIs. Calls are the same if they have one name; where a name stands for several
/// numbers, as it may in files of 2005, also the number counts.
#[must_use]
pub fn diff(old: &Abi, new: &Abi) -> Diff {
    let mut by_name: HashMap<&str, (Vec<&Call>, Vec<&Call>)> = HashMap::new();
    for call in &old.calls {
        by_name.entry(&call.name).or_default().0.push(call);
    }
    for call in &new.calls {
        by_name.entry(&call.name).or_default().1.push(call);
    }
    let mut calls = Vec::new();
    for (olds, news) in by_name.values() {
        let is_single = olds.len() <= 1 && news.len() <= 1;
        let partner = |call: &Call, others: &[&'_ Call]| -> Option<usize> {
            others.iter().position(|other| is_single || other.nr == call.nr)
        };
        for call in news {
            let verdict = match partner(call, olds) {
                Some(at) => compare_calls(old, olds[at], new, call),
                None => Verdict::Added,
            };
            calls.push(CallDiff { nr: call.nr, name: call.name.clone(), verdict });
        }
        for call in olds.iter().filter(|call| partner(call, news).is_none()) {
            calls.push(CallDiff { nr: call.nr, name: call.name.clone(), verdict: Verdict::Removed });
        }
    }
    calls.sort_by(|a, b| (a.nr, &a.name).cmp(&(b.nr, &b.name)));
    Diff { calls }
}

fn compare_calls(old: &Abi, a: &Call, new: &Abi, b: &Call) -> Verdict {
    let mut changes = Vec::new();
    if a.nr != b.nr {
        changes.push(Change::Number { old: a.nr, new: b.nr });
    }
    let mut walk = Walk::new(old, new);
    if !walk.functions(a, b) {
        changes.push(Change::Prototype { old: a.signature_text(), new: b.signature_text() });
    }
    changes.append(&mut walk.changes);
    let missing = |from: &[String], of: &[String]| -> Vec<String> {
        of.iter().filter(|name| !from.contains(name)).cloned().collect()
    };
    if a.errors != b.errors {
        let (added, removed) = (missing(&a.errors, &b.errors), missing(&b.errors, &a.errors));
        changes.push(Change::Errors { added, removed });
    }
    if a.cancel != b.cancel {
        changes.push(Change::Cancel { old: a.cancel, new: b.cancel });
    }
    if a.returns != b.returns {
        changes.push(Change::Returns { old: a.returns, new: b.returns });
    }
    if a.vdso != b.vdso {
        changes.push(Change::Vdso { old: a.vdso.clone(), new: b.vdso.clone() });
    }
    if a.slots != b.slots {
        changes.push(Change::Slots { old: a.slots, new: b.slots });
    }
    if a.interpose != b.interpose {
        changes.push(Change::Interpose { new: b.interpose });
    }
    if !same_implementation(&a.implementation, &b.implementation) {
        let (old, new) = (a.implementation.clone(), b.implementation.clone());
        changes.push(Change::Implementation { old, new });
    }
    if changes.is_empty() { Verdict::Direct } else { Verdict::Changed(changes) }
}

/// Types in conversions are indices of one ABI: what counts here is the kind of implementation, and of a
/// custom one its function.
fn same_implementation(a: &Implementation, b: &Implementation) -> bool {
    match (a, b) {
        (Implementation::Structural(a), Implementation::Structural(b)) => a.len() == b.len(),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests;
