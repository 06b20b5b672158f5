//! `ADD`, `OVERRIDE`, `SERVICE`, `CALL` and `RULE`: clauses, functions, implementations.

use super::{Mark, Parse, Parser, Reported};
use crate::ast::{
    CallItem, CallVerb, Clause, Conversion, Function, Implementation, Item, Name, Param, ReleaseLit,
};
use crate::diagnostic::Diagnostic;
use crate::keyword::{CLAUSES, CONVERSIONS, IMPLEMENTATIONS};
use crate::token::TokenKind;

impl Parser<'_> {
    /// A call directive after its keyword and number; `first` is the index of the keyword.
    pub(super) fn parse_call(&mut self, first: usize, verb: CallVerb) -> Parse<Item> {
        let doc = self.take_doc(first);
        let name = match (&verb, self.kind()) {
            (CallVerb::Declare | CallVerb::Rule, _) => Some(self.parse_name("the name of a call")?),
            (_, TokenKind::Word) => Some(self.parse_name("the name of a call")?),
            _ => None,
        };
        let clauses = match self.kind() {
            TokenKind::BraceOpen => self.parse_block(Self::parse_clause)?,
            _ if name.is_some() => {
                if self.kind() != TokenKind::Semicolon && !self.at_forgotten_semicolon() {
                    // test_err: ADD 3 read write;
                    return Err(self.unexpected("`{` or `;`"));
                }
                self.expect_semicolon()?;
                Vec::new()
            }
            // test_err: ADD 3;
            _ => return Err(self.unexpected("`{` or the name of a call")),
        };
        Ok(Item::Call(CallItem { doc, verb, name, clauses, span: self.span_from(first) }))
    }

    fn parse_clause(&mut self) -> Parse<Clause> {
        let first = self.pos;
        let Some(keyword) = self.accept_keyword(&CLAUSES) else {
            return Err(self.report_unknown_clause());
        };
        let clause = match keyword {
            "function" => {
                let mut function = self.parse_function(first)?;
                self.expect_semicolon()?;
                function.span = self.span_from(first);
                return Ok(Clause::Function(function));
            }
            "implementation" => {
                let implementation = self.parse_implementation()?;
                if matches!(implementation, Implementation::Structural(_)) {
                    if self.kind() == TokenKind::Semicolon {
                        self.marks.push((self.pos, Mark::Superfluous));
                        self.bump();
                    }
                } else {
                    self.expect_semicolon()?;
                }
                return Ok(Clause::Implementation(implementation, self.span_from(first)));
            }
            "since" => Clause::Since(self.parse_releases()?, self.span_from(first)),
            "until" => Clause::Until(self.parse_releases()?, self.span_from(first)),
            "group" => Clause::Group(self.parse_name("the name of a group")?),
            "cancel" => Clause::Cancel(self.parse_one_of(&["point", "may"])?),
            "errors" => Clause::Errors(self.parse_names("the name of an errno")?, self.span_from(first)),
            "returns" => Clause::Returns(self.parse_one_of(&["twice", "never", "frame"])?),
            "interpose" => Clause::Interpose(self.parse_one_of(&["never"])?),
            "vdso" => Clause::Vdso(self.parse_string("the name of a vDSO function, in quotes")?),
            "slots" => Clause::Slots(self.parse_int("the number of slots")?),
            _ => Clause::See(self.parse_string("the name of a manual page, in quotes")?),
        };
        self.expect_semicolon()?;
        Ok(clause)
    }

    fn report_unknown_clause(&mut self) -> Reported {
        if self.is_full() {
            return Reported;
        }
        let word = self.word();
        if word.is_empty() {
            // test_err: ADD 3 { 4; }
            return self.unexpected("a clause or `}`");
        }
        // test_err: ADD 3 { implemented direct; }
        let diagnostic = Diagnostic::error("E0112", self.span(), format!("unknown clause {}", self.found()));
        let diagnostic = match crate::similar(word, CLAUSES) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic.help(format!("a clause begins with {}", list(&CLAUSES))),
        };
        self.report(diagnostic)
    }

    /// A word out of a few.
    fn parse_one_of(&mut self, words: &[&str]) -> Parse<Name> {
        if words.contains(&self.word()) {
            self.parse_name("a word")
        } else {
            Err(self.report_not_one_of(words))
        }
    }

    fn report_not_one_of(&mut self, words: &[&str]) -> Reported {
        if self.is_full() {
            return Reported;
        }
        let word = self.word();
        let what = list(words);
        if word.is_empty() {
            // test_err: ADD 3 { cancel; }
            return self.unexpected(&what);
        }
        // test_err: ADD 3 { cancel maybe; }
        let message = format!("expected {what}, found {}", self.found());
        let diagnostic = Diagnostic::error("E0113", self.span(), message);
        let diagnostic = match crate::similar(word, words.iter().copied()) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        };
        self.report(diagnostic)
    }

    /// `1.0, i386 2.0`
    fn parse_releases(&mut self) -> Parse<Vec<(Option<Name>, ReleaseLit)>> {
        let mut releases = Vec::new();
        loop {
            let machine = match self.kind() {
                TokenKind::Word => Some(self.parse_name("the name of a machine")?),
                _ => None,
            };
            // test_err: ADD 3 { since x86_64; }
            releases.push((machine, self.parse_release()?));
            if !self.accept(TokenKind::Comma) {
                return Ok(releases);
            }
        }
    }

    /// `TYPE name(params)`
    fn parse_function(&mut self, first: usize) -> Parse<Function> {
        let ret = self.parse_type("the type of the result")?;
        let name = self.parse_name("the name of the function")?;
        let params = self.parse_params()?;
        Ok(Function { ret, name, params, span: self.span_from(first) })
    }

    fn parse_params(&mut self) -> Parse<Vec<Param>> {
        self.expect(TokenKind::ParenOpen)?;
        if self.word() == "void" && self.kind_after(1) == TokenKind::ParenClose {
            self.bump();
        }
        let mut params = Vec::new();
        if self.accept(TokenKind::ParenClose) {
            return Ok(params);
        }
        loop {
            let before = self.pos;
            match self.parse_param() {
                Ok(param) => params.push(param),
                Err(Reported) => self.skip_param(),
            }
            match self.kind() {
                TokenKind::ParenClose => {
                    self.bump();
                    return Ok(params);
                }
                TokenKind::Comma => {
                    self.bump();
                }
                // The parameter that could not be parsed took the rest of the clause along.
                _ => return Err(Reported),
            }
            self.presume_progress(before);
        }
    }

    fn parse_param(&mut self) -> Parse<Param> {
        let first = self.pos;
        let (dir, opt) = self.parse_direction();
        let ty = self.parse_type("a parameter")?;
        let name = match self.kind() {
            TokenKind::Word => Some(self.parse_name("the name of the parameter")?),
            _ => None,
        };
        let len = match self.kind() {
            TokenKind::BracketOpen => Some(self.parse_len()?),
            _ => None,
        };
        if !matches!(self.kind(), TokenKind::Comma | TokenKind::ParenClose) {
            // test_err: ADD 3 { function int read(int fd void *buf); }
            return Err(self.unexpected("`,` or `)`"));
        }
        Ok(Param { dir, opt, ty, name, len, span: self.span_from(first) })
    }

    /// Skips the rest of a broken parameter, up to its `,` or the `)`.
    fn skip_param(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.kind() {
                TokenKind::End | TokenKind::Semicolon | TokenKind::BraceOpen | TokenKind::BraceClose => {
                    return;
                }
                TokenKind::Comma | TokenKind::ParenClose if depth == 0 => return,
                TokenKind::ParenOpen => depth += 1,
                TokenKind::ParenClose => depth -= 1,
                _ => {}
            }
            self.bump();
        }
    }

    fn parse_implementation(&mut self) -> Parse<Implementation> {
        let Some(kind) = self.accept_keyword(&IMPLEMENTATIONS) else {
            // test_err: ADD 3 { implementation dierct; }
            return Err(self.report_not_one_of(&IMPLEMENTATIONS));
        };
        Ok(match kind {
            "direct" => Implementation::Direct,
            "structural" => Implementation::Structural(self.parse_block(Self::parse_conversion)?),
            "simulated" => Implementation::Simulated(self.parse_name("the name of an errno")?),
            _ => {
                let name = self.parse_name("the name of a function of the layer")?;
                // test_err: ADD 3 { implementation custom f; }
                self.marks.push((self.pos, Mark::MayBreak));
                self.expect_word("using")?;
                let none = self.word() == "none" && self.kind_after(1) != TokenKind::Comma;
                let using = if none {
                    self.bump();
                    Vec::new()
                } else {
                    self.parse_names("the name of a call, or `none`")?
                };
                if matches!(self.word(), "approximate" | "exact") {
                    self.marks.push((self.pos, Mark::MayBreak));
                }
                let approximate = if self.accept_word("approximate") {
                    Some(self.parse_string("what differs, in quotes")?)
                } else {
                    self.accept_word("exact");
                    None
                };
                Implementation::Custom { name, using, approximate }
            }
        })
    }

    fn parse_conversion(&mut self) -> Parse<Conversion> {
        let Some(kind) = self.accept_keyword(&CONVERSIONS) else {
            // test_err: ADD 3 { implementation structural { widen a; } }
            return Err(self.report_not_one_of(&CONVERSIONS));
        };
        let conversion = match kind {
            "convert" => {
                let param = self.parse_name("the name of a parameter")?;
                self.expect(TokenKind::Colon)?;
                let from = self.parse_type("the program's struct")?;
                self.expect(TokenKind::Arrow)?;
                Conversion::Convert { param, from, to: self.parse_type("the kernel's struct")? }
            }
            "narrow" => {
                let field = self.parse_name("the name of a field")?;
                // test_err: ADD 3 { implementation structural { narrow st_ino; } }
                self.expect_word("overflow")?;
                Conversion::Narrow { field, overflow: self.parse_name("the name of an errno")? }
            }
            "default" => {
                let field = self.parse_name("the name of a field")?;
                self.expect(TokenKind::Equals)?;
                Conversion::Default { field, value: self.parse_constant()? }
            }
            "limit" => {
                let name = self.parse_name("the name of a parameter or field")?;
                let most = match self.kind() {
                    TokenKind::Number | TokenKind::Minus => Some(self.parse_int("a number of elements")?),
                    _ => None,
                };
                let overflow = if self.accept_word("short") {
                    None
                } else {
                    // test_err: ADD 3 { implementation structural { limit iov 1024; } }
                    self.expect_word("overflow")?;
                    Some(self.parse_name("the name of an errno")?)
                };
                Conversion::Limit { name, most, overflow }
            }
            "member" => {
                let member = self.parse_name("the name of a union's member")?;
                if self.accept_word("otherwise") {
                    Conversion::Otherwise { member }
                } else {
                    // test_err: ADD 3 { implementation structural { member v4 = 2; } }
                    self.expect_word("when")?;
                    let tag = self.parse_name("the name of a field")?;
                    self.expect(TokenKind::Equals)?;
                    Conversion::Member { member, tag, value: self.parse_constant()? }
                }
            }
            _ => {
                let from = self.parse_name("the program's field")?;
                self.expect(TokenKind::Equals)?;
                Conversion::Rename { from, to: self.parse_name("the kernel's field")? }
            }
        };
        self.expect_semicolon()?;
        Ok(conversion)
    }
}

/// `` `a`, `b` or `c` ``
pub(super) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}
