//! The words and marks of a `syscalls.master`, with their places.
//!
//! Lines that begin with `;`, `#`, `%` or `$` say nothing about calls. A backslash before a line break hides
//! the break.

/// A word, a number, or one mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub text: &'a str,
    pub start: usize,
    /// The first one on its line.
    pub is_first: bool,
}

impl Token<'_> {
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    /// A word or a number.
    pub(crate) fn is_word(&self) -> bool {
        self.text.starts_with(is_word_char)
    }
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// All tokens of a text.
pub(crate) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut continued = false;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.trim_end();
        let is_comment = content.trim_start().starts_with([';', '#', '%', '$']);
        let more = content.ends_with('\\');
        if !is_comment || (continued && !content.trim_start().starts_with(';')) {
            line_tokens(content.trim_end_matches('\\'), start, continued, &mut tokens);
        }
        continued = more && !is_comment;
    }
    tokens
}

fn line_tokens<'a>(line: &'a str, start: usize, continued: bool, tokens: &mut Vec<Token<'a>>) {
    let mut is_first = !continued;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c.is_whitespace() {
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let length = if is_word_char(c) {
            rest.find(|c| !is_word_char(c)).unwrap_or(rest.len())
        } else {
            c.len_utf8()
        };
        let place = start + (line.len() - rest.len());
        tokens.push(Token { text: &rest[..length], start: place, is_first });
        is_first = false;
        rest = &rest[length..];
    }
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn comments_say_nothing_and_lines_continue() {
        let text = "; 1 no\n#if X\n3\tSTD\t{ int a(int b, \\\n\tint c); } \\\n alt\n\n4 OBSOL x\n";
        let found: Vec<&str> = tokens(text).iter().map(|t| t.text).collect();
        assert_eq!(found.join(" "), "3 STD { int a ( int b , int c ) ; } alt 4 OBSOL x");
        let first: Vec<&str> = tokens(text).iter().filter(|t| t.is_first).map(|t| t.text).collect();
        assert_eq!(first, ["3", "4"]);
        let place = tokens(text)[2];
        assert_eq!(&text[place.start..place.end()], "{");
    }
}
