//! `syscalls.master`: the lists of FreeBSD (in columns, and in lines with annotations), DragonFly, OpenBSD.
//!
//! ```text
//! NUMBER [AUDIT|MPSAFE] KIND [NAMESPACE] { PROTOTYPE } [NAME [ARGS [TYPE]]]
//! NUMBER [AUDIT|MPSAFE] KIND [NAMESPACE] [NAME…]
//! ```

use crate::c_type;
use crate::token::{Token, tokens};
use crate::{Entry, List, is_word};
use libsys_model::abi::BASE_SLOTS;
use libsys_syntax::source::Span;
use std::collections::{HashMap, HashSet};

/// Kinds of entries that have a call.
const CALLS: [&str; 12] = [
    "STD",
    "NODEF",
    "NOARGS",
    "NOPROTO",
    "NOSTD",
    "NOIMPL",
    "NOTSTATIC",
    "SYSMUX",
    "CAPENABLED",
    "INDIR",
    "NOERR",
    "NOLOCK",
];
/// Kinds of entries that have none.
const HOLES: [&str; 4] = ["OBSOL", "UNIMPL", "RESERVED", "EXCL"];
/// Calls as they once were: the kind, and what their names begin with. `COMPAT7` and the like are as regular.
const OLD: [(&str, &str); 5] =
    [("COMPAT", "o"), ("CPT_NOA", "o"), ("LIBCOMPAT", "o"), ("COMPAT_DF12", "dfbsd12_"), ("COMPAT_43", "o")];

/// What an entry's kind says.
enum Kind {
    Call,
    Hole,
    /// An old form of a call, and what its name begins with.
    Old(String),
}

/// Whether a word is a kind, or several joined by `|`.
pub(crate) fn is_kind(word: &str) -> bool {
    !word.is_empty() && word.split('|').all(|part| kind(part).is_some())
}

fn kind(word: &str) -> Option<Kind> {
    // FreeBSD 5 put an M before the kinds that need no lock.
    let word = word.strip_prefix('M').filter(|rest| CALLS.contains(rest)).unwrap_or(word);
    if CALLS.contains(&word) {
        return Some(Kind::Call);
    }
    if HOLES.contains(&word) {
        return Some(Kind::Hole);
    }
    if let Some((_, prefix)) = OLD.iter().find(|(old, _)| *old == word) {
        return Some(Kind::Old((*prefix).to_owned()));
    }
    let release = word.strip_prefix("COMPAT")?;
    let is_number = !release.is_empty() && release.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| Kind::Old(format!("freebsd{release}_")))
}

/// Reads a list. Every mistake is reported; what can be read of the rest is read.
pub(crate) fn read(text: &str, list: &mut List) -> Vec<Entry> {
    let tokens = tokens(text);
    let mut reader = Reader { text, tokens: &tokens, at: 0, list, seen: Seen::default() };
    let mut entries = Vec::new();
    while let Some(token) = reader.peek() {
        let before = reader.at;
        entries.extend(reader.entry(token));
        debug_assert!(reader.at > before, "every entry takes a token");
        reader.at = reader.at.max(before + 1);
    }
    entries
}

/// Numbers and names that were already given.
#[derive(Default)]
struct Seen {
    numbers: HashMap<u32, usize>,
    names: HashMap<String, usize>,
}

struct Reader<'t, 'a, 'l> {
    text: &'a str,
    tokens: &'t [Token<'a>],
    at: usize,
    list: &'l mut List,
    seen: Seen,
}

