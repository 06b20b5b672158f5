//! Words that were probably meant.

use std::cmp::Reverse;

/// The known word that is most like `word`, if one is so like it that it was probably meant.
///
/// Case counts for less than letters. Of equally similar words the one that begins alike is taken,
/// else the first.
#[must_use]
pub fn similar<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Mistyped words are short; distances of long ones take quadratic time.
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    // Of one letter every other one is near.
    let allowed = if word.len() < 2 { 0 } else { (word.len() / 3).clamp(1, 3) };
    let near = known.into_iter().filter(|k| k.len() <= LONGEST && k.len().abs_diff(word.len()) <= allowed);
    let measured = near.map(|k| {
        let other = k.to_ascii_lowercase();
        let shared = lower.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        (strsim::osa_distance(&lower, &other), Reverse(shared), k)
    });
    let meant = measured.filter(|(distance, _, k)| *distance <= allowed && *k != word);
    meant.min_by_key(|(distance, shared, _)| (*distance, *shared)).map(|(_, _, k)| k)
}

#[cfg(test)]
mod tests {
    use super::similar;

    #[test]
    fn only_near_words_are_meant() {
        let known = ["read", "readv", "readlink", "write"];
        assert_eq!(similar("raed", known), Some("read"));
        assert_eq!(similar("READ", known), Some("read"));
        assert_eq!(similar("readlnk", known), Some("readlink"));
        assert_eq!(similar("ENOSY", ["ENOSR", "ENOSYS"]), Some("ENOSYS"));
        assert_eq!(similar("x", ["y", "X"]), Some("X"));
        assert_eq!(similar("fork", known), None);
        assert_eq!(similar("", known), None);
        assert_eq!(similar(&"r".repeat(10_000), known), None);
    }
}
