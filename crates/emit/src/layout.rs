//! How a struct of the model is written in a language that lays structs out itself.
//!
//! The model gives every offset; C and Rust compute theirs. A [`Plan`] is the list of members, padding
//! among them, for which the computed offsets come out as the model's. The emitters assert it again in
//! what they write. Where it sits: model → plan → `header`, `rust`.

use libsys_model::{
    Abi, Call, Constant, Field, Machine, Scalar, Shape, Struct, TypeDefKind, TypeId, TypeRef,
};
use std::collections::{HashMap, HashSet};

/// The members to write for a struct.
pub(crate) struct Plan<'a> {
    /// In the order of their offsets.
    pub(crate) members: Vec<Member<'a>>,
    /// Fields lie where their own alignment does not allow: the language's alignment must be off. Then all
    /// padding is among the members.
    pub(crate) packed: bool,
    /// The struct is aligned more than its fields demand.
    pub(crate) aligned: bool,
}

/// A member to write.
pub(crate) enum Member<'a> {
    /// A field.
    Field(&'a Field),
    /// A field that is written as its bytes: in a packed struct, a struct that asks for an alignment, which
    /// Rust refuses and C compilers warn about.
    Bytes(&'a Field),
    /// Bytes that no field takes.
    Padding {
        /// A name that no field has.
        name: String,
        /// Size in bytes.
        size: u32,
    },
}

/// The plans of an ABI's structs.
pub(crate) struct Layouts<'a> {
    abi: &'a Abi,
    /// For each type, whether it is or holds a struct that is written with an alignment of its own.
    asks: Vec<bool>,
}

impl<'a> Layouts<'a> {
    /// Looks through the structs of an ABI.
    pub(crate) fn new(abi: &'a Abi) -> Layouts<'a> {
        let mut layouts = Layouts { abi, asks: vec![false; abi.types.len()] };
        for (id, layout) in structs_in_order(abi) {
            let plan = layouts.plan(layout);
            let inner = plan.members.iter().any(|member| match member {
                Member::Field(field) => layouts.asks(&field.ty),
                Member::Bytes(_) | Member::Padding { .. } => false,
            });
            if let Some(asks) = layouts.asks.get_mut(id.0 as usize) {
                *asks = inner || plan.aligned;
            }
        }
        layouts
    }

    fn asks(&self, ty: &TypeRef) -> bool {
        self.abi.as_struct(ty).is_some_and(|(id, _)| self.asks.get(id.0 as usize) == Some(&true))
    }

    /// Plans a struct or union.
    pub(crate) fn plan<'l>(&self, layout: &'l Struct) -> Plan<'l> {
        // What does not begin where its union does is written with what lies before it, as bytes.
        let is_late = |field: &Field| layout.is_union && field.offset > 0;
        let align = |field: &Field| if is_late(field) { 1 } else { align_of(self.abi, &field.ty).max(1) };
        let natural = layout.fields.iter().map(align).max().unwrap_or(1);
        let packed = natural > layout.align || layout.fields.iter().any(|f| f.offset % align(f) != 0);
        let taken =
            layout.fields.iter().map(|f| f.name.as_str()).filter(|name| name.starts_with(HOLE)).collect();
        let mut plan = Plan { members: Vec::new(), packed, aligned: !packed && layout.align > natural };
        let mut end = 0;
        for field in &layout.fields {
            // What overlaps an earlier field of a struct cannot be written beside it.
            if !layout.is_union && field.offset < end {
                continue;
            }
            let reached = if packed { end } else { end.next_multiple_of(align(field)) };
            if field.offset > reached && !layout.is_union {
                plan.members.push(padding(&taken, end, field.offset - end));
            }
            let as_bytes = packed && self.asks(&field.ty);
            plan.members.push(if as_bytes { Member::Bytes(field) } else { Member::Field(field) });
            end = if layout.is_union { end.max(field.size) } else { field.offset.saturating_add(field.size) };
        }
        // A union needs a member of its size, a struct the bytes behind its last field.
        if end.next_multiple_of(layout.align.max(1)) < layout.size {
            let offset = if layout.is_union { 0 } else { end };
            plan.members.push(padding(&taken, offset, layout.size - offset));
        }
        plan
    }
}

/// `taken` are the names of fields that padding might have too.
fn padding<'a>(taken: &HashSet<&str>, offset: u32, size: u32) -> Member<'a> {
    let mut name = format!("{HOLE}{offset}");
    while taken.contains(name.as_str()) {
        name.push('_');
    }
    Member::Padding { name, size }
}

/// What the names of padding begin with.
const HOLE: &str = "__hole";

