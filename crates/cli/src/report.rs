//! Diagnostics as JSON, for editors and scripts.

use libsys_syntax::diagnostic::{Diagnostic, Label, Severity};
use libsys_syntax::source::SourceMap;
use serde_json::{Value, json};

/// One object for each diagnostic. Lines and columns count from 1, columns in characters.
pub fn diagnostics(diagnostics: &[Diagnostic], sources: &SourceMap) -> Vec<Value> {
    diagnostics.iter().map(|diagnostic| one(diagnostic, sources)).collect()
}

fn one(diagnostic: &Diagnostic, sources: &SourceMap) -> Value {
    let mut value = place(&diagnostic.primary, sources);
    value["code"] = json!(diagnostic.code);
    value["severity"] = json!(match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    });
    value["message"] = json!(diagnostic.message);
    let related: Vec<Value> = diagnostic.related.iter().map(|label| place(label, sources)).collect();
    value["related"] = json!(related);
    value["help"] = json!(diagnostic.help);
    value
}

fn place(label: &Label, sources: &SourceMap) -> Value {
    let source = sources.get(label.span.file);
    let (line, column) = position(&source.text, label.span.start);
    let (end_line, end_column) = position(&source.text, label.span.end);
    json!({
        "file": source.path,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "label": label.text,
    })
}

/// Line and column of a byte, both from 1.
fn position(text: &str, offset: u32) -> (usize, usize) {
    let bytes = text.as_bytes();
    let before = &bytes[..bytes.len().min(offset as usize)];
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    // Bytes that continue a character are not counted.
    let column = before[line_start..].iter().filter(|byte| **byte & 0xc0 != 0x80).count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::position;

    #[test]
    fn positions_count_characters() {
        assert_eq!(position("", 0), (1, 1));
        assert_eq!(position("a\nbä c", 6), (2, 4));
        assert_eq!(position("a\n", 2), (2, 1));
        assert_eq!(position("a", 99), (1, 2));
    }
}
