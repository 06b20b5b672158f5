//! Text → canonical text.
use crate::diagnostic::Diagnostic;

/// Formats.
pub fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    Ok(text.to_owned())
}
