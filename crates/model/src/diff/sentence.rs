//! Differences in words.

use std::fmt;

use super::{Change, ConstantChange, FieldChange};
use crate::{Cancel, Implementation, Returns};

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Number { old, new } => write!(f, "number {} is now {}", old.0, new.0),
            Change::Prototype { old, new } => write!(f, "{old} is now {new}"),
            Change::Layout { name, size: (old, new), fields } => {
                write!(f, "struct {name}")?;
                if old != new {
                    write!(f, ", {old} bytes, now {new}")?;
                }
                f.write_str(if fields.is_empty() { "" } else { ": " })?;
                list(f, fields)
            }
            Change::Constants { name, constants } => {
                write!(f, "constants of {name}: ")?;
                list(f, constants)
            }
            Change::Errors { added, removed } => {
                let signed = |sign: char| move |name: &String| format!("{sign}{name}");
                let all: Vec<String> =
                    added.iter().map(signed('+')).chain(removed.iter().map(signed('-'))).collect();
                write!(f, "errors: {}", all.join(", "))
            }
            Change::Cancel { new, .. } => f.write_str(match new {
                Cancel::No => "no cancellation point any more",
                Cancel::Point => "a cancellation point",
                Cancel::May => "may be a cancellation point",
            }),
            Change::Returns { new, .. } => f.write_str(match new {
                Returns::Once => "returns once",
                Returns::Twice => "returns twice",
                Returns::Never => "never returns",
                Returns::Frame => "restores another frame",
            }),
            Change::Vdso { new: Some(symbol), .. } => write!(f, "answered by {symbol} of the vDSO"),
            Change::Vdso { new: None, .. } => f.write_str("not answered by the vDSO any more"),
            Change::Slots { old, new } => write!(f, "slots: {old}, now {new}"),
            Change::Interpose { new: true } => f.write_str("may be interposed"),
            Change::Interpose { new: false } => f.write_str("must not be interposed any more"),
            Change::Implementation { old, new } => {
                write!(f, "{}, now {}", implementation(old), implementation(new))
            }
        }
    }
}

impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FieldChange::Added { name, offset } => write!(f, "+{name} at {offset}"),
            FieldChange::Removed { name, offset } => write!(f, "-{name} at {offset}"),
            FieldChange::Moved { name, old, new } => write!(f, "{name} from {old} to {new}"),
            FieldChange::Retyped { name, old, new } => write!(f, "{name} was {old}, is {new}"),
        }
    }
}

impl fmt::Display for ConstantChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConstantChange::Added(name) => write!(f, "+{name}"),
            ConstantChange::Removed(name) => write!(f, "-{name}"),
            ConstantChange::Changed { name, old, new } => write!(f, "{name} was {old}, is {new}"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, items: &[impl fmt::Display]) -> fmt::Result {
    for (i, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if i == 0 { "" } else { ", " })?;
    }
    Ok(())
}

fn implementation(implementation: &Implementation) -> String {
    match implementation {
        Implementation::Direct => "direct".to_owned(),
        Implementation::Structural(_) => "structural".to_owned(),
        Implementation::Custom { name, .. } => format!("custom {name}"),
        Implementation::Simulated(errno) => format!("simulated {errno}"),
    }
}
