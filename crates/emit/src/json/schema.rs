//! The objects of the JSON document, in the order of their keys. `JSON.md` says what each key means.

use super::SCHEMA;
use crate::arch::{self, x86_64};
use libsys_image as image;
use libsys_model as model;
use libsys_model::{Abi, Cancel, Dir, Len, LenExpr, Release, Returns, Shape, TypeDefKind, TypeRef, errno};
use serde::{Serialize, Serializer};

#[derive(Serialize)]
pub(super) struct Document<'a> {
    schema: u32,
    abi: &'a str,
    machine: &'a str,
    release: Text<Release>,
    is_base: bool,
    fingerprint: String,
    releases: Vec<At>,
    pointer_size: u32,
    registers: &'a [&'a str],
    slots: Slots,
    errors: Vec<Errno>,
    groups: Vec<Group<'a>>,
    types: Vec<TypeDef<'a>>,
    calls: Vec<Call<'a>>,
    services: Vec<Call<'a>>,
}

impl<'a> Document<'a> {
    pub(super) fn new(abi: &'a Abi) -> Document<'a> {
        let hex = |fingerprint: u64| format!("{fingerprint:016x}");
        let at = |release| At { release: Text(release), fingerprint: hex(abi.fingerprint_at(release)) };
        let errno = |name| errno::number(name).map(|number| Errno { name, number });
        let group = |g: &'a model::Group| Group { name: &g.name, title: &g.title, doc: &g.doc };
        Document {
            schema: SCHEMA,
            abi: &abi.name,
            machine: abi.machine.name(),
            release: Text(abi.release),
            is_base: abi.is_base,
            fingerprint: hex(abi.fingerprint()),
            releases: abi.releases().into_iter().map(at).collect(),
            pointer_size: abi.machine.pointer_size(),
            registers: abi.machine.argument_registers(),
            slots: Slots {
                count: abi.slot_count(),
                size: image::SLOT_SIZE,
                c_entry: image::C_ENTRY,
                raw_entry: image::RAW_ENTRY,
                enter_offset: image::ENTER_OFFSET,
                service_base: image::SERVICE_BASE,
                service_end: image::TAIL_BASE,
            },
            errors: errno::names().filter_map(errno).collect(),
            groups: abi.groups.iter().map(group).collect(),
            types: abi.types.iter().map(TypeDef::new).collect(),
            calls: abi.calls.iter().map(|call| Call::new(abi, call)).collect(),
            services: abi.services.iter().map(|call| Call::new(abi, call)).collect(),
        }
    }
}

/// Something that is written as its display.
struct Text<T>(T);

impl<T: std::fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

#[derive(Serialize)]
struct At {
    release: Text<Release>,
    fingerprint: String,
}

#[derive(Serialize)]
struct Slots {
    count: u32,
    size: u32,
    c_entry: u32,
    raw_entry: u32,
    enter_offset: u32,
    service_base: u32,
    service_end: u32,
}

#[derive(Serialize)]
struct Errno {
    name: &'static str,
    number: i32,
}

#[derive(Serialize)]
struct Group<'a> {
    name: &'a str,
    title: &'a str,
    doc: &'a str,
}

