//! Diagnostics → text for people, with the lines they are about.

use std::collections::HashMap;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::{FileId, SourceMap};

/// Labels of one file that are further apart than this are shown as two pieces of it.
const MAX_GAP: usize = 4096;

/// Lines longer than this are shown in part: their ends are cut off.
const MAX_LINE: usize = 1024;

/// Renders diagnostics in the order given, one blank line between them, with a newline at the end.
///
/// `color` adds terminal colours; whether to is the caller's choice.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], sources: &SourceMap, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let mut lines = Lines::default();
    let mut out = String::new();
    for diagnostic in diagnostics {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&render_one(diagnostic, sources, &mut lines, &renderer));
        out.push('\n');
    }
    out
}

fn render_one(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    lines: &mut Lines,
    renderer: &Renderer,
) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let mut group: Group<'_> =
        Group::with_title(level.primary_title(diagnostic.message.as_str()).id(diagnostic.code));
    for piece in pieces(diagnostic, sources) {
        group = group.element(piece.snippet(sources, lines));
    }
    if let Some(help) = &diagnostic.help {
        group = group.element(Element::from(Level::HELP.message(help.as_str())));
    }
    renderer.render(&[group])
}

/// Labels of one file that are shown together, with the bytes to show.
struct Piece<'a> {
    file: FileId,
    start: usize,
    end: usize,
    labels: Vec<(&'a Label, AnnotationKind)>,
}

impl<'a> Piece<'a> {
    fn snippet(
        &self,
        sources: &'a SourceMap,
        lines: &mut Lines,
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let source = sources.get(self.file);
        let (start, end) = (self.start, self.end);
        let mut snippet = Snippet::source(&source.text[start..end])
            .path(source.path.as_str())
            .line_start(lines.number(sources, self.file, start));
        for (label, kind) in &self.labels {
            let (from, to) = clamp(&source.text, label);
            let annotation = kind.span(from - start..to - start);
            let text = Some(label.text.as_str()).filter(|text| !text.is_empty());
            snippet = snippet.annotation(annotation.label(text));
        }
        snippet
    }
}

/// Groups the labels of a diagnostic into pieces; the piece with the primary label is the first.
fn pieces<'a>(diagnostic: &'a Diagnostic, sources: &SourceMap) -> Vec<Piece<'a>> {
    let related = diagnostic.related.iter().map(|label| (label, AnnotationKind::Context));
    let mut pieces: Vec<Piece<'a>> = Vec::new();
    for (label, kind) in std::iter::once((&diagnostic.primary, AnnotationKind::Primary)).chain(related) {
        let file = label.span.file;
        let text = &sources.get(file).text;
        let (from, to) = clamp(text, label);
        let (start, end) = (line_start(text, from), line_end(text, to));
        let near = |piece: &&mut Piece<'a>| {
            piece.file == file && start <= piece.end + MAX_GAP && piece.start <= end + MAX_GAP
        };
        match pieces.iter_mut().find(near) {
            Some(piece) => {
                piece.start = piece.start.min(start);
                piece.end = piece.end.max(end);
                piece.labels.push((label, kind));
            }
            None => pieces.push(Piece { file, start, end, labels: vec![(label, kind)] }),
        }
    }
    pieces
}

/// The bytes of a label's span, moved inside the text and onto character boundaries.
fn clamp(text: &str, label: &Label) -> (usize, usize) {
    let boundary = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let from = boundary(label.span.start as usize);
    (from, boundary(label.span.end as usize).max(from))
}

/// Where the line of `at` begins, or where what is shown of it begins.
fn line_start(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut start = at.saturating_sub(MAX_LINE);
    if let Some(newline) = bytes[start..at].iter().rposition(|&b| b == b'\n') {
        return start + newline + 1;
    }
    while !text.is_char_boundary(start) {
        start += 1;
    }
    start
}

/// Where the line of `at` ends, or where what is shown of it ends.
fn line_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = (at + MAX_LINE).min(text.len());
    if let Some(newline) = bytes[at..end].iter().position(|&b| b == b'\n') {
        return at + newline;
    }
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

/// Where the lines of each file end; found when the file is first asked for.
#[derive(Default)]
struct Lines {
    ends: HashMap<FileId, Vec<u32>>,
}

impl Lines {
    /// The number, from 1, of the line with byte `at`.
    fn number(&mut self, sources: &SourceMap, file: FileId, at: usize) -> usize {
        let ends = self.ends.entry(file).or_insert_with(|| {
            let bytes = sources.get(file).text.bytes().enumerate();
            bytes.filter(|(_, byte)| *byte == b'\n').map(|(end, _)| end as u32).collect()
        });
        ends.partition_point(|end| (*end as usize) < at) + 1
    }
}

#[cfg(test)]
mod tests;
