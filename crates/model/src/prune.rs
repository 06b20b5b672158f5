//! An ABI without what no call leads to.

use crate::{Abi, Call, Conversion, Implementation, Shape, TypeDefKind, TypeId, TypeRef};

impl Abi {
    /// Takes out the types and groups that no call and no service leads to; indices are counted anew.
    pub fn prune(&mut self) {
        let mut used = vec![false; self.types.len()];
        let mut open: Vec<TypeId> = Vec::new();
        for call in self.calls.iter().chain(&self.services) {
            types_of(call, &mut |ty| open.extend(named(ty)));
        }
        while let Some(id) = open.pop() {
            let Some(place) = used.get_mut(id.0 as usize) else { continue };
            if std::mem::replace(place, true) {
                continue;
            }
            match &self.ty(id).kind {
                TypeDefKind::Alias(ty) => open.extend(named(ty)),
                TypeDefKind::Struct(layout) => open.extend(layout.fields.iter().filter_map(|f| named(&f.ty))),
                TypeDefKind::Resource(_) | TypeDefKind::Flags(..) | TypeDefKind::Enum(..) => {}
            }
        }
        let new = renumber(&used);
        retain(&mut self.types, &used);
        for def in &mut self.types {
            match &mut def.kind {
                TypeDefKind::Alias(ty) => redirect(ty, &new),
                TypeDefKind::Struct(layout) => {
                    layout.fields.iter_mut().for_each(|f| redirect(&mut f.ty, &new))
                }
                TypeDefKind::Resource(_) | TypeDefKind::Flags(..) | TypeDefKind::Enum(..) => {}
            }
        }
        let mut used = vec![false; self.groups.len()];
        let calls = || self.calls.iter().chain(&self.services);
        for group in calls().filter_map(|call| call.group) {
            used.get_mut(group).into_iter().for_each(|place| *place = true);
        }
        let groups = renumber(&used);
        retain(&mut self.groups, &used);
        for call in self.calls.iter_mut().chain(&mut self.services) {
            call.group = call.group.and_then(|group| groups.get(group)).map(|id| *id as usize);
            types_of_mut(call, &mut |ty| redirect(ty, &new));
        }
    }
}

/// The declared type that a type is, or points at.
fn named(ty: &TypeRef) -> Option<TypeId> {
    match &ty.shape {
        Shape::Named(id) => Some(*id),
        Shape::Pointer(inner) => named(inner),
        Shape::Void | Shape::Scalar(_) | Shape::Address | Shape::CString { .. } | Shape::Function => None,
    }
}

fn redirect(ty: &mut TypeRef, new: &[u32]) {
    match &mut ty.shape {
        Shape::Named(id) => id.0 = new.get(id.0 as usize).copied().unwrap_or(id.0),
        Shape::Pointer(inner) => redirect(inner, new),
        Shape::Void | Shape::Scalar(_) | Shape::Address | Shape::CString { .. } | Shape::Function => {}
    }
}

fn types_of(call: &Call, visit: &mut dyn FnMut(&TypeRef)) {
    visit(&call.ret);
    call.params.iter().for_each(|param| visit(&param.ty));
    if let Implementation::Structural(conversions) = &call.implementation {
        for conversion in conversions {
            if let Conversion::Convert { from, to, .. } = conversion {
                visit(from);
                visit(to);
            }
        }
    }
}

fn types_of_mut(call: &mut Call, visit: &mut dyn FnMut(&mut TypeRef)) {
    visit(&mut call.ret);
    call.params.iter_mut().for_each(|param| visit(&mut param.ty));
    if let Implementation::Structural(conversions) = &mut call.implementation {
        for conversion in conversions {
            if let Conversion::Convert { from, to, .. } = conversion {
                visit(from);
                visit(to);
            }
        }
    }
}

/// For each old index, how many used ones come before it.
fn renumber(used: &[bool]) -> Vec<u32> {
    let count = |next: &mut u32, used: &bool| Some(std::mem::replace(next, *next + u32::from(*used)));
    used.iter().scan(0, count).collect()
}

fn retain<T>(items: &mut Vec<T>, used: &[bool]) {
    let mut used = used.iter();
    items.retain(|_| used.next().copied().unwrap_or(false));
}

#[cfg(test)]
mod tests {
    use crate::Abi;
    use libsys_syntax::source::{Source, TableLoader};

    fn abi(text: &str) -> Abi {
        let root = Source { path: "t.sys".into(), text: format!("ABI linux/x86_64; RELEASE 7.2; {text}") };
        let parsed = libsys_syntax::parse(root, &TableLoader::default());
        let (abi, diagnostics) = crate::lower(&parsed);
        abi.unwrap_or_else(|| panic!("{}", libsys_syntax::render(&diagnostics, &parsed.sources, false)))
    }

    #[test]
    fn only_what_calls_lead_to_is_left() {
        let used = "type t = u32; struct s size 16 align 8 { @0 t a; @8 in s *next; } group g \"G\"; \
                    ADD 1 { function int a(in s *s); group g; }";
        let unused = "group h \"H\"; type x = u32; struct y size 4 align 4 { @0 x a; }";
        let mut all = abi(&format!("{unused} {used}"));
        all.prune();
        assert_eq!(all, abi(used));
    }
}
