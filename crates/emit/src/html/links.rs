//! Where everything is on the page, and who uses what: made once, read by all parts of the page.

use crate::prose;
use libsys_model::{Abi, Call, Shape, TypeDef, TypeDefKind, TypeId, TypeRef};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A call or service with its place.
pub(super) struct Entry<'a> {
    /// The call.
    pub(super) call: &'a Call,
    /// Its place.
    pub(super) id: String,
    /// True for a service of the layer.
    pub(super) is_service: bool,
}

/// Who uses a type directly; indices of entries or of types, ascending.
#[derive(Default)]
pub(super) struct Uses {
    /// Calls that return it.
    pub(super) returned: Vec<usize>,
    /// Calls with a parameter of it, or of a pointer to it.
    pub(super) taken: Vec<usize>,
    /// Types with a field of it, or that stand for it.
    pub(super) within: Vec<usize>,
}

/// Places and cross-references.
pub(super) struct Links<'a> {
    /// The ABI.
    pub(super) abi: &'a Abi,
    /// Calls, then services.
    pub(super) entries: Vec<Entry<'a>>,
    /// The types in the order of their names.
    pub(super) types_by_name: Vec<usize>,
    /// For each type its users.
    pub(super) uses: Vec<Uses>,
    /// Calls by errno name.
    pub(super) errors: BTreeMap<&'a str, Vec<usize>>,
    /// Calls by manual page.
    pub(super) manuals: HashMap<String, Vec<usize>>,
    type_ids: Vec<String>,
    calls: HashMap<&'a str, usize>,
    types: HashMap<&'a str, usize>,
    versions: HashMap<&'a str, Vec<TypeId>>,
    constants: HashMap<&'a str, usize>,
}

impl<'a> Links<'a> {
    /// Gives everything in an ABI its place.
    pub(super) fn new(abi: &'a Abi) -> Self {
        let mut ids = Ids::default();
        let services = abi.services.iter().map(|call| (call, true));
        let entries: Vec<Entry<'_>> = abi
            .calls
            .iter()
            .map(|call| (call, false))
            .chain(services)
            .map(|(call, is_service)| Entry { call, id: ids.unique(call.name.clone()), is_service })
            .collect();
        let types = newest(abi);
        let type_ids = abi.types.iter().enumerate().map(|(i, def)| {
            let is_newest = types.get(def.name.as_str()) == Some(&i);
            let name = if is_newest { def.name.clone() } else { type_name(def) };
            ids.unique(format!("type-{name}"))
        });
        let type_ids = type_ids.collect();
        let mut types_by_name: Vec<usize> = (0..abi.types.len()).collect();
        types_by_name.sort_by_cached_key(|i| (abi.types[*i].name.to_lowercase(), version(&abi.types[*i])));
        let mut links = Links {
            abi,
            types_by_name,
            uses: abi.types.iter().map(|_| Uses::default()).collect(),
            errors: BTreeMap::new(),
            manuals: HashMap::new(),
            type_ids,
            calls: HashMap::new(),
            types,
            versions: abi.types_by_name(),
            constants: HashMap::new(),
            entries,
        };
        links.gather_calls();
        links.gather_types();
        links
    }

    fn gather_calls(&mut self) {
        let abi = self.abi;
        for (i, Entry { call, is_service, .. }) in self.entries.iter().enumerate() {
            let call: &'a Call = call;
            self.calls.entry(&call.name).or_insert(i);
            for error in &call.errors {
                push_new(self.errors.entry(error).or_default(), i);
            }
            if !is_service {
                self.manuals.entry(prose::manual(call)).or_default().push(i);
            }
            if let Some((ty, _)) = prose::named(abi, &call.ret) {
                push_new(&mut self.uses[ty].returned, i);
            }
            for param in &call.params {
                if let Some((ty, _)) = prose::named(abi, &param.ty) {
                    push_new(&mut self.uses[ty].taken, i);
                }
            }
        }
    }

    fn gather_types(&mut self) {
        let abi = self.abi;
        for (i, def) in abi.types.iter().enumerate() {
            let parts: Vec<&TypeRef> = match &def.kind {
                TypeDefKind::Alias(ty) => vec![ty],
                TypeDefKind::Struct(layout) => layout.fields.iter().map(|field| &field.ty).collect(),
                TypeDefKind::Resource(_) | TypeDefKind::Flags(..) | TypeDefKind::Enum(..) => Vec::new(),
            };
            for part in parts {
                if let Some((ty, _)) = prose::named(abi, part) {
                    push_new(&mut self.uses[ty].within, i);
                }
            }
            if let TypeDefKind::Flags(_, constants) | TypeDefKind::Enum(_, constants) = &def.kind {
                for constant in constants {
                    self.constants.entry(&constant.name).or_insert(i);
                }
            }
        }
    }

