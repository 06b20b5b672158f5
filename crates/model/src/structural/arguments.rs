//! How each argument of a call is planned: what it is, and what says how much lies behind it.

use super::build::{Build, Couple, by_name};
use super::{ArgumentKind, Count, Counter, Lookup};
use crate::{Dir, Field, Len, LenExpr, Param, Scalar, Shape, Struct, TypeId, TypeRef};

/// The field in which a struct says its own size, and what that is.
const SIZE: (&str, Scalar) = ("size", Scalar { size: 4, signed: false });

impl<'a, L: Lookup> Build<'a, L> {
    /// What is done for a parameter that is converted; none, with a fault, where that cannot be.
    pub(super) fn argument(
        &mut self,
        params: &'a [Param],
        declared: &'a Param,
        ours: &'a TypeRef,
        theirs: &'a TypeRef,
    ) -> Option<ArgumentKind> {
        let lookup = self.lookup;
        let name = declared.name.as_str();
        if let (Some(_), Some(_)) = (lookup.integer(ours), lookup.integer(theirs)) {
            let field = |ty: &TypeRef, scalar: Scalar| Field {
                name: name.to_owned(),
                doc: String::new(),
                offset: 0,
                size: scalar.size,
                ty: ty.clone(),
                array: None,
                pointee: None,
            };
            let (source, target) =
                (field(ours, lookup.integer(ours)?), field(theirs, lookup.integer(theirs)?));
            let couple = Couple { source: &source, target: &target, from: 0, to: 0, inwards: true };
            let mut steps = Vec::new();
            self.integers(couple, &mut steps);
            return Some(ArgumentKind::Value(steps));
        }
        let ((ours, layout), (theirs, other)) = (lookup.layout(ours)?, lookup.layout(theirs)?);
        let pointee = declared.pointee.as_ref()?;
        let (is_read, is_written) = (pointee.dir != Dir::Out, pointee.dir != Dir::In);
        let measured = matches!(pointee.len, Len::Bytes(_)) && !layout.extensible;
        let count = match &pointee.len {
            Len::Bytes(LenExpr::Param(at)) if layout.extensible => {
                let pair = self.pair(ours, theirs, is_read, is_written, false)?;
                let size = (*at, params.get(*at as usize).and_then(|param| lookup.integer(&param.ty))?);
                // What is written says how much of it there is, where it says so itself.
                let field = self.own_size(layout).filter(|_| !is_read);
                let least = self.sizes(&[ours, theirs]).into_iter().min().unwrap_or(0);
                return Some(ArgumentKind::Sized { pair, is_read, is_written, size, least, field });
            }
            Len::One if layout.extensible && other.extensible && is_read => {
                if let Some((field, _)) = self.own_size(layout).zip(self.own_size(other)) {
                    let pair = self.pair(ours, theirs, is_read, is_written, false)?;
                    let least = self.sizes(&[ours]).into_iter().min().unwrap_or(0);
                    let known = self.known(ours, layout, other);
                    return Some(ArgumentKind::Telling { pair, is_written, field, least, known });
                }
                Count::One
            }
            Len::One => Count::One,
            Len::Elements(LenExpr::Const(n)) => Count::Fixed(u32::try_from(*n).ok()?),
            Len::Elements(LenExpr::Param(at)) => {
                Count::Counted(self.counter(params, name, *at, false, false)?)
            }
            Len::Elements(LenExpr::Behind(at)) => {
                Count::Counted(self.counter(params, name, *at, true, false)?)
            }
            Len::Bytes(LenExpr::Param(at)) if !is_written => {
                Count::Bytes(self.counter(params, name, *at, false, false)?)
            }
            Len::Bytes(LenExpr::Behind(at)) if is_read != is_written => {
                Count::Bytes(self.counter(params, name, *at, true, is_written)?)
            }
            Len::Bytes(LenExpr::Behind(_)) => {
                self.cannot(format!("`{name}` is measured in bytes, and both read and written"));
                return None;
            }
            Len::Bytes(_) => {
                self.cannot(format!(
                    "how many bytes of `{name}` there are is not told by a number beside it"
                ));
                return None;
            }
            Len::Elements(_) | Len::NullTerminated => {
                self.cannot(format!("how many structs `{name}` leads to is not told by a number beside it"));
                return None;
            }
        };
        let pair = self.pair(ours, theirs, is_read, is_written, measured)?;
        Some(ArgumentKind::Structs { pair, is_read, is_written, is_optional: pointee.opt, count })
    }

    /// The parameter that says how much lies behind the one of this name.
    fn counter(
        &mut self,
        params: &'a [Param],
        name: &str,
        at: u32,
        is_behind: bool,
        is_room: bool,
    ) -> Option<Counter> {
        let (most, overflow) = self.limit(name, name, is_room)?;
        let param = params.get(at as usize)?;
        let ty = match &self.lookup.seen(&param.ty).shape {
            Shape::Pointer(inner) if is_behind => inner,
            _ => &param.ty,
        };
        let scalar = self.lookup.integer(ty)?;
        let others = params.iter().filter_map(|other| Some(&other.pointee.as_ref()?.len));
        let is_it = |len: &Len| matches!(len, Len::Elements(LenExpr::Behind(i)) | Len::Bytes(LenExpr::Behind(i)) if *i == at);
        if is_behind && others.filter(|len| is_it(len)).count() > 1 {
            self.cannot(format!("`{}` counts more than `{name}`", param.name));
            return None;
        }
        let dir = param.pointee.as_ref().map(|pointee| pointee.dir);
        if is_behind && dir != Some(Dir::InOut) {
            self.cannot(format!("`{}` is not both read and written", param.name));
            return None;
        }
        Some(Counter { at, scalar, is_behind, most, overflow: overflow.map(ToOwned::to_owned) })
    }

    /// What is done about more than fits, by either name. More room than there is to be written does no harm.
    pub(super) fn limit(
        &mut self,
        a: &str,
        b: &str,
        is_room: bool,
    ) -> Option<(Option<u64>, Option<&'a str>)> {
        let limit = self.lines.limit(a, b).or(is_room.then_some((None, None)));
        if limit.is_none() {
            self.no_limit(a);
        }
        limit
    }

    /// Offset of the field in which a struct says its own size.
    fn own_size(&self, layout: &Struct) -> Option<u32> {
        let mut fields = layout.fields.iter().filter(|field| field.name == SIZE.0 && field.array.is_none());
        let field = fields.next()?;
        self.lookup.integer(&field.ty).filter(|scalar| *scalar == SIZE.1).map(|_| field.offset)
    }

    /// Sizes of all versions of some structs.
    fn sizes(&self, ids: &[TypeId]) -> Vec<u32> {
        let versions = ids.iter().flat_map(|id| self.lookup.versions(*id)).chain(ids.iter().copied());
        versions.filter_map(|id| Some(self.lookup.layout_of(id)?.size)).collect()
    }

    /// Bytes in the newest version of the program's struct of which the kernel's has every field.
    fn known(&self, ours: TypeId, layout: &Struct, theirs: &Struct) -> u32 {
        let by_name = by_name(theirs);
        let is_there = |field: &&Field| {
            let partner = by_name.get(self.lines.theirs_of(&field.name));
            partner.is_some_and(|other| self.lines.are_partners(&field.name, &other.name))
        };
        let unknown = layout.fields.iter().filter(|field| !is_there(field)).map(|field| field.offset).min();
        let sizes = self.sizes(&[ours]).into_iter().filter(|size| *size <= unknown.unwrap_or(layout.size));
        sizes.max().unwrap_or(layout.size)
    }
}
