//! Bytes as choices: of them a text of the language is made that has no mistakes, and then is what [`lower`](fn@lower)
//! gets. So everything that the language can say meets everything else, which invented texts rarely achieve.

use crate::lower;
use libsys_syntax::source::{Source, TableLoader};
use std::fmt::Write;

/// The text has no mistakes, and what holds of all texts holds of it.
pub fn model(data: &[u8]) {
    let text = chosen(data);
    let root = Source { path: "made".into(), text: text.clone() };
    let parsed = libsys_syntax::parse(root, &TableLoader::default());
    let (abi, diagnostics) = libsys_model::lower(&parsed);
    let shown = libsys_syntax::render(&diagnostics, &parsed.sources, false);
    assert!(abi.is_some() && diagnostics.is_empty(), "{text}\n{shown}");
    lower::lower(text.as_bytes());
}

/// The text that bytes choose.
#[must_use]
pub fn chosen(data: &[u8]) -> String {
    Maker { choices: data.iter(), out: String::new(), types: Vec::new(), lasting: Vec::new() }.make()
}

/// A type that later ones may use.
#[derive(Clone)]
struct Known {
    text: String,
    /// Bytes in it; none for `void`.
    size: u32,
    align: u32,
    kind: Kind,
    /// A version that did not always hold: nothing older holds it.
    is_new: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Struct,
    /// Pointers, strings and addresses.
    Word,
    Void,
}

/// Built-in words with their sizes on x86_64.
const BUILT_IN: [(&str, u32, Kind); 18] = [
    ("int", 4, Kind::Integer),
    ("u8", 1, Kind::Integer),
    ("i8", 1, Kind::Integer),
    ("char", 1, Kind::Integer),
    ("u16", 2, Kind::Integer),
    ("short", 2, Kind::Integer),
    ("unsigned int", 4, Kind::Integer),
    ("i32", 4, Kind::Integer),
    ("u64", 8, Kind::Integer),
    ("long", 8, Kind::Integer),
    ("unsigned long long", 8, Kind::Integer),
    ("size_t", 8, Kind::Integer),
    ("intptr", 8, Kind::Integer),
    ("path", 8, Kind::Word),
    ("string", 8, Kind::Word),
    ("address", 8, Kind::Word),
    ("function_pointer", 8, Kind::Word),
    ("void", 0, Kind::Void),
];

/// Names, some of which mean something to C, to Rust, or to what is made.
const NAMES: [&str; 24] = [
    "a", "b", "c", "type", "self", "Self", "crate", "class", "int_", "new", "in", "opt", "bytes", "null",
    "raw", "nr", "abi", "errno", "main", "_", "__hole0", "void_", "stat", "x_ptr",
];

/// Documentation with what may mean something in comments, pages and documents.
const DOCS: [&str; 8] = [
    "Plain.",
    "With `code`, a `t0` and a `f1`().",
    "Ends a comment: */ begins one: /* and ends with \\",
    ".so /etc/passwd",
    "'br <b>&amp;</b> [link](x) T0_A",
    "É“unusual” – \u{1f600}",
    "",
    "`one backtick, ``` three",
];

struct Maker<'a> {
    choices: std::slice::Iter<'a, u8>,
    out: String,
    types: Vec<Known>,
    /// For each call whether all kernels have it.
    lasting: Vec<bool>,
}

