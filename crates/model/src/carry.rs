//! How the calls of one release are carried out on another: what a map between them does.
//!
//! A call that the kernel has is direct. For any other the ABI's rule says what to do; a rule may use calls that
//! the kernel lacks too, if rules carry those out in turn. Circles and gaps are found here, when a map is
//! generated, and not when a call is made.

use std::collections::HashMap;
use std::fmt;

use crate::structural::Between;
use crate::{Abi, Call, Implementation, Release};

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried<'a> {
    /// The kernel has it.
    Direct,
    /// The kernel has it, and the layer converts its structs.
    Structural,
    /// A function of the layer carries it out.
    Custom {
        /// The function.
        function: &'a str,
        /// The calls that it makes, by name.
        using: &'a [String],
        /// What differs from the real call; none: nothing does.
        approximate: Option<&'a str>,
    },
    /// It always fails with that errno, as a kernel's may that was built without it.
    Simulated(&'a str),
    /// Nothing can be done: a program that links it is refused.
    Refused,
}

impl fmt::Display for Carried<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Carried::Direct => f.write_str("direct"),
            Carried::Structural => f.write_str("structural"),
            Carried::Custom { using, approximate, .. } => {
                write!(f, "custom using {}", using.join(", "))?;
                approximate.map_or(Ok(()), |what| write!(f, "; approximate: {what}"))
            }
            Carried::Simulated(errno) => write!(f, "simulated: {errno}"),
            Carried::Refused => f.write_str("refused"),
        }
    }
}

/// Why a rule cannot be used for a kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// The rule of a call uses one that the kernel lacks and that no rule carries out.
    Missing {
        /// The call whose rule it is.
        call: String,
        /// The call that it uses.
        uses: String,
        /// The kernel's release.
        to: Release,
    },
    /// The rule of a call uses one whose structs are converted, which the layer knows nothing of.
    Converted {
        /// The call whose rule it is.
        call: String,
        /// The call that it uses.
        uses: String,
    },
    /// A struct has another version there, and no rule converts it.
    Version {
        /// The call that passes it.
        call: String,
        /// The struct.
        name: String,
        /// The kernel's release.
        to: Release,
    },
    /// Rules use each other.
    Circle {
        /// The calls, the first one again at the end.
        calls: Vec<String>,
    },
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Gap::Missing { call, uses, to } => {
                write!(
                    f,
                    "the rule of `{call}` uses `{uses}`, which {to} does not have and no rule carries out"
                )
            }
            Gap::Converted { call, uses } => {
                write!(f, "the rule of `{call}` uses `{uses}`, whose structs are converted")
            }
            Gap::Version { call, name, to } => {
                write!(
                    f,
                    "`{call}` passes `{name}`, of which {to} has another version, and no rule converts it"
                )
            }
            Gap::Circle { calls } => write!(f, "rules use each other: {}", calls.join(" → ")),
        }
    }
}

impl std::error::Error for Gap {}

/// What becomes of each call that a program of release `from` can make on a kernel of release `to`, by
/// ascending number.
///
/// # Errors
///
/// All rules that cannot be used.
pub fn carry(abi: &Abi, from: Release, to: Release) -> Result<Vec<(&Call, Carried<'_>)>, Vec<Gap>> {
    carry_those(abi, (from, to), |call| call.is_in(from))
}

/// The same of each call that a program of release `from` or of an older one can make: what a map serves.
///
/// # Errors
///
/// All rules that cannot be used.
pub fn carry_up_to(abi: &Abi, from: Release, to: Release) -> Result<Vec<(&Call, Carried<'_>)>, Vec<Gap>> {
    carry_those(abi, (from, to), |call| call.came_by(from))
}

