//! C declarations → types and parameters in the words of the language.

use crate::sal::{Annotation, is_annotation};
use crate::token::Token;
use crate::{List, Param, Ty, is_word};
use libsys_syntax::source::Span;
use std::collections::HashSet;

/// Words of C that several of can make one type.
const C_WORDS: [&str; 6] = ["signed", "unsigned", "char", "short", "int", "long"];

/// Words that change nothing here.
const IGNORED: [&str; 5] = ["volatile", "restrict", "__restrict", "register", "__capability"];

/// Words of the language that would mean something else as the name of a struct.
const TAKEN: [&str; 4] = ["path", "string", "address", "function_pointer"];

/// A declaration: a type, and a name if it has one.
pub(crate) struct Declaration<'a> {
    pub ty: Ty,
    pub name: Option<Token<'a>>,
    /// Tokens between `[` and `]`.
    array: Option<Vec<Token<'a>>>,
}

/// Reads `const struct iovec *iovp`, `unsigned int`, `int fds[2]`, `void (*f)(int)`. None, with a mistake,
/// when it is no declaration.
pub(crate) fn declaration<'a>(tokens: &[Token<'a>], place: Span, list: &mut List) -> Option<Declaration<'a>> {
    if let Some(name) = function_pointer(tokens) {
        let ty = Ty { is_const: false, base: "function_pointer".into(), stars: 0 };
        return Some(Declaration { ty, name, array: None });
    }
    let mut words: Vec<Token<'a>> = Vec::new();
    let mut ty = Ty { is_const: false, base: String::new(), stars: 0 };
    let (mut name, mut array, mut is_tagged) = (None, None, false);
    let mut rest = tokens.iter();
    while let Some(token) = rest.next() {
        match token.text {
            // `T *const p`: the parameter itself is constant, which is nobody's business.
            "const" if ty.stars == 0 => ty.is_const = true,
            "const" => {}
            "struct" | "union" => is_tagged = true,
            // The value of an enumeration is an int.
            "enum" => words.push(Token { text: "int", ..*token }),
            word if IGNORED.contains(&word) => {}
            "*" => ty.stars = ty.stars.saturating_add(1),
            "[" => {
                array = Some(rest.by_ref().take_while(|t| !t.is("]")).copied().collect());
            }
            _ if token.is_word() && name.is_none() && array.is_none() => {
                if ty.stars > 0 {
                    name = Some(*token)
                } else {
                    words.push(*token)
                }
            }
            other => {
                list.error("E0603", list.span(token.start, token.end()), format!("unexpected `{other}`"));
                return None;
            }
        }
    }
    if ty.stars == 0 && words.len() > 1 && !words.iter().all(|word| C_WORDS.contains(&word.text)) {
        name = words.pop();
    }
    let is_enum = tokens.iter().any(|token| token.is("enum"));
    words.truncate(if is_enum { 1 } else { words.len() });
    let texts: Vec<&str> = words.iter().map(|word| word.text).collect();
    ty.base = texts.join(" ");
    let is_type = match texts[..] {
        [word] => is_word(word),
        [] => false,
        _ => texts.iter().all(|word| C_WORDS.contains(word)),
    };
    if !is_type || ty.stars > MAX_STARS || name.is_some_and(|name| !is_word(name.text)) {
        list.error("E0603", place, "this is not a C declaration");
        return None;
    }
    if is_tagged && TAKEN.contains(&ty.base.as_str()) {
        ty.base.push_str("_struct");
    }
    Some(Declaration { ty, name, array })
}

/// The language allows no more.
const MAX_STARS: u8 = 7;

/// The name in `T (*name)(…)`, if tokens look so.
fn function_pointer<'a>(tokens: &[Token<'a>]) -> Option<Option<Token<'a>>> {
    let open = tokens.windows(2).position(|pair| pair[0].is("(") && pair[1].is("*"))?;
    Some(tokens.get(open + 2).filter(|token| token.is_word()).copied())
}

/// A parameter with its annotations. None, with a mistake, when it is no declaration.
pub(crate) fn parameter(
    tokens: &[Token<'_>],
    names: &HashSet<&str>,
    place: Span,
    list: &mut List,
) -> Option<Param> {
    let (annotation, rest) = annotations(tokens);
    let Declaration { mut ty, name, array } = declaration(rest, place, list)?;
    let mut param = Param {
        direction: String::new(),
        ty: ty.clone(),
        name: name.map(|name| name.text.to_owned()),
        len: String::new(),
    };
    let mut annotation = annotation;
    if let Some(array) = array {
        // What is declared as an array is passed as a pointer.
        ty.stars += 1;
        if annotation.amount.is_empty() {
            annotation.amount = array;
        }
    }
    // Only pointers lead anywhere; `caddr_t` is one.
    let is_pointer = ty.stars > 0 || ty.base == "caddr_t";
    param.ty = ty;
    if !is_pointer {
        return Some(param);
    }
    let is_chars = param.ty.base == "char" && param.ty.stars == 1;
    if annotation.is_string && is_chars && annotation.amount.is_empty() && annotation.direction == Some("in")
    {
        let is_path = param.name.as_deref().is_some_and(|name| name.starts_with("path"));
        param.ty = Ty { is_const: false, base: if is_path { "path" } else { "string" }.into(), stars: 0 };
        param.direction = if annotation.is_opt { "opt ".into() } else { String::new() };
        return Some(param);
    }
    if let Some(direction) = annotation.direction {
        param.direction = format!("{direction} {}", if annotation.is_opt { "opt " } else { "" });
    }
    if annotation.is_string && annotation.amount.is_empty() && param.ty.stars > 1 {
        param.len = " [null]".into();
        return Some(param);
    }
    let is_bytes = param.ty.base == "void" && param.ty.stars == 1;
    match annotation.length(names, is_bytes) {
        Some(len) => param.len = len,
        None => {
            let written: Vec<&str> = annotation.amount.iter().map(|token| token.text).collect();
            let message = format!("the length `{}` is left out", written.join(" "));
            let span = annotation.amount.first().zip(annotation.amount.last());
            let span = span.map_or(place, |(a, b)| list.span(a.start, b.end()));
            list.warning("W0601", span, message);
        }
    }
    Some(param)
}

/// The annotations that a parameter begins with, and the rest.
fn annotations<'t, 'a>(tokens: &'t [Token<'a>]) -> (Annotation<'a>, &'t [Token<'a>]) {
    let mut annotation = Annotation::default();
    let mut rest = tokens;
    while let [word, behind @ ..] = rest {
        if !is_annotation(word.text) {
            break;
        }
        let mut amount: &[Token<'a>] = &[];
        rest = behind;
        if let [open, inside @ ..] = behind
            && open.is("(")
        {
            let mut depth = 1;
            let end = inside.iter().position(|token| {
                depth += i32::from(token.is("(")) - i32::from(token.is(")"));
                depth == 0
            });
            let end = end.unwrap_or(inside.len());
            amount = &inside[..end];
            rest = inside.get(end + 1..).unwrap_or(&[]);
        }
        annotation.add(word.text, amount);
    }
    (annotation, rest)
}
