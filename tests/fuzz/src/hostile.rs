//! Texts that are made to take long: each is one thing over and over, as large as is asked for.

use libsys_emit::arch::Options;
use libsys_model::Release;
use libsys_syntax::source::{Source, TableLoader};
use std::fmt::Write;
use std::hint::black_box;

/// A text of a kind: its name, and what makes one of about that many bytes.
pub type Hostile = (&'static str, fn(usize) -> String);

/// The head of an ABI.
const HEAD: &str = "ABI linux/x86_64;\nRELEASE 7.2;\n";

/// All kinds.
pub const TEXTS: &[Hostile] = &[
    ("braces", |n| "{".repeat(n)),
    ("closing braces", |n| "}".repeat(n)),
    ("parentheses", |n| format!("ADD 0 {{ function int f{}", "(".repeat(n))),
    ("stars", |n| format!("{HEAD}type t = int {};", "*".repeat(n))),
    ("stray characters", |n| "? ".repeat(n / 2)),
    ("wrong words on one line", |n| "wrong; ".repeat(n / 7)),
    ("unclosed strings", |n| "see \"x\n".repeat(n / 7)),
    ("wrong escapes", |n| format!("group g \"{}\";", "\\x".repeat(n / 2))),
    ("unclosed structs", |n| "struct s size 4 { @0 int a; ".repeat(n / 29)),
    ("one long word", |n| format!("{HEAD}type {} = int;", "x".repeat(n))),
    ("one long string", |n| format!("{HEAD}group g \"{}\";", "x".repeat(n))),
    ("one long number", |n| format!("{HEAD}ADD {} f;", "7".repeat(n))),
    ("one long release", |n| format!("RELEASE 1{};", ".1".repeat(n / 2))),
    ("one long call with a mistake", |n| format!("{HEAD}ADD 0 {{ {} }}", "# x\n".repeat(n / 4))),
    ("comments", |n| "#\n".repeat(n / 2)),
    ("doc comments of nothing", |n| "///\n;\n".repeat(n / 6)),
    ("doc comments of one type", |n| format!("{HEAD}{}type t = int;", "/// x\n".repeat(n / 6))),
    ("one type again", |n| format!("{HEAD}{}", "type t = int;\n".repeat(n / 14))),
    ("one call again", |n| format!("{HEAD}{}", "CALL f { }\n".repeat(n / 11))),
    ("one group again", |n| format!("{HEAD}{}", "group g \"G\";\n".repeat(n / 13))),
    ("one clause again", |n| {
        format!("{HEAD}ADD 0 {{ {0} {1} }}", "see \"\"; ".repeat(n / 16), "slots 1; ".repeat(n / 16))
    }),
    ("one override again", |n| {
        format!("{HEAD}ADD 0 {{ function int f(void); }} {}", "OVERRIDE 0 { slots 1; }\n".repeat(n / 24))
    }),
    ("one number again", |n| {
        format!("{HEAD}CALL f {{ function int f(void); }} {}", "ADD 0 f;\n".repeat(n / 9))
    }),
    ("one long call under many numbers", |n| {
        let numbers: String = (0..1000).map(|nr| format!("ADD {nr} f;\n")).collect();
        format!("{HEAD}CALL f {{ function int f(void); errors {}; }} {numbers}", list(n, |_| "EIO".into()))
    }),
    ("unknown types", |n| with(n, |i| format!("type t{i} = unknown{i};\n"))),
    ("similar types", |n| with(n, |i| format!("type t{i} = tt{i};\n"))),
    ("aliases of aliases", |n| with(n, |i| format!("type t{i} = t{};\n", i + 1))),
    ("aliases in circles", |n| with(n, |i| format!("type t{i} = t{};\n", i ^ 1))),
    ("aliases of one", |n| with(n, |i| format!("type t{i} = t0_;\n")) + "type t0_ = int *;"),
    ("structs in structs", |n| with(n, |i| format!("struct s{i} size 4 align 4 {{ @0 s{} a; }}\n", i + 1))),
    ("unions twice in unions", |n| {
        with(n, |i| match i % 60 {
            0 => format!("union n{i} size 4 align 4 {{ int a; }}\n"),
            _ => format!("union n{i} size 4 align 4 {{ n{0} a; n{0} b; }}\n", i - 1),
        })
    }),
    ("uses of a long spelling", |n| {
        let name = "x".repeat(n / 8);
        with(n, |i| format!("type t{i} = s *;\n"))
            + &format!("struct s size 1 align 1 as \"struct {name}\" {{ }}")
    }),
    ("uses of a long name", |n| {
        let name = "x".repeat(n / 8);
        with(n, |i| format!("type t{i} = t;\n"))
            + &format!("type t = {name} *; struct {name} size 1 align 1 {{ }}")
    }),
    ("fields", |n| {
        format!("{HEAD}struct s size 1048576 align 1 {{ {} }}", many(n, |i| format!("@{i} u8 a{i};\n")))
    }),
    ("fields with holes", |n| {
        format!("{HEAD}struct s size 1048576 align 1 {{ {} }}", many(n, |i| format!("@{} u8 a{i};\n", 2 * i)))
    }),
    ("fields at one place", |n| {
        format!("{HEAD}struct s size 1024 align 1 {{ {} }}", many(n, |i| format!("@0 u8 a{i};\n")))
    }),
    ("fields that name the last one", |n| {
        let fields = many(n, |i| format!("@{} in char *a{i} [z];\n", 8 * i));
        format!("{HEAD}struct s size 1048576 align 8 {{ {fields} @1048568 long z; }}")
    }),
    ("versions", |n| {
        with(n, |i| {
            let since = format!("{}.{}.{}", i >> 16, i >> 8 & 255, i & 255);
            format!("struct s@{i} since {since} size 1 align 1 {{ }}\n")
        })
    }),
    ("late versions", |n| {
        let late = with(n, |i| format!("struct s{i}@1 since 7.0 size 1 align 1 {{ }}\n"));
        late + "ADD 0 { function int f(void); since 5.0; } ADD 1 { function int g(void); }"
    }),
    ("names that clash", |n| {
        let taken = with(n, |i| {
            format!("type s_{i} = int;\nstruct s@{i} since 1.{}.{} size 1 align 1 {{ }}\n", i >> 8, i & 255)
        });
        taken + "ADD 0 { function int f(void); }"
    }),
    ("constants", |n| format!("{HEAD}flags f: u64 {{ {} }}", many(n, |i| format!("A{i} = {i};\n")))),
    ("constants that differ", |n| with(n, |i| format!("enum e{i}: int {{ A = {i}; }}\n"))),
    ("groups", |n| {
        let calls: String =
            (0..1000).map(|nr| format!("ADD {nr} {{ function int f{nr}(void); }}\n")).collect();
        with(n, |i| format!("group g{i} \"G\";\n")) + &calls
    }),
    ("unknown groups", |n| {
        format!(
            "{HEAD}{}",
            many(n, |i| format!("group g{i} \"G\"; ADD 0 {{ function int f(void); group h{i}; }}\n"))
        )
    }),
    ("parameters", |n| {
        format!("{HEAD}ADD 0 {{ function int f({}, int z); }}", list(n, |i| format!("in int *a{i} [z]")))
    }),
    ("parameters that name nothing", |n| {
        format!("{HEAD}ADD 0 {{ function int f({}); }}", list(n, |i| format!("in int *a{i} [b{i}]")))
    }),
    ("errors", |n| {
        format!("{HEAD}ADD 0 {{ function int f(void); errors {}; }}", list(n, |_| "EINVAL".into()))
    }),
    ("unknown errors", |n| {
        format!("{HEAD}ADD 0 {{ function int f(void); errors {}; }}", list(n, |i| format!("EINVA{i}")))
    }),
    ("machines", |n| {
        format!("{HEAD}ADD 0 {{ function int f(void); since {}; }}", list(n, |i| format!("m{i} 1.0")))
    }),
    ("used calls", |n| {
        let using = list(n, |i| format!("f{i}"));
        format!("{HEAD}ADD 0 {{ function int f(void); implementation custom c using {using}; }}")
    }),
    ("calls with names and no numbers", |n| {
        with(n, |i| format!("CALL f{i} {{ function int f{i}(void); }}\n"))
    }),
    ("numbers of unknown calls", |n| with(n, |i| format!("CALL f{i} {{ }} ADD {} g{i};\n", i % 1008))),
    ("conversions", |n| {
        let fields = |c: char| many(n / 4, |i| format!("@{} int {c}{i};\n", 4 * i));
        let renames = many(n / 2, |i| format!("rename a{i} = b{i};\n"));
        format!(
            "{HEAD}struct a size 1048576 align 4 {{ {} }} struct b size 1048576 align 4 {{ {} }}
            ADD 0 {{ function int f(inout a *p); implementation structural {{ convert p: a -> b; {renames} }} }}",
            fields('a'),
            fields('b')
        )
    }),
    ("one conversion again", |n| {
        let fields = |c: char| many(n / 4, |i| format!("@{} int {c}{i};\n", 4 * i));
        let again = "convert p: a -> b;\n".repeat(n / 38);
        format!(
            "{HEAD}struct a size 1048576 align 4 {{ {} }} struct b size 1048576 align 4 {{ {} }}
            ADD 0 {{ function int f(inout a *p); implementation structural {{ {again} }} }}",
            fields('a'),
            fields('b')
        )
    }),
    ("calls of 2005 with one name", |n| {
        format!("BASE b;\n{}", many(n, |i| format!("ADD {} {{ function int f(x{i}_ptr a); }}\n", i % 4096)))
    }),
];

/// Does everything with a text that can be done; after each step, `done` is told its name.
pub fn digest(text: String, done: &mut dyn FnMut(&str)) {
    _ = black_box(libsys_syntax::format(&text));
    done("format");
    let parsed = libsys_syntax::parse(Source { path: "t".into(), text }, &TableLoader::default());
    done("parse");
    let (abi, diagnostics) = libsys_model::lower(&parsed);
    done("lower");
    _ = black_box(libsys_syntax::render(&diagnostics, &parsed.sources, false));
    done("render");
    let Some(abi) = abi else { return };
    let old = abi.at(Release::new(5, 0, 0));
    done("at");
    _ = black_box(libsys_model::diff::diff(&old, &abi));
    done("diff");
    _ = black_box(libsys_model::carry::carry(&abi, abi.release, old.release));
    done("carry");
    abi.clone().prune();
    done("prune");
    _ = black_box(libsys_emit::sys::emit(&old));
    done("sys");
    _ = black_box(libsys_emit::header::emit(&abi));
    done("header");
    _ = black_box(libsys_emit::rust::emit(&abi));
    done("rust");
    _ = black_box(libsys_emit::json::emit(&abi));
    done("json");
    _ = black_box(libsys_emit::html::emit(&abi));
    done("html");
    _ = black_box(libsys_emit::man::emit(&abi));
    done("man");
    if !abi.is_base {
        _ = black_box(libsys_emit::elf::reserved(&abi));
        done("elf");
        _ = black_box(libsys_emit::map_image::emit(&abi, Options::IMAGE));
        done("map");
    }
}

/// Lines until there are `n` bytes of them.
fn many(n: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(n + 64);
    for i in 0.. {
        if text.len() >= n {
            break;
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{}", line(i));
    }
    text
}

/// Words with commas between them.
fn list(n: usize, word: impl Fn(usize) -> String) -> String {
    let text = many(n, |i| format!("{}, ", word(i)));
    text.trim_end_matches(", ").to_owned()
}

/// A head and lines.
fn with(n: usize, line: impl Fn(usize) -> String) -> String {
    HEAD.to_owned() + &many(n, line)
}
