//! The words that have a meaning in some place.
//!
//! All keywords are contextual: outside its place each of them is an ordinary name. The words in
//! the tables below match in any case, as they did in 2005; their spelling here is the canonical one.

/// Words that begin a directive.
pub const DIRECTIVES: [&str; 16] = [
    "ABI", "ADD", "BASE", "CALL", "INCLUDE", "OVERRIDE", "RELEASE", "RULE", "SERVICE", "enum", "flags",
    "group", "resource", "struct", "type", "union",
];

/// Words that begin a clause of a call.
pub const CLAUSES: [&str; 12] = [
    "cancel",
    "errors",
    "function",
    "group",
    "implementation",
    "interpose",
    "returns",
    "see",
    "since",
    "slots",
    "until",
    "vdso",
];

/// Words that may follow `implementation`.
pub const IMPLEMENTATIONS: [&str; 4] = ["custom", "direct", "simulated", "structural"];

/// Words that begin a line of a structural implementation.
pub const CONVERSIONS: [&str; 6] = ["convert", "default", "limit", "member", "narrow", "rename"];

/// Words that join into one type name: `unsigned long long`.
pub const C_WORDS: [&str; 6] = ["char", "int", "long", "short", "signed", "unsigned"];

/// The entry of `table` that `word` is, in any case.
pub(crate) fn find(table: &[&'static str], word: &str) -> Option<&'static str> {
    table.iter().find(|entry| entry.eq_ignore_ascii_case(word)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similar;

    #[test]
    fn suggestions() {
        assert_eq!(similar("implemntation", CLAUSES), Some("implementation"));
        assert_eq!(similar("AD", DIRECTIVES), Some("ADD"));
        assert_eq!(similar("wibble", CLAUSES), None);
        assert_eq!(similar(&"a".repeat(1000), CLAUSES), None);
    }
}
