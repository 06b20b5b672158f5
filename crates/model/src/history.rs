//! One history, many releases: which calls, types and constants an older release has.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::{Abi, Call, Implementation, Param, Release, Shape, Struct, TypeDefKind, TypeId, TypeRef};

impl Call {
    /// Whether a release has this call.
    #[must_use]
    pub fn is_in(&self, release: Release) -> bool {
        self.came_by(release) && self.until.is_none_or(|until| release < until)
    }

    /// Whether a release or an older one has this call.
    #[must_use]
    pub fn came_by(&self, release: Release) -> bool {
        self.since.is_none_or(|since| since <= release)
    }
}

impl Abi {
    /// The releases at which calls came or went or structs changed, up to this one, ascending; this one is always the
    /// last.
    #[must_use]
    pub fn releases(&self) -> Vec<Release> {
        let dates = self.calls.iter().flat_map(|call| [call.since, call.until]).flatten();
        let mut releases: BTreeSet<Release> = dates.filter(|release| *release <= self.release).collect();
        releases.extend(self.struct_releases().into_iter().filter(|release| *release <= self.release));
        releases.insert(self.release);
        releases.into_iter().collect()
    }

    /// The release at which its oldest call came: nothing is known of older ones. None when a call has always been
    /// there; one that no kernel has does not count.
    #[must_use]
    pub fn first_release(&self) -> Option<Release> {
        let real = self.calls.iter().filter(|c| !matches!(c.implementation, Implementation::Simulated(_)));
        let dates: Option<Vec<Release>> = real.map(|call| call.since).collect();
        dates?.into_iter().min()
    }

    /// The fingerprint of this ABI at an older release: FNV-1a (64 bits) of its name and of the numbers and
    /// names of its calls, so that corrections of types and documentation do not change it. Of calls whose structs are
    /// always converted, which no other map carries out, it takes in the function too; of those that a rule converts
    /// between releases, which versions of their structs the release has.
    #[must_use]
    pub fn fingerprint_at(&self, release: Release) -> u64 {
        let mut hash = fnv1a(self.name.as_bytes(), FNV_OFFSET);
        let by_name = OnceCell::new();
        for call in self.calls.iter().filter(|call| call.is_in(release)) {
            hash = fnv1a(&call.nr.0.to_le_bytes(), hash);
            hash = fnv1a(call.name.as_bytes(), hash);
            if let Implementation::Structural(_) = call.implementation {
                hash = fnv1a(call.signature_text().as_bytes(), hash);
            }
            let rule = self.rule(&call.name).map(|rule| &rule.implementation);
            let structs = if let Some(Implementation::Structural(_)) = rule {
                self.structs_of(call, release, by_name.get_or_init(|| self.types_by_name()))
            } else {
                Vec::new()
            };
            for (since, size) in structs {
                hash = fnv1a(&since.to_le_bytes(), hash);
                hash = fnv1a(&size.to_le_bytes(), hash);
            }
            // Names end, so that no two lists of calls have the same bytes.
            hash = fnv1a(&[0], hash);
        }
        hash
    }

    /// The structs right behind a call's parameters: since when they are as a release has them, and their sizes.
    fn structs_of(
        &self,
        call: &Call,
        release: Release,
        by_name: &HashMap<&str, Vec<TypeId>>,
    ) -> Vec<(u32, u32)> {
        let structs = call.params.iter().filter_map(|param| {
            let Shape::Pointer(inner) = &self.resolve(&param.ty).shape else { return None };
            let (id, _) = self.as_struct(inner)?;
            let TypeDefKind::Struct(layout) = &self.ty(self.version_at(id, release, by_name)).kind else {
                return None;
            };
            Some((layout.since.map_or(0, Release::packed), layout.size))
        });
        structs.collect()
    }