#[derive(Serialize)]
struct TypeDef<'a> {
    name: &'a str,
    doc: &'a str,
    #[serde(flatten)]
    kind: Kind<'a>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Kind<'a> {
    Alias { target: Type<'a> },
    Resource { size: u32, signed: bool },
    Flags { size: u32, signed: bool, constants: Vec<Constant<'a>> },
    Enum { size: u32, signed: bool, constants: Vec<Constant<'a>> },
    Struct(Layout<'a>),
    Union(Layout<'a>),
}

impl<'a> TypeDef<'a> {
    fn new(def: &'a model::TypeDef) -> TypeDef<'a> {
        let kind = match &def.kind {
            TypeDefKind::Alias(target) => Kind::Alias { target: Type(target) },
            TypeDefKind::Resource(s) => Kind::Resource { size: s.size, signed: s.signed },
            TypeDefKind::Flags(s, list) => {
                Kind::Flags { size: s.size, signed: s.signed, constants: constants(list) }
            }
            TypeDefKind::Enum(s, list) => {
                Kind::Enum { size: s.size, signed: s.signed, constants: constants(list) }
            }
            TypeDefKind::Struct(layout) if layout.is_union => Kind::Union(Layout::new(layout)),
            TypeDefKind::Struct(layout) => Kind::Struct(Layout::new(layout)),
        };
        TypeDef { name: &def.name, doc: &def.doc, kind }
    }
}

#[derive(Serialize)]
struct Constant<'a> {
    name: &'a str,
    value: i128,
    doc: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Text<Release>>,
}

fn constants(list: &[model::Constant]) -> Vec<Constant<'_>> {
    let mut all = Vec::with_capacity(list.len());
    for c in list {
        all.push(Constant { name: &c.name, value: c.value, doc: &c.doc, since: c.since.map(Text) });
    }
    all
}

#[derive(Serialize)]
struct Layout<'a> {
    c: &'a str,
    size: u32,
    align: u32,
    extensible: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Text<Release>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'a str>,
    fields: Vec<Field<'a>>,
}

impl<'a> Layout<'a> {
    fn new(layout: &'a model::Struct) -> Layout<'a> {
        let name_of = |i: u32| layout.fields.get(i as usize).map_or("", |field| field.name.as_str());
        let field = |field: &'a model::Field| Field {
            name: &field.name,
            doc: &field.doc,
            offset: field.offset,
            size: field.size,
            count: field.array,
            ty: Type(&field.ty),
            pointee: field.pointee.as_ref().map(|pointee| Pointee::new(pointee, &name_of)),
        };
        Layout {
            c: &layout.c_name,
            size: layout.size,
            align: layout.align,
            extensible: layout.extensible,
            version: layout.version.as_deref(),
            since: layout.since.map(Text),
            header: layout.header.as_deref(),
            fields: layout.fields.iter().map(field).collect(),
        }
    }
}

#[derive(Serialize)]
struct Field<'a> {
    name: &'a str,
    doc: &'a str,
    offset: u32,
    size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u32>,
    #[serde(rename = "type")]
    ty: Type<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointee: Option<Pointee<'a>>,
}

/// A use of a type.
struct Type<'a>(&'a TypeRef);

impl Serialize for Type<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("text", &self.0.text)?;
        map.serialize_entry("c", &self.0.c)?;
        let shape = match &self.0.shape {
            Shape::Void => "void",
            Shape::Scalar(_) => "scalar",
            Shape::Named(_) => "named",
            Shape::Address => "address",
            Shape::CString { is_path: true } => "path",
            Shape::CString { is_path: false } => "string",
            Shape::Pointer(_) => "pointer",
            Shape::Function => "function",
        };
        map.serialize_entry("shape", shape)?;
        match &self.0.shape {
            Shape::Scalar(scalar) => {
                map.serialize_entry("size", &scalar.size)?;
                map.serialize_entry("signed", &scalar.signed)?;
            }
            Shape::Named(id) => map.serialize_entry("type", &id.0)?,
            Shape::Pointer(inner) => map.serialize_entry("target", &Type(inner))?,
            Shape::Void | Shape::Address | Shape::CString { .. } | Shape::Function => {}
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Pointee<'a> {
    direction: &'static str,
    optional: bool,
    length: Length<'a>,
}

#[derive(Serialize)]
#[serde(tag = "unit", rename_all = "snake_case")]
enum Length<'a> {
    One,
    NullTerminated,
    Elements(Amount<'a>),
    Bytes(Amount<'a>),
}

#[derive(Serialize)]
#[serde(tag = "amount", rename_all = "snake_case")]
enum Amount<'a> {
    Constant { value: u64 },
    Value { index: u32, of: &'a str },
    Behind { index: u32, of: &'a str },
    Result,
}

impl<'a> Pointee<'a> {
    fn new(pointee: &model::Pointee, name_of: &dyn Fn(u32) -> &'a str) -> Pointee<'a> {
        let amount = |amount: &LenExpr| match amount {
            LenExpr::Const(value) => Amount::Constant { value: *value },
            LenExpr::Param(index) => Amount::Value { index: *index, of: name_of(*index) },
            LenExpr::Behind(index) => Amount::Behind { index: *index, of: name_of(*index) },
            LenExpr::Result => Amount::Result,
        };
        let length = match &pointee.len {
            Len::One => Length::One,
            Len::NullTerminated => Length::NullTerminated,
            Len::Elements(expr) => Length::Elements(amount(expr)),
            Len::Bytes(expr) => Length::Bytes(amount(expr)),
        };
        Pointee { direction: Dir::word(pointee.dir), optional: pointee.opt, length }
    }
}

#[derive(Serialize)]
struct Call<'a> {
    nr: u32,
    name: &'a str,
    summary: &'a str,
    doc: &'a str,
    signature: String,
    prototype: String,
    result: Type<'a>,
    params: Vec<Param<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Text<Release>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Text<Release>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<&'a str>,
    cancel: &'static str,
    errors: &'a [String],
    returns: &'static str,
    interpose: bool,
    slots: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_offset: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vdso: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    see: Option<&'a str>,
    implementation: Implementation<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Implementation<'a>>,
}

#[derive(Serialize)]
struct Param<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    ty: Type<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pointee: Option<Pointee<'a>>,
}

impl<'a> Call<'a> {
    fn new(abi: &'a Abi, call: &'a model::Call) -> Call<'a> {
        let name_of = |i: u32| call.params.get(i as usize).map_or("", |param| param.name.as_str());
        let param = |param: &'a model::Param| Param {
            name: &param.name,
            ty: Type(&param.ty),
            pointee: param.pointee.as_ref().map(|pointee| Pointee::new(pointee, &name_of)),
        };
        Call {
            nr: call.nr.0,
            name: &call.name,
            summary: &call.summary,
            doc: &call.doc,
            signature: call.signature_text(),
            prototype: call.c_prototype(""),
            result: Type(&call.ret),
            params: call.params.iter().map(param).collect(),
            since: call.since.map(Text),
            until: call.until.map(Text),
            group: call.group.and_then(|i| abi.groups.get(i)).map(|group| group.name.as_str()),
            cancel: match call.cancel {
                Cancel::No => "no",
                Cancel::Point => "point",
                Cancel::May => "may",
            },
            errors: &call.errors,
            returns: match call.returns {
                Returns::Once => "once",
                Returns::Twice => "twice",
                Returns::Never => "never",
                Returns::Frame => "frame",
            },
            interpose: call.interpose,
            slots: call.slots,
            raw_offset: (!abi.is_base).then(|| x86_64::raw_symbol_offset(arch::kind(call))),
            vdso: call.vdso.as_deref(),
            see: call.see.as_deref(),
            implementation: Implementation::new(&call.implementation, &name_of),
            rule: abi.rule(&call.name).map(|rule| Implementation::new(&rule.implementation, &name_of)),
        }
    }
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Implementation<'a> {
    Direct,
    Structural {
        conversions: Vec<Conversion<'a>>,
    },
    Custom {
        name: &'a str,
        using: &'a [String],
        #[serde(skip_serializing_if = "Option::is_none")]
        approximate: Option<&'a str>,
    },
    Simulated {
        error: &'a str,
    },
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Conversion<'a> {
    Convert {
        index: u32,
        of: &'a str,
        from: Type<'a>,
        to: Type<'a>,
    },
    Narrow {
        field: &'a str,
        overflow: &'a str,
    },
    Default {
        field: &'a str,
        value: i128,
    },
    Rename {
        from: &'a str,
        to: &'a str,
    },
    Limit {
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        most: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        overflow: Option<&'a str>,
    },
    Member {
        member: &'a str,
        tag: &'a str,
        value: i128,
    },
    Otherwise {
        member: &'a str,
    },
}

