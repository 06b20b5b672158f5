//! Declared types, and what the type expressions of everything else mean.

use std::collections::HashMap;

use libsys_syntax::Parsed;
use libsys_syntax::ast::{self, Item, Name, TypeExpr, TypeItem, TypeKind};
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::Span;

use super::head::Head;
use super::{Report, layout, sorted, words};
use crate::structural::Lookup;
use crate::{
    Constant, Dir, Machine, Release, Scalar, Shape, Struct, TypeDef, TypeDefKind, TypeId, TypeRef, c_around,
};

/// Aliases of aliases, or structs inside structs; a chain without end would be one of all types.
pub(super) const MAX_DEPTH: usize = 64;

/// Versions of one struct.
const MAX_VERSIONS: usize = 64;

pub(super) struct Types<'a> {
    pub machine: Machine,
    pub is_base: bool,
    defs: Vec<TypeDef>,
    /// The indices of each declared word; more than one for a struct that has versions, oldest first.
    by_name: HashMap<&'a str, Vec<TypeId>>,
}

impl<'a> Types<'a> {
    /// Declares and lowers every type of the files.
    pub fn declare(parsed: &'a Parsed, head: &Head, report: &mut Report) -> Types<'a> {
        let mut types =
            Types { machine: head.machine, is_base: head.is_base, defs: Vec::new(), by_name: HashMap::new() };
        let mut items: Vec<&'a TypeItem> = Vec::new();
        let mut versions = Versions::default();
        for item in parsed.items() {
            let Item::Type(item) = item else { continue };
            let since = item.since.as_ref().and_then(|literal| head.known(literal, report));
            if words::built_in(&item.name.text, head.machine).is_some() {
                report.error("E0203", item.name.span, format!("`{}` is a built-in type", item.name.text));
            }
            let id = TypeId(items.len() as u32);
            let earlier = types.by_name.entry(&item.name.text).or_default();
            let first = earlier.first().map(|first| (*first, items[first.0 as usize]));
            if let Some(clash) = versions.clash(first, id, item, since) {
                let first = items[clash.0 as usize];
                report.push(twice(item, first));
                // The first one keeps the name; the second one is still checked.
            } else if earlier.len() == MAX_VERSIONS {
                let message = format!("more than {MAX_VERSIONS} versions of `{}`", item.name.text);
                report.error("E0209", item.name.span, message);
            } else {
                earlier.push(id);
            }
            types.defs.push(TypeDef {
                name: item.name.text.clone(),
                doc: item.doc.text.clone(),
                kind: placeholder(item, since),
            });
            items.push(item);
        }
        types.sort_versions();
        types.lower_aliases(&items, report);
        types.lower_scalars(&items, head, report);
        types.lower_structs(&items, report);
        types
    }

    pub fn finish(self) -> Vec<TypeDef> {
        self.defs
    }

    pub fn def(&self, id: TypeId) -> &TypeDef {
        &self.defs[id.0 as usize]
    }

    /// The type that is meant by `expr`; with a direction of `in`, what its outermost pointer points at is
    /// const in C. None, with a mistake, when its word is unknown.
    pub fn resolve(&self, expr: &TypeExpr, dir: Option<Dir>, report: &mut Report) -> Option<TypeRef> {
        let word = expr.base.text.as_str();
        // Whether what each pointer points at is const, the innermost one first.
        let (shape, c, mut to_const) = match self.word(expr, report) {
            Some((shape, c)) => (shape, c, Vec::new()),
            None if self.is_base => self.base_word(expr, report),
            None => return None,
        };
        to_const.extend(std::iter::repeat_n(false, usize::from(expr.stars)));
        if let Some(first) = to_const.first_mut() {
            *first |= expr.is_const;
        }
        if let (Some(last), Some(Dir::In)) = (to_const.last_mut(), dir) {
            *last = true;
        }
        let mut text = if expr.is_const { format!("const {word}") } else { word.to_owned() };
        if let Some(version) = &expr.version {
            text.push('@');
            text.push_str(&version.text);
        }
        if expr.stars > 0 {
            text.push(' ');
            text.extend(std::iter::repeat_n('*', usize::from(expr.stars)));
        }
        let mut ty = TypeRef { shape, c, text: String::new() };
        for to_const in to_const {
            let c = c_pointer(&ty.c, to_const);
            ty = TypeRef { shape: Shape::Pointer(Box::new(ty)), c, text: String::new() };
        }
        name_inner(&mut ty, &text);
        Some(ty)
    }

    /// The machine integer that a type is, seen through aliases.
    pub fn scalar(&self, ty: &TypeRef) -> Option<Scalar> {
        match &self.through_aliases(ty).shape {
            Shape::Scalar(scalar) => Some(*scalar),
            Shape::Named(id) => match &self.def(*id).kind {
                TypeDefKind::Resource(scalar)
                | TypeDefKind::Flags(scalar, _)
                | TypeDefKind::Enum(scalar, _) => Some(*scalar),
                TypeDefKind::Alias(_) | TypeDefKind::Struct(_) => None,
            },
            _ => None,
        }
    }

    /// The struct or union that a type is, seen through aliases.
    pub fn structure(&self, ty: &TypeRef) -> Option<&Struct> {
        match &self.through_aliases(ty).shape {
            Shape::Named(id) => match &self.def(*id).kind {
                TypeDefKind::Struct(layout) => Some(layout),
                _ => None,
            },
            _ => None,
        }
    }

    /// The release since which a struct holds, where that tells it from other versions: the one that a type is,
    /// seen through aliases.
    pub fn version_since(&self, ty: &TypeRef) -> Option<Release> {
        let Shape::Named(id) = self.through_aliases(ty).shape else { return None };
        let def = self.def(id);
        let versions = self.by_name.get(def.name.as_str()).map_or(0, Vec::len);
        match &def.kind {
            TypeDefKind::Struct(layout) if versions > 1 => layout.since,
            _ => None,
        }
    }

    /// Size and alignment in bytes; none for `void`.
    pub fn size_align(&self, ty: &TypeRef) -> Option<(u32, u32)> {
        let word = self.machine.pointer_size();
        match &self.through_aliases(ty).shape {
            Shape::Void => None,
            Shape::Pointer(_) | Shape::CString { .. } | Shape::Address | Shape::Function => {
                Some((word, word))
            }
            Shape::Scalar(scalar) => Some(self.scalar_size(*scalar)),
            Shape::Named(_) => match (self.scalar(ty), self.structure(ty)) {
                (Some(scalar), _) => Some(self.scalar_size(scalar)),
                (None, Some(layout)) => Some((layout.size, layout.align)),
                (None, None) => None,
            },
        }
    }

    fn scalar_size(&self, scalar: Scalar) -> (u32, u32) {
        // The i386 psABI aligns 64-bit integers to four bytes.
        (scalar.size, scalar.size.min(self.machine.pointer_size()))
    }

    fn through_aliases<'t>(&'t self, mut ty: &'t TypeRef) -> &'t TypeRef {
        // `lower_aliases` bounded every chain.
        while let Shape::Named(id) = &ty.shape {
            match &self.def(*id).kind {
                TypeDefKind::Alias(target) => ty = target,
                _ => break,
            }
        }
        ty
    }

    /// A word, declared or built in: its shape and its C spelling. None, with a mistake unless this is a file
    /// of 2005, when it is neither.
    fn word(&self, expr: &TypeExpr, report: &mut Report) -> Option<(Shape, String)> {
        let word = expr.base.text.as_str();
        if let Some(ids) = self.by_name.get(word) {
            let id = match &expr.version {
                None => *ids.last()?,
                Some(version) => self.version(ids, version, &expr.base, report)?,
            };
            return Some((Shape::Named(id), self.c_name(id)));
        }
        if let Some(version) = &expr.version {
            report.error("E0207", version.span, format!("`{word}` has no versions"));
            return None;
        }
        let found = words::built_in(word, self.machine);
        if found.is_none() && !self.is_base {
            report.unknown("E0202", "type", &expr.base, || sorted(self.by_name.keys().copied()));
        }
        found
    }

    fn version(&self, ids: &[TypeId], version: &Name, base: &Name, report: &mut Report) -> Option<TypeId> {
        let of = |id: &TypeId| match &self.def(*id).kind {
            TypeDefKind::Struct(layout) => layout.version.as_deref(),
            _ => None,
        };
        let found = ids.iter().find(|id| of(id) == Some(version.text.as_str()));
        if found.is_none() {
            let known: Vec<String> = ids.iter().filter_map(of).map(|v| format!("`@{v}`")).collect();
            let message = format!("`{}` has no version `{}`", base.text, version.text);
            let diagnostic = Diagnostic::error("E0207", version.span, message);
            let help = if known.is_empty() {
                "it has no versions".into()
            } else {
                format!("it has {}", known.join(", "))
            };
            report.push(diagnostic.help(help));
        }
        found.copied()
    }

    /// A word of a file of 2005 that is not declared: a C typedef, or a pointer as a word. Words of which
    /// nothing is known are reported once each, and are machine words.
    fn base_word(&self, expr: &TypeExpr, report: &mut Report) -> (Shape, String, Vec<bool>) {
        let words::PointerWord { base: inner, is_volatile, to_const } = words::pointer_word(&expr.base.text);
        let typedef = words::BASE_WORDS.binary_search_by_key(&inner, |(word, _)| word).ok();
        let known = match (typedef.map(|i| words::BASE_WORDS[i].1), self.by_name.get(inner)) {
            (_, Some(ids)) => ids.last().map(|id| (Shape::Named(*id), self.c_name(*id))),
            (Some("char *"), None) => {
                let char = words::built_in("char", self.machine);
                let target = char.map(|(shape, c)| TypeRef { shape, c, text: "char".into() });
                target.map(|target| (Shape::Pointer(Box::new(target)), inner.to_owned()))
            }
            (Some(stands_for), None) => {
                words::built_in(stands_for, self.machine).map(|(shape, _)| (shape, inner.to_owned()))
            }
            (None, None) => words::built_in(inner, self.machine),
        };
        let (shape, c) = known.unwrap_or_else(|| {
            if report.told.insert(inner.to_owned()) {
                let message = format!("type `{inner}` is never declared");
                report.push(Diagnostic::warning("W0202", expr.base.span, message));
            }
            let word = self.machine.pointer_size();
            (Shape::Scalar(Scalar { size: word, signed: true }), inner.to_owned())
        });
        (shape, if is_volatile { format!("volatile {c}") } else { c }, to_const)
    }

    fn c_name(&self, id: TypeId) -> String {
        match &self.def(id).kind {
            TypeDefKind::Alias(target) => target.c.clone(),
            TypeDefKind::Struct(layout) => layout.c_name.clone(),
            TypeDefKind::Resource(scalar) | TypeDefKind::Flags(scalar, _) | TypeDefKind::Enum(scalar, _) => {
                c_scalar(*scalar, self.machine).into()
            }
        }
    }

    /// Orders the versions of each struct by their releases, so that the last one is the newest.
    fn sort_versions(&mut self) {
        let defs = &self.defs;
        for ids in self.by_name.values_mut().filter(|ids| ids.len() > 1) {
            ids.sort_by_key(|id| match &defs[id.0 as usize].kind {
                TypeDefKind::Struct(layout) => layout.since,
                _ => None,
            });
        }
    }

    /// Lowers aliases, each after what it stands for.
    fn lower_aliases(&mut self, items: &[&'a TypeItem], report: &mut Report) {
        #[derive(Clone, Copy, PartialEq)]
        enum State {
            New,
            Open,
            Done(usize),
        }
        let mut states = vec![State::New; items.len()];
        let target = |i: usize| match &items[i].kind {
            TypeKind::Alias(expr) => Some(expr),
            _ => None,
        };
        for start in 0..items.len() {
            let mut chain = Vec::new();
            let mut next = target(start).map(|_| start);
            let mut depth = 0;
            // The alias that closes a circle stays a placeholder, so that every chain ends.
            let mut closing = None;
            while let Some(i) = next {
                match states[i] {
                    State::Done(known) => {
                        depth = known;
                        break;
                    }
                    State::Open => {
                        let name = &items[i].name;
                        report.error("E0206", name.span, format!("`{}` stands for itself", name.text));
                        closing = Some(i);
                        break;
                    }
                    State::New => {}
                }
                states[i] = State::Open;
                chain.push(i);
                let base = target(i).map(|expr| expr.base.text.as_str());
                let ids = base.and_then(|base| self.by_name.get(base));
                next =
                    ids.and_then(|ids| ids.last()).map(|id| id.0 as usize).filter(|i| target(*i).is_some());
            }
            for i in chain.into_iter().rev() {
                depth += 1;
                states[i] = State::Done(depth);
                let Some(expr) = target(i).filter(|_| closing != Some(i)) else { continue };
                if depth > MAX_DEPTH {
                    if depth == MAX_DEPTH + 1 {
                        report.error(
                            "E0206",
                            expr.span,
                            format!("more than {MAX_DEPTH} aliases of each other"),
                        );
                    }
                    continue;
                }
                if let Some(ty) = self.resolve(expr, None, report) {
                    self.defs[i].kind = TypeDefKind::Alias(ty);
                }
            }
        }
    }

    fn lower_scalars(&mut self, items: &[&'a TypeItem], head: &Head, report: &mut Report) {
        // The value of each constant, to find names that would mean two things in C.
        let mut values: HashMap<&str, (i128, Span)> = HashMap::new();
        for (i, item) in items.iter().enumerate() {
            let (expr, constants, is_flags) = match &item.kind {
                TypeKind::Resource(expr) => (expr, None, false),
                TypeKind::Flags(expr, constants) => (expr, Some(constants), true),
                TypeKind::Enum(expr, constants) => (expr, Some(constants), false),
                TypeKind::Alias(_) | TypeKind::Struct(_) | TypeKind::Union(_) => continue,
            };
            let Some(ty) = self.resolve(expr, None, report) else { continue };
            let Some(scalar) = self.scalar(&ty) else {
                report.error("E0208", expr.span, format!("`{}` is not an integer", ty.text));
                continue;
            };
            let Some(constants) = constants else {
                self.defs[i].kind = TypeDefKind::Resource(scalar);
                continue;
            };
            let mut lowered: Vec<Constant> = Vec::with_capacity(constants.len());
            for constant in constants {
                check_constant(constant, scalar, &mut values, report);
                lowered.push(Constant {
                    name: constant.name.text.clone(),
                    value: constant.value.value,
                    doc: constant.doc.text.clone(),
                    since: constant.since.as_ref().and_then(|literal| head.known(literal, report)),
                });
            }
            let kind = if is_flags { TypeDefKind::Flags } else { TypeDefKind::Enum };
            self.defs[i].kind = kind(scalar, lowered);
        }
    }

    fn lower_structs(&mut self, items: &[&'a TypeItem], report: &mut Report) {
        for (i, item) in items.iter().enumerate() {
            let (TypeKind::Struct(layout) | TypeKind::Union(layout)) = &item.kind else { continue };
            let since = match &self.defs[i].kind {
                TypeDefKind::Struct(placeholder) => placeholder.since,
                _ => None,
            };
            let fields = layout::fields(self, item, layout, since, report);
            if let TypeDefKind::Struct(lowered) = &mut self.defs[i].kind {
                lowered.fields = fields;
            }
        }
        let names: Vec<&Name> = items.iter().map(|item| &item.name).collect();
        layout::check_nesting(&self.defs, &names, report);
    }
}

impl Lookup for Types<'_> {
    fn def(&self, id: TypeId) -> &TypeDef {
        Types::def(self, id)
    }

    fn seen<'t>(&'t self, ty: &'t TypeRef) -> &'t TypeRef {
        self.through_aliases(ty)
    }

    fn versions(&self, id: TypeId) -> Vec<TypeId> {
        self.by_name.get(self.def(id).name.as_str()).cloned().unwrap_or_default()
    }
}

/// The versions of structs, to find those that cannot be told apart.
#[derive(Default)]
struct Versions<'a> {
    by_version: HashMap<(&'a str, &'a str), TypeId>,
    by_release: HashMap<(&'a str, Option<Release>), TypeId>,
}

impl<'a> Versions<'a> {
    /// The earlier declaration of the word of `item` that is not another version of it: what comes first under
    /// that word when one of them has no version, else the one of that version or of that release. If there
    /// is none, `item` is remembered as `id`.
    fn clash(
        &mut self,
        first: Option<(TypeId, &TypeItem)>,
        id: TypeId,
        item: &'a TypeItem,
        since: Option<Release>,
    ) -> Option<TypeId> {
        let name = item.name.text.as_str();
        let version = match (version_of(item), first) {
            (None, first) => return first.map(|(id, _)| id),
            (Some(_), Some((id, first))) if version_of(first).is_none() => return Some(id),
            (Some(version), _) => version,
        };
        let by_version = self.by_version.get(&(name, version));
        let by_release = self.by_release.get(&(name, since));
        let clash = by_version.into_iter().chain(by_release).min().copied();
        if clash.is_none() {
            self.by_version.insert((name, version), id);
            self.by_release.insert((name, since), id);
        }
        clash
    }
}

/// The version of a struct or union, if it has one.
fn version_of(item: &TypeItem) -> Option<&str> {
    let is_struct = matches!(item.kind, TypeKind::Struct(_) | TypeKind::Union(_));
    item.version.as_ref().filter(|_| is_struct).map(|version| version.text.as_str())
}

fn twice(item: &TypeItem, first: &TypeItem) -> Diagnostic {
    let name = &item.name.text;
    let diagnostic = match (&first.version, &item.version) {
        (Some(a), Some(b)) if a.text != b.text => Diagnostic::error(
            "E0209",
            item.name.span,
            format!("versions of `{name}` that hold since the same release"),
        )
        .help("give each but the oldest its own `since`"),
        (Some(_), None) | (None, Some(_)) => {
            Diagnostic::error("E0209", item.name.span, format!("`{name}` both with and without a version"))
                .help("give each a version: `@2_6`")
        }
        _ => Diagnostic::error("E0201", item.name.span, format!("type `{name}` is declared twice")),
    };
    diagnostic.related(first.name.span, "first here")
}

/// What a type is until it is lowered: for structs already with size and alignment, which are written.
fn placeholder(item: &TypeItem, since: Option<Release>) -> TypeDefKind {
    let word = if matches!(item.kind, TypeKind::Union(_)) { "union" } else { "struct" };
    let int = |value: Option<ast::Int>| value.and_then(|int| u32::try_from(int.value).ok());
    match &item.kind {
        TypeKind::Struct(layout) | TypeKind::Union(layout) => TypeDefKind::Struct(Struct {
            is_union: matches!(item.kind, TypeKind::Union(_)),
            version: item.version.as_ref().map(|v| v.text.clone()),
            since,
            extensible: layout.extensible,
            size: int(layout.size).unwrap_or(0),
            align: int(layout.align).unwrap_or(1),
            header: layout.header.as_ref().map(|h| h.text.clone()),
            c_name: match &layout.c_name {
                Some(name) if layout::is_c_name(&name.text) => name.text.clone(),
                _ => format!("{word} {}", item.name.text),
            },
            fields: Vec::new(),
        }),
        _ => TypeDefKind::Resource(Scalar { size: 4, signed: true }),
    }
}

fn check_constant<'a>(
    constant: &'a ast::Constant,
    scalar: Scalar,
    values: &mut HashMap<&'a str, (i128, Span)>,
    report: &mut Report,
) {
    let (name, value) = (&constant.name, constant.value.value);
    // Flag sets of a signed type use its top bit too.
    let bits = scalar.size * 8;
    if value < -(1i128 << (bits - 1)) || value >= 1i128 << bits {
        report.error("E0210", constant.value.span, format!("{value} does not fit into {bits} bits"));
    }
    match values.get(name.text.as_str()) {
        Some((other, first)) if *other != value => {
            let message = format!("constant `{}` has another value elsewhere", name.text);
            report.push(
                Diagnostic::error("E0211", name.span, message).related(*first, format!("{other} here")),
            );
        }
        Some(_) => {}
        None => {
            values.insert(&name.text, (value, name.span));
        }
    }
}

/// The C spelling of a pointer to `inner`, which is const or not.
pub(super) fn c_pointer(inner: &str, to_const: bool) -> String {
    // A pointer to a function's pointer grows on the inside.
    if let [before, _, behind @ ")(void)"] = c_around(inner) {
        return format!("{before}{}*{behind}", if to_const { "const " } else { "" });
    }
    match (inner.ends_with('*'), to_const) {
        (true, true) => format!("{inner}const *"),
        (true, false) => format!("{inner}*"),
        (false, true) => format!("const {inner} *"),
        (false, false) => format!("{inner} *"),
    }
}

/// Gives a type its `.sys` text, and what it points at that text with one star less.
fn name_inner(ty: &mut TypeRef, text: &str) {
    ty.text = text.to_owned();
    if let Shape::Pointer(inner) = &mut ty.shape {
        let inside = text.strip_suffix('*').or_else(|| text.strip_suffix("_ptr")).unwrap_or(text);
        name_inner(inner, inside.trim_end());
    }
}

fn c_scalar(scalar: Scalar, machine: Machine) -> &'static str {
    match (scalar.size, scalar.signed) {
        (1, true) => "signed char",
        (1, false) => "unsigned char",
        (2, true) => "short",
        (2, false) => "unsigned short",
        (4, true) => "int",
        (4, false) => "unsigned int",
        (_, true) if machine.pointer_size() == 8 => "long",
        (_, false) if machine.pointer_size() == 8 => "unsigned long",
        (_, true) => "long long",
        (_, false) => "unsigned long long",
    }
}
