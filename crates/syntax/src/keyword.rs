//! The words that have a meaning in some place, and the likeliest one for a mistyped word.
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
pub const CONVERSIONS: [&str; 4] = ["convert", "default", "narrow", "rename"];

/// Words that join into one type name: `unsigned long long`.
pub const C_WORDS: [&str; 6] = ["char", "int", "long", "short", "signed", "unsigned"];

/// The entry of `table` that `word` is, in any case.
pub(crate) fn find(table: &[&'static str], word: &str) -> Option<&'static str> {
    table.iter().find(|entry| entry.eq_ignore_ascii_case(word)).copied()
}

/// The candidate most like `word`, if one is like enough to be worth suggesting.
///
/// Letters may differ in case; one letter in three may be wrong, missing, extra or swapped with
/// its neighbour. Of equals the first wins.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are not mistyped keywords, and the comparison costs the product of the lengths.
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(distance, _)| distance <= allowed)
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// The number of letters to change, insert, remove or swap with a neighbour, ignoring case.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().map(|c| c.to_ascii_lowercase()).collect();
    let b: Vec<char> = b.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let mut cost = (last[j] + usize::from(a[i] != b[j])).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                cost = cost.min(before_last[j - 1] + 1);
            }
            row.push(cost);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("Function", "function"), 0);
        assert_eq!(distance("fucntion", "function"), 1);
        assert_eq!(distance("functon", "function"), 1);
        assert_eq!(distance("int", "out"), 2);
    }

    #[test]
    fn suggestions() {
        assert_eq!(nearest("implemntation", CLAUSES), Some("implementation"));
        assert_eq!(nearest("AD", DIRECTIVES), Some("ADD"));
        assert_eq!(nearest("wibble", CLAUSES), None);
        assert_eq!(nearest(&"a".repeat(1000), CLAUSES), None);
    }
}
