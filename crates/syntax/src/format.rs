//! Text → canonical text: the same tokens and comments, with the white space that they should have.
//!
//! The formatter prints tokens, not the AST, so that nothing can be lost. From the parser it learns
//! which words are keywords and what a few tokens are for ([`Mark`]). What it does:
//!
//! - one clause, field, constant or directive per line, four spaces for each open block;
//! - keywords in their canonical case;
//! - lines of more than [`MAX_COLUMNS`] columns are broken after commas and before the words that
//!   begin a part of a head, four spaces further in;
//! - one blank line where there were some, and after each block of the top level; none at the
//!   edges of a block;
//! - comments stay on the line, or above the line, where they were.

use std::collections::HashMap;

use crate::diagnostic::{Diagnostic, Severity};
use crate::include::check_len;
use crate::parser::{self, Mark, Output};
use crate::source::FileId;
use crate::token::{Comment, Token, TokenKind};

const MAX_COLUMNS: usize = 100;
const INDENT: usize = 4;

/// Brings a text into its canonical form; formatting that again changes nothing.
///
/// # Errors
///
/// The mistakes of a text that does not parse; their spans lie in file 0.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    let id = FileId::default();
    if let Some(diagnostic) = check_len(id, text.len()) {
        return Err(vec![diagnostic]);
    }
    let parsed = parser::parse(id, text);
    if parsed.diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return Err(parsed.diagnostics);
    }
    let mut printer = Printer::new(text);
    printer.print(&parsed);
    Ok(printer.finish())
}

/// A piece of the line that is being put together.
enum Part<'a> {
    /// Text that is never broken, and whether a space parts it from the one before.
    Chunk { text: String, spaced: bool },
    /// A comment after the part before it, on its line.
    Trailing(&'a str),
    /// A comment on a line of its own.
    Own(&'a str),
}

struct Printer<'a> {
    text: &'a str,
    out: String,
    /// Open blocks.
    depth: usize,
    /// The line that is being put together; empty between lines.
    parts: Vec<Part<'a>>,
    /// The next token begins a new chunk: a line may be broken before it.
    may_break: bool,
    /// The last token printed.
    last: Option<Token>,
    /// Where the last token or comment ended in the text that is read.
    last_end: usize,
    /// A block was opened, or nothing was printed yet: no blank line here.
    at_edge: bool,
    /// A block of the top level was closed: a blank line here.
    after_block: bool,
}

