//! The recorded history of system calls: a table of every call of Linux with its number, the releases
//! that have it, and the prototype in the kernel's sources.
//!
//! The table is not part of the repository; it lies beside it.

use std::collections::HashMap;
use std::path::PathBuf;

use libsys_model::Release;

/// Where the table lies.
#[must_use]
pub fn path() -> PathBuf {
    crate::root().join("../shared/data/syscall-history.csv")
}

/// One call on x86_64.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Its number.
    pub nr: u32,
    /// The release that introduced it.
    pub since: Span,
    /// The release that no longer has it.
    pub until: Span,
    /// How many arguments it takes, where that is known.
    pub nargs: Option<usize>,
    /// Its arguments, when the prototype is known.
    pub params: Option<Vec<Shape>>,
}

/// What the table says about a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// Nothing: never, or not known.
    Blank,
    /// That one.
    Exact(Release),
    /// Later than the first, not later than the second.
    Between(Release, Release),
}

/// What a parameter is, as far as registers go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A pointer.
    Pointer,
    /// An integer too short for an address.
    Int,
    /// An integer as long as an address, which may be one.
    Word,
}

impl Span {
    fn parse(text: &str) -> Result<Span, String> {
        match text {
            "" | "?" => Ok(Span::Blank),
            _ => match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(']')) {
                Some(inner) => {
                    let (after, upto) = inner.split_once(',').ok_or_else(|| format!("`{text}`"))?;
                    Ok(Span::Between(after.parse()?, upto.parse()?))
                }
                None => Ok(Span::Exact(text.parse()?)),
            },
        }
    }

    /// Whether a release agrees with it.
    #[must_use]
    pub fn agrees(self, release: Option<Release>) -> bool {
        match self {
            Span::Blank => release.is_none(),
            Span::Exact(exact) => release == Some(exact),
            Span::Between(after, upto) => release.is_some_and(|r| after < r && r <= upto),
        }
    }
}

/// The rows of a table that have a number on x86_64.
///
/// # Errors
///
/// One sentence about a missing column, or about a field that cannot be understood and its line.
pub fn parse(text: &str) -> Result<Vec<Row>, String> {
    let mut lines = text.lines();
    let header = fields(lines.next().unwrap_or_default());
    let columns: HashMap<&str, usize> =
        header.iter().enumerate().map(|(i, name)| (name.as_str(), i)).collect();
    let column = |name: &str| columns.get(name).copied().ok_or_else(|| format!("no column `{name}`"));
    let (name, nr) = (column("name")?, column("nr_x86_64")?);
    let (since, until) = (column("intro_x86_64")?, column("removed_in")?);
    let (nargs, prototype) = (column("nargs")?, column("prototype")?);
    let mut rows = Vec::new();
    for (index, line) in lines.enumerate() {
        let row = fields(line);
        let field = |column: usize| row.get(column).map_or("", String::as_str);
        let at = |what: String| format!("line {}: {what}", index + 2);
        if field(nr).is_empty() {
            continue;
        }
        rows.push(Row {
            name: field(name).to_owned(),
            nr: field(nr).parse().map_err(|_| at(format!("number `{}`", field(nr))))?,
            since: Span::parse(field(since)).map_err(at)?,
            until: Span::parse(field(until)).map_err(at)?,
            nargs: field(nargs).parse().ok(),
            params: params(field(prototype)),
        });
    }
    Ok(rows)
}

/// The fields of a line, any of which may be quoted.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().expect("there is always one").push(c),
        }
    }
    fields
}

/// The parameters of a prototype in C.
fn params(prototype: &str) -> Option<Vec<Shape>> {
    let (_, rest) = prototype.split_once('(')?;
    let inner = rest.trim_end().strip_suffix(')')?;
    if inner == "void" {
        return Some(Vec::new());
    }
    Some(inner.split(',').map(shape).collect())
}

fn shape(param: &str) -> Shape {
    const POINTERS: [&str; 2] = ["cap_user_header_t", "cap_user_data_t"];
    const WORDS: [&str; 9] =
        ["long", "size_t", "ssize_t", "loff_t", "off_t", "u64", "__u64", "aio_context_t", "uintptr_t"];
    let words: Vec<&str> = param.split_whitespace().collect();
    if param.contains('*') || words.iter().any(|word| POINTERS.contains(word)) {
        Shape::Pointer
    } else if words.iter().any(|word| WORDS.contains(word)) {
        Shape::Word
    } else {
        Shape::Int
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "name,nr_x86_64,intro_x86_64,removed_in,nargs,prototype";

    fn one(line: &str) -> Row {
        parse(&format!("{HEADER}\n{line}\n")).expect("the line is right").remove(0)
    }

    #[test]
    fn quoted_prototype() {
        let row = one("x,7,2.6,,3,\"long x(int fd, const char *p, size_t n)\"");
        assert_eq!(row.nr, 7);
        assert_eq!(row.nargs, Some(3));
        assert_eq!(row.params, Some(vec![Shape::Int, Shape::Pointer, Shape::Word]));
    }

    #[test]
    fn interval() {
        let row = one("x,7,\"(6.17,6.19]\",,0,long x(void)");
        assert!(!row.since.agrees(Some(Release::new(6, 17, 0))));
        assert!(row.since.agrees(Some(Release::new(6, 18, 0))));
        assert!(row.until.agrees(None));
    }

    #[test]
    fn rows_of_other_machines_are_left_out() {
        assert!(parse(&format!("{HEADER}\nx,,2.6,,0,long x(void)\n")).expect("the line is right").is_empty());
    }

    #[test]
    fn mistakes_have_a_line() {
        let error = parse(&format!("{HEADER}\nx,seven,2.6,,0,long x(void)\n")).expect_err("no number");
        assert_eq!(error, "line 2: number `seven`");
    }
}
