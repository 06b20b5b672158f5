//! Text → tokens and comments.
//!
//! The lexer never fails: what it cannot read it reports and leaves out, and the last token is
//! always [`TokenKind::End`]. It does not look at what words or numbers mean.

use crate::MAX_DIAGNOSTICS;
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span};
use crate::token::{Comment, Token, TokenKind};

/// The longest word, in bytes.
pub(crate) const MAX_WORD_LEN: usize = 255;

/// The longest string, in bytes as it is written between its quotes.
pub(crate) const MAX_STRING_LEN: usize = 1000;

/// Everything that was read from one text.
#[derive(Clone, Debug, Default)]
pub struct Lexed {
    /// The tokens in order; the last one is [`TokenKind::End`].
    pub tokens: Vec<Token>,
    /// The comments in order, doc comments among them.
    pub comments: Vec<Comment>,
    /// Mistakes in the order met.
    pub diagnostics: Vec<Diagnostic>,
}

/// Splits `text`, the text of `file`, into tokens and comments.
///
/// The text must be shorter than 4 GiB; what lies beyond is not read.
#[must_use]
pub fn lex(file: FileId, text: &str) -> Lexed {
    let mut lexer = Lexer { file, text, pos: 0, line_is_empty: true, out: Lexed::default() };
    lexer.run();
    lexer.out
}

struct Lexer<'a> {
    file: FileId,
    text: &'a str,
    /// Byte offset of the next character.
    pos: usize,
    /// No token was met on this line yet.
    line_is_empty: bool,
    out: Lexed,
}