impl<'a> Implementation<'a> {
    fn new(
        implementation: &'a model::Implementation,
        name_of: &dyn Fn(u32) -> &'a str,
    ) -> Implementation<'a> {
        let conversion = |conversion: &'a model::Conversion| match conversion {
            model::Conversion::Convert { param, from, to } => {
                Conversion::Convert { index: *param, of: name_of(*param), from: Type(from), to: Type(to) }
            }
            model::Conversion::Narrow { field, overflow } => Conversion::Narrow { field, overflow },
            model::Conversion::Default { field, value } => Conversion::Default { field, value: *value },
            model::Conversion::Rename { from, to } => Conversion::Rename { from, to },
            model::Conversion::Limit { name, most, overflow } => {
                Conversion::Limit { name, most: *most, overflow: overflow.as_deref() }
            }
            model::Conversion::Member { member, tag, value } => {
                Conversion::Member { member, tag, value: *value }
            }
            model::Conversion::Otherwise { member } => Conversion::Otherwise { member },
        };
        match implementation {
            model::Implementation::Direct => Implementation::Direct,
            model::Implementation::Structural(list) => {
                Implementation::Structural { conversions: list.iter().map(conversion).collect() }
            }
            model::Implementation::Custom { name, using, approximate } => {
                Implementation::Custom { name, using, approximate: approximate.as_deref() }
            }
            model::Implementation::Simulated(error) => Implementation::Simulated { error },
        }
    }
}
