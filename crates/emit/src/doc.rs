//! Sentences about a call that the documentation comments of all bindings share.

use libsys_model::{Call, Cancel, Implementation, Returns};
use std::fmt::Write;

/// What is known of a call beside its own documentation and its signature, as sentences.
pub(crate) fn facts(call: &Call) -> String {
    let mut text = format!("Number {}.", call.nr.0);
    // Writing to a string cannot fail.
    let mut say = |sentence: std::fmt::Arguments<'_>| {
        text.push(' ');
        let _ = text.write_fmt(sentence);
    };
    match (call.since, call.until) {
        (Some(since), Some(until)) => {
            say(format_args!("Since {since}, until {until}, the first without it."))
        }
        (Some(since), None) => say(format_args!("Since {since}.")),
        (None, Some(until)) => say(format_args!("Until {until}, the first release without it.")),
        (None, None) => {}
    }
    match call.cancel {
        Cancel::Point => say(format_args!("A cancellation point.")),
        Cancel::May => say(format_args!("May be a cancellation point.")),
        Cancel::No => {}
    }
    match call.returns {
        Returns::Once => {}
        Returns::Twice => say(format_args!("Returns twice: in the caller and in the child.")),
        Returns::Never => say(format_args!("Does not return.")),
        Returns::Frame => say(format_args!(
            "Never called, but jumped to by a signal handler's return: use it as sa_restorer."
        )),
    }
    if call.vdso.is_some() {
        say(format_args!("Answered by the vDSO where the kernel has it there."));
    }
    match &call.implementation {
        Implementation::Simulated(errno) => say(format_args!("Always fails with {errno}.")),
        Implementation::Custom { approximate: Some(what), .. } => say(format_args!("Differs: {what}.")),
        Implementation::Custom { .. } | Implementation::Direct | Implementation::Structural(_) => {}
    }
    if let Some(page) = &call.see {
        say(format_args!("See {page}."));
    }
    if !call.errors.is_empty() {
        say(format_args!("Errors: {}.", call.errors.join(", ")));
    }
    text
}

/// Breaks text into lines of at most `width` columns, each with a prefix.
pub(crate) fn fill(text: &str, prefix: &str, width: usize, out: &mut String) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        }
        let before = if column == 0 { prefix } else { " " };
        out.push_str(before);
        out.push_str(word);
        column += before.chars().count() + length;
    }
    if column > 0 {
        out.push('\n');
    }
}