/// The alignment of a type in bytes, by the machine's psABI.
fn align_of(abi: &Abi, ty: &TypeRef) -> u32 {
    if let Some((_, layout)) = abi.as_struct(ty) {
        return layout.align;
    }
    match (abi.as_scalar(ty), abi.machine) {
        // The i386 psABI aligns 64-bit integers to 4 bytes.
        (Some(scalar), Machine::I386) => scalar.size.min(4),
        (Some(scalar), Machine::X86_64) => scalar.size,
        (None, _) if abi.resolve(ty).shape == Shape::Void => 1,
        (None, machine) => machine.pointer_size(),
    }
}

/// Names for all types, each its own: the newest version of a struct that this release has is called by
/// its bare name, the others by name and version, `stat_2_6`.
pub(crate) struct Names {
    names: Vec<String>,
    newest: Vec<bool>,
}

impl Names {
    /// Names the types of an ABI.
    pub(crate) fn new(abi: &Abi) -> Names {
        let mut newest: HashMap<&str, TypeId> = HashMap::with_capacity(abi.types.len());
        // A version that is younger than the release only counts where there is no other.
        let rank = |id: TypeId| match &abi.ty(id).kind {
            TypeDefKind::Struct(layout) => (layout.since.is_none_or(|s| s <= abi.release), layout.since),
            _ => (true, None),
        };
        for (id, def) in ids(abi).zip(&abi.types) {
            let held = newest.entry(def.name.as_str()).or_insert(id);
            if rank(id) > rank(*held) {
                *held = id;
            }
        }
        let is_newest = |id: TypeId| newest.get(abi.ty(id).name.as_str()) == Some(&id);
        let mut taken: HashSet<String> = newest.keys().map(|name| (*name).to_owned()).collect();
        let names = ids(abi).zip(&abi.types).map(|(id, def)| match &def.kind {
            _ if is_newest(id) => def.name.clone(),
            TypeDefKind::Struct(Struct { version: Some(version), .. }) => {
                unique(&mut taken, format!("{}_{version}", def.name))
            }
            _ => unique(&mut taken, def.name.clone()),
        });
        Names { names: names.collect(), newest: ids(abi).map(is_newest).collect() }
    }

    /// The name of a type.
    pub(crate) fn of(&self, id: TypeId) -> &str {
        self.names.get(id.0 as usize).map_or("", String::as_str)
    }

    /// Whether a type is the one that its bare name means.
    pub(crate) fn is_newest(&self, id: TypeId) -> bool {
        self.newest.get(id.0 as usize) == Some(&true)
    }
}

/// A name that was not given out yet, with `_` behind it as often as that takes.
pub(crate) fn unique(taken: &mut HashSet<String>, mut name: String) -> String {
    while !taken.insert(name.clone()) {
        name.push('_');
    }
    name
}

/// The indices of all types.
pub(crate) fn ids(abi: &Abi) -> impl Iterator<Item = TypeId> + use<> {
    (0..abi.types.len() as u32).map(TypeId)
}

/// The structs of an ABI, each after those that it holds by value.
pub(crate) fn structs_in_order(abi: &Abi) -> Vec<(TypeId, &Struct)> {
    let mut seen = vec![false; abi.types.len()];
    let mut order = Vec::new();
    // A stack of our own: files may nest structs deeper than the thread's stack allows.
    let mut open: Vec<(TypeId, &Struct, usize)> = Vec::new();
    for id in ids(abi) {
        open.extend(enter(abi, id, &mut seen));
        while let Some((id, layout, next)) = open.last_mut() {
            let Some(field) = layout.fields.get(*next) else {
                order.push((*id, *layout));
                open.pop();
                continue;
            };
            *next += 1;
            if let Some((inner, _)) = abi.as_struct(&field.ty) {
                open.extend(enter(abi, inner, &mut seen));
            }
        }
    }
    order
}

fn enter<'a>(abi: &'a Abi, id: TypeId, seen: &mut [bool]) -> Option<(TypeId, &'a Struct, usize)> {
    let TypeDefKind::Struct(layout) = &abi.ty(id).kind else { return None };
    let seen = seen.get_mut(id.0 as usize)?;
    (!std::mem::replace(seen, true)).then_some((id, layout, 0))
}

/// The constants of the flag sets and enums, set by set, each name once: what two sets share has one value.
pub(crate) fn constants(abi: &Abi) -> impl Iterator<Item = (TypeId, Scalar, Vec<&Constant>)> {
    let mut seen = HashSet::new();
    ids(abi).zip(&abi.types).filter_map(move |(id, def)| match &def.kind {
        TypeDefKind::Flags(scalar, constants) | TypeDefKind::Enum(scalar, constants) => {
            let fresh = constants.iter().filter(|c| seen.insert(c.name.as_str()));
            Some((id, *scalar, fresh.collect()))
        }
        _ => None,
    })
}

/// Calls, then services. In 2005 files numbers may share a name, of which the first keeps it.
pub(crate) fn calls(abi: &Abi) -> impl Iterator<Item = &Call> {
    let mut seen = HashSet::new();
    abi.calls.iter().chain(&abi.services).filter(move |call| seen.insert(call.name.as_str()))
}