impl<'a> Printer<'a> {
    fn new(text: &'a str) -> Printer<'a> {
        Printer {
            text,
            out: String::with_capacity(text.len() + text.len() / 8),
            depth: 0,
            parts: Vec::new(),
            may_break: false,
            last: None,
            last_end: 0,
            at_edge: true,
            after_block: false,
        }
    }

    fn print(&mut self, parsed: &Output) {
        let marks: HashMap<usize, Mark> = parsed.marks.iter().copied().collect();
        let mut comments = parsed.comments.iter().peekable();
        for (index, &token) in parsed.tokens.iter().enumerate() {
            let mut commented = false;
            while let Some(comment) = comments.next_if(|comment| comment.before <= index) {
                self.comment(*comment);
                commented = true;
            }
            let mark = marks.get(&index).copied();
            match token.kind {
                TokenKind::End => {}
                // A comment before it would be left hanging.
                _ if mark == Some(Mark::Superfluous) && !commented => {}
                TokenKind::BraceClose => self.close_block(commented),
                _ => self.token(token, mark),
            }
            self.last = Some(token);
            self.last_end = token.span.end as usize;
        }
    }

    fn finish(mut self) -> String {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }

    fn comment(&mut self, comment: Comment) {
        let start = comment.span.start as usize;
        let text = &self.text[start..comment.span.end as usize];
        let trailing = !comment.own_line && self.last.is_some();
        if !self.parts.is_empty() {
            self.parts.push(if trailing { Part::Trailing(text) } else { Part::Own(text) });
            self.may_break = true;
        } else if trailing {
            self.out.push(' ');
            self.out.push_str(text);
        } else {
            self.begin_line(start);
            self.out.push_str(text);
        }
        self.last_end = comment.span.end as usize;
    }

    /// Begins a line for what stood at `start` of the text that is read.
    fn begin_line(&mut self, start: usize) {
        let newlines = self.text[self.last_end..start].bytes().filter(|&b| b == b'\n').count();
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        if !self.at_edge && (newlines >= 2 || self.after_block) {
            self.out.push('\n');
        }
        self.at_edge = false;
        self.after_block = false;
        self.indent(self.depth);
    }

    fn indent(&mut self, levels: usize) {
        self.out.extend(std::iter::repeat_n(' ', levels * INDENT));
    }

    fn close_block(&mut self, commented: bool) {
        let empty = self.last.is_some_and(|last| last.kind == TokenKind::BraceOpen) && !commented;
        self.depth = self.depth.saturating_sub(1);
        if !empty {
            // No blank line before a `}`.
            self.at_edge = true;
            self.begin_line(self.last_end);
        }
        self.out.push('}');
        self.at_edge = false;
        self.after_block = self.depth == 0;
    }

    fn token(&mut self, token: Token, mark: Option<Mark>) {
        let start = token.span.start as usize;
        let mut text = &self.text[start..token.span.end as usize];
        if let Some(Mark::Keyword(canonical)) = mark {
            text = canonical;
        }
        if self.parts.is_empty() {
            self.begin_line(start);
            self.parts.push(Part::Chunk { text: text.to_owned(), spaced: false });
        } else {
            let spaced = self.last.is_some_and(|last| is_spaced(last.kind, token.kind, mark));
            let may_break = self.may_break || mark == Some(Mark::MayBreak);
            match self.parts.last_mut() {
                Some(Part::Chunk { text: chunk, .. }) if !may_break => {
                    if spaced {
                        chunk.push(' ');
                    }
                    chunk.push_str(text);
                }
                _ => self.parts.push(Part::Chunk { text: text.to_owned(), spaced }),
            }
        }
        self.may_break = matches!(token.kind, TokenKind::Comma | TokenKind::ParenOpen);
        match token.kind {
            TokenKind::Semicolon => self.end_line(),
            TokenKind::BraceOpen => {
                self.end_line();
                self.depth += 1;
                self.at_edge = true;
            }
            _ => {}
        }
    }

    /// Prints the line that was put together; it was begun already.
    fn end_line(&mut self) {
        let mut column = self.depth * INDENT;
        // Something stands on this line, or a comment forbids that anything follows.
        let (mut occupied, mut closed) = (false, false);
        for part in std::mem::take(&mut self.parts) {
            match part {
                Part::Chunk { text, spaced } => {
                    let width = text.chars().count();
                    let space = usize::from(spaced);
                    if closed || (occupied && column + space + width > MAX_COLUMNS) {
                        column = self.continue_line();
                    } else if occupied && spaced {
                        self.out.push(' ');
                        column += 1;
                    }
                    self.out.push_str(&text);
                    column += width;
                    (occupied, closed) = (true, false);
                }
                Part::Trailing(text) => {
                    self.out.push(' ');
                    self.out.push_str(text);
                    closed = true;
                }
                Part::Own(text) => {
                    self.continue_line();
                    self.out.push_str(text);
                    closed = true;
                }
            }
        }
        self.may_break = false;
    }

    /// Goes on in a new line, further in; returns the column.
    fn continue_line(&mut self) -> usize {
        self.out.push('\n');
        self.indent(self.depth + 1);
        (self.depth + 1) * INDENT
    }
}

/// Whether a space stands between two tokens of one line.
fn is_spaced(before: TokenKind, after: TokenKind, mark: Option<Mark>) -> bool {
    use TokenKind::{
        Arrow, At, BraceOpen, BracketClose, BracketOpen, Colon, Comma, Equals, Minus, ParenClose, ParenOpen,
        Semicolon, Slash, Star,
    };
    match (before, after) {
        (_, Semicolon | Comma | ParenOpen | ParenClose | BracketClose | Colon | At | Slash) => false,
        (_, BracketOpen) => mark == Some(Mark::Length),
        (_, Arrow | Equals | BraceOpen) => true,
        (ParenOpen | BracketOpen | At | Slash | Minus | Star, _) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests;