impl Lexer<'_> {
    fn run(&mut self) {
        // Editors on other systems put a byte-order mark first; it means nothing here.
        if self.text.starts_with('\u{feff}') {
            self.pos = '\u{feff}'.len_utf8();
        }
        while let Some(byte) = self.peek(0) {
            self.lex_one(byte);
        }
        let end = self.pos;
        self.push(TokenKind::End, end);
    }

    fn lex_one(&mut self, byte: u8) {
        let start = self.pos;
        match byte {
            b'\n' => {
                self.pos += 1;
                self.line_is_empty = true;
            }
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => self.pos += 1,
            b'#' => self.comment(),
            b'/' if self.peek(1) == Some(b'/') => self.comment(),
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'"' => self.string(),
            b'-' if self.peek(1) == Some(b'>') => self.punctuation(TokenKind::Arrow, 2),
            b'<' if self.peek(1) == Some(b'<') => self.punctuation(TokenKind::Shift, 2),
            b'{' => self.punctuation(TokenKind::BraceOpen, 1),
            b'}' => self.punctuation(TokenKind::BraceClose, 1),
            b'(' => self.punctuation(TokenKind::ParenOpen, 1),
            b')' => self.punctuation(TokenKind::ParenClose, 1),
            b'[' => self.punctuation(TokenKind::BracketOpen, 1),
            b']' => self.punctuation(TokenKind::BracketClose, 1),
            b';' => self.punctuation(TokenKind::Semicolon, 1),
            b',' => self.punctuation(TokenKind::Comma, 1),
            b':' => self.punctuation(TokenKind::Colon, 1),
            b'*' => self.punctuation(TokenKind::Star, 1),
            b'@' => self.punctuation(TokenKind::At, 1),
            b'=' => self.punctuation(TokenKind::Equals, 1),
            b'-' => self.punctuation(TokenKind::Minus, 1),
            b'/' => self.punctuation(TokenKind::Slash, 1),
            b'0'..=b'9' => self.number(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                while self.peek(0).is_some_and(is_word_byte) {
                    self.pos += 1;
                }
                self.check_length(start, MAX_WORD_LEN, "word");
                self.push(TokenKind::Word, start);
            }
            _ => self.unknown(),
        }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.pos + ahead).copied()
    }

    fn span(&self, start: usize) -> Span {
        Span { file: self.file, start: offset(start), end: offset(self.pos) }
    }

    fn push(&mut self, kind: TokenKind, start: usize) {
        self.line_is_empty = false;
        let span = self.span(start);
        self.out.tokens.push(Token { kind, span });
    }

    /// Reports a mistake; of too many, the parser leaves out the last ones.
    fn report(&mut self, mistake: impl FnOnce() -> Diagnostic) {
        if self.out.diagnostics.len() <= MAX_DIAGNOSTICS {
            self.out.diagnostics.push(mistake());
        }
    }

    /// Reports what is longer than names and titles are.
    fn check_length(&mut self, start: usize, most: usize, what: &str) {
        let length = self.pos - start;
        if length > most {
            let span = self.span(start);
            let message = format!("{what} of {length} bytes; at most {most} are read");
            self.report(|| Diagnostic::error("E0124", span, message));
        }
    }

    /// Reports the first character of `text`, which stands at `start`, that no editor shows as it is.
    fn check_visible(&mut self, start: usize, text: &str) {
        let Some((at, c)) = text.char_indices().find(|(_, c)| is_hidden(*c)) else { return };
        let from = start + at;
        let span = Span { file: self.file, start: offset(from), end: offset(from + c.len_utf8()) };
        let message = format!("hidden character {c:?} in a string or comment");
        self.report(|| Diagnostic::error("E0125", span, message).help("remove it"));
    }

    fn punctuation(&mut self, kind: TokenKind, len: usize) {
        let start = self.pos;
        self.pos += len;
        self.push(kind, start);
    }

    /// Moves to the end of the line, before its `\n`.
    fn skip_line(&mut self) {
        let rest = &self.text.as_bytes()[self.pos..];
        self.pos += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
    }

    fn comment(&mut self) {
        let start = self.pos;
        self.skip_line();
        let text = self.text[start..self.pos].trim_end();
        self.check_visible(start, text);
        let is_doc = text.starts_with("///") && !text.starts_with("////");
        let span = Span { file: self.file, start: offset(start), end: offset(start + text.len()) };
        let own_line = self.line_is_empty;
        let before = self.out.tokens.len();
        self.out.comments.push(Comment { span, is_doc, own_line, before });
    }

    fn block_comment(&mut self) {
        let start = self.pos;
        let rest = &self.text[start + 2..];
        self.pos = rest.find("*/").map_or(self.text.len(), |at| start + 2 + at + 2);
        // test_err: /* text */ BASE a;
        let open = Span { end: offset(start + 2), ..self.span(start) };
        self.report(|| {
            Diagnostic::error("E0104", open, "block comments are not part of the language")
                .help("begin each line of the comment with `//`")
        });
    }

    fn string(&mut self) {
        let start = self.pos;
        self.pos += 1;
        loop {
            match self.peek(0) {
                // test_err: INCLUDE "types.sys;
                None | Some(b'\n') => {
                    let span = self.span(start);
                    self.report(|| {
                        Diagnostic::error("E0102", span, "string is not closed on its line")
                            .help("end it with `\"`")
                    });
                    break;
                }
                Some(b'"') => {
                    self.pos += 1;
                    break;
                }
                Some(b'\\') => self.escape(),
                Some(_) => self.pos += 1,
            }
        }
        self.check_length(start, MAX_STRING_LEN + 2, "string with its quotes");
        self.check_visible(start, &self.text[start..self.pos]);
        self.push(TokenKind::Text, start);
    }

    fn escape(&mut self) {
        let start = self.pos;
        self.pos += 1;
        let next = self.text[self.pos..].chars().next();
        match next {
            Some('"' | '\\') => self.pos += 1,
            // The unclosed string is reported by the caller.
            None | Some('\n') => {}
            // test_err: group a "one\ntwo";
            Some(other) => {
                self.pos += other.len_utf8();
                let span = self.span(start);
                self.report(|| {
                    Diagnostic::error("E0103", span, "unknown escape in a string")
                        .help("only `\\\"` and `\\\\` are escapes")
                });
            }
        }
    }

    fn number(&mut self) {
        let start = self.pos;
        loop {
            match self.peek(0) {
                Some(byte) if is_word_byte(byte) => self.pos += 1,
                Some(b'.') if self.peek(1).is_some_and(|b| b.is_ascii_digit()) => self.pos += 1,
                _ => break,
            }
        }
        self.push(TokenKind::Number, start);
    }

    /// Reports a run of characters that no token begins with as one mistake.
    fn unknown(&mut self) {
        let start = self.pos;
        let run = self.text[start..].chars().take_while(|&c| !may_begin_token(c));
        self.pos += run.map(char::len_utf8).sum::<usize>();
        let run = &self.text[start..self.pos];
        let first = run.chars().next().unwrap_or('\u{fffd}');
        let span = self.span(start);
        // test_err: ADD 3 ? read;
        self.report(|| {
            let what = match run.chars().count() {
                1 => format!("unexpected character {first:?}"),
                count => format!("{count} unexpected characters, the first is {first:?}"),
            };
            let diagnostic = Diagnostic::error("E0101", span, what);
            match first {
                '\'' => diagnostic.help("strings are written in double quotes"),
                '.' => diagnostic.help("a point stands only inside a release, such as `2.6.32`"),
                _ => diagnostic,
            }
        });
    }
}

/// Whether a character is not seen, or changes how others are: all controls but the tabulator, and those that
/// turn the direction of text.
fn is_hidden(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn offset(pos: usize) -> u32 {
    u32::try_from(pos).unwrap_or(u32::MAX)
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn may_begin_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_ \t\r\n\u{b}\u{c}#/\"-{}()[];,:*@=".contains(c)
}
