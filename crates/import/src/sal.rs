//! SAL annotations: `_Out_writes_bytes_opt_(len)` says what the language says with `out opt … [bytes len]`.

use crate::token::Token;
use std::collections::HashSet;

/// What the annotations of a parameter say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Annotation<'a> {
    /// `in`, `out` or `inout`.
    pub direction: Option<&'static str>,
    /// Null is allowed.
    pub is_opt: bool,
    /// Up to a NUL.
    pub is_string: bool,
    /// The amount counts bytes.
    pub is_bytes: bool,
    /// The tokens of the amount.
    pub amount: Vec<Token<'a>>,
}

/// Whether a word is an annotation, such as `_In_z_` or `_Outptr_`: no type begins like that.
pub(crate) fn is_annotation(word: &str) -> bool {
    let rest = word.strip_prefix('_').unwrap_or("");
    rest.starts_with(|c: char| c.is_ascii_uppercase()) && rest.contains('_')
}

impl<'a> Annotation<'a> {
    /// Adds what one annotation says; `amount` is what stands in its parentheses.
    pub(crate) fn add(&mut self, word: &str, amount: &[Token<'a>]) {
        let mut parts = word.split('_').filter(|part| !part.is_empty());
        self.direction = match parts.next() {
            Some("In") => Some("in"),
            Some("Out" | "Outptr") => Some("out"),
            Some("Inout") => Some("inout"),
            // `_Contains_…` says what differs between 32 and 64 bits, which the types here say themselves.
            _ => return,
        };
        for part in parts {
            match part {
                "opt" => self.is_opt = true,
                "z" => self.is_string = true,
                "bytes" => self.is_bytes = true,
                // `reads`, `writes` and `updates` repeat the direction.
                _ => {}
            }
        }
        self.amount = amount.to_vec();
    }

    /// The length in the words of the language, with a space before it; empty when there is none. None when
    /// it is more than an amount of the language can say.
    pub(crate) fn length(&self, params: &HashSet<&str>, is_bytes: bool) -> Option<String> {
        let texts: Vec<&str> = self.amount.iter().map(|token| token.text).collect();
        let amount = match texts[..] {
            [] => return Some(String::new()),
            [number] if number.bytes().all(|b| b.is_ascii_digit()) => number.to_owned(),
            [name] if params.contains(name) => name.to_owned(),
            ["*", name] if params.contains(name) => format!("*{name}"),
            _ => return None,
        };
        Some(format!(" [{}{amount}]", if self.is_bytes || is_bytes { "bytes " } else { "" }))
    }
}
