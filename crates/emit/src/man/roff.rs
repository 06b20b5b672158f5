//! roff with the `man` macros: text that cannot become a request, filled lines, lists that keep their columns.

use crate::prose::{Span, spans};
use std::fmt::Write;

/// Columns that lines of the source and of listings are kept to where words allow.
const COLUMNS: usize = 78;
/// Columns that terminals leave free at the left of a listing.
const INDENT: usize = 9;

/// A page that is being written.
#[derive(Default)]
pub(super) struct Roff(String);

impl Roff {
    /// The text.
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// A line of its own: a macro and its arguments, each of them quoted.
    pub(super) fn request(&mut self, name: &str, arguments: &[&str]) {
        let _ = write!(self.0, ".{name}");
        for argument in arguments {
            let _ = write!(self.0, " \"{}\"", literal(argument));
        }
        self.0.push('\n');
    }

    /// What was written elsewhere.
    pub(super) fn append(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// A section.
    pub(super) fn section(&mut self, title: &str) {
        self.request("SH", &[title]);
    }

    /// An item of a list: its tag, already roff, then its text follows.
    pub(super) fn item(&mut self, tag: &str) {
        self.0.push_str(".TP\n");
        self.line(tag);
    }

    /// A line that is already roff.
    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(guard(text));
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// Filled text that is already roff, one sentence to a line or more.
    pub(super) fn fill(&mut self, text: &str) {
        let mut width = 0;
        let mut ended = false;
        for word in text.split_ascii_whitespace() {
            let starts = word.starts_with(|c: char| c.is_uppercase() || c == '\\');
            if width > 0 && (width + 1 + word.len() > COLUMNS || (ended && starts)) {
                self.0.push('\n');
                width = 0;
            } else if width > 0 {
                self.0.push(' ');
                width += 1;
            }
            if width == 0 {
                self.0.push_str(guard(word));
            }
            self.0.push_str(word);
            width += word.len();
            ended = word.ends_with(['.', '!', '?']);
        }
        if width > 0 {
            self.0.push('\n');
        }
    }

    /// Rows of two columns in constant width, the second filled beside the first or, where that is long, below it.
    pub(super) fn listing(&mut self, rows: &[(String, String)]) {
        let widest = rows.iter().map(|(left, _)| left.chars().count()).max().unwrap_or(0);
        let margin = widest.min(COLUMNS / 2) + 2;
        self.0.push_str(".RS 2\n.EX\n");
        for (left, right) in rows {
            let mut right = wrap(right, COLUMNS - INDENT - margin).into_iter();
            let first = if left.chars().count() < margin { right.next() } else { None };
            self.line(&literal(format!("{left:margin$}{}", first.unwrap_or_default()).trim_end()));
            right.for_each(|text| self.line(&literal(&format!("{:margin$}{text}", ""))));
        }
        self.0.push_str(".EE\n.RE\n");
    }
}

/// Lines of at most that many columns, where words allow.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_ascii_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// What a line must begin with so that it is text: roff reads lines with a dot or an apostrophe as requests.
fn guard(line: &str) -> &'static str {
    if line.starts_with(['.', '\'']) { "\\&" } else { "" }
}

/// Text as it is in a terminal or a program: every `-` is a minus, every quote is straight.
pub(super) fn literal(text: &str) -> String {
    escape(text, |_, _| "\\-", "\\(aq")
}

/// Words. A `-` before a digit that begins a word is a minus, all others are hyphens.
pub(super) fn words(text: &str) -> String {
    let minus = |before: Option<char>, after: Option<char>| {
        let begins = before.is_none_or(|c| c == ' ' || c == '(');
        if begins && after.is_some_and(|c| c.is_ascii_digit()) { "\\-" } else { "-" }
    };
    escape(text, minus, "'")
}

/// Prose: words and code.
pub(super) fn prose(text: &str, is_call: &dyn Fn(&str) -> bool, section: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for span in spans(text) {
        match span {
            Span::Text(text) => out.push_str(&words(text)),
            Span::Code(code) if is_call(code) => {
                let _ = write!(out, "{}({section})", bold(code));
            }
            Span::Code(code) => out.push_str(&italic(code)),
        }
    }
    out
}

/// Literal text in bold.
pub(super) fn bold(text: &str) -> String {
    format!("\\fB{}\\fR", literal(text))
}

/// Literal text in italics.
pub(super) fn italic(text: &str) -> String {
    format!("\\fI{}\\fR", literal(text))
}

fn escape(
    text: &str,
    dash: impl Fn(Option<char>, Option<char>) -> &'static str,
    apostrophe: &'static str,
) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut rest = text;
    let mut before = None;
    while let Some(at) = rest.bytes().position(|b| !is_plain(b)) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        before = plain.chars().next_back().or(before);
        let mut chars = special.chars();
        let Some(c) = chars.next() else { break };
        rest = chars.as_str();
        match c {
            '\\' => out.push_str("\\(rs"),
            '-' => out.push_str(dash(before, rest.chars().next())),
            '\'' => out.push_str(apostrophe),
            '"' => out.push_str("\\(dq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            // A line break would let the next line begin with a request.
            _ if c.is_control() => out.push(' '),
            _ => {
                let _ = write!(out, "\\[u{:04X}]", u32::from(c));
            }
        }
        before = Some(c);
    }
    out.push_str(rest);
    out
}

/// Bytes that mean themselves wherever they stand in a line.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && !matches!(byte, b'\\' | b'-' | b'\'' | b'"' | b'`' | b'^' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_a_request() {
        let mut roff = Roff::default();
        roff.fill(&words(".so /etc/passwd 'br and \\fB \n.ex"));
        roff.line(&literal("'a-b\"c"));
        roff.request("SH", &["x\" y\n.z"]);
        let text = roff.finish();
        assert_eq!(text, "\\&.so /etc/passwd 'br and \\(rsfB .ex\n\\(aqa\\-b\\(dqc\n.SH \"x\\(dq y .z\"\n");
        let mut roff = Roff::default();
        roff.fill(&words(&".x ".repeat(60)));
        assert!(roff.finish().lines().all(|line| line.starts_with("\\&.x")));
    }

    #[test]
    fn sentences_begin_lines_and_dashes_are_told_apart() {
        let mut roff = Roff::default();
        roff.fill(&words("It answers -1 (-2). Well-known é."));
        assert_eq!(roff.finish(), "It answers \\-1 (\\-2).\nWell-known \\[u00E9].\n");
    }

    #[test]
    fn listings_keep_their_columns() {
        let mut roff = Roff::default();
        let long = "word ".repeat(20);
        roff.listing(&[("a".into(), "one".into()), ("long-name".into(), long), ("b".into(), String::new())]);
        let text = roff.finish();
        assert!(text.starts_with(".RS 2\n.EX\na          one\nlong\\-name  word word"), "{text}");
        assert!(text.contains("\n           word word"), "{text}");
        assert!(text.ends_with("\nb\n.EE\n.RE\n"), "{text}");
    }
}