impl<'t, 'a> Reader<'t, 'a, '_> {
    fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    fn error(&mut self, code: &'static str, token: Token<'_>, message: impl Into<String>) {
        self.list.error(code, self.list.span(token.start, token.end()), message);
    }

    /// Takes tokens up to the first one that begins a line.
    fn rest_of_line(&mut self) -> &'t [Token<'a>] {
        let start = self.at;
        while self.peek().is_some_and(|token| !token.is_first) {
            self.at += 1;
        }
        &self.tokens[start..self.at]
    }

    fn entry(&mut self, number: Token<'a>) -> Option<Entry> {
        self.at += 1;
        if !number.text.bytes().all(|b| b.is_ascii_digit()) {
            self.error("E0601", number, "an entry begins with a number");
            self.rest_of_line();
            return None;
        }
        let nr = number.text.parse().ok().filter(|nr| *nr < BASE_SLOTS);
        if nr.is_none() {
            self.error("E0602", number, format!("numbers run from 0 to {}", BASE_SLOTS - 1));
        }
        let head = self.head();
        let Some(kind) = self.kind(head, number) else {
            self.skip_block();
            return None;
        };
        if self.peek().is_none_or(|token| token.is_first || !token.is("{")) {
            let end = self.rest_of_line().last().or(head.last()).map_or(number.end(), Token::end);
            let words = self.text[number.start..end].split_whitespace().filter(|word| *word != "\\");
            return Some(Entry::Note(words.collect::<Vec<_>>().join(" ")));
        }
        let block = self.block(number)?;
        let alt = self.rest_of_line();
        let (mut name, ret, params) = self.prototype(block, number)?;
        if let Some(other) = alt.first().filter(|token| is_word(token.text)) {
            name = other.text.to_owned();
        } else if let Some(rest) = name.strip_prefix("sys_") {
            name = rest.to_owned();
        }
        match kind {
            Kind::Hole => return Some(Entry::Note(format!("{} {name}", number.text))),
            Kind::Old(prefix) => name = format!("{prefix}{name}"),
            Kind::Call => {}
        }
        let nr = nr?;
        if let Some(why) = self.clash(nr, &name, number) {
            return Some(Entry::Note(format!("{nr} {name}: {why}")));
        }
        self.list.places.insert(nr, self.place(block, number));
        Some(Entry::Call { nr, name, ret, params })
    }

    /// The words between the number and `{`, or the name of a hole.
    fn head(&mut self) -> &'t [Token<'a>] {
        let start = self.at;
        while self.peek().is_some_and(|token| !token.is_first && !token.is("{")) {
            self.at += 1;
        }
        &self.tokens[start..self.at]
    }

    fn kind(&mut self, head: &[Token<'_>], number: Token<'_>) -> Option<Kind> {
        let mut found: Option<Kind> = None;
        for token in head.iter().filter(|token| token.is_word()) {
            match (kind(token.text), &found) {
                (None, None) => {}
                // What stands behind the kinds are namespaces and names.
                (None, Some(_)) => break,
                (Some(Kind::Call), Some(_)) => {}
                (Some(kind), _) => found = Some(kind),
            }
        }
        if found.is_none() {
            self.error("E0605", number, "an entry of no known kind");
        }
        found
    }

    /// The tokens between the braces of an entry. None, with a mistake, when the block is not closed.
    fn block(&mut self, number: Token<'a>) -> Option<&'t [Token<'a>]> {
        self.at += 1;
        let start = self.at;
        while let Some(token) = self.peek() {
            // An entry that begins inside a block shows that the block has no end.
            let is_entry = token.is_first
                && token.text.bytes().all(|b| b.is_ascii_digit())
                && self.tokens[self.at..]
                    .iter()
                    .skip(1)
                    .take(3)
                    .any(|t| !t.is_first && kind(t.text).is_some());
            if is_entry {
                break;
            }
            self.at += 1;
            if token.is("}") {
                return Some(&self.tokens[start..self.at - 1]);
            }
        }
        self.error("E0604", number, "the block of this entry is not closed");
        None
    }

    /// Goes past a block that nobody asks for.
    fn skip_block(&mut self) {
        if let Some(open) = self.peek().filter(|token| token.is("{") && !token.is_first) {
            self.block(open);
            self.rest_of_line();
        }
    }

    /// What stands in a block; the number of an entry whose block is empty.
    fn place(&self, block: &[Token<'_>], number: Token<'_>) -> Span {
        let first = block.first().unwrap_or(&number);
        self.list.span(first.start, block.last().unwrap_or(&number).end())
    }

    fn prototype(
        &mut self,
        block: &[Token<'a>],
        number: Token<'_>,
    ) -> Option<(String, crate::Ty, Vec<crate::Param>)> {
        let place = self.place(block, number);
        let open = block.iter().position(|token| token.is("("));
        let close = block.iter().rposition(|token| token.is(")"));
        let (Some(open), Some(close)) = (open, close.filter(|close| Some(*close) > open)) else {
            self.list.error("E0603", place, "this is not a C prototype");
            return None;
        };
        let (name, before) =
            block[..open].split_last().filter(|(name, _)| is_word(name.text)).or_else(|| {
                self.list.error("E0603", place, "this is not a C prototype");
                None
            })?;
        let ret = c_type::declaration(before, place, self.list).map(|declaration| declaration.ty);
        let params = self.params(&block[open + 1..close], place);
        Some((name.text.to_owned(), ret?, params?))
    }

    fn params(&mut self, tokens: &[Token<'a>], place: Span) -> Option<Vec<crate::Param>> {
        let pieces = split(tokens);
        if let [one] = &pieces[..]
            && (one.is_empty() || matches!(one, [void] if void.is("void")))
        {
            return Some(Vec::new());
        }
        let words: HashSet<&str> =
            tokens.iter().filter(|token| token.is_word()).map(|token| token.text).collect();
        let mut params: Vec<crate::Param> = Vec::new();
        let mut is_good = true;
        for piece in pieces {
            let span = piece.first().zip(piece.last());
            let span = span.map_or(place, |(a, b)| self.list.span(a.start, b.end()));
            if piece.iter().all(|token| token.is(".")) && piece.len() == 3 {
                self.list.warning("W0601", span, "arguments that are not declared are left out");
                continue;
            }
            match c_type::parameter(piece, &words, span, self.list) {
                Some(param) => params.push(param),
                None => is_good = false,
            }
        }
        name_apart(&mut params);
        is_good.then_some(params)
    }

    /// Why a number or a name cannot be taken again.
    fn clash(&mut self, nr: u32, name: &str, number: Token<'_>) -> Option<&'static str> {
        let span = self.list.span(number.start, number.end());
        let first = self.seen.numbers.get(&nr).copied();
        let named = self.seen.names.get(name).copied();
        let (why, message, other) = match (first, named) {
            (Some(other), _) => ("its number is taken", format!("number {nr} is given twice"), other),
            (None, Some(other)) => ("its name is taken", format!("`{name}` is given two numbers"), other),
            (None, None) => {
                self.seen.numbers.insert(nr, number.start);
                self.seen.names.insert(name.to_owned(), number.start);
                return None;
            }
        };
        let diagnostic = libsys_syntax::diagnostic::Diagnostic::warning("W0602", span, message)
            .related(self.list.span(other, other + 1), "first here")
            .help("the first one counts");
        self.list.diagnostics.push(diagnostic);
        Some(why)
    }
}

/// The pieces between commas that stand in no parentheses.
fn split<'t, 'a>(tokens: &'t [Token<'a>]) -> Vec<&'t [Token<'a>]> {
    let mut depth = 0;
    tokens
        .split(|token| {
            depth += i32::from(token.is("(")) - i32::from(token.is(")"));
            depth == 0 && token.is(",")
        })
        .collect()
}

/// Gives parameters that have one name twice other names.
fn name_apart(params: &mut [crate::Param]) {
    let mut taken: HashSet<String> = HashSet::new();
    for (i, param) in params.iter_mut().enumerate() {
        let Some(name) = &mut param.name else { continue };
        if taken.contains(name) {
            name.push_str(&format!("_{i}"));
        }
        while !taken.insert(name.clone()) {
            name.push('_');
        }
    }
}