fn carry_those(
    abi: &Abi,
    (from, to): (Release, Release),
    wanted: impl Fn(&Call) -> bool,
) -> Result<Vec<(&Call, Carried<'_>)>, Vec<Gap>> {
    let calls: HashMap<&str, &Call> = abi.calls.iter().map(|call| (call.name.as_str(), call)).collect();
    let (oldest, newest) = (from.min(to), from.max(to));
    let structs_differ = abi.struct_releases().iter().any(|since| oldest < *since && *since <= newest);
    let (known, open, gaps) = (HashMap::new(), Vec::new(), Vec::new());
    let mut walk = Walk { abi, calls, from, to, structs_differ, known, open, gaps };
    let wanted = abi.calls.iter().filter(|call| wanted(call));
    let carried: Vec<(&Call, Carried<'_>)> = wanted.map(|call| (call, walk.call(call))).collect();
    if walk.gaps.is_empty() { Ok(carried) } else { Err(walk.gaps) }
}

struct Walk<'a> {
    abi: &'a Abi,
    calls: HashMap<&'a str, &'a Call>,
    from: Release,
    to: Release,
    /// Whether some struct has another version.
    structs_differ: bool,
    known: HashMap<&'a str, Carried<'a>>,
    /// The calls whose rules are being followed.
    open: Vec<&'a str>,
    gaps: Vec<Gap>,
}

impl<'a> Walk<'a> {
    fn call(&mut self, call: &'a Call) -> Carried<'a> {
        if let Some(known) = self.known.get(call.name.as_str()) {
            return *known;
        }
        let carried = if call.is_in(self.to) {
            self.structs(call)
        } else {
            match self.abi.rule(&call.name).map(|rule| &rule.implementation) {
                Some(Implementation::Simulated(errno)) => Carried::Simulated(errno),
                Some(Implementation::Custom { name, using, approximate }) => {
                    self.follow(call, using);
                    Carried::Custom { function: name, using, approximate: approximate.as_deref() }
                }
                Some(Implementation::Direct | Implementation::Structural(_)) | None => Carried::Refused,
            }
        };
        self.known.insert(&call.name, carried);
        carried
    }

    /// What becomes of a call that the kernel has.
    fn structs(&mut self, call: &Call) -> Carried<'a> {
        let is_structural = |implementation: &_| matches!(implementation, Implementation::Structural(_));
        let has_rule = self.abi.rule(&call.name).is_some_and(|rule| is_structural(&rule.implementation));
        if !self.structs_differ && !has_rule && !is_structural(&call.implementation) {
            return Carried::Direct;
        }
        match self.abi.between(call, self.from, self.to) {
            Between::Same => Carried::Direct,
            Between::Converted(..) => Carried::Structural,
            Between::Missing(name) => {
                self.gaps.push(Gap::Version { call: call.name.clone(), name, to: self.to });
                Carried::Direct
            }
        }
    }