impl Maker<'_> {
    /// A number below `count`; 0 when the choices are used up.
    fn below(&mut self, count: usize) -> usize {
        self.choices.next().map_or(0, |byte| usize::from(*byte) % count)
    }

    fn maybe(&mut self) -> bool {
        self.below(2) == 1
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.out.write_fmt(text);
    }

    fn make(mut self) -> String {
        self.out.push_str("ABI linux/x86_64;\nRELEASE 7.2;\ngroup g \"A \\\"group\\\" & <more>\";\n");
        self.types = BUILT_IN
            .iter()
            .map(|(text, size, kind)| Known {
                text: (*text).to_owned(),
                size: *size,
                align: (*size).max(1),
                kind: *kind,
                is_new: false,
            })
            .collect();
        for i in 0..self.below(12) {
            self.doc();
            match self.below(6) {
                0 => self.alias(i),
                1 => self.resource(i),
                2 | 3 => self.constants(i),
                _ => self.structure(i),
            }
        }
        let count = 1 + self.below(6);
        let mut nr = 0;
        for i in 0..count {
            nr += 1 + self.below(40);
            let slots = 1 + usize::from(self.below(8) == 7);
            self.doc();
            self.push(format_args!("ADD {nr} {{\n"));
            self.call(&format!("f{i}"), 6);
            self.clauses(slots, count);
            nr += slots - 1;
        }
        if self.maybe() {
            self.out.push_str("SERVICE 1008 {\n");
            self.call("libsys_info", 7);
            self.out.push_str("}\n");
        }
        self.rules(count);
        self.out
    }

    fn doc(&mut self) {
        for _ in 0..self.below(3) {
            let doc = DOCS[self.below(DOCS.len())];
            self.push(format_args!("{}\n", format!("/// {doc}").trim_end()));
        }
    }

    /// A known type for which something holds.
    fn pick(&mut self, wanted: impl Fn(&Known) -> bool) -> Known {
        let fitting: Vec<Known> = self.types.iter().filter(|known| wanted(known)).cloned().collect();
        fitting[self.below(fitting.len())].clone()
    }

    fn alias(&mut self, i: usize) {
        let (target, stars) = (self.pick(|_| true), self.below(3));
        let text = format!("t{i}");
        self.push(format_args!("type {text} = {} {};\n", target.text, "*".repeat(stars)));
        self.types.push(match stars {
            0 => Known { text, ..target },
            _ => Known { text, size: 8, align: 8, kind: Kind::Word, is_new: false },
        });
    }

    fn resource(&mut self, i: usize) {
        let base = self.pick(|known| known.kind == Kind::Integer);
        self.push(format_args!("resource t{i}: {};\n", base.text));
        self.types.push(Known { text: format!("t{i}"), ..base });
    }

    fn constants(&mut self, i: usize) {
        let base = self.pick(|known| known.kind == Kind::Integer);
        let word = if self.maybe() { "flags" } else { "enum" };
        self.push(format_args!("{word} t{i}: {} {{\n", base.text));
        for (j, name) in ["A", "B", "C"].into_iter().enumerate().take(self.below(4)) {
            self.doc();
            let bits = base.size * 8;
            let value = match self.below(5) {
                0 => j as i128,
                1 => (1 << bits) - 1,
                2 => 1 << (bits - 1),
                3 => -(1 << (bits - 1)),
                _ => -1,
            };
            let since = if self.maybe() { " since 5.1" } else { "" };
            self.push(format_args!("T{i}_{name} = {value}{since};\n"));
        }
        self.out.push_str("}\n");
        self.types.push(Known { text: format!("t{i}"), ..base });
    }

    /// A struct or union, perhaps in two versions, with its fields one behind the other.
    fn structure(&mut self, i: usize) {
        let word = if self.maybe() { "struct" } else { "union" };
        if self.below(4) > 0 {
            let known = self.version(word, &format!("t{i}"), "");
            return self.types.push(known);
        }
        let old = self.version(word, &format!("t{i}@1"), "");
        self.doc();
        let new = self.version("struct", &format!("t{i}@2_1"), " since 4.3");
        self.types.extend([old, Known { text: format!("t{i}"), is_new: true, ..new }]);
    }

    fn version(&mut self, word: &str, name: &str, since: &str) -> Known {
        let (mut fields, mut integers) = (String::new(), Vec::new());
        let (mut end, mut align, mut most) = (0_u32, 1, 0);
        let is_packed = self.below(4) == 3;
        let count = 1 + self.below(5);
        for j in 0..count {
            let name = format!("{}{j}", NAMES[self.below(NAMES.len())]);
            let known = self.pick(|known| known.size > 0);
            let is_pointer = known.is_new || known.kind == Kind::Struct && self.maybe() || self.below(5) == 4;
            let (size, wanted) = if is_pointer { (8, 8) } else { (known.size, known.align) };
            align = if is_packed { 1 } else { wanted.max(align) };
            let gap = 8 * u32::from(self.below(6) == 5);
            let at = match (word, is_packed) {
                ("union", _) => 0,
                (_, true) => end + gap,
                (_, false) => (end + gap).next_multiple_of(wanted),
            };
            let mut suffix = String::new();
            let mut elements = 1;
            if is_pointer {
                suffix = self.length(&integers, &[], false);
            } else if self.below(4) == 3 {
                elements = 1 + self.below(4) as u32;
                suffix = format!("[{elements}]");
            }
            let before = if is_pointer { self.direction() } else { String::new() };
            let star = if is_pointer { "*" } else { "" };
            let place = if word == "union" && self.maybe() { String::new() } else { format!("@{at} ") };
            let _ = writeln!(fields, "{place}{before}{} {star}{name}{suffix};", known.text);
            if known.kind == Kind::Integer && !is_pointer && elements == 1 {
                integers.push(name);
            }
            end = at + size * elements;
            most = end.max(most);
        }
        if word == "struct" && self.below(5) == 4 {
            let _ = writeln!(fields, "@{end} u8 tail[];");
        }
        let size = (most + 16 * u32::from(self.below(5) == 4)).next_multiple_of(align);
        let extra = ["", " extensible", " header \"a/b.h\"", " as \"struct other\""][self.below(4)];
        self.push(format_args!("{word} {name}{since} size {size} align {align}{extra} {{\n{fields}}}\n"));
        Known { text: name.to_owned(), size, align, kind: Kind::Struct, is_new: false }
    }

    fn direction(&mut self) -> String {
        let opt = if self.maybe() { "opt " } else { "" };
        format!("{} {opt}", ["in", "out", "inout"][self.below(3)])
    }

    /// A length, with what it may name.
    fn length(&mut self, integers: &[String], pointers: &[String], result: bool) -> String {
        let bytes = if self.maybe() { "bytes " } else { "" };
        match self.below(6) {
            1 => format!(" [{bytes}{}]", 1 + self.below(200)),
            2 if !integers.is_empty() => format!(" [{bytes}{}]", integers[self.below(integers.len())]),
            3 if !pointers.is_empty() => format!(" [{bytes}*{}]", pointers[self.below(pointers.len())]),
            4 if result => format!(" [{bytes}result]"),
            5 => " [null]".to_owned(),
            _ => String::new(),
        }
    }

    fn call(&mut self, name: &str, most: usize) {
        let ret = self.pick(|known| known.kind != Kind::Struct);
        let (mut integers, mut pointers, mut params) = (Vec::new(), Vec::new(), Vec::new());
        for j in 0..self.below(most + 1) {
            let is_pointer = self.maybe();
            let known = self.pick(|known| is_pointer || !matches!(known.kind, Kind::Struct | Kind::Void));
            let name = format!("{}{j}", NAMES[self.below(NAMES.len())]);
            if !is_pointer {
                let is_named = self.below(6) < 5;
                params.push(format!("{} {}", known.text, if is_named { name.as_str() } else { "" }));
                if known.kind == Kind::Integer && is_named {
                    integers.push(name);
                }
                continue;
            }
            let stars = if self.below(4) == 3 { "**" } else { "*" };
            let (before, length) = (self.direction(), self.length(&integers, &pointers, true));
            params.push(format!("{before}{} {stars}{name}{length}", known.text));
            if known.kind == Kind::Integer && stars == "*" {
                pointers.push(name);
            }
        }
        let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
        self.push(format_args!("function {} {name}({params});\n", ret.text));
    }

    fn clauses(&mut self, slots: usize, count: usize) {
        if slots == 2 {
            self.out.push_str("slots 2;\n");
        }
        let releases =
            ["", "since 2.6.12;\n", "until 6.5;\n", "since 5.1, i386 4.0;\nuntil 7.0;\n"][self.below(4)];
        let group = ["", "group g;\n"][self.below(2)];
        let cancel = ["", "cancel point;\n", "cancel may;\n"][self.below(3)];
        let errors = ["", "errors EINTR, EINVAL;\n", "errors EWOULDBLOCK, EAGAIN, EIO;\n"][self.below(3)];
        let returns = ["", "", "", "returns twice;\n", "returns never;\n", "returns frame;\n"][self.below(6)];
        let vdso = ["", "", "vdso \"__vdso_getcpu\";\n", "vdso \"unknown\";\n"][self.below(4)];
        let see = ["", "see \"other(2)\";\n", "see \"<odd & \\\"name\\\">\";\n"][self.below(3)];
        let bare = ["", "interpose never;\n"][self.below(2)];
        self.lasting.push(releases.is_empty());
        for clause in [releases, group, cancel, errors, returns, vdso, see, bare] {
            self.out.push_str(clause);
        }
        match self.below(4) {
            1 => self.out.push_str("implementation simulated ENOSYS;\n"),
            2 => self.out.push_str("implementation custom emulate using none approximate \"a */ `b`\";\n"),
            3 if count > 1 => self.out.push_str("implementation direct;\n"),
            _ => {}
        }
        self.out.push_str("}\n");
    }

    fn rules(&mut self, count: usize) {
        for i in 0..count {
            let other = (i + 1) % count;
            match self.below(5) {
                1 => self.push(format_args!("RULE f{i} {{ implementation simulated EPERM; }}\n")),
                2 => self.push(format_args!("RULE f{i} {{ implementation custom do_it using none; }}\n")),
                // What every kernel has, those that lack f{i} have, too.
                3 if other != i && self.lasting[other] => self.push(format_args!(
                    "/// Why.\nRULE f{i} {{ implementation custom other using f{other} approximate \"it is not\"; }}\n"
                )),
                _ => {}
            }
        }
    }
}
