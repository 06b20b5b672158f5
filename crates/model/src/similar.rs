//! Words that were probably meant.

/// The known word that is most like `word`, if one is so like it that it was probably meant.
///
/// Case counts for less than letters. Of equally similar words the first one is taken.
#[must_use]
pub fn similar<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Mistyped words are short; distances of long ones take quadratic time.
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let allowed = (word.len() / 3).clamp(1, 3);
    let near = known.into_iter().filter(|k| k.len() <= LONGEST && k.len().abs_diff(word.len()) <= allowed);
    let measured = near.map(|k| (strsim::osa_distance(&lower, &k.to_ascii_lowercase()), k));
    measured
        .filter(|(distance, k)| *distance <= allowed && *k != word)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, k)| k)
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
        assert_eq!(similar("fork", known), None);
        assert_eq!(similar("", known), None);
        assert_eq!(similar(&"r".repeat(10_000), known), None);
    }
}
