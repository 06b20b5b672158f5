//! Tokens → AST, by recursive descent.
//!
//! Methods follow three verbs. `parse_*` returns a construct. `expect_*` takes one token or reports
//! a mistake. `presume_*` checks what the caller already knows; its failure is a bug of ours.
//!
//! A method that returns [`Reported`] has reported why. The nearest list (items, clauses, fields,
//! parameters) then skips to where the next element can begin, so that every mistake of a file is
//! reported in one run. No construct contains itself, so the parser needs no depth limit: nesting
//! is four levels at most, and what is deeper is skipped by counting.
//!
//! A comment `test_err:` shows a text that takes the path it stands beside.

mod call;
mod item;
mod literal;
mod types;

use crate::MAX_DIAGNOSTICS;
use crate::ast;
use crate::diagnostic::{Diagnostic, Severity};
use crate::keyword;
use crate::lexer;
use crate::source::{FileId, Span};
use crate::token::{Comment, Token, TokenKind};

/// The mistake was reported; the caller recovers or passes it on.
#[derive(Clone, Copy, Debug)]
struct Reported;

type Parse<T> = Result<T, Reported>;

/// What the formatter must know of a token beyond its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// A keyword that matches in any case, and its canonical spelling.
    Keyword(&'static str),
    /// The `[` of a length, which stands apart from the name before it.
    Length,
    /// A word before which a long line may be broken.
    MayBreak,
    /// A token that the canonical form leaves out.
    Superfluous,
}

/// One parsed text.
pub(crate) struct Output {
    pub file: ast::File,
    /// Sorted by position.
    pub diagnostics: Vec<Diagnostic>,
    pub tokens: Vec<Token>,
    pub comments: Vec<Comment>,
    /// Token indexes in ascending order.
    pub marks: Vec<(usize, Mark)>,
}

/// Parses `text`, the text of `id`, which is short enough for [`Span`].
pub(crate) fn parse(id: FileId, text: &str) -> Output {
    let lexed = lexer::lex(id, text);
    let mut parser = Parser {
        text,
        tokens: &lexed.tokens,
        comments: &lexed.comments,
        doc_used: vec![false; lexed.comments.len()],
        pos: 0,
        diagnostics: Vec::new(),
        marks: Vec::new(),
    };
    let items = parser.parse_items();
    parser.report_unused_docs(&lexed.diagnostics);
    let Parser { mut diagnostics, mut marks, .. } = parser;
    marks.sort_by_key(|&(index, _)| index);
    diagnostics.extend(lexed.diagnostics);
    diagnostics.sort_by_key(|d| (d.primary.span, d.code));
    limit(&mut diagnostics);
    Output { file: ast::File { items }, diagnostics, tokens: lexed.tokens, comments: lexed.comments, marks }
}

fn limit(diagnostics: &mut Vec<Diagnostic>) {
    if let Some(first_left_out) = diagnostics.get(MAX_DIAGNOSTICS) {
        let span = first_left_out.primary.span;
        diagnostics.truncate(MAX_DIAGNOSTICS);
        diagnostics.push(too_many(span));
    }
}

/// The complaint about a file with too many mistakes, at the first one that is left out.
#[must_use]
pub fn too_many(span: Span) -> Diagnostic {
    let message = format!("more than {MAX_DIAGNOSTICS} mistakes; the rest of the file is not reported");
    Diagnostic::error("E0109", span, message)
}

struct Parser<'a> {
    text: &'a str,
    /// Ends with [`TokenKind::End`].
    tokens: &'a [Token],
    comments: &'a [Comment],
    /// For each comment: a declaration took it as its documentation.
    doc_used: Vec<bool>,
    /// Index of the next token, never beyond the last one.
    pos: usize,
    diagnostics: Vec<Diagnostic>,
    marks: Vec<(usize, Mark)>,
}

// Reading tokens.
impl<'a> Parser<'a> {
    fn token(&self) -> Token {
        self.tokens[self.pos]
    }

    fn kind(&self) -> TokenKind {
        self.token().kind
    }

    fn span(&self) -> Span {
        self.token().span
    }

    /// The kind of the token `ahead` places after the next one.
    fn kind_after(&self, ahead: usize) -> TokenKind {
        self.tokens.get(self.pos + ahead).map_or(TokenKind::End, |token| token.kind)
    }

