//! Text on its way into HTML: escaped, with code, calls, types and constants in prose made links.

use super::links::Links;
use crate::prose::{Span, paragraphs, spans};
use libsys_model::{TypeRef, c_around};
use std::fmt;

/// Escapes for text and for attribute values between double quotes.
pub(super) struct Esc<'a>(pub(super) &'a str);

impl fmt::Display for Esc<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.bytes().position(|b| matches!(b, b'&' | b'<' | b'>' | b'"')) {
            f.write_str(&rest[..at])?;
            f.write_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                _ => "&quot;",
            })?;
            rest = &rest[at + 1..];
        }
        f.write_str(rest)
    }
}

/// A link to a place of this page.
pub(super) struct Link<'a> {
    /// The place.
    pub(super) id: &'a str,
    /// What is shown.
    pub(super) text: &'a str,
}

impl fmt::Display for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<a href=\"#{}\">{}</a>", Esc(self.id), Esc(self.text))
    }
}

/// A line of prose.
pub(super) struct Prose<'a>(pub(super) &'a Links<'a>, pub(super) &'a str);

impl fmt::Display for Prose<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for span in spans(self.1) {
            match span {
                Span::Code(code) => match self.0.place_of(code.strip_suffix("()").unwrap_or(code)) {
                    Some(id) => write!(f, "<code>{}</code>", Link { id, text: code })?,
                    None => write!(f, "<code>{}</code>", Esc(code))?,
                },
                Span::Text(words) => self.words(f, words)?,
            }
        }
        Ok(())
    }
}

impl Prose<'_> {
    /// Text between backticks, in which the names of constants are links too.
    fn words(&self, f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((before, word, behind)) = constant_like(rest) {
            write!(f, "{}", Esc(before))?;
            match self.0.constant(word) {
                Some(id) => write!(f, "<code>{}</code>", Link { id, text: word })?,
                None => write!(f, "{}", Esc(word))?,
            }
            rest = behind;
        }
        write!(f, "{}", Esc(rest))
    }
}

/// Splits text at its first word that is spelled like a constant of C: capitals, digits, and a `_` within.
fn constant_like(text: &str) -> Option<(&str, &str, &str)> {
    let bytes = text.as_bytes();
    let is_word = |b: u8| b == b'_' || b.is_ascii_alphanumeric();
    let mut at = 0;
    while at < bytes.len() {
        let end = bytes[at..].iter().position(|b| !is_word(*b)).map_or(bytes.len(), |n| at + n);
        let word = &bytes[at..end];
        if word.contains(&b'_') && !word.iter().any(u8::is_ascii_lowercase) {
            return Some((&text[..at], &text[at..end], &text[end..]));
        }
        // Non-ASCII bytes are no part of words, so both ends are boundaries of characters.
        at = end + 1;
    }
    None
}

/// The paragraphs of a documentation.
pub(super) struct Paragraphs<'a>(pub(super) &'a Links<'a>, pub(super) &'a str);

impl fmt::Display for Paragraphs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        paragraphs(self.1).iter().try_for_each(|text| writeln!(f, "<p>{}</p>", Prose(self.0, text)))
    }
}

/// A type as C or the language spells it, its declared word a link.
pub(super) struct Spelled<'a> {
    /// Where types are.
    pub(super) links: &'a Links<'a>,
    /// The type.
    pub(super) ty: &'a TypeRef,
    /// Its spelling.
    pub(super) text: &'a str,
}

impl<'a> Spelled<'a> {
    /// In C.
    pub(super) fn c(links: &'a Links<'a>, ty: &'a TypeRef) -> Self {
        Spelled { links, ty, text: &ty.c }
    }

    /// In the language.
    pub(super) fn sys(links: &'a Links<'a>, ty: &'a TypeRef) -> Self {
        Spelled { links, ty, text: &ty.text }
    }
}

impl fmt::Display for Spelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((id, _)) = self.links.named(self.ty) else { return write!(f, "{}", Esc(self.text)) };
        let start = if self.text.starts_with("const ") { "const ".len() } else { 0 };
        let (before, rest) = self.text.split_at(start);
        let end = rest.find(" *").or_else(|| rest.find('*')).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        write!(f, "{}{}{}", Esc(before), Link { id, text: word }, Esc(behind))
    }
}

/// A C declaration of a name.
pub(super) struct Declared<'a> {
    /// The type.
    pub(super) ty: Spelled<'a>,
    /// The name.
    pub(super) name: &'a str,
    /// The element that it stands in.
    pub(super) tag: &'static str,
}

impl fmt::Display for Declared<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Declared { ty, name, tag } = self;
        let [before, gap, behind] = c_around(ty.text);
        if !behind.is_empty() {
            return write!(f, "{}<{tag}>{}</{tag}>{}", Esc(before), Esc(name), Esc(behind));
        }
        write!(f, "{ty}{gap}<{tag}>{}</{tag}>", Esc(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        let hostile = Esc("<a href=\"x\">&amp;'</a>").to_string();
        assert_eq!(hostile, "&lt;a href=&quot;x&quot;&gt;&amp;amp;'&lt;/a&gt;");
        assert_eq!(Esc("é<").to_string(), "é&lt;");
    }

    #[test]
    fn constants_are_found_in_prose() {
        assert_eq!(constant_like("with O_CREAT, é"), Some(("with ", "O_CREAT", ", é")));
        assert_eq!(constant_like("é A_B"), Some(("é ", "A_B", "")));
        assert_eq!(constant_like("NUL and some_word Ab_C"), None);
        assert_eq!(constant_like(""), None);
    }
}
