//! Names, strings, integers, releases and versions.

use super::{Parse, Parser};
use crate::ast::{Int, Name, ReleaseLit};
use crate::diagnostic::Diagnostic;
use crate::lexer::{MAX_STRING_LEN, MAX_WORD_LEN};
use crate::source::Span;
use crate::token::{Token, TokenKind};

/// Integers run from the least `i64` to the greatest `u64`.
const LEAST: i128 = i64::MIN as i128;
const GREATEST: i128 = u64::MAX as i128;

impl Parser<'_> {
    /// A word; `what` says in messages what it would have named.
    pub(super) fn parse_name(&mut self, what: &str) -> Parse<Name> {
        if self.kind() != TokenKind::Word {
            // test_err: BASE 3;
            return Err(self.unexpected(what));
        }
        let token = self.bump();
        let text = self.text_of(token);
        // What is too long was reported by the lexer; its end is not carried along.
        let read = text.get(..MAX_WORD_LEN).unwrap_or(text);
        Ok(Name { text: read.to_owned(), span: token.span })
    }

    /// Names with commas between them, at least one.
    pub(super) fn parse_names(&mut self, what: &str) -> Parse<Vec<Name>> {
        let mut names = vec![self.parse_name(what)?];
        while self.accept(TokenKind::Comma) {
            names.push(self.parse_name(what)?);
        }
        Ok(names)
    }

    /// `"…"`; the name's text is what stands between the quotes, its span has them.
    pub(super) fn parse_string(&mut self, what: &str) -> Parse<Name> {
        if self.kind() != TokenKind::Text {
            // test_err: INCLUDE types;
            return Err(self.unexpected(what));
        }
        let token = self.bump();
        let quoted = self.text_of(token);
        let quoted = quoted.strip_prefix('"').unwrap_or(quoted);
        let quoted = quoted.strip_suffix('"').unwrap_or(quoted);
        let mut text = String::new();
        let mut chars = quoted.chars();
        while let Some(c) = chars.next().filter(|_| text.len() <= MAX_STRING_LEN) {
            // An unknown escape was reported by the lexer.
            text.extend(if c == '\\' { chars.next() } else { Some(c) });
        }
        Ok(Name { text, span: token.span })
    }

    /// `61`, `0x3d`, `0o75`, `075`, `0b111101`, with or without `-` before it.
    pub(super) fn parse_int(&mut self, what: &str) -> Parse<Int> {
        let first = self.pos;
        let negative = self.accept(TokenKind::Minus);
        if self.kind() != TokenKind::Number {
            // test_err: ADD read;
            return Err(self.unexpected(what));
        }
        let token = self.bump();
        let span = self.span_from(first);
        let magnitude = match self.read_magnitude(token) {
            Ok(magnitude) => magnitude,
            Err(diagnostic) => {
                self.report(*diagnostic);
                return Ok(Int { value: 0, span });
            }
        };
        // A magnitude that `i128` cannot hold is out of range either way.
        let magnitude = i128::try_from(magnitude).unwrap_or(i128::MAX);
        Ok(self.check_range(if negative { -magnitude } else { magnitude }, span))
    }

    /// An integer, or `1 << 3`.
    pub(super) fn parse_constant(&mut self) -> Parse<Int> {
        let base = self.parse_int("an integer")?;
        if !self.accept(TokenKind::Shift) {
            return Ok(base);
        }
        let by = self.parse_int("an integer")?;
        let span = base.span.to(by.span);
        if !(0..64).contains(&by.value) {
            // test_err: flags f: u64 { A = 1 << 64; }
            let message = "shift by something else than 0 to 63 bits";
            self.report(Diagnostic::error("E0106", by.span, message));
            return Ok(Int { value: 0, span });
        }
        // Neither side exceeds 64 bits, so that the product fits.
        Ok(self.check_range(base.value << by.value, span))
    }

    fn check_range(&mut self, value: i128, span: Span) -> Int {
        if (LEAST..=GREATEST).contains(&value) {
            return Int { value, span };
        }
        // test_err: ADD 99999999999999999999 read;
        self.report(
            Diagnostic::error("E0106", span, "integer does not fit into 64 bits")
                .help("integers run from -2^63 to 2^64 - 1"),
        );
        Int { value: 0, span }
    }

    fn read_magnitude(&self, token: Token) -> Result<u128, Box<Diagnostic>> {
        let text = self.text_of(token);
        let lower = text.to_ascii_lowercase();
        let (radix, digits, name) = if let Some(digits) = lower.strip_prefix("0x") {
            (16, digits, "hexadecimal")
        } else if let Some(digits) = lower.strip_prefix("0o") {
            (8, digits, "octal")
        } else if let Some(digits) = lower.strip_prefix("0b") {
            (2, digits, "binary")
        } else if lower.len() > 1 && lower.starts_with('0') && !lower.contains('.') {
            (8, &lower[1..], "octal")
        } else {
            (10, lower.as_str(), "decimal")
        };
        if digits.contains('.') {
            // test_err: ADD 2.6 read;
            let message = "expected an integer, found a release";
            return Err(Box::new(Diagnostic::error("E0105", token.span, message)));
        }
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            // test_err: ADD 089 read;
            // test_err: ADD 3UL read;
            let diagnostic = Diagnostic::error("E0105", token.span, format!("malformed {name} integer"));
            let leading_zero = radix == 8 && !lower.starts_with("0o");
            return Err(Box::new(if leading_zero {
                diagnostic.help("a leading `0` means octal, as in C")
            } else {
                diagnostic
            }));
        }
        // Only digits are left, so that failure means overflow.
        Ok(u128::from_str_radix(digits, radix).unwrap_or(u128::MAX))
    }

    /// `2.6.32`, `5.10`.
    pub(super) fn parse_release(&mut self) -> Parse<ReleaseLit> {
        if self.kind() != TokenKind::Number {
            // test_err: RELEASE newest;
            return Err(self.unexpected("a release such as `5.10`"));
        }
        let token = self.bump();
        let parts: Vec<&str> = self.text_of(token).split('.').collect();
        let mut release = ReleaseLit { parts: [0; 3], span: token.span };
        let mut well_formed = (2..=3).contains(&parts.len());
        for (value, part) in release.parts.iter_mut().zip(&parts) {
            let digits = part.bytes().all(|b| b.is_ascii_digit()) && (*part == "0" || !part.starts_with('0'));
            match part.parse() {
                Ok(number) if digits => *value = number,
                _ => well_formed = false,
            }
        }
        if !well_formed {
            // test_err: RELEASE 7;
            // test_err: RELEASE 2.6.99999;
            self.report(
                Diagnostic::error("E0107", token.span, "malformed release")
                    .help("write two or three numbers below 65536, such as `5.10` or `2.6.32`"),
            );
            release.parts = [0; 3];
        }
        Ok(release)
    }

    /// `@2_6` after the name of a struct, if it is there.
    pub(super) fn parse_version(&mut self) -> Parse<Option<Name>> {
        if !self.accept(TokenKind::At) {
            return Ok(None);
        }
        if self.kind() != TokenKind::Number {
            // test_err: struct stat@new { }
            return Err(self.unexpected("a version such as `2_6`"));
        }
        let token = self.bump();
        let text = self.text_of(token).replace('.', "_");
        let well_formed =
            text.split('_').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        if !well_formed || text != self.text_of(token) {
            // test_err: struct stat@2.6 { }
            let diagnostic = Diagnostic::error("E0119", token.span, "malformed version");
            self.report(if well_formed {
                diagnostic.help(format!("write `@{text}`"))
            } else {
                diagnostic.help("write numbers with `_` between them, such as `@2_6`")
            });
        }
        Ok(Some(Name { text, span: token.span }))
    }
}
