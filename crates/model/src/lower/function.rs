//! The C function of a call: result, parameters, and what lies behind their pointers.

use std::collections::HashMap;

use libsys_syntax::ast;
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::Span;

use super::Report;
use super::types::{Types, c_pointer};
use crate::{Dir, Len, LenExpr, Param, Pointee, Shape, TypeRef};

/// Parameters of a call: as many as there are registers for them.
const MAX_PARAMS: usize = 6;
/// Parameters of a service, which is entered by a call: one more fits on the stack.
const MAX_SERVICE_PARAMS: usize = 7;
/// Parameters of a call in a file of 2005, which lie on the stack.
const MAX_BASE_PARAMS: usize = 16;

pub(super) struct Function {
    pub ret: TypeRef,
    pub params: Vec<Param>,
}

impl Function {
    /// What stands for a function that has mistakes.
    pub fn unknown() -> Function {
        let ret = TypeRef { shape: Shape::Void, c: "void".into(), text: "void".into() };
        Function { ret, params: Vec::new() }
    }
}

pub(super) fn lower(
    types: &Types<'_>,
    function: &ast::Function,
    is_service: bool,
    report: &mut Report,
) -> Option<Function> {
    let ret = types.resolve(&function.ret, None, report);
    if let Some(ret) = ret.as_ref().filter(|ty| types.structure(ty).is_some()) {
        report.error("E0212", function.ret.span, format!("`{}` does not fit into a register", ret.text));
    }
    let (most, place) = match (types.is_base, is_service) {
        (true, _) => (MAX_BASE_PARAMS, "on the stack"),
        (false, true) => (MAX_SERVICE_PARAMS, "in registers"),
        (false, false) => (MAX_PARAMS, "in registers"),
    };
    if function.params.len() > most {
        let message = format!("{} parameters; at most {most} are passed {place}", function.params.len());
        report.error("E0405", function.span, message);
    }
    let resolved: Vec<Option<TypeRef>> =
        function.params.iter().map(|param| parameter_type(types, param, report)).collect();
    let names = parameter_names(function, report);
    let kind = |ty: &Option<TypeRef>| ty.as_ref().map_or(Amount::Unknown, |ty| Amount::of(types, ty));
    let described = names.iter().zip(&resolved).map(|(name, ty)| (name.as_str(), kind(ty)));
    let amounts = Amounts::new(described, Owner::Function, types.is_base);
    let mut params = Vec::with_capacity(names.len());
    for ((written, ty), name) in function.params.iter().zip(resolved).zip(&names) {
        let Some(ty) = ty else { continue };
        let pointee =
            pointee(&ty, written.dir, written.opt, written.len.as_ref(), written.span, &amounts, report);
        params.push(Param { name: name.clone(), ty, pointee });
    }
    let ret = ret?;
    (params.len() == names.len()).then_some(Function { ret, params })
}

fn parameter_type(types: &Types<'_>, param: &ast::Param, report: &mut Report) -> Option<TypeRef> {
    let ty = types.resolve(&param.ty, param.dir.map(direction), report)?;
    if types.size_align(&ty).is_none() || types.structure(&ty).is_some() {
        let diagnostic =
            Diagnostic::error("E0212", param.ty.span, format!("`{}` does not fit into a register", ty.text));
        report.push(diagnostic.help("pass a pointer to it"));
    }
    Some(ty)
}

/// The names of the parameters; `arg0` and so on where none is written.
fn parameter_names(function: &ast::Function, report: &mut Report) -> Vec<String> {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    let mut names = Vec::with_capacity(function.params.len());
    for (i, param) in function.params.iter().enumerate() {
        let Some(name) = &param.name else {
            names.push(format!("arg{i}"));
            continue;
        };
        if let Some(first) = seen.insert(&name.text, name.span) {
            let message = format!("parameter `{}` is declared twice", name.text);
            report.push(Diagnostic::error("E0406", name.span, message).related(first, "first here"));
        }
        names.push(name.text.clone());
    }
    names
}

pub(super) fn direction(dir: ast::Dir) -> Dir {
    match dir {
        ast::Dir::In => Dir::In,
        ast::Dir::Out => Dir::Out,
        ast::Dir::InOut => Dir::InOut,
    }
}

/// Whether lengths name parameters or fields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Function,
    Struct,
}

/// What a parameter or field is to a length that names it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Amount {
    /// An integer.
    Integer,
    /// A pointer to one.
    Behind,
    /// Neither.
    None,
    /// Its type is a mistake that was reported.
    Unknown,
}

