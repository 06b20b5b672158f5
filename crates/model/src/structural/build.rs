//! How a plan is made: two structs walked in step.

use std::collections::HashMap;

use super::lines::Lines;
use super::{Argument, Count, Counter, Fault, Lookup, Pair, Plan, Step};
use crate::{Conversion, Dir, Field, Len, LenExpr, Param, Scalar, Shape, Struct, TypeId, TypeRef, errno};

/// Steps of one call; a plan that needs more is refused.
const MAX_STEPS: usize = 2000;
/// A pointer.
const WORD: Scalar = Scalar { size: 8, signed: false };
/// For what a struct that carries its size may not hold.
const TOO_BIG: &str = "E2BIG";

/// What is done for a call with these lines; `reversed` where the program has the structs that the lines call the
/// kernel's.
///
/// # Errors
///
/// All that keeps it from being done.
pub fn plan(
    lookup: &impl Lookup,
    params: &[Param],
    conversions: &[Conversion],
    reversed: bool,
) -> Result<Plan, Vec<Fault>> {
    let mut build = Build {
        lookup,
        lines: Lines::new(conversions, reversed),
        plan: Plan::default(),
        by_types: HashMap::new(),
        measured: false,
        param: 0,
        steps: 0,
        faults: Vec::new(),
    };
    for conversion in conversions {
        let Conversion::Convert { param, from, to } = conversion else { continue };
        let (ours, theirs) = if reversed { (to, from) } else { (from, to) };
        let Some(declared) = params.get(*param as usize) else { continue };
        build.param = *param;
        if let Some(kind) = build.argument(params, declared, ours, theirs) {
            build.plan.arguments.push(Argument { param: *param, kind });
        }
    }
    let is_errno = |name: &str| errno::number(name).is_some();
    let renamed = build.lines.renamed().filter(|(ours, theirs)| is_errno(ours) && is_errno(theirs));
    build.plan.errors = renamed.map(|(ours, theirs)| (theirs.to_owned(), ours.to_owned())).collect();
    build.plan.errors.sort_unstable();
    if build.faults.is_empty() { Ok(build.plan) } else { Err(build.faults) }
}

pub(super) struct Build<'a, L> {
    pub(super) lookup: &'a L,
    pub(super) lines: Lines<'a>,
    pub(super) plan: Plan,
    /// Pairs by their structs, and by whether these are measured in bytes.
    pub(super) by_types: HashMap<(TypeId, TypeId, bool), usize>,
    /// Whether the pair that is looked at is measured in bytes.
    pub(super) measured: bool,
    /// The parameter that is looked at.
    pub(super) param: u32,
    pub(super) steps: usize,
    pub(super) faults: Vec<Fault>,
}

/// One field on each side, and where they lie.
#[derive(Clone, Copy)]
pub(super) struct Couple<'a> {
    pub source: &'a Field,
    pub target: &'a Field,
    /// Offsets in the outermost structs.
    pub from: u32,
    pub to: u32,
    pub inwards: bool,
}

impl<'a> Couple<'a> {
    pub(super) fn ours(&self) -> &'a Field {
        if self.inwards { self.source } else { self.target }
    }

    pub(super) fn theirs(&self) -> &'a Field {
        if self.inwards { self.target } else { self.source }
    }
}

/// Two structs, one in the other's place, and where they begin.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub source: &'a Struct,
    pub target: &'a Struct,
    pub from: u32,
    pub to: u32,
    pub inwards: bool,
}