    /// The text of the token `ahead` places after the next one.
    fn text_after(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.pos + ahead).map_or("", |&token| self.text_of(token))
    }

    fn text_of(&self, token: Token) -> &'a str {
        &self.text[token.span.start as usize..token.span.end as usize]
    }

    /// The text of the next token if it is a word, otherwise nothing.
    fn word(&self) -> &'a str {
        if self.kind() == TokenKind::Word { self.text_of(self.token()) } else { "" }
    }

    /// Takes the next token; at the end it stays.
    fn bump(&mut self) -> Token {
        let token = self.token();
        if token.kind != TokenKind::End {
            self.pos += 1;
        }
        token
    }

    /// Takes the next token if it is a `kind`.
    fn accept(&mut self, kind: TokenKind) -> bool {
        let found = self.kind() == kind;
        if found {
            self.bump();
        }
        found
    }

    /// Takes the next token if it is the word `word`, spelt exactly so.
    fn accept_word(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        if found {
            self.bump();
        }
        found
    }

    /// Takes the next token if it is an entry of `table`, in any case.
    fn accept_keyword(&mut self, table: &[&'static str]) -> Option<&'static str> {
        let canonical = keyword::find(table, self.word())?;
        self.marks.push((self.pos, Mark::Keyword(canonical)));
        self.bump();
        Some(canonical)
    }

    /// From the token with index `first` to the last one taken.
    fn span_from(&self, first: usize) -> Span {
        let last = self.pos.saturating_sub(1).max(first);
        self.tokens[first].span.to(self.tokens[last].span)
    }

    /// The next token is the first one on its line.
    fn at_line_start(&self) -> bool {
        let end_before = match self.pos.checked_sub(1) {
            Some(before) => self.tokens[before].span.end as usize,
            None => 0,
        };
        self.text[end_before..self.span().start as usize].contains('\n')
    }
}

// Reporting and recovering.
impl Parser<'_> {
    fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        // One more than is kept, so that the excess is noticed.
        if !self.is_full() {
            self.diagnostics.push(diagnostic);
        }
        Reported
    }

    /// No more mistakes are kept: what would be said of one need not be worked out.
    fn is_full(&self) -> bool {
        self.diagnostics.len() > MAX_DIAGNOSTICS
    }

    /// How messages name the next token.
    fn found(&self) -> String {
        const LONGEST: usize = 40;
        let token = self.token();
        match token.kind {
            TokenKind::Word | TokenKind::Number => {
                let text = self.text_of(token);
                let shown = &text[..text.len().min(LONGEST)];
                format!("`{shown}{}`", if shown.len() < text.len() { "…" } else { "" })
            }
            kind => kind.describe().to_owned(),
        }
    }

    /// Reports that `what` should stand here.
    fn unexpected(&mut self, what: &str) -> Reported {
        if self.is_full() {
            return Reported;
        }
        let diagnostic =
            Diagnostic::error("E0110", self.span(), format!("expected {what}, found {}", self.found()));
        self.report(diagnostic)
    }

    fn expect(&mut self, kind: TokenKind) -> Parse<Token> {
        if self.kind() == kind { Ok(self.bump()) } else { Err(self.unexpected(kind.describe())) }
    }

    fn expect_word(&mut self, word: &str) -> Parse<()> {
        if self.accept_word(word) { Ok(()) } else { Err(self.unexpected(&format!("`{word}`"))) }
    }

    /// Takes the `;` that ends a directive, clause, field or constant.
    ///
    /// If it was merely forgotten, what follows is not skipped.
    fn expect_semicolon(&mut self) -> Parse<()> {
        if self.accept(TokenKind::Semicolon) {
            return Ok(());
        }
        let forgotten = self.at_line_start() || matches!(self.kind(), TokenKind::BraceClose | TokenKind::End);
        if !forgotten {
            // test_err: RELEASE 7.2 7.3;
            return Err(self.unexpected("`;`"));
        }
        // test_err: RELEASE 7.2
        let last = self.tokens[self.pos.saturating_sub(1)].span;
        let after = Span { start: last.end, ..last };
        let message = format!("expected `;`, found {}", self.found());
        self.report(Diagnostic::error("E0110", after, message).help("end it with `;`"));
        Ok(())
    }

    /// A `;` that is missing here was forgotten; it is not that something else stands in its place.
    fn at_forgotten_semicolon(&self) -> bool {
        self.at_line_start() || matches!(self.kind(), TokenKind::BraceClose | TokenKind::End)
    }

    /// The next tokens can only be the beginning of a directive, even where one cannot stand.
    fn at_item_start(&self) -> bool {
        let Some(directive) = keyword::find(&keyword::DIRECTIVES, self.word()) else { return false };
        let (second, third) = (self.kind_after(1), self.kind_after(2));
        match directive {
            "ADD" | "OVERRIDE" | "SERVICE" => {
                matches!(second, TokenKind::Number)
                    && matches!(third, TokenKind::BraceOpen | TokenKind::Word | TokenKind::Semicolon)
            }
            "BASE" => second == TokenKind::Word && third == TokenKind::Semicolon,
            "CALL" | "RULE" => second == TokenKind::Word && third == TokenKind::BraceOpen,
            "ABI" => second == TokenKind::Word && third == TokenKind::Slash,
            "INCLUDE" => second == TokenKind::Text,
            "RELEASE" => second == TokenKind::Number,
            "group" => second == TokenKind::Word && third == TokenKind::Text,
            "type" => second == TokenKind::Word && third == TokenKind::Equals,
            "resource" | "flags" | "enum" => second == TokenKind::Word && third == TokenKind::Colon,
            _ => {
                let attribute = types::HEAD_WORDS.contains(&self.text_after(2));
                second == TokenKind::Word
                    && (matches!(third, TokenKind::BraceOpen | TokenKind::At) || attribute)
            }
        }
    }

    /// Skips the rest of a broken element: through its `;` or its block.
    ///
    /// Stops before a `}` that closes the surrounding block, if there is one, and before what can
    /// only be a new directive.
    fn skip_element(&mut self, inside_block: bool) {
        let mut depth = 0_usize;
        loop {
            match self.kind() {
                TokenKind::End => return,
                _ if self.at_item_start() => return,
                TokenKind::Semicolon if depth == 0 => {
                    self.bump();
                    return;
                }
                TokenKind::BraceClose if depth == 0 && inside_block => return,
                TokenKind::BraceClose => {
                    self.bump();
                    if depth <= 1 {
                        return;
                    }
                    depth -= 1;
                }
                TokenKind::BraceOpen => {
                    depth += 1;
                    self.bump();
                }
                _ => {
                    self.bump();
                }
            }
        }
    }

    /// Parses `{ element … }`, where `parse_element` takes each element with its `;`.
    fn parse_block<T>(&mut self, parse_element: impl Fn(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        let open = self.expect(TokenKind::BraceOpen)?;
        let mut elements = Vec::new();
        loop {
            match self.kind() {
                TokenKind::BraceClose => {
                    self.bump();
                    return Ok(elements);
                }
                TokenKind::Semicolon => {
                    self.report_stray();
                    continue;
                }
                kind if kind == TokenKind::End || self.at_item_start() => {
                    self.report_unclosed(open.span);
                    return Ok(elements);
                }
                _ => {}
            }
            let before = self.pos;
            match parse_element(self) {
                Ok(element) => elements.push(element),
                Err(Reported) => self.skip_element(true),
            }
            self.presume_progress(before);
        }
    }

    fn report_unclosed(&mut self, open: Span) {
        // An inner block that was not closed leaves the outer one open too; once is enough.
        let at = self.span();
        if self.diagnostics.last().is_some_and(|d| d.code == "E0114" && d.primary.span == at) {
            return;
        }
        // test_err: ADD 3 { implementation direct; ADD 4 read;
        let message = format!("expected `}}`, found {}", self.found());
        self.report(Diagnostic::error("E0114", at, message).related(open, "this block is not closed"));
    }

    /// Reports and takes a run of `;`, or of `}` and `;`, that end nothing.
    fn report_stray(&mut self) {
        let first = self.pos;
        let kind = self.kind();
        self.bump();
        while self.kind() == kind
            || matches!((kind, self.kind()), (TokenKind::BraceClose, TokenKind::Semicolon))
        {
            self.bump();
        }
        // test_err: ADD 3 { };
        let message = format!("{} ends nothing", kind.describe());
        let diagnostic = Diagnostic::error("E0120", self.span_from(first), message).help("remove it");
        self.report(diagnostic);
    }

    /// Parsing always advances: a list that would stay where it is would stay for ever.
    fn presume_progress(&mut self, before: usize) {
        debug_assert!(self.pos > before, "parsing does not advance at token {before}");
        if self.pos == before {
            self.bump();
        }
    }
}