    /// The place of a type.
    pub(super) fn type_id(&self, index: usize) -> &str {
        self.type_ids.get(index).map_or("", String::as_str)
    }

    /// The place and the definition of the declared type inside a type.
    pub(super) fn named(&self, ty: &TypeRef) -> Option<(&str, &'a TypeDef)> {
        prose::named(self.abi, ty).map(|(i, def)| (self.type_id(i), def))
    }

    /// The place of the call or type or constant of that name.
    pub(super) fn place_of(&self, name: &str) -> Option<&str> {
        let call = self.calls.get(name).map(|i| self.entries[*i].id.as_str());
        call.or_else(|| self.types.get(name).map(|i| self.type_id(*i))).or_else(|| self.constant(name))
    }

    /// The place of the call of that name.
    pub(super) fn call(&self, name: &str) -> Option<&str> {
        self.calls.get(name).map(|i| self.entries[*i].id.as_str())
    }

    /// The place of the type that declares a constant.
    pub(super) fn constant(&self, name: &str) -> Option<&str> {
        self.constants.get(name).map(|i| self.type_id(*i))
    }

    /// The other versions of a struct, by index.
    pub(super) fn other_versions(&self, index: usize) -> impl Iterator<Item = usize> {
        let name = self.abi.types[index].name.as_str();
        let versions = self.versions.get(name).map_or(&[][..], Vec::as_slice);
        versions.iter().map(|id| id.0 as usize).filter(move |other| *other != index)
    }

    /// The registers that the kernel takes a call's arguments from; none where they are on the stack, as in
    /// ABIs of 2005 files.
    pub(super) fn registers(&self) -> &'static [&'static str] {
        if self.abi.is_base { &[] } else { self.abi.machine.argument_registers() }
    }
}

/// `stat@2_6`, or the bare name of what has no versions.
pub(super) fn type_name(def: &TypeDef) -> String {
    match &def.kind {
        TypeDefKind::Struct(layout) => match &layout.version {
            Some(version) => format!("{}@{version}", def.name),
            None => def.name.clone(),
        },
        _ => def.name.clone(),
    }
}

/// The numbers of a version, in the order of versions.
fn version(def: &TypeDef) -> Vec<u64> {
    match &def.kind {
        TypeDefKind::Struct(layout) => {
            let version = layout.version.as_deref().unwrap_or("");
            version.split('_').map(|part| part.parse().unwrap_or(0)).collect()
        }
        _ => Vec::new(),
    }
}

/// For each name the type that it means when no version is written.
fn newest(abi: &Abi) -> HashMap<&str, usize> {
    let mut newest: HashMap<&str, usize> = HashMap::new();
    for (i, def) in abi.types.iter().enumerate() {
        let known = newest.entry(&def.name).or_insert(i);
        if version(&abi.types[*known]) < version(def) {
            *known = i;
        }
    }
    newest
}

fn push_new(list: &mut Vec<usize>, index: usize) {
    if list.last() != Some(&index) {
        list.push(index);
    }
}

/// Ids that were given out.
#[derive(Default)]
struct Ids(HashSet<String>);

impl Ids {
    /// That id, or with the first free number behind it: a 2005 file may give two numbers to one name.
    ///
    /// Ids of calls are words, those of types begin with `type-` and those of sections and rows hold a `-`
    /// too, so that the kinds never meet.
    fn unique(&mut self, id: String) -> String {
        let mut chosen = id.clone();
        let mut n = 2;
        while !self.0.insert(chosen.clone()) {
            chosen = format!("{id}-{n}");
            n += 1;
        }
        chosen
    }
}

/// The word that declares a type of this kind; of functions what they are.
pub(super) fn kind_word(def: &TypeDef) -> &'static str {
    match &def.kind {
        TypeDefKind::Alias(ty) if ty.shape == Shape::Function => "function",
        TypeDefKind::Alias(_) => "type",
        TypeDefKind::Resource(_) => "resource",
        TypeDefKind::Flags(..) => "flags",
        TypeDefKind::Enum(..) => "enum",
        TypeDefKind::Struct(layout) if layout.is_union => "union",
        TypeDefKind::Struct(_) => "struct",
    }
}
