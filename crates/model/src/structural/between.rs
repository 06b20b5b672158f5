//! Which structs of a call differ between two releases, and what turns them into each other.

use super::Plan;
use super::plan;
use crate::{Abi, Call, Conversion, Implementation, Release, Shape, Struct, TypeId};

/// What becomes of the structs of a call that both releases have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Between {
    /// They are the same.
    Same,
    /// They are converted, by these lines; read the other way round where the second is true.
    Converted(Vec<Conversion>, bool),
    /// The struct of that name differs, and no rule converts it.
    Missing(String),
}

impl Abi {
    /// What becomes of the structs that a program of release `from` passes to a call on a kernel of release `to`.
    ///
    /// Structs that carry their size are the same in all versions: kernels cut them themselves. Of all others, what
    /// is compared lies right behind parameters.
    #[must_use]
    pub fn between(&self, call: &Call, from: Release, to: Release) -> Between {
        if let Implementation::Structural(lines) = &call.implementation {
            return Between::Converted(lines.clone(), false);
        }
        let by_name = self.types_by_name();
        let mut differing = Vec::new();
        for (param, index) in call.params.iter().zip(0..) {
            let Shape::Pointer(inner) = &self.resolve(&param.ty).shape else { continue };
            let Some((id, _)) = self.as_struct(inner) else { continue };
            let version = |release| self.version_at(id, release, &by_name);
            if version(from) != version(to) {
                differing.push((index, version(from), version(to)));
            }
        }
        if differing.is_empty() {
            return Between::Same;
        }
        let lines = match self.rule(&call.name).map(|rule| &rule.implementation) {
            Some(Implementation::Structural(lines)) => lines.as_slice(),
            _ => &[],
        };
        for reversed in [false, true] {
            if let Some(chosen) = self.choose(lines, &differing, reversed) {
                return Between::Converted(chosen, reversed);
            }
        }
        let is_extensible = |id: TypeId| self.layout_of(id).is_some_and(|layout| layout.extensible);
        match differing.iter().find(|(_, a, b)| !is_extensible(*a) && !is_extensible(*b)) {
            Some((_, id, _)) => Between::Missing(self.ty(*id).name.clone()),
            None => Between::Same,
        }
    }

    /// The releases since which a struct of several versions has had another layout, ascending. Structs that carry their
    /// size are the same in all versions.
    #[must_use]
    pub fn struct_releases(&self) -> Vec<Release> {
        let mut releases = Vec::new();
        for ids in self.types_by_name().values().filter(|ids| ids.len() > 1) {
            let layouts: Vec<&Struct> = ids.iter().filter_map(|id| self.layout_of(*id)).collect();
            if !layouts.iter().any(|layout| layout.extensible) {
                releases.extend(layouts.iter().filter_map(|layout| layout.since));
            }
        }
        releases.sort_unstable();
        releases.dedup();
        releases
    }

    /// The oldest release that has the same structs as this one; none: all have.
    #[must_use]
    pub fn same_structs_since(&self) -> Option<Release> {
        self.struct_releases().into_iter().rfind(|since| *since <= self.release)
    }

    /// What is done for a call between two releases.
    ///
    /// # Errors
    ///
    /// Why that cannot be, in a sentence each; the checker has said it of lines that are in a text.
    pub fn plan_between(
        &self,
        call: &Call,
        lines: &[Conversion],
        reversed: bool,
    ) -> Result<Plan, Vec<String>> {
        let plan = plan(self, &call.params, lines, reversed);
        plan.map_err(|faults| faults.into_iter().map(|fault| fault.message).collect())
    }

    /// The lines of a rule that convert these structs in that direction, with all that are about fields.
    fn choose(
        &self,
        lines: &[Conversion],
        differing: &[(u32, TypeId, TypeId)],
        reversed: bool,
    ) -> Option<Vec<Conversion>> {
        let is_about = |line: &Conversion, (param, ours, theirs): &(u32, TypeId, TypeId)| match line {
            Conversion::Convert { param: index, from, to } => {
                let ids = self.as_struct(from).zip(self.as_struct(to)).map(|((a, _), (b, _))| (a, b));
                let wanted = if reversed { (*theirs, *ours) } else { (*ours, *theirs) };
                index == param && ids == Some(wanted)
            }
            _ => false,
        };
        let mut chosen = Vec::new();
        for difference in differing {
            chosen.push(lines.iter().find(|line| is_about(line, difference))?.clone());
        }
        chosen.extend(lines.iter().filter(|line| !matches!(line, Conversion::Convert { .. })).cloned());
        Some(chosen)
    }

    fn layout_of(&self, id: TypeId) -> Option<&Struct> {
        super::Lookup::layout_of(self, id)
    }
}
