//! The tokens of the language: what the lexer hands to the parser and to the formatter.
//!
//! A token knows its kind and where it stands, never what it means: every keyword is a plain
//! [`TokenKind::Word`] until the parser meets it where it is a keyword.

use crate::source::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A letter or `_`, then letters, digits and `_`.
    Word,
    /// Anything that begins with a digit: an integer, a release or a version. The place decides which.
    Number,
    /// `"…"`, quotes included.
    Text,
    /// `{`
    BraceOpen,
    /// `}`
    BraceClose,
    /// `(`
    ParenOpen,
    /// `)`
    ParenClose,
    /// `[`
    BracketOpen,
    /// `]`
    BracketClose,
    /// `;`
    Semicolon,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `*`
    Star,
    /// `@`
    At,
    /// `=`
    Equals,
    /// `-`
    Minus,
    /// `/`
    Slash,
    /// `->`
    Arrow,
    /// `<<`
    Shift,
    /// The end of the text; its span is empty.
    End,
}

impl TokenKind {
    /// The kind as a message names it: `` `;` ``, `a word`.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            TokenKind::Word => "a word",
            TokenKind::Number => "a number",
            TokenKind::Text => "a string",
            TokenKind::BraceOpen => "`{`",
            TokenKind::BraceClose => "`}`",
            TokenKind::ParenOpen => "`(`",
            TokenKind::ParenClose => "`)`",
            TokenKind::BracketOpen => "`[`",
            TokenKind::BracketClose => "`]`",
            TokenKind::Semicolon => "`;`",
            TokenKind::Comma => "`,`",
            TokenKind::Colon => "`:`",
            TokenKind::Star => "`*`",
            TokenKind::At => "`@`",
            TokenKind::Equals => "`=`",
            TokenKind::Minus => "`-`",
            TokenKind::Slash => "`/`",
            TokenKind::Arrow => "`->`",
            TokenKind::Shift => "`<<`",
            TokenKind::End => "the end of the file",
        }
    }
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// One comment, from its mark to the end of its line, without trailing white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Where it stands.
    pub span: Span,
    /// `///`, not `//`, `////` or `#`.
    pub is_doc: bool,
    /// Nothing but white space stands before it on its line.
    pub own_line: bool,
    /// Index of the token that follows it.
    pub before: usize,
}