    /// The fingerprint of this ABI at its own release.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint_at(self.release)
    }

    /// This ABI as it was at an older release: without the calls and constants that came later or had gone,
    /// without rules that name such calls, and with the versions of structs that held then. Type indices keep their meaning.
    #[must_use]
    pub fn at(&self, release: Release) -> Abi {
        let mut abi = self.clone();
        abi.release = release;
        abi.calls.retain(|call| call.is_in(release));
        let names: HashSet<&str> = abi.calls.iter().map(|call| call.name.as_str()).collect();
        abi.rules.retain(|rule| rule.names().all(|name| names.contains(name)));
        for def in &mut abi.types {
            if let TypeDefKind::Flags(_, constants) | TypeDefKind::Enum(_, constants) = &mut def.kind {
                constants.retain(|constant| constant.since.is_none_or(|since| since <= release));
            }
        }
        let by_name = self.types_by_name();
        let then: Vec<TypeId> =
            (0..self.types.len() as u32).map(|i| self.version_at(TypeId(i), release, &by_name)).collect();
        if then.iter().enumerate().all(|(i, id)| id.0 as usize == i) {
            return abi;
        }
        let turn = |ty: &mut TypeRef| self.redirect(ty, &then);
        for call in &mut abi.calls {
            turn(&mut call.ret);
            call.params.iter_mut().for_each(|Param { ty, .. }| turn(ty));
        }
        for def in &mut abi.types {
            match &mut def.kind {
                TypeDefKind::Alias(ty) => turn(ty),
                // What lies inside a struct stays: it was laid out for that, and is not newer than the struct.
                TypeDefKind::Struct(layout) => {
                    let pointers = layout.fields.iter_mut().map(|f| &mut f.ty);
                    pointers.filter(|ty| matches!(ty.shape, Shape::Pointer(_))).for_each(turn);
                }
                TypeDefKind::Resource(_) | TypeDefKind::Flags(..) | TypeDefKind::Enum(..) => {}
            }
        }
        abi
    }

    /// The version of a struct that held at a release: itself, or the newest one that is not newer. Where there
    /// was none yet, the oldest one.
    pub(crate) fn version_at(
        &self,
        id: TypeId,
        release: Release,
        by_name: &HashMap<&str, Vec<TypeId>>,
    ) -> TypeId {
        let since = |id: TypeId| match &self.ty(id).kind {
            TypeDefKind::Struct(layout) => layout.since,
            _ => None,
        };
        if since(id).is_none_or(|since| since <= release) {
            return id;
        }
        let versions = by_name.get(self.ty(id).name.as_str()).map_or(&[][..], Vec::as_slice);
        let older = versions.iter().copied().filter(|id| since(*id).is_none_or(|s| s <= release));
        let oldest = || versions.iter().copied().min_by_key(|id| since(*id));
        older.max_by_key(|id| since(*id)).or_else(oldest).unwrap_or(id)
    }

    /// Turns a type to the versions that held then, in its spellings too.
    fn redirect(&self, ty: &mut TypeRef, then: &[TypeId]) {
        let Some(id) = named(&ty.shape) else { return };
        let Some(to) = then.get(id.0 as usize).copied().filter(|to| *to != id) else { return };
        let (TypeDefKind::Struct(old), TypeDefKind::Struct(new)) = (&self.ty(id).kind, &self.ty(to).kind)
        else {
            return;
        };
        let version = |layout: &Struct| layout.version.as_deref().map(|version| format!("@{version}"));
        let versions = version(old).zip(version(new));
        let mut ty = Some(ty);
        while let Some(at) = ty {
            at.c = at.c.replacen(&old.c_name, &new.c_name, 1);
            if let Some((old, new)) = &versions {
                at.text = at.text.replacen(old.as_str(), new, 1);
            }
            ty = match &mut at.shape {
                Shape::Pointer(inner) => Some(inner),
                Shape::Named(id) => {
                    *id = to;
                    None
                }
                _ => None,
            };
        }
    }
}

/// The declared type that a shape is, or points at.
fn named(shape: &Shape) -> Option<TypeId> {
    match shape {
        Shape::Named(id) => Some(*id),
        Shape::Pointer(inner) => named(&inner.shape),
        Shape::Void | Shape::Scalar(_) | Shape::Address | Shape::CString { .. } | Shape::Function => None,
    }
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;

fn fnv1a(bytes: &[u8], hash: u64) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}