    /// Follows the calls that a rule uses. Rules are as deep as their longest chain, which no circle makes endless.
    fn follow(&mut self, call: &'a Call, using: &'a [String]) {
        if let Some(start) = self.open.iter().position(|open| *open == call.name) {
            let mut calls: Vec<String> = self.open[start..].iter().map(|name| (*name).to_owned()).collect();
            calls.push(call.name.clone());
            self.gaps.push(Gap::Circle { calls });
            return;
        }
        self.open.push(&call.name);
        for name in using {
            let Some(used) = self.calls.get(name.as_str()).copied() else { continue };
            let (call, uses) = (call.name.clone(), name.clone());
            match self.call(used) {
                Carried::Direct | Carried::Custom { .. } => {}
                Carried::Structural => self.gaps.push(Gap::Converted { call, uses }),
                Carried::Simulated(_) | Carried::Refused => {
                    self.gaps.push(Gap::Missing { call, uses, to: self.to });
                }
            }
        }
        self.open.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libsys_syntax::source::{Source, TableLoader};

    fn model(rules: &str) -> Abi {
        let text = format!(
            "ABI linux/x86_64; RELEASE 7.0;
            ADD 0 {{ function int old(void); }}
            ADD 1 {{ function int middle(void); since 5.0; }}
            ADD 2 {{ function int new(void); since 6.0; }}
            ADD 3 {{ function int newer(void); since 6.5; }}
            ADD 4 {{ function int gone(void); until 5.0; }}
            {rules}"
        );
        let parsed = libsys_syntax::parse(Source { path: "test.sys".into(), text }, &TableLoader::default());
        let (abi, diagnostics) = crate::lower(&parsed);
        abi.unwrap_or_else(|| panic!("{}", libsys_syntax::render(&diagnostics, &parsed.sources, false)))
    }

    fn shown(abi: &Abi, from: &str, to: &str) -> Vec<String> {
        let release = |text: &str| text.parse().expect("a release");
        match carry(abi, release(from), release(to)) {
            Ok(carried) => carried.iter().map(|(call, carried)| format!("{} {carried}", call.name)).collect(),
            Err(gaps) => gaps.iter().map(Gap::to_string).collect(),
        }
    }

    #[test]
    fn rules_compose() {
        let abi = model(
            "RULE new { implementation custom f using middle exact; }
            RULE middle { implementation custom g using old approximate \"it is slow\"; }
            RULE gone { implementation simulated ENOSYS; }",
        );
        assert_eq!(
            shown(&abi, "7.0", "4.0"),
            [
                "old direct",
                "middle custom using old; approximate: it is slow",
                "new custom using middle",
                "newer refused"
            ]
        );
        assert_eq!(
            shown(&abi, "7.0", "5.4"),
            ["old direct", "middle direct", "new custom using middle", "newer refused"]
        );
        assert_eq!(shown(&abi, "4.0", "7.0"), ["old direct", "gone simulated: ENOSYS"]);
        // A map serves older programs, too.
        let all = carry_up_to(&abi, abi.release, abi.release).expect("no gaps");
        let last = all.last().map(|(call, carried)| format!("{} {carried}", call.name));
        assert_eq!((all.len(), last.as_deref()), (5, Some("gone simulated: ENOSYS")));
        let all = carry_up_to(&abi, Release::new(6, 0, 0), Release::new(7, 0, 0)).expect("the rules fit");
        let gone: Vec<_> = all.iter().filter(|(_, how)| *how != Carried::Direct).collect();
        assert!(all.len() == 4 && gone.len() == 1 && gone[0].0.name == "gone");
    }

    #[test]
    fn structs_of_other_versions_are_converted_by_rules() {
        let versions =
            "struct s@1 size 4 align 4 { @0 int a; } struct s@2 since 5.0 size 8 align 8 { @0 long a; }
            ADD 10 { function int f(inout opt s *s); } ADD 11 { function int g(in s@1 *s); }";
        let abi = model(&format!(
            "{versions} RULE f {{ implementation structural {{ convert s: s@1 -> s@2; narrow a overflow EOVERFLOW; }} }}"
        ));
        let tail = |from: &str, to: &str| shown(&abi, from, to).split_off(shown(&abi, from, to).len() - 2);
        assert_eq!(tail("7.0", "4.0"), ["f structural", "g direct"]);
        assert_eq!(tail("4.0", "7.0"), ["f structural", "g direct"]);
        assert_eq!(tail("7.0", "5.0"), ["f direct", "g direct"]);
        assert_eq!(
            shown(&model(versions), "7.0", "4.0"),
            ["`f` passes `s`, of which 4.0 has another version, and no rule converts it"]
        );
        let cut = versions.replace("size 8 align 8", "size 8 align 8 extensible");
        assert!(shown(&model(&cut), "7.0", "4.0").contains(&"f direct".to_owned()));
        let used = model(
            "struct s size 4 align 4 { @0 int a; } struct t size 8 align 8 { @0 long a; }
            ADD 10 { function int f(in s *s); implementation structural { convert s: s -> t; } }
            RULE new { implementation custom n using f exact; }",
        );
        assert_eq!(shown(&used, "7.0", "4.0"), ["the rule of `new` uses `f`, whose structs are converted"]);
    }

    #[test]
    fn circles_and_gaps_are_found() {
        // Of a text such rules are mistakes already; an ABI can also be put together otherwise.
        let mut circle = model("RULE new { implementation custom f using old exact; }");
        let mut rules = vec![circle.rules[0].clone(); 2];
        for (rule, [name, uses]) in rules.iter_mut().zip([["new", "newer"], ["newer", "new"]]) {
            rule.call = name.to_owned();
            let using = vec![uses.to_owned()];
            rule.implementation = Implementation::Custom { name: "f".into(), using, approximate: None };
        }
        circle.rules = rules;
        assert_eq!(shown(&circle, "7.0", "5.0"), ["rules use each other: new → newer → new"]);
        assert_eq!(shown(&circle, "6.0", "6.0"), ["old direct", "middle direct", "new direct"]);
        let gap = model(
            "RULE newer { implementation custom g using new, old exact; }
            RULE new { implementation simulated ENOSYS; }",
        );
        assert_eq!(
            shown(&gap, "7.0", "5.0"),
            ["the rule of `newer` uses `new`, which 5.0 does not have and no rule carries out"]
        );
    }
}
