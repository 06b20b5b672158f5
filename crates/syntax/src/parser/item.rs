//! The top level of a file: which directive it is, and the small ones.

use super::{Parse, Parser, Reported};
use crate::ast::{CallVerb, Item};
use crate::diagnostic::Diagnostic;
use crate::keyword::{self, DIRECTIVES};
use crate::token::TokenKind;

impl Parser<'_> {
    /// A whole file.
    pub(super) fn parse_items(&mut self) -> Vec<Item> {
        let mut items = Vec::new();
        loop {
            match self.kind() {
                TokenKind::End => return items,
                // test_err: ADD 3 read;;
                TokenKind::Semicolon | TokenKind::BraceClose => {
                    self.report_stray();
                    continue;
                }
                _ => {}
            }
            let before = self.pos;
            match self.parse_item() {
                Ok(item) => items.push(item),
                Err(Reported) => self.skip_element(false),
            }
            self.presume_progress(before);
        }
    }

    fn parse_item(&mut self) -> Parse<Item> {
        let first = self.pos;
        let Some(directive) = self.accept_keyword(&DIRECTIVES) else {
            return Err(self.report_unknown_directive());
        };
        let item = match directive {
            "BASE" => Item::Base(self.parse_name("the name of the section")?),
            "ABI" => {
                let os = self.parse_name("the name of the ABI, such as `linux/x86_64`")?;
                self.expect(TokenKind::Slash)?;
                Item::Abi { os, machine: self.parse_name("the name of a machine")? }
            }
            "RELEASE" => Item::Release(self.parse_release()?),
            "INCLUDE" => {
                let path = self.parse_string("the path of a file, in quotes")?;
                self.expect_semicolon()?;
                return Ok(Item::Include { path, span: self.span_from(first) });
            }
            "group" => {
                let doc = self.take_doc(first);
                let name = self.parse_name("the name of a group")?;
                Item::Group { doc, name, title: self.parse_string("the title of the group, in quotes")? }
            }
            "ADD" => {
                let verb = CallVerb::Add(self.parse_int("the number of a call")?);
                return self.parse_call(first, verb);
            }
            "OVERRIDE" => {
                let verb = CallVerb::Override(self.parse_int("the number of a call")?);
                return self.parse_call(first, verb);
            }
            "SERVICE" => {
                let verb = CallVerb::Service(self.parse_int("the number of a slot")?);
                return self.parse_call(first, verb);
            }
            "CALL" => return self.parse_call(first, CallVerb::Declare),
            "RULE" => return self.parse_call(first, CallVerb::Rule),
            kind => return self.parse_type_item(first, kind),
        };
        self.expect_semicolon()?;
        Ok(item)
    }

    fn report_unknown_directive(&mut self) -> Reported {
        if self.is_full() {
            return Reported;
        }
        let word = self.word();
        if word.is_empty() {
            // test_err: { }
            return self.unexpected("a directive");
        }
        // test_err: ADDD 3 read;
        let diagnostic =
            Diagnostic::error("E0111", self.span(), format!("unknown directive {}", self.found()));
        let clause = keyword::find(&keyword::CLAUSES, word);
        let diagnostic = match (clause, crate::similar(word, DIRECTIVES)) {
            // test_err: implementation direct;
            (Some(clause), _) => {
                diagnostic.help(format!("`{clause}` stands in the block of a call: `ADD 3 {{ … }}`"))
            }
            (None, Some(near)) => diagnostic.help(format!("did you mean `{near}`?")),
            (None, None) => diagnostic,
        };
        self.report(diagnostic)
    }
}
