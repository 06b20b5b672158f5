//! How the model is spelled: C declarations and prototypes, and the `.sys` signature for readers.

use std::fmt::Write as _;

use crate::{
    Call, Conversion, Dir, Implementation, Len, LenExpr, Param, Pointee, Rule, Scalar, Shape, TypeRef,
};

impl TypeRef {
    /// The C declaration of `name` with this type: `const char *path`, `void (*handler)(void)`.
    #[must_use]
    pub fn c_declare(&self, name: &str) -> String {
        let [before, gap, behind] = c_around(&self.c);
        format!("{before}{gap}{name}{behind}")
    }

    /// True for pointers, strings and plain addresses, all of one machine word.
    #[must_use]
    pub fn is_pointer(&self) -> bool {
        matches!(self.shape, Shape::Pointer(_) | Shape::CString { .. } | Shape::Address)
    }
}

/// What stands around a name that is declared with the C type `c`: before it, the gap, behind it. For `int`
/// that is `int`, a space, nothing; for pointers to functions `void (*`, nothing, `)(void)`.
#[must_use]
pub fn c_around(c: &str) -> [&str; 3] {
    let star = c.find("(*");
    match star.and_then(|star| Some(star + c.get(star..)?.find(')')?)) {
        Some(close) => [&c[..close], "", &c[close..]],
        None => [c, if c.ends_with('*') { "" } else { " " }, ""],
    }
}

impl Scalar {
    /// The word of the language for it: `i32`, `u64`.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}{}", if self.signed { 'i' } else { 'u' }, self.size * 8)
    }
}

impl Call {
    /// The C prototype without semicolon; the function's name is `prefix` and the call's name:
    /// `ssize_t __sys_read(int fd, void *buf, size_t count)`.
    #[must_use]
    pub fn c_prototype(&self, prefix: &str) -> String {
        let params: Vec<String> = self.params.iter().map(|p| p.ty.c_declare(&p.name)).collect();
        let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
        self.ret.c_declare(&format!("{prefix}{}({params})", self.name))
    }

    /// The signature in the words of the language, for readers:
    /// `ssize_t read(fd fd, out void *buf [bytes count], size_t count)`.
    #[must_use]
    pub fn signature_text(&self) -> String {
        let params: Vec<String> = self.params.iter().map(|p| self.param_text(p)).collect();
        let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
        format!("{}({params})", join(&self.ret.text, &self.name))
    }

    /// One parameter of [`Call::signature_text`]: `out void *buf [bytes count]`.
    #[must_use]
    pub fn param_text(&self, param: &Param) -> String {
        let named = join(&param.ty.text, &param.name);
        let Some(pointee) = &param.pointee else { return named };
        let mut text = String::new();
        if matches!(param.ty.shape, Shape::Pointer(_)) {
            text.push_str(pointee.dir.word());
            text.push(' ');
        }
        if pointee.opt {
            text.push_str("opt ");
        }
        text.push_str(&named);
        if matches!(param.ty.shape, Shape::Pointer(_)) {
            let name_of = |i: u32| self.params.get(i as usize).map_or("?", |p| p.name.as_str());
            text.push_str(&pointee.len_text(&name_of));
        }
        text
    }
}

impl Call {
    /// What a line of a structural implementation does, in a few words: `buf: stat@1 -> stat@2`.
    #[must_use]
    pub fn conversion_text(&self, line: &Conversion) -> String {
        match line {
            Conversion::Convert { param, from, to } => {
                let name = self.params.get(*param as usize).map_or("?", |param| param.name.as_str());
                format!("{name}: {} -> {}", from.text, to.text)
            }
            Conversion::Narrow { field, overflow } => format!("{field} that does not fit: {overflow}"),
            Conversion::Default { field, value } => format!("{field} is {value} where there is none"),
            Conversion::Rename { from, to } => format!("{from} is the kernel's {to}"),
            Conversion::Limit { name, overflow: Some(errno), .. } => {
                format!("more {name} than fit into the layer: {errno}")
            }
            Conversion::Limit { name, overflow: None, .. } => format!("as many {name} as fit into the layer"),
            Conversion::Member { member, tag, value } => format!("{member} when {tag} is {value}"),
            Conversion::Otherwise { member } => format!("{member} otherwise"),
        }
    }
}

impl Rule {
    /// What a map does for this call on a kernel that does not have it, without full stop:
    /// `carried out by mlock`, `it fails with ENOSYS`.
    #[must_use]
    pub fn sentence(&self) -> String {
        match &self.implementation {
            Implementation::Custom { using, approximate, .. } => {
                let by = if using.is_empty() { "no other call".to_owned() } else { using.join(", ") };
                let differs =
                    approximate.as_ref().map_or_else(String::new, |what| format!("; approximate: {what}"));
                format!("carried out by {by}{differs}")
            }
            Implementation::Simulated(errno) => format!("it fails with {errno}"),
            Implementation::Direct | Implementation::Structural(_) => "its structs are converted".to_owned(),
        }
    }
}

impl Dir {
    /// `in`, `out` or `inout`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Dir::In => "in",
            Dir::Out => "out",
            Dir::InOut => "inout",
        }
    }
}

impl Pointee {
    /// The length as written after a name, with a space before it, such as ` [bytes count]`; empty for one
    /// element. `name_of` gives the name of a parameter or field by its index.
    #[must_use]
    pub fn len_text<'a>(&self, name_of: &dyn Fn(u32) -> &'a str) -> String {
        let (word, amount) = match &self.len {
            Len::One => return String::new(),
            Len::NullTerminated => return " [null]".to_owned(),
            Len::Elements(amount) => ("", amount),
            Len::Bytes(amount) => ("bytes ", amount),
        };
        let mut text = format!(" [{word}");
        // Writing to a string cannot fail.
        let _ = match amount {
            LenExpr::Const(n) => write!(text, "{n}"),
            LenExpr::Param(i) => write!(text, "{}", name_of(*i)),
            LenExpr::Behind(i) => write!(text, "*{}", name_of(*i)),
            LenExpr::Result => write!(text, "result"),
        };
        text.push(']');
        text
    }
}

/// `int x`, `char *x`.
fn join(ty: &str, name: &str) -> String {
    let gap = if ty.ends_with('*') { "" } else { " " };
    format!("{ty}{gap}{name}")
}
