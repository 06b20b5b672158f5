//! How unions are planned: which member they hold is told by a field beside them.

use super::build::{Build, Couple, Place, joined};
use super::{Lookup, Step};
use crate::{Field, Struct};

impl<'a, L: Lookup> Build<'a, L> {
    /// The value of a tag, which the lines give as the program has it, in the source's struct.
    fn tag_in_source(&self, tag: &'a Field, place: Place<'a>, value: i128) -> i128 {
        if place.inwards {
            return value;
        }
        let is_partner = |field: &&Field| self.lines.are_partners(&field.name, &tag.name);
        let ours = place.target.fields.iter().find(is_partner);
        let constants = ours.and_then(|ours| self.lookup.constants(&ours.ty));
        let Some(((_, _, ours), (_, _, theirs))) = constants.zip(self.lookup.constants(&tag.ty)) else {
            return value;
        };
        let Some(named) = ours.iter().find(|constant| constant.value == value) else { return value };
        let partner = theirs.iter().find(|other| self.lines.are_partners(&named.name, &other.name));
        partner.map_or(value, |other| other.value)
    }

    /// A union whose members are told by a field of the struct that it is in.
    pub(super) fn select(
        &mut self,
        couple: Couple<'a>,
        unions: (&'a Struct, &'a Struct),
        place: Place<'a>,
        out: &mut Vec<Step>,
    ) {
        let (name, inwards) = (couple.ours().name.as_str(), couple.inwards);
        let field_of = |layout: &'a Struct, wanted: &str| layout.fields.iter().find(|f| f.name == wanted);
        let mut tag = None;
        let mut cases = Vec::new();
        for (member, tag_name, value) in self.lines.members.clone() {
            let Some(steps) = self.member(couple, unions, member) else { continue };
            let found = field_of(place.source, tag_name).or_else(|| {
                let other = self.lines.source_of(tag_name, inwards);
                field_of(place.source, other)
            });
            let Some((field, scalar)) =
                found.and_then(|field| Some((field, self.lookup.integer(&field.ty)?)))
            else {
                self.cannot(format!(
                    "`{tag_name}`, which tells what `{name}` holds, is no integer beside it"
                ));
                return;
            };
            let value = self.tag_in_source(field, place, value);
            tag = Some((place.from + field.offset, scalar));
            cases.push((value, steps));
        }
        let others = self.lines.otherwise.clone();
        let otherwise = others.into_iter().find_map(|member| self.member(couple, unions, member));
        let Some((tag, scalar)) = tag else {
            self.fault(
                "E0422",
                format!("which member `{name}` holds is told by nothing beside it"),
                Some("say it: `member in when family = 2;`".to_owned()),
            );
            return;
        };
        let overflow = self.lines.overflow(&couple.source.name, &couple.target.name);
        let Some(otherwise) = otherwise.or(overflow.map(|overflow| vec![Step::Fail { overflow }])) else {
            return self.no_error(name);
        };
        out.push(Step::Select { tag, scalar, cases, otherwise });
    }

    /// What is done with a member of a union; none: these unions have no such member. Lines name members as the
    /// program does, or as both do.
    fn member(
        &mut self,
        couple: Couple<'a>,
        (a, b): (&'a Struct, &'a Struct),
        member: &str,
    ) -> Option<Vec<Step>> {
        let Couple { from, to, inwards, .. } = couple;
        let (source, target) = a.fields.iter().find_map(|source| {
            let target = b.fields.iter().find(|target| {
                let (ours, theirs) =
                    if inwards { (&source.name, &target.name) } else { (&target.name, &source.name) };
                (ours == member || theirs == member) && self.lines.are_partners(ours, theirs)
            })?;
            Some((source, target))
        })?;
        let inner = Couple { source, target, from: from + source.offset, to: to + target.offset, inwards };
        let (mut steps, mut behind) = (Vec::new(), Vec::new());
        self.field(inner, Place { source: a, target: b, from, to, inwards }, &mut steps, &mut behind);
        steps.append(&mut behind);
        let mut steps = joined(steps);
        if self.measured {
            steps.push(Step::Ends { from: inner.from + source.size, to: inner.to + target.size });
        }
        Some(steps)
    }
}
