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

pub(super) struct Function {
    pub ret: TypeRef,
    pub params: Vec<Param>,
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
    let most = if is_service { MAX_SERVICE_PARAMS } else { MAX_PARAMS };
    if function.params.len() > most && !types.is_base {
        let count = function.params.len();
        report.error(
            "E0405",
            function.span,
            format!("{count} parameters; at most {most} are passed in registers"),
        );
    }
    let resolved: Vec<Option<TypeRef>> =
        function.params.iter().map(|param| parameter_type(types, param, report)).collect();
    let names = parameter_names(function, report);
    let described: Vec<(&str, bool)> = names
        .iter()
        .zip(&resolved)
        .map(|(name, ty)| (name.as_str(), ty.as_ref().is_some_and(|ty| types.scalar(ty).is_some())))
        .collect();
    let amounts = Amounts { names: &described, of: Owner::Function, is_base: types.is_base };
    let mut params = Vec::with_capacity(names.len());
    for ((written, ty), name) in function.params.iter().zip(&resolved).zip(&names) {
        let ty = ty.clone()?;
        let pointee =
            pointee(&ty, written.dir, written.opt, written.len.as_ref(), written.span, &amounts, report);
        params.push(Param { name: name.clone(), ty, pointee });
    }
    Some(Function { ret: ret?, params })
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

/// The names that a length may use, each with whether it is an integer.
pub(super) struct Amounts<'a> {
    pub names: &'a [(&'a str, bool)],
    pub of: Owner,
    pub is_base: bool,
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
            ast::LenExpr::Param(name) => self.find(name, true, report).map(LenExpr::Param),
            ast::LenExpr::Behind(name) => self.find(name, false, report).map(LenExpr::Behind),
            ast::LenExpr::Result(span) => {
                if self.of == Owner::Struct {
                    report.error("E0409", *span, "a struct has no result");
                }
                Some(LenExpr::Result)
            }
        }
    }

    fn find(&self, name: &ast::Name, wants_integer: bool, report: &mut Report) -> Option<u32> {
        let Some(index) = self.names.iter().position(|(known, _)| *known == name.text) else {
            let kind = if self.of == Owner::Function { "parameter" } else { "field" };
            report.unknown("E0409", kind, name, self.names.iter().map(|(known, _)| *known));
            return None;
        };
        let is_integer = self.names.get(index).is_some_and(|(_, is_integer)| *is_integer);
        if is_integer != wants_integer && !self.is_base {
            let message = if wants_integer {
                format!("`{}` is not an integer", name.text)
            } else {
                format!("`{}` is not a pointer", name.text)
            };
            report.error("E0409", name.span, message);
        }
        Some(index as u32)
    }
}