impl Amount {
    pub fn of(types: &Types<'_>, ty: &TypeRef) -> Amount {
        match &ty.shape {
            _ if types.scalar(ty).is_some() => Amount::Integer,
            Shape::Pointer(inner) if types.scalar(inner).is_some() => Amount::Behind,
            _ => Amount::None,
        }
    }
}

/// The names that a length may use.
pub(super) struct Amounts<'a> {
    names: Vec<(&'a str, Amount)>,
    by_name: HashMap<&'a str, usize>,
    of: Owner,
    is_base: bool,
}

impl<'a> Amounts<'a> {
    /// Parameters or fields in their order.
    pub fn new(names: impl Iterator<Item = (&'a str, Amount)>, of: Owner, is_base: bool) -> Amounts<'a> {
        let names: Vec<_> = names.collect();
        let mut by_name = HashMap::with_capacity(names.len());
        for (i, (name, _)) in names.iter().enumerate() {
            by_name.entry(*name).or_insert(i);
        }
        Amounts { names, by_name, of, is_base }
    }
}

/// What lies behind a pointer or string; none for everything else.
pub(super) fn pointee(
    ty: &TypeRef,
    dir: Option<ast::Dir>,
    opt: bool,
    len: Option<&ast::Len>,
    span: Span,
    amounts: &Amounts<'_>,
    report: &mut Report,
) -> Option<Pointee> {
    match &ty.shape {
        Shape::CString { .. } => {
            if len.is_some() || dir.is_some_and(|dir| dir != ast::Dir::In) {
                let diagnostic =
                    Diagnostic::error("E0407", span, format!("a `{}` is read up to its NUL", ty.text));
                report.push(diagnostic.help("a buffer that the kernel fills is `out char *name [size]`"));
            }
            Some(Pointee { dir: Dir::In, opt, len: Len::NullTerminated })
        }
        Shape::Pointer(inner) => {
            // What a `const` before the type says; `string *` in C begins with a const of another star.
            let is_const = ty.c == c_pointer(&inner.c, true);
            let dir = dir.map(direction).or(is_const.then_some(Dir::In));
            if dir.is_none() && !amounts.is_base {
                let diagnostic = Diagnostic::error("E0408", span, "a pointer without a direction");
                report.push(diagnostic.help("write `in`, `out` or `inout`, or the type `address` if nothing is read or written through it"));
            }
            let len = match len {
                None => Len::One,
                Some(ast::Len::NullTerminated) => Len::NullTerminated,
                Some(ast::Len::Elements(amount)) => Len::Elements(amounts.lower(amount, report)?),
                Some(ast::Len::Bytes(amount)) => Len::Bytes(amounts.lower(amount, report)?),
            };
            Some(Pointee { dir: dir?, opt, len })
        }
        _ => {
            if dir.is_some() || len.is_some() {
                let what = if dir.is_some() { "direction" } else { "length" };
                report.error("E0407", span, format!("a {what} for `{}`, which is not a pointer", ty.text));
            }
            None
        }
    }
}

impl Amounts<'_> {
    fn lower(&self, amount: &ast::LenExpr, report: &mut Report) -> Option<LenExpr> {
        match amount {
            ast::LenExpr::Int(int) => match u64::try_from(int.value) {
                Ok(value) => Some(LenExpr::Const(value)),
                Err(_) => {
                    report.error("E0409", int.span, "a length is not negative");
                    None
                }
            },
            ast::LenExpr::Param(name) => self.find(name, Amount::Integer, report).map(LenExpr::Param),
            ast::LenExpr::Behind(name) => self.find(name, Amount::Behind, report).map(LenExpr::Behind),
            ast::LenExpr::Result(span) => {
                if self.of == Owner::Struct {
                    report.error("E0409", *span, "a struct has no result");
                }
                Some(LenExpr::Result)
            }
        }
    }

    fn find(&self, name: &ast::Name, wanted: Amount, report: &mut Report) -> Option<u32> {
        let Some(index) = self.by_name.get(name.text.as_str()) else {
            let kind = if self.of == Owner::Function { "parameter" } else { "field" };
            report.unknown("E0409", kind, name, || self.names.iter().map(|(known, _)| *known));
            return None;
        };
        let found = self.names.get(*index).map_or(Amount::Unknown, |(_, amount)| *amount);
        if found != wanted && found != Amount::Unknown && !self.is_base {
            let what = if wanted == Amount::Integer { "an integer" } else { "a pointer to an integer" };
            report.error("E0409", name.span, format!("`{}` is not {what}", name.text));
        }
        Some(*index as u32)
    }
}
