//! The lines of a structural implementation, by the names that they are about.

use std::collections::HashMap;

use crate::Conversion;

/// What the lines say, seen from one of both sides: where a newer program runs on an older kernel, what is the
/// program's in the text is the kernel's.
#[derive(Debug, Default)]
pub(super) struct Lines<'a> {
    /// The program's name of what the kernel calls otherwise.
    ours: HashMap<&'a str, &'a str>,
    /// The kernel's name of what the program calls otherwise.
    theirs: HashMap<&'a str, &'a str>,
    narrowed: HashMap<&'a str, &'a str>,
    defaults: HashMap<&'a str, i128>,
    limits: HashMap<&'a str, (Option<u64>, Option<&'a str>)>,
    /// Member, tag, value.
    pub members: Vec<(&'a str, &'a str, i128)>,
    /// Members that a union holds when no other line tells.
    pub otherwise: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    pub fn new(conversions: &'a [Conversion], reversed: bool) -> Lines<'a> {
        let mut lines = Lines::default();
        for conversion in conversions {
            match conversion {
                Conversion::Convert { .. } => {}
                Conversion::Narrow { field, overflow } => {
                    lines.narrowed.entry(field).or_insert(overflow);
                }
                Conversion::Default { field, value } => {
                    lines.defaults.entry(field).or_insert(*value);
                }
                Conversion::Rename { from, to } => {
                    let (ours, theirs) = if reversed { (to, from) } else { (from, to) };
                    lines.ours.entry(theirs).or_insert(ours);
                    lines.theirs.entry(ours).or_insert(theirs);
                }
                Conversion::Limit { name, most, overflow } => {
                    lines.limits.entry(name).or_insert((*most, overflow.as_deref()));
                }
                Conversion::Member { member, tag, value } => lines.members.push((member, tag, *value)),
                Conversion::Otherwise { member } => lines.otherwise.push(member),
            }
        }
        lines
    }

    /// The name on the source's side of what the target calls `name`.
    pub fn source_of<'n>(&self, name: &'n str, inwards: bool) -> &'n str
    where
        'a: 'n,
    {
        let names = if inwards { &self.ours } else { &self.theirs };
        names.get(name).copied().unwrap_or(name)
    }

    /// The kernel's name of what the program calls `name`.
    pub fn theirs_of<'n>(&self, name: &'n str) -> &'n str
    where
        'a: 'n,
    {
        self.theirs.get(name).copied().unwrap_or(name)
    }

    /// Whether a name on one side is what the other side calls `other`.
    pub fn are_partners(&self, ours: &str, theirs: &str) -> bool {
        match self.theirs.get(ours) {
            Some(named) => *named == theirs,
            None => ours == theirs && !self.ours.contains_key(theirs),
        }
    }

    /// The errno for what does not fit, by either name.
    pub fn overflow(&self, a: &str, b: &str) -> Option<String> {
        self.narrowed.get(a).or_else(|| self.narrowed.get(b)).map(|errno| (*errno).to_owned())
    }

    pub fn default_of(&self, name: &str) -> Option<i128> {
        self.defaults.get(name).copied()
    }

    /// The greatest number, and the errno for more; by either name.
    pub fn limit(&self, a: &str, b: &str) -> Option<(Option<u64>, Option<&'a str>)> {
        self.limits.get(a).or_else(|| self.limits.get(b)).copied()
    }

    /// The pairs of names, the program's first.
    pub fn renamed(&self) -> impl Iterator<Item = (&'a str, &'a str)> + '_ {
        self.ours.iter().map(|(theirs, ours)| (*ours, *theirs))
    }
}