// Doc comments.
impl Parser<'_> {
    /// The doc comment above the token with index `first`.
    fn take_doc(&mut self, first: usize) -> ast::Doc {
        let mut text = String::new();
        let start = self.comments.partition_point(|comment| comment.before < first);
        let above = self.comments[start..].iter().take_while(|comment| comment.before == first);
        let docs = above.enumerate().filter(|(_, comment)| comment.is_doc && comment.own_line);
        for (number, (index, comment)) in docs.enumerate() {
            let line = &self.text[comment.span.start as usize..comment.span.end as usize];
            let line = line.strip_prefix("///").unwrap_or(line);
            if number > 0 {
                text.push('\n');
            }
            text.push_str(line.strip_prefix(' ').unwrap_or(line));
            self.doc_used[start + index] = true;
        }
        ast::Doc { text }
    }

    /// Warns about doc comments that document nothing, unless mistakes may be the reason.
    fn report_unused_docs(&mut self, lexer_diagnostics: &[Diagnostic]) {
        let mut all = self.diagnostics.iter().chain(lexer_diagnostics);
        if all.any(|d| d.severity == Severity::Error) {
            return;
        }
        let mut reported_before = None;
        for index in 0..self.comments.len() {
            let comment = self.comments[index];
            if !comment.is_doc || self.doc_used[index] {
                continue;
            }
            if !comment.own_line {
                // test_warn: RELEASE 7.2; /// the newest
                self.report(
                    Diagnostic::warning("W0102", comment.span, "doc comment after what it may document")
                        .help("put it on the line above, or begin it with `//`"),
                );
            } else if reported_before != Some(comment.before) {
                // test_warn: /// the newest⏎ RELEASE 7.2;
                reported_before = Some(comment.before);
                self.report(
                    Diagnostic::warning("W0101", comment.span, "doc comment that documents nothing")
                        .help("begin it with `//`"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests;
