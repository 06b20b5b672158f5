//! `BENCHMARKS.md`: prose that people write, and tables between markers that `cargo xtask bench` writes.

use crate::run;

/// Puts a text between the markers of that name.
///
/// # Errors
///
/// The document cannot be read or written, or has no such markers.
pub fn replace(name: &str, text: &str) -> Result<(), String> {
    let path = run::root().join("BENCHMARKS.md");
    let failed = |e| format!("{}: {e}", path.display());
    let document = std::fs::read_to_string(&path).map_err(failed)?;
    let document = splice(&document, name, text)
        .ok_or_else(|| format!("{} has no place marked {}", path.display(), marker("begin", name)))?;
    std::fs::write(&path, document).map_err(failed)
}

fn marker(side: &str, name: &str) -> String {
    format!("<!-- {side} {name} -->")
}

fn splice(document: &str, name: &str, text: &str) -> Option<String> {
    let (before, rest) = document.split_once(&marker("begin", name))?;
    let (_, after) = rest.split_once(&marker("end", name))?;
    let (begin, end) = (marker("begin", name), marker("end", name));
    Some(format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::splice;

    #[test]
    fn a_text_is_replaced_where_it_is_marked() {
        let document = "a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n";
        let once = splice(document, "x", "new\n").expect("the place is marked");
        assert_eq!(once, "a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb\n");
        assert_eq!(splice(&once, "x", "new").as_deref(), Some(once.as_str()));
        assert_eq!(splice(document, "y", "new"), None);
    }
}
