//! Type expressions, lengths, and the declarations `type`, `resource`, `flags`, `enum`, `struct`, `union`.

use super::{Mark, Parse, Parser, Reported};
use crate::ast::{
    Constant, Dir, Field, Int, Item, Layout, Len, LenExpr, ReleaseLit, TypeExpr, TypeItem, TypeKind,
};
use crate::diagnostic::Diagnostic;
use crate::keyword::C_WORDS;
use crate::source::Span;
use crate::token::TokenKind;

/// Words that may follow the name of a struct or union.
pub(super) const HEAD_WORDS: [&str; 6] = ["align", "as", "extensible", "header", "since", "size"];

/// Words of C that stand in no type here, and what to do instead.
const NOT_IN_TYPES: [(&str, &str); 5] = [
    ("enum", "write its name alone"),
    ("restrict", "leave it out"),
    ("struct", "write its name alone"),
    ("union", "write its name alone"),
    ("volatile", "leave it out"),
];

/// More `*` than any call has.
const MAX_STARS: u8 = 8;

impl Parser<'_> {
    /// `in`, `out` or `inout`, and `opt`, before the type of a parameter or field.
    ///
    /// They are names where no type follows: `fd_set_ptr in`.
    pub(super) fn parse_direction(&mut self) -> (Option<Dir>, bool) {
        let dir = self.parse_dir();
        let opt = self.word() == "opt" && self.kind_after(1) == TokenKind::Word;
        if opt {
            self.bump();
        }
        let late = self.span();
        let late_dir = if opt { self.parse_dir() } else { None };
        if late_dir.is_some() {
            // test_err: ADD 3 { function int f(opt out int *x); }
            let message = "direction after `opt`";
            self.report(Diagnostic::error("E0110", late, message).help("write it before `opt`"));
        }
        (dir.or(late_dir), opt)
    }

    fn parse_dir(&mut self) -> Option<Dir> {
        let dir = match self.word() {
            "in" => Dir::In,
            "out" => Dir::Out,
            "inout" => Dir::InOut,
            _ => return None,
        };
        if self.kind_after(1) != TokenKind::Word {
            return None;
        }
        self.bump();
        Some(dir)
    }

    /// `const unsigned char *`, `stat@2_6`; `what` says in messages what should stand here.
    pub(super) fn parse_type(&mut self, what: &str) -> Parse<TypeExpr> {
        let first = self.pos;
        self.skip_c_words();
        let is_const = self.word() == "const" && self.kind_after(1) == TokenKind::Word;
        if is_const {
            self.bump();
            self.skip_c_words();
        }
        if self.word() == "const" {
            // test_err: ADD 3 { function int f(const, const *x, const const y); }
            if !is_const {
                self.bump();
            }
            return Err(self.unexpected("a type after `const`"));
        }
        let mut base = self.parse_name(what)?;
        if C_WORDS.contains(&base.text.as_str()) {
            // No type of C has more of them.
            const MOST: usize = 5;
            let mut count = 1;
            while count < MOST && C_WORDS.contains(&self.word()) {
                count += 1;
                let next = self.bump();
                base.text.push(' ');
                base.text.push_str(self.text_of(next));
                base.span = base.span.to(next.span);
            }
        }
        let version = self.parse_version()?;
        if self.word() == "const" && self.kind_after(1) == TokenKind::Star {
            // test_err: ADD 3 { function int f(char const *x); }
            let message = "`const` after the type";
            self.report(Diagnostic::error("E0116", self.span(), message).help("write it first"));
            self.bump();
        }
        let first_star = self.pos;
        while self.accept(TokenKind::Star) {}
        let stars = u8::try_from(self.pos - first_star).unwrap_or(u8::MAX);
        if stars > MAX_STARS {
            // test_err: ADD 3 { function int f(int *********x); }
            let message = format!("more than {MAX_STARS} `*`");
            let span = self.span_from(first_star);
            return Err(self.report(Diagnostic::error("E0117", span, message)));
        }
        Ok(TypeExpr { is_const, base, version, stars, span: self.span_from(first) })
    }

    /// Reports and skips words that C would have before a type.
    fn skip_c_words(&mut self) {
        while let Some((word, help)) = NOT_IN_TYPES.iter().find(|(word, _)| *word == self.word()) {
            if self.kind_after(1) != TokenKind::Word {
                return;
            }
            // test_err: ADD 3 { function int f(struct stat *x); }
            let message = format!("`{word}` is not written in a type");
            let diagnostic = Diagnostic::error("E0116", self.span(), message);
            self.report(diagnostic.help(*help));
            self.bump();
        }
    }

    /// `[n]`, `[*n]`, `[bytes n]`, `[bytes result]`, `[null]`
    pub(super) fn parse_len(&mut self) -> Parse<Len> {
        self.marks.push((self.pos, Mark::Length));
        self.expect(TokenKind::BracketOpen)?;
        let alone = self.kind_after(1) == TokenKind::BracketClose;
        let len = if self.word() == "null" && alone {
            self.bump();
            Len::NullTerminated
        } else if self.word() == "bytes" && !alone {
            self.bump();
            Len::Bytes(self.parse_len_expr()?)
        } else {
            Len::Elements(self.parse_len_expr()?)
        };
        self.expect(TokenKind::BracketClose)?;
        Ok(len)
    }

    fn parse_len_expr(&mut self) -> Parse<LenExpr> {
        match self.kind() {
            TokenKind::Star => {
                self.bump();
                Ok(LenExpr::Behind(self.parse_name("the name of a pointer")?))
            }
            TokenKind::Number | TokenKind::Minus => Ok(LenExpr::Int(self.parse_int("a length")?)),
            TokenKind::Word if self.word() == "result" => Ok(LenExpr::Result(self.bump().span)),
            // test_err: ADD 3 { function int f(in int *x []); }
            _ => Ok(LenExpr::Param(self.parse_name("a length")?)),
        }
    }

    /// A type declaration after its keyword `kind`; `first` is the index of the keyword.
    pub(super) fn parse_type_item(&mut self, first: usize, kind: &str) -> Parse<Item> {
        let doc = self.take_doc(first);
        let name = self.parse_name("the name of the new type")?;
        let mut version = None;
        let mut since = None;
        let kind = match kind {
            "type" => {
                self.expect(TokenKind::Equals)?;
                let ty = self.parse_type("a type")?;
                self.expect_semicolon()?;
                TypeKind::Alias(ty)
            }
            "resource" => {
                self.expect(TokenKind::Colon)?;
                let ty = self.parse_type("a type")?;
                self.expect_semicolon()?;
                TypeKind::Resource(ty)
            }
            "flags" => {
                let (ty, constants) = self.parse_constants()?;
                TypeKind::Flags(ty, constants)
            }
            "enum" => {
                let (ty, constants) = self.parse_constants()?;
                TypeKind::Enum(ty, constants)
            }
            _ => {
                version = self.parse_version()?;
                let mut layout = self.parse_head(&mut since)?;
                layout.fields = self.parse_block(Self::parse_field)?;
                if kind == "struct" { TypeKind::Struct(layout) } else { TypeKind::Union(layout) }
            }
        };
        Ok(Item::Type(TypeItem { doc, name, version, kind, since, span: self.span_from(first) }))
    }

    /// `: int { A = 1; … }`
    fn parse_constants(&mut self) -> Parse<(TypeExpr, Vec<Constant>)> {
        // test_err: flags f { }
        self.expect(TokenKind::Colon)?;
        let ty = self.parse_type("a type")?;
        Ok((ty, self.parse_block(Self::parse_one_constant)?))
    }

    fn parse_one_constant(&mut self) -> Parse<Constant> {
        let doc = self.take_doc(self.pos);
        let name = self.parse_name("the name of a constant, or `}`")?;
        self.expect(TokenKind::Equals)?;
        let value = self.parse_constant()?;
        let since = if self.accept_word("since") { Some(self.parse_release()?) } else { None };
        if self.kind() == TokenKind::Comma {
            // test_err: enum e: int { A = 0, B = 1, }
            let message = "expected `;`, found `,`";
            self.report(Diagnostic::error("E0110", self.span(), message).help("end each constant with `;`"));
            self.bump();
        } else {
            self.expect_semicolon()?;
        }
        Ok(Constant { doc, name, value, since })
    }

    /// `since 7.0 size 64 align 32 extensible header "…" as "…"`, in any order.
    fn parse_head(&mut self, since: &mut Option<ReleaseLit>) -> Parse<Layout> {
        let mut layout = Layout {
            size: None,
            align: None,
            extensible: false,
            header: None,
            c_name: None,
            fields: Vec::new(),
        };
        let mut seen: [Option<Span>; HEAD_WORDS.len()] = [None; HEAD_WORDS.len()];
        while self.kind() != TokenKind::BraceOpen {
            let Some(which) = HEAD_WORDS.iter().position(|&word| word == self.word()) else {
                return Err(self.report_unknown_head_word());
            };
            self.marks.push((self.pos, Mark::MayBreak));
            let span = self.bump().span;
            if let Some(earlier) = seen[which].replace(span) {
                // test_err: struct s size 8 size 8 { }
                let message = format!("`{}` is written twice", HEAD_WORDS[which]);
                self.report(Diagnostic::error("E0115", span, message).related(earlier, "first here"));
            }
            match HEAD_WORDS[which] {
                "align" => layout.align = Some(self.parse_int("a number of bytes")?),
                "as" => layout.c_name = Some(self.parse_string("the C spelling, in quotes")?),
                "extensible" => layout.extensible = true,
                "header" => layout.header = Some(self.parse_string("the path of a C header, in quotes")?),
                "since" => *since = Some(self.parse_release()?),
                _ => layout.size = Some(self.parse_int("a number of bytes")?),
            }
        }
        Ok(layout)
    }

    fn report_unknown_head_word(&mut self) -> Reported {
        if self.is_full() {
            return Reported;
        }
        // test_err: struct s;
        // test_err: struct s sise 8 { }
        let mut expected = HEAD_WORDS.to_vec();
        expected.push("{");
        let message = format!("expected {}, found {}", super::call::list(&expected), self.found());
        let diagnostic = Diagnostic::error("E0110", self.span(), message);
        let diagnostic = match crate::similar(self.word(), HEAD_WORDS) {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
            None => diagnostic,
        };
        self.report(diagnostic)
    }

    fn parse_field(&mut self) -> Parse<Field> {
        let first = self.pos;
        let doc = self.take_doc(first);
        let offset = match self.accept(TokenKind::At) {
            true => Some(self.parse_int("an offset in bytes")?),
            false => None,
        };
        if matches!(self.word(), "struct" | "union") && self.kind_after(1) == TokenKind::BraceOpen {
            // test_err: struct s { union { int a; long b; } u; }
            let message = format!("`{}` inside another declaration", self.word());
            let diagnostic = Diagnostic::error("E0118", self.span(), message)
                .help("declare it by name before, then use the name as the type of a field");
            let reported = self.report(diagnostic);
            self.skip_nested_declaration();
            return Err(reported);
        }
        let (dir, opt) = self.parse_direction();
        let ty = self.parse_type("a field or `}`")?;
        // test_err: struct s { int; }
        let name = self.parse_name("the name of the field")?;
        let (mut array, mut len) = (None, None);
        if self.kind() == TokenKind::BracketOpen {
            if ty.stars > 0 {
                len = Some(self.parse_len()?);
            } else {
                array = Some(self.parse_array()?);
            }
        }
        self.expect_semicolon()?;
        Ok(Field { doc, offset, dir, opt, ty, name, array, len, span: self.span_from(first) })
    }

    /// Skips `union { … } name`, so that what is inside is not reported too.
    fn skip_nested_declaration(&mut self) {
        self.bump();
        let mut depth = 0_usize;
        loop {
            match self.kind() {
                TokenKind::BraceOpen => depth += 1,
                TokenKind::BraceClose => depth -= 1,
                _ => {}
            }
            if self.kind() == TokenKind::End || self.at_item_start() {
                return;
            }
            self.bump();
            if depth == 0 {
                return;
            }
        }
    }

    /// `[12]`, or `[]` as 0.
    fn parse_array(&mut self) -> Parse<Int> {
        let open = self.expect(TokenKind::BracketOpen)?;
        if self.kind() == TokenKind::BracketClose {
            let close = self.bump();
            return Ok(Int { value: 0, span: open.span.to(close.span) });
        }
        // test_err: struct s { int x[n]; }
        let count = self.parse_constant_count()?;
        self.expect(TokenKind::BracketClose)?;
        Ok(count)
    }

    fn parse_constant_count(&mut self) -> Parse<Int> {
        let count = self.parse_int("a number of elements")?;
        if count.value <= 0 {
            // test_err: struct s { int x[0]; }
            self.report(
                Diagnostic::error("E0106", count.span, "array of fewer than one element")
                    .help("a flexible array at the end is written `[]`"),
            );
        }
        Ok(count)
    }
}