impl<'a, L: Lookup> Build<'a, L> {
    pub(super) fn fault(&mut self, code: &'static str, message: String, help: Option<String>) {
        let fault = Fault { code, param: self.param, message, help };
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    pub(super) fn cannot(&mut self, message: String) {
        self.fault("E0422", message, None);
    }

    pub(super) fn no_error(&mut self, name: &str) {
        let help = format!("name it: `narrow {name} overflow EOVERFLOW;`");
        self.fault("E0417", format!("`{name}` may not fit, and no error is named for that"), Some(help));
    }

    pub(super) fn no_limit(&mut self, name: &str) {
        let message = format!("more `{name}` than fit may be given, and nothing says what is done then");
        let help = format!("say it: `limit {name} overflow EMSGSIZE;`, or `short` where fewer may be done");
        self.fault("E0417", message, Some(help));
    }

    /// The pair of two structs, with the steps for what is done with them.
    pub(super) fn pair(
        &mut self,
        ours: TypeId,
        theirs: TypeId,
        is_read: bool,
        is_written: bool,
        measured: bool,
    ) -> Option<usize> {
        let lookup = self.lookup;
        let (a, b) = (lookup.layout_of(ours)?, lookup.layout_of(theirs)?);
        let outer = std::mem::replace(&mut self.measured, measured);
        let index = *self.by_types.entry((ours, theirs, measured)).or_insert_with(|| {
            let pair =
                Pair { ours: a.size, theirs: b.size, inwards: None, outwards: None, is_measured: measured };
            self.plan.pairs.push(pair);
            self.plan.pairs.len() - 1
        });
        for (wanted, inwards) in [(is_read, true), (is_written, false)] {
            let done =
                self.plan.pairs.get(index).is_some_and(|pair| {
                    if inwards { pair.inwards.is_some() } else { pair.outwards.is_some() }
                });
            if !wanted || done {
                continue;
            }
            // A struct that leads to itself finds that this is being done.
            self.set(index, inwards, Vec::new());
            let (source, target) = if inwards { (a, b) } else { (b, a) };
            let mut steps = Vec::new();
            if ours == theirs {
                steps.push(Step::Copy { from: 0, to: 0, size: a.size });
            } else {
                self.fields(Place { source, target, from: 0, to: 0, inwards }, &mut steps);
            }
            let mut steps = joined(steps);
            if measured && !(self.ends_in_union(source) && steps.iter().any(is_select)) {
                steps.push(Step::Ends { from: source.size, to: target.size });
            }
            self.set(index, inwards, steps);
        }
        self.measured = outer;
        Some(index)
    }

    /// Whether the last field of a struct is a union, so that its member says where the struct ends.
    fn ends_in_union(&self, layout: &Struct) -> bool {
        let last = layout.fields.iter().max_by_key(|field| field.offset + field.size);
        last.and_then(|field| self.lookup.layout(&field.ty)).is_some_and(|(_, last)| last.is_union)
    }

    fn set(&mut self, index: usize, inwards: bool, steps: Vec<Step>) {
        if let Some(pair) = self.plan.pairs.get_mut(index) {
            *(if inwards { &mut pair.inwards } else { &mut pair.outwards }) = Some(steps);
        }
    }

    /// Whether there is still room for steps; says so once if not.
    fn has_room(&mut self) -> bool {
        self.steps += 1;
        if self.steps == MAX_STEPS + 1 {
            self.cannot(format!("more than {MAX_STEPS} steps"));
        }
        self.steps <= MAX_STEPS
    }

    fn fields(&mut self, place: Place<'a>, out: &mut Vec<Step>) {
        let Place { source, target, from, to, inwards } = place;
        if source.is_union || target.is_union {
            self.cannot("which member a union holds is told by nothing beside it".to_owned());
            return;
        }
        // What lies behind pointers comes last: its number must have been converted.
        let mut pointers = Vec::new();
        let is_extensible = source.extensible || target.extensible;
        let by_name = by_name(source);
        for field in &target.fields {
            if !self.has_room() {
                return;
            }
            let wanted = self.lines.source_of(&field.name, inwards);
            let partner = by_name.get(wanted).copied().filter(|other| {
                let (ours, theirs) = if inwards { (*other, field) } else { (field, *other) };
                self.lines.are_partners(&ours.name, &theirs.name)
            });
            match partner {
                Some(other) => {
                    let couple = Couple {
                        source: other,
                        target: field,
                        from: from + other.offset,
                        to: to + field.offset,
                        inwards,
                    };
                    self.field(couple, place, out, &mut pointers);
                }
                None => self.without_source(field, to + field.offset, inwards, is_extensible, out),
            }
        }
        if inwards {
            self.lost(place, out);
        }
        out.append(&mut pointers);
    }

    /// A field of the target that the source does not have.
    fn without_source(
        &mut self,
        field: &'a Field,
        to: u32,
        inwards: bool,
        is_extensible: bool,
        out: &mut Vec<Step>,
    ) {
        let name = field.name.as_str();
        let value = match self.lines.default_of(name) {
            Some(value) => value,
            None if is_extensible => 0,
            None => {
                let side = if inwards { "the program's" } else { "the kernel's" };
                let message = format!("`{name}` is not in {side} struct and has no value");
                self.fault("E0416", message, Some(format!("give it one: `default {name} = 0;`")));
                return;
            }
        };
        if value == 0 {
            out.push(Step::Clear { to, size: field.size });
            return;
        }
        let is_struct = self.lookup.layout(&field.ty).is_some();
        match self.lookup.integer(&field.ty).or(Some(WORD)) {
            Some(scalar) if !is_struct && fits(value, scalar) => {
                let places = (0..field.array.unwrap_or(1)).map(|i| to + i * scalar.size);
                for to in places {
                    if !self.has_room() {
                        return;
                    }
                    out.push(Step::Store { to, scalar, value });
                }
            }
            _ => self.cannot(format!("the value {value} does not fit into `{name}`")),
        }
    }

    /// What the program's struct has and the kernel's has not, which a call must not silently do without.
    fn lost(&mut self, place: Place<'a>, out: &mut Vec<Step>) {
        let Place { source, target, from, .. } = place;
        let by_name = by_name(target);
        for field in source.fields.iter().filter(|field| field.size > 0) {
            let partner = by_name.get(self.lines.theirs_of(&field.name));
            if partner.is_some_and(|other| self.lines.are_partners(&field.name, &other.name)) {
                continue;
            }
            if !self.has_room() {
                return;
            }
            let name = field.name.as_str();
            let overflow = self.lines.overflow(name, name);
            let overflow = overflow.or_else(|| source.extensible.then(|| TOO_BIG.to_owned()));
            let Some(overflow) = overflow else {
                let help = format!("name it: `narrow {name} overflow EINVAL;`");
                let message =
                    format!("`{name}` is not in the kernel's struct, and no error is named for its use");
                self.fault("E0417", message, Some(help));
                continue;
            };
            let from = from + field.offset;
            let scalar = self.lookup.integer(&field.ty).filter(|_| field.array.is_none());
            out.push(match (scalar, self.lines.default_of(name)) {
                (Some(scalar), Some(value)) => Step::Expect { from, scalar, value, overflow },
                _ => Step::Empty { from, size: field.size, overflow },
            });
        }
    }

    pub(super) fn field(
        &mut self,
        couple: Couple<'a>,
        place: Place<'a>,
        out: &mut Vec<Step>,
        pointers: &mut Vec<Step>,
    ) {
        let lookup = self.lookup;
        let Couple { source, target, from, to, inwards } = couple;
        match (lookup.layout(&source.ty), lookup.layout(&target.ty)) {
            (Some((i, _)), Some((j, _))) if i == j => self.copies(couple, out),
            (Some((_, a)), Some((_, b))) if a.is_union && b.is_union && source.array == target.array => {
                self.select(couple, (a, b), place, out);
            }
            (Some((_, a)), Some((_, b))) if a.is_union == b.is_union => {
                let (have, want) = (source.array.unwrap_or(1), target.array.unwrap_or(1));
                for i in 0..have.min(want) {
                    if self.steps > MAX_STEPS {
                        return;
                    }
                    let (from, to) = (from + i * a.size, to + i * b.size);
                    self.fields(Place { source: a, target: b, from, to, inwards }, out);
                }
                self.rest(couple, (a.size, b.size), out);
            }
            (None, None) => {
                self.integers(couple, out);
                if inwards {
                    pointers.extend(self.follow(couple, place));
                } else if self.behind(couple).is_some() {
                    // The program's pointer stays as it is.
                    out.pop();
                }
            }
            _ => self.cannot(format!("`{}` is a struct on one side only", target.name)),
        }
    }

    /// Bytes that are the same on both sides; of arrays, as many as both have.
    fn copies(&mut self, couple: Couple<'a>, out: &mut Vec<Step>) {
        let Couple { source, target, from, to, .. } = couple;
        let size = source.size.min(target.size);
        if size > 0 {
            out.push(Step::Copy { from, to, size });
        }
        let element = |field: &Field| field.size / field.array.unwrap_or(1).max(1);
        self.rest(couple, (element(source), element(target)), out);
    }

    /// What one array has more than the other.
    fn rest(&mut self, couple: Couple<'_>, sizes: (u32, u32), out: &mut Vec<Step>) {
        let Couple { source, target, from, to, .. } = couple;
        let (have, want) = (source.array.unwrap_or(1), target.array.unwrap_or(1));
        // A flexible array is as long as whoever passes it says.
        if have == 0 || want == 0 {
            return;
        }
        if want > have {
            out.push(Step::Clear { to: to + have * sizes.1, size: (want - have) * sizes.1 });
        }
        if have > want {
            match self.lines.overflow(&source.name, &target.name) {
                Some(overflow) => out.push(Step::Empty {
                    from: from + want * sizes.0,
                    size: (have - want) * sizes.0,
                    overflow,
                }),
                None => self.no_error(&target.name),
            }
        }
    }

    /// Integers, pointers among them.
    pub(super) fn integers(&mut self, couple: Couple<'_>, out: &mut Vec<Step>) {
        let lookup = self.lookup;
        let Couple { source, target, from, to, .. } = couple;
        let scalar = |ty: &TypeRef| lookup.integer(ty).unwrap_or(WORD);
        let (a, b) = (scalar(&source.ty), scalar(&target.ty));
        let overflow = self.lines.overflow(&source.name, &target.name);
        let count = source.array.unwrap_or(1).min(target.array.unwrap_or(1));
        let constants = lookup.constants(&source.ty).zip(lookup.constants(&target.ty));
        if let Some(((_, is_bits, old), (_, _, new))) = constants.filter(|((i, ..), (j, ..))| i != j) {
            let named = old.iter().filter_map(|constant| {
                let is_partner = |other: &&crate::Constant| {
                    let (ours, theirs) = if couple.inwards {
                        (&constant.name, &other.name)
                    } else {
                        (&other.name, &constant.name)
                    };
                    self.lines.are_partners(ours, theirs)
                };
                Some((constant.value, new.iter().find(is_partner)?.value))
            });
            let mut values: Vec<(i128, i128)> = named.filter(|(value, _)| !is_bits || *value != 0).collect();
            values.dedup();
            if values.iter().any(|(a, b)| a != b) || values.len() < old.len() {
                let Some(overflow) = overflow else { return self.no_error(&target.name) };
                for i in 0..count {
                    let (from, to) = (from + i * a.size, to + i * b.size);
                    let (values, overflow) = (values.clone(), overflow.clone());
                    out.push(Step::Translate { from, to, scalars: (a, b), is_bits, values, overflow });
                }
                return;
            }
        }
        let is_narrowing = a.size > b.size;
        if is_narrowing && overflow.is_none() {
            self.no_error(&target.name);
        }
        let overflow = overflow.filter(|_| is_narrowing);
        if count > 0 && a.size == b.size {
            out.push(Step::Copy { from, to, size: count * a.size });
        } else if count > 0 {
            out.push(Step::Integers { from, to, scalars: (a, b), count, overflow });
        }
        self.rest(couple, (a.size, b.size), out);
    }

    /// The structs behind pointers of both sides, if they are not the same: with the program's direction, and how many
    /// the kernel's says there are.
    fn behind(&self, couple: Couple<'a>) -> Option<(TypeId, TypeId, Dir, &'a Len)> {
        let lookup = self.lookup;
        let target_of = |field: &'a Field| match &lookup.seen(&field.ty).shape {
            Shape::Pointer(inner) => lookup.layout(inner).map(|(id, _)| id),
            _ => None,
        };
        let (ours, theirs) = (couple.ours(), couple.theirs());
        let ids = target_of(ours).zip(target_of(theirs)).filter(|(a, b)| a != b);
        let (ours, theirs) = ids?;
        couple
            .ours()
            .pointee
            .as_ref()
            .zip(couple.theirs().pointee.as_ref())
            .map(|(a, b)| (ours, theirs, a.dir, &b.len))
    }

