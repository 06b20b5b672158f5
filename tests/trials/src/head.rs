//! The head of a program: `//#Name: value` lines.
//!
//! They end at the first line that is code. An unknown name, an unknown word and a contradiction are
//! mistakes, so that no expectation is lost to a slip of the pen.

use crate::run::Outcome;
use crate::word::Word;
use std::fmt;

/// What a program can say of itself.
pub trait Directives: Default {
    /// Names that may be given several times.
    const REPEATABLE: &'static [&'static str];

    /// Takes a directive.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn set(&mut self, name: &str, value: &str) -> Result<(), String>;

    /// Refuses what contradicts itself.
    ///
    /// # Errors
    ///
    /// What does.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// What the program must do.
    fn expected(&self) -> Outcome;
}

/// A directive that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Reads the head of a program.
///
/// # Errors
///
/// All mistakes, by line.
pub fn parse<D: Directives>(text: &str) -> Result<D, Vec<Mistake>> {
    let mut directives = D::default();
    let mut mistakes = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    let mut in_head = true;
    let mut in_comment = false;
    for (i, line) in text.lines().enumerate() {
        let mut wrong = |what: String| mistakes.push(Mistake { line: i + 1, what });
        let Some(directive) = line.strip_prefix("//#") else {
            in_head &= is_comment(line, &mut in_comment);
            continue;
        };
        if !in_head {
            wrong("a directive behind the head of the file".into());
            continue;
        }
        let Some((name, value)) = directive.split_once(':') else {
            wrong(format!("`{directive}` is not `Name: value`"));
            continue;
        };
        if seen.contains(&name) && !D::REPEATABLE.contains(&name) {
            wrong(format!("`{name}` is given twice"));
        }
        seen.push(name);
        if let Err(what) = directives.set(name, value.strip_prefix(' ').unwrap_or(value)) {
            wrong(what);
        }
    }
    if let Err(what) = directives.check() {
        mistakes.push(Mistake { line: 1, what });
    }
    if mistakes.is_empty() { Ok(directives) } else { Err(mistakes) }
}

/// Whether a line holds nothing but white space or a part of a comment.
fn is_comment(line: &str, in_comment: &mut bool) -> bool {
    let line = line.trim();
    if !*in_comment {
        if line.is_empty() || line.starts_with("//") {
            return true;
        }
        if !line.starts_with("/*") {
            return false;
        }
        *in_comment = true;
    }
    if let Some((_, after)) = line.split_once("*/") {
        *in_comment = false;
        return after.is_empty();
    }
    true
}

/// A value as a line of output, put behind others.
pub fn line(text: &mut String, value: &str) {
    text.push_str(value);
    text.push('\n');
}

/// A value as words, of any spelling.
///
/// # Errors
///
/// That there are none.
pub fn split(value: &str) -> Result<Vec<String>, String> {
    let words: Vec<String> = value.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() { Err("lists nothing".into()) } else { Ok(words) }
}

/// A value as words that are known, each once.
///
/// # Errors
///
/// What is wrong with them.
pub fn words<W: Word + PartialEq>(value: &str) -> Result<Vec<W>, String> {
    let mut found = Vec::new();
    for word in split(value)? {
        let Some(item) = W::from_word(&word) else {
            let known: Vec<&str> = W::ALL.iter().map(|w| w.word()).collect();
            return Err(format!("`{word}` is none of: {}", known.join(", ")));
        };
        if found.contains(&item) {
            return Err(format!("`{word}` is listed twice"));
        }
        found.push(item);
    }
    Ok(found)
}

/// A value as a variable of the environment.
///
/// # Errors
///
/// What is wrong with it.
pub fn variable(value: &str) -> Result<(String, String), String> {
    match value.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err(format!("`{value}` is not `NAME=VALUE`")),
    }
}
