//! What a libc has of slots: where its errno is, and which of its functions are nothing but a call.
//!
//! A text of one line for each, `#` begins a comment:
//!
//! ```text
//! errno 52                      # bytes from the thread pointer to the int
//! name chdir c chdir            # the symbol, the entry, the call
//! name __lseek c lseek hidden
//! name lseek c lseek weak
//! name __restore_rt raw rt_sigreturn hidden
//! ```
//!
//! Each such symbol is the entry itself: no function of the libc is left in between. Archives made for a libc store errno
//! where it says, and leave the initial thread-local storage to it.

use libsys_model::{Abi, Call, similar};
use std::fmt;

/// A libc on libsys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Libc {
    /// Bytes from the thread pointer to its `int errno`.
    pub errno: i64,
    /// Its own symbols of slots.
    pub names: Vec<Name>,
}

/// A symbol of a libc that is an entry of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The symbol.
    pub symbol: String,
    /// The call's name in the ABI.
    pub call: String,
    /// The raw entry, which stores no errno; else the C entry.
    pub raw: bool,
    /// A definition elsewhere takes precedence.
    pub weak: bool,
    /// For other objects of the libc alone.
    pub hidden: bool,
}

/// A line that says something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong, in one sentence.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl Libc {
    /// Reads the text.
    ///
    /// # Errors
    ///
    /// All lines that cannot be followed.
    pub fn parse(text: &str, abi: &Abi) -> Result<Libc, Vec<Fault>> {
        let mut libc = Libc::default();
        let mut errno = None;
        let mut faults = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let mut fault = |what: String| faults.push(Fault { line: index + 1, what });
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                [] => {}
                ["errno", offset] => match offset.parse() {
                    Ok(offset) if errno.is_none() => errno = Some(offset),
                    Ok(_) => fault("errno has a place already".into()),
                    Err(_) => fault(format!("`{offset}` is no number of bytes")),
                },
                ["name", symbol, entry, call, ref rest @ ..] => match name(symbol, entry, call, rest, abi) {
                    Ok(name) if libc.names.iter().any(|other| other.symbol == name.symbol) => {
                        fault(format!("`{symbol}` is named twice"));
                    }
                    Ok(name) => libc.names.push(name),
                    Err(what) => fault(what),
                },
                _ => fault("not `errno OFFSET` or `name SYMBOL c|raw CALL [weak] [hidden]`".into()),
            }
        }
        match errno {
            Some(offset) => libc.errno = offset,
            None => faults.push(Fault {
                line: text.lines().count() + 1,
                what: "no `errno OFFSET`: the slots would not know where to store it".into(),
            }),
        }
        if faults.is_empty() { Ok(libc) } else { Err(faults) }
    }
}

impl Name {
    /// The call or service that it is an entry of; none when the ABI has lost it.
    #[must_use]
    pub fn call<'a>(&self, abi: &'a Abi) -> Option<&'a Call> {
        find(abi, &self.call)
    }
}

fn find<'a>(abi: &'a Abi, name: &str) -> Option<&'a Call> {
    abi.calls.iter().chain(&abi.services).find(|call| call.name == name)
}

fn name(symbol: &str, entry: &str, call: &str, rest: &[&str], abi: &Abi) -> Result<Name, String> {
    let raw = match entry {
        "c" => false,
        "raw" => true,
        _ => return Err(format!("`{entry}` is neither `c` nor `raw`, the entries of a slot")),
    };
    if find(abi, call).is_none() {
        let known = abi.calls.iter().chain(&abi.services).map(|call| call.name.as_str());
        let meant = similar(call, known).map(|meant| format!("; is `{meant}` meant?")).unwrap_or_default();
        return Err(format!("{} {} has no call `{call}`{meant}", abi.name, abi.release));
    }
    let mut name = Name { symbol: symbol.into(), call: call.into(), raw, weak: false, hidden: false };
    for word in rest {
        match *word {
            "weak" => name.weak = true,
            "hidden" => name.hidden = true,
            _ => return Err(format!("`{word}` is neither `weak` nor `hidden`")),
        }
    }
    Ok(name)
}