    fn follow(&mut self, couple: Couple<'a>, place: Place<'a>) -> Option<Step> {
        let (ours, theirs, dir, len) = self.behind(couple)?;
        let name = couple.ours().name.as_str();
        let (is_read, is_written) = (dir != Dir::Out, dir != Dir::In);
        if self.measured {
            self.cannot(format!("`{name}` leads to structs, and lies in one that is measured in bytes"));
            return None;
        }
        let is_bytes = matches!(len, Len::Bytes(_));
        let count = match len {
            Len::One => Count::One,
            Len::Elements(LenExpr::Const(n)) => Count::Fixed(u32::try_from(*n).ok()?),
            Len::Bytes(LenExpr::Param(_)) if is_read == is_written => {
                self.cannot(format!("`{name}` is measured in bytes, and both read and written"));
                return None;
            }
            Len::Elements(LenExpr::Param(i)) | Len::Bytes(LenExpr::Param(i)) => {
                let field = place.target.fields.get(*i as usize)?;
                let scalar = self.lookup.integer(&field.ty)?;
                let (most, overflow) = self.limit(name, &couple.theirs().name, is_bytes && is_written)?;
                if overflow.is_none() && !is_bytes {
                    self.cannot(format!("`{name}` lies in a struct, where fewer cannot be done"));
                    return None;
                }
                if most.is_some() && !is_bytes {
                    self.cannot(format!("`{name}` lies in a struct, where `limit` takes no number"));
                    return None;
                }
                let overflow = overflow.map(ToOwned::to_owned);
                let at = place.to + field.offset;
                let counter = Counter { at, scalar, is_behind: false, most, overflow };
                if is_bytes { Count::Bytes(counter) } else { Count::Counted(counter) }
            }
            _ => {
                self.cannot(format!("how many structs `{name}` leads to is not told by a number beside it"));
                return None;
            }
        };
        let pair = self.pair(ours, theirs, is_read, is_written, is_bytes)?;
        Some(Step::Follow { to: couple.to, pair, is_read, is_written, count })
    }
}

fn is_select(step: &Step) -> bool {
    matches!(step, Step::Select { .. })
}

/// The fields of a struct by their names.
pub(super) fn by_name(layout: &Struct) -> HashMap<&str, &Field> {
    layout.fields.iter().map(|field| (field.name.as_str(), field)).collect()
}

fn fits(value: i128, scalar: Scalar) -> bool {
    let bits = scalar.size * 8;
    value >= -(1i128 << (bits - 1)) && value < 1i128 << bits
}

/// Steps of which neighbours that copy or clear neighbouring bytes are one.
pub(super) fn joined(steps: Vec<Step>) -> Vec<Step> {
    let mut out: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps {
        match (out.last_mut(), &step) {
            (Some(Step::Copy { from, to, size }), Step::Copy { from: next, to: place, size: more })
                if *from + *size == *next && *to + *size == *place =>
            {
                *size += more;
            }
            (Some(Step::Clear { to, size }), Step::Clear { to: place, size: more })
                if *to + *size == *place =>
            {
                *size += more;
            }
            _ => out.push(step),
        }
    }
    out
}
