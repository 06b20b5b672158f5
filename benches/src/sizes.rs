//! `linux/x86_64` with fewer or more calls than it has, to see that time grows no faster than input.
//!
//! Calls are copied with everything that is said of them, under new names. A table has room for 1008 calls.
//! So texts with more are only good for parsing, and models with more are put together from the model
//! of the real ABI and only good for emitters that make one piece for each call.

use libsys_abi::BuiltIn;
use libsys_model::abi::SERVICE_BASE;
use libsys_model::{Abi, Call, SyscallNr};
use libsys_syntax::ast::{CallItem, CallVerb, Clause, Item};
use libsys_syntax::source::{Loader, Source};
use std::collections::{BTreeMap, BTreeSet};

const ROOT: &str = "linux/x86_64.sys";

/// The texts of an ABI: those of `linux/x86_64` with another root.
#[derive(Clone, Debug)]
pub struct Texts {
    root: Source,
}

impl Loader for Texts {
    fn load(&self, from: &str, include: &str) -> Result<Source, String> {
        BuiltIn.load(from, include)
    }
}

impl Texts {
    /// The real ABI.
    ///
    /// # Panics
    ///
    /// When it is not built in.
    #[must_use]
    pub fn real() -> Texts {
        Texts { root: BuiltIn.load("", ROOT).expect("the ABI is built in") }
    }

    /// The text to begin with.
    #[must_use]
    pub fn root(&self) -> Source {
        self.root.clone()
    }

    /// The first `count` calls alone, or copies of the calls beside them until there are `count`. Copies
    /// have numbers as long as there are any, and are declared without one then.
    #[must_use]
    pub fn with_calls(count: usize) -> Texts {
        let mut texts = Texts::real();
        let parsed = libsys_syntax::parse(texts.root(), &texts);
        let source = |item: &CallItem| parsed.sources.text(item.span);
        let items: Vec<&CallItem> = parsed
            .items()
            .filter_map(|item| match item {
                Item::Call(call) => Some(call),
                _ => None,
            })
            .collect();
        let added: Vec<&CallItem> =
            items.iter().copied().filter(|item| matches!(item.verb, CallVerb::Add(_))).collect();
        for surplus in added.iter().skip(count) {
            texts.root.text = texts.root.text.replace(source(surplus), "");
        }
        let declared: BTreeMap<&str, &CallItem> = items
            .iter()
            .copied()
            .filter(|item| matches!(item.verb, CallVerb::Declare))
            .filter_map(|item| Some((item.name.as_ref()?.text.as_str(), item)))
            .collect();
        let taken: BTreeSet<i128> = added.iter().filter_map(|item| number(item)).collect();
        let mut free = (0..i128::from(SERVICE_BASE)).filter(|nr| !taken.contains(nr));
        let originals = declared.values().copied().cycle();
        for (copy, original) in originals.enumerate().take(count.saturating_sub(added.len())) {
            let span = original.span;
            let mut text = source(original).to_owned();
            // From the end, so that the places before stay where they are.
            for name in names(original).rev() {
                text.insert_str((name - span.start) as usize, &format!("_{copy}"));
            }
            if let Some(nr) = free.next() {
                text = text.replacen("CALL", &format!("ADD {nr}"), 1);
            }
            for line in original.doc.text.lines() {
                texts.root.text.push_str(&format!("/// {line}\n"));
            }
            texts.root.text.push_str(&text);
            texts.root.text.push('\n');
        }
        texts
    }
}

/// Where the names of a declaration end: after `CALL`, and in its `function`.
fn names(item: &CallItem) -> impl DoubleEndedIterator<Item = u32> {
    let function = item.clauses.iter().find_map(|clause| match clause {
        Clause::Function(function) => Some(function.name.span.end),
        _ => None,
    });
    item.name.as_ref().map(|name| name.span.end).into_iter().chain(function)
}

fn number(item: &CallItem) -> Option<i128> {
    match &item.verb {
        CallVerb::Add(nr) => Some(nr.value),
        _ => None,
    }
}

/// A model with every call `times` times, under other names and numbers.
#[must_use]
pub fn multiplied(abi: &Abi, times: usize) -> Abi {
    let mut abi = abi.clone();
    let originals = abi.calls.clone();
    let mut next = SERVICE_BASE;
    for copy in 1..times {
        for call in &originals {
            abi.calls.push(Call {
                nr: SyscallNr(next),
                name: format!("{}_{copy}", call.name),
                ..call.clone()
            });
            next += 1;
        }
    }
    abi
}

#[cfg(test)]
mod tests {
    use super::{Texts, multiplied};
    use crate::steps;

    #[test]
    fn texts_have_as_many_calls_as_asked_for() {
        for count in [40, 1008] {
            let parsed = steps::parse(&Texts::with_calls(count));
            assert_eq!(steps::lower(&parsed).calls.len(), count);
        }
        let real = steps::lower(&steps::parse(&Texts::real()));
        let items = |texts: &Texts| steps::parse(texts).items().count();
        let more = real.calls.len() * 9;
        assert_eq!(items(&Texts::with_calls(real.calls.len() + more)), items(&Texts::real()) + more);
        assert_eq!(multiplied(&real, 10).calls.len(), real.calls.len() * 10);
    }
}
