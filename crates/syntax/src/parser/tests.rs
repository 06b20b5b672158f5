//! Small programs with the exact tree or diagnostics that they give.

use std::fmt::Write;

use super::parse;
use crate::ast::{Clause, Dir, File, Function, Item, Len, LenExpr, TypeKind};
use crate::diagnostic::Diagnostic;
use crate::source::{FileId, SourceMap};

fn tree(text: &str) -> File {
    let output = parse(FileId(0), text);
    assert_eq!(output.diagnostics, [], "in {text:?}");
    output.file
}

/// One line per diagnostic: code, place, message, and the help after it.
fn mistakes(text: &str) -> String {
    let mut out = String::new();
    for d in parse(FileId(0), text).diagnostics {
        let (start, end) = (d.primary.span.start as usize, d.primary.span.end as usize);
        let line = text[..start].matches('\n').count() + 1;
        let column = text[..start].rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let Diagnostic { code, message, help, .. } = d;
        write!(out, "{code} {line}:{column} {:?}: {message}", &text[start..end]).unwrap();
        if let Some(help) = help {
            write!(out, " ({help})").unwrap();
        }
        out.push('\n');
    }
    out
}

fn function(text: &str) -> Function {
    let file = tree(&format!("ADD 1 {{ function {text}; }}"));
    let [Item::Call(call)] = &file.items[..] else { panic!("one call: {file:?}") };
    let [Clause::Function(function)] = &call.clauses[..] else { panic!("one function: {file:?}") };
    function.clone()
}

#[test]
fn keywords_of_directives_and_clauses_match_in_any_case() {
    let text =
        "base A; Add 3 { Function int f(void); IMPLEMENTATION Direct; Since 1.0; }\nSTRUCT s { int x; }";
    let small = tree(&text.to_ascii_lowercase());
    let mixed = tree(text);
    assert_eq!(mixed.items.len(), 3);
    assert_eq!(format!("{:?}", mixed.items[1]), format!("{:?}", small.items[1]));
}

#[test]
fn keywords_are_names_where_they_are_not_keywords() {
    let f = function(
        "int old(int function, pid_t new, in_ptr in, fd_set_ptr out, int opt, type type, null bytes)",
    );
    let names: Vec<_> = f.params.iter().map(|p| p.name.as_ref().unwrap().text.as_str()).collect();
    assert_eq!(names, ["function", "new", "in", "out", "opt", "type", "bytes"]);
    assert!(f.params.iter().all(|p| p.dir.is_none() && !p.opt));

    let file =
        tree("CALL ADD { group since; errors errors; } struct struct { struct_ptr union; size size[2]; }");
    assert_eq!(file.items.len(), 2);
    let file = tree("ADD 3 add; ADD 4 function; enum enum: int { since = 1 since 2.0; enum = 2; }");
    assert_eq!(file.items.len(), 3);
}

#[test]
fn parameters() {
    let f = function("unsigned long long f(in opt const unsigned char **x [bytes *n], out void *y, u32)");
    assert_eq!(f.ret.base.text, "unsigned long long");
    let [x, y, z] = &f.params[..] else { panic!("three parameters") };
    assert_eq!((x.dir, x.opt, x.ty.is_const, x.ty.stars), (Some(Dir::In), true, true, 2));
    assert_eq!(x.ty.base.text, "unsigned char");
    assert!(matches!(&x.len, Some(Len::Bytes(LenExpr::Behind(n))) if n.text == "n"));
    assert_eq!((y.dir, y.opt, y.ty.stars, &y.len), (Some(Dir::Out), false, 1, &None));
    assert_eq!((z.dir, z.ty.base.text.as_str(), &z.name), (None, "u32", &None));
    assert_eq!(function("int f(void)").params, []);
    assert_eq!(function("int f()").params, []);
    assert_eq!(function("int f(void *)").params.len(), 1);
}

#[test]
fn lengths() {
    let f = function("int f(a *p [n], a *p [8], a *p [null], a *p [bytes result], a *p [bytes], a *p [*n])");
    let lens: Vec<_> = f.params.into_iter().map(|p| p.len.unwrap()).collect();
    assert!(matches!(&lens[0], Len::Elements(LenExpr::Param(n)) if n.text == "n"));
    assert!(matches!(&lens[1], Len::Elements(LenExpr::Int(n)) if n.value == 8));
    assert!(matches!(&lens[2], Len::NullTerminated));
    assert!(matches!(&lens[3], Len::Bytes(LenExpr::Result(_))));
    assert!(matches!(&lens[4], Len::Elements(LenExpr::Param(n)) if n.text == "bytes"));
    assert!(matches!(&lens[5], Len::Elements(LenExpr::Behind(n)) if n.text == "n"));
}

#[test]
fn integers() {
    let text = "enum e: int { A = 10; A = 0x1F; A = 0o17; A = 017; A = 0; A = 0b101; A = -100; A = 1 << 63;
        A = -9223372036854775808; A = 18446744073709551615; A = -1 << 4; }";
    let file = tree(text);
    let [Item::Type(item)] = &file.items[..] else { panic!("one type") };
    let TypeKind::Enum(_, constants) = &item.kind else { panic!("an enum") };
    let values: Vec<i128> = constants.iter().map(|c| c.value.value).collect();
    let most = i128::from(u64::MAX);
    assert_eq!(values, [10, 31, 15, 15, 0, 5, -100, 1 << 63, i64::MIN.into(), most, -16]);
}

#[test]
fn documentation() {
    let file = tree(
        "// no\n/// one\n///  two\n///\n# no\n/// three \nCALL x {}\n/// f\nstruct s {\n /// g\n @0 int x;\n}\n\
         enum e: int {\n /// h\n A = 1;\n}\n/// i\ngroup g \"G\";",
    );
    let [Item::Call(call), Item::Type(s), Item::Type(e), Item::Group { doc, .. }] = &file.items[..] else {
        panic!("four items: {file:?}")
    };
    assert_eq!(call.doc.text, "one\n two\n\nthree");
    assert_eq!(s.doc.text, "f");
    assert!(matches!(&s.kind, TypeKind::Struct(layout) if layout.fields[0].doc.text == "g"));
    assert!(matches!(&e.kind, TypeKind::Enum(_, constants) if constants[0].doc.text == "h"));
    assert_eq!(doc.text, "i");
}

#[test]
fn documentation_that_documents_nothing() {
    insta::assert_snapshot!(
        mistakes("/// a\n/// b\nBASE x; /// c\nCALL y {\n    /// d\n    slots 2;\n}\n/// e\n"),
        @r#"
    W0101 1:1 "/// a": doc comment that documents nothing (begin it with `//`)
    W0102 3:9 "/// c": doc comment after what it may document (put it on the line above, or begin it with `//`)
    W0101 5:5 "/// d": doc comment that documents nothing (begin it with `//`)
    W0101 8:1 "/// e": doc comment that documents nothing (begin it with `//`)
    "#
    );
}

#[test]
fn spans_cover_the_whole_construct() {
    let text = "CALL f { function int f(in int *x [3]); } INCLUDE \"x\";struct s{u8 a[2];}";
    let mut sources = SourceMap::default();
    sources.add("test", text);
    let file = tree(text);
    let [Item::Call(call), Item::Include { path, span }, Item::Type(s)] = &file.items[..] else {
        panic!("three items: {file:?}")
    };
    assert_eq!(sources.text(call.span), "CALL f { function int f(in int *x [3]); }");
    let Clause::Function(f) = &call.clauses[0] else { panic!("a function") };
    assert_eq!(sources.text(f.span), "function int f(in int *x [3]);");
    assert_eq!(sources.text(f.params[0].span), "in int *x [3]");
    assert_eq!(sources.text(f.params[0].ty.span), "int *");
    assert_eq!((sources.text(*span), sources.text(path.span)), ("INCLUDE \"x\";", "\"x\""));
    let TypeKind::Struct(layout) = &s.kind else { panic!("a struct") };
    assert_eq!(sources.text(layout.fields[0].span), "u8 a[2];");
    assert_eq!(sources.text(s.span), "struct s{u8 a[2];}");
}

#[test]
fn all_mistakes_of_a_call_are_reported() {
    insta::assert_snapshot!(
        mistakes(
            "ADD 1 {\n    functon int f(void);\n    function int g(int a int b, struct stat *s, in int *x [], int);\n    \
             cancel pint;\n    returns\n    errors E1 E2;\n    since 5, 5.1\n    implementation structural { narow a; default b = x; }\n}\n"
        ),
        @r#"
    E0112 2:5 "functon": unknown clause `functon` (did you mean `function`?)
    E0110 3:26 "int": expected `,` or `)`, found `int`
    E0116 3:33 "struct": `struct` is not written in a type (write its name alone)
    E0110 3:60 "]": expected a length, found `]`
    E0113 4:12 "pint": expected `point` or `may`, found `pint` (did you mean `point`?)
    E0113 6:5 "errors": expected `twice`, `never` or `frame`, found `errors`
    E0107 7:11 "5": malformed release (write two or three numbers below 65536, such as `5.10` or `2.6.32`)
    E0110 7:17 "": expected `;`, found `implementation` (end it with `;`)
    E0113 8:33 "narow": expected `convert`, `default`, `limit`, `member`, `narrow` or `rename`, found `narow` (did you mean `narrow`?)
    E0110 8:54 "x": expected an integer, found `x`
    "#
    );
}

#[test]
fn a_missing_brace_does_not_hide_what_follows() {
    let text = "ADD 1 {\n    slots 2;\nADD 2 { function int f(void)\nstruct s {\n    int x;\nCALL c { slots two; }\n";
    insta::assert_snapshot!(mistakes(text), @r#"
    E0114 3:1 "ADD": expected `}`, found `ADD`
    E0110 3:29 "": expected `;`, found `struct` (end it with `;`)
    E0114 4:1 "struct": expected `}`, found `struct`
    E0114 6:1 "CALL": expected `}`, found `CALL`
    E0110 6:16 "two": expected the number of slots, found `two`
    "#);
    assert_eq!(parse(FileId(0), text).file.items.len(), 4);
}

#[test]
fn a_broken_directive_does_not_hide_what_follows() {
    let text = "ADD 1 1 { slots x; }\nwibble { a; { b; } } ADDD 3 c;\n} ;\nADD 4 d;\nstruct s { int; union { x y z; } u; int b; }";
    insta::assert_snapshot!(mistakes(text), @r#"
    E0110 1:7 "1": expected `{` or the name of a call, found `1`
    E0111 2:1 "wibble": unknown directive `wibble`
    E0111 2:22 "ADDD": unknown directive `ADDD` (did you mean `ADD`?)
    E0120 3:1 "} ;": `}` ends nothing (remove it)
    E0110 5:15 ";": expected the name of the field, found `;`
    E0118 5:17 "union": `union` inside another declaration (declare it by name before, then use the name as the type of a field)
    "#);
    let file = parse(FileId(0), text).file;
    let [Item::Call(_), Item::Type(s)] = &file.items[..] else { panic!("two items: {file:?}") };
    assert!(matches!(&s.kind, TypeKind::Struct(layout) if layout.fields.len() == 1));
}

#[test]
fn lexical_mistakes() {
    insta::assert_snapshot!(
        mistakes("/* a\n */ BASE ?é!x;\ngroup a \"b\\n\\é\";group b \"c;\nADD 08 a; ADD 0x b; ADD 3u c; ADD 1.5 d; ADD 99999999999999999999999999999999999999999 e;'\n/* f"),
        @r#"
    E0104 1:1 "/*": block comments are not part of the language (begin each line of the comment with `//`)
    E0101 2:10 "?é!": 3 unexpected characters, the first is '?'
    E0103 3:11 "\\n": unknown escape in a string (only `\"` and `\\` are escapes)
    E0103 3:13 "\\é": unknown escape in a string (only `\"` and `\\` are escapes)
    E0102 3:25 "\"c;": string is not closed on its line (end it with `"`)
    E0110 3:28 "": expected `;`, found `ADD` (end it with `;`)
    E0105 4:5 "08": malformed octal integer (a leading `0` means octal, as in C)
    E0105 4:15 "0x": malformed hexadecimal integer
    E0105 4:25 "3u": malformed decimal integer
    E0105 4:35 "1.5": expected an integer, found a release
    E0106 4:46 "99999999999999999999999999999999999999999": integer does not fit into 64 bits (integers run from -2^63 to 2^64 - 1)
    E0101 4:90 "'": unexpected character '\'' (strings are written in double quotes)
    E0104 5:1 "/*": block comments are not part of the language (begin each line of the comment with `//`)
    "#
    );
}

#[test]
fn text_escapes() {
    let file = tree(r#"group a "b\"c\\d é";"#);
    let [Item::Group { title, .. }] = &file.items[..] else { panic!("a group") };
    assert_eq!(title.text, r#"b"c\d é"#);
}

#[test]
fn there_is_an_end_to_mistakes() {
    let output = parse(FileId(0), &"a;".repeat(100_000));
    assert_eq!(output.diagnostics.len(), super::MAX_DIAGNOSTICS + 1);
    assert_eq!(output.diagnostics.last().unwrap().code, "E0109");
}

#[test]
fn hostile_nesting() {
    let open = [
        "(",
        "{",
        "[",
        "}",
        ";",
        "*",
        "ADD 1{",
        "ADD 1{function int f(",
        "struct s{union{",
        "@",
        "-",
        "/*",
        "\"",
    ];
    for piece in open {
        // What matters is that this ends, and without a deep stack.
        assert!(!parse(FileId(0), &piece.repeat(100_000)).diagnostics.is_empty(), "{piece}");
    }
    for head in ["ADD 1 { function int f(int ", "struct s { int ", "type t = x", "enum e: int { A = "] {
        for piece in ["(", "*", "[", "{", "<<", "long ", "const "] {
            let text = format!("{head}{}", piece.repeat(100_000));
            assert!(!parse(FileId(0), &text).diagnostics.is_empty(), "{head}{piece}…");
        }
    }
}

/// Every text that stands in a `test_err:` or `test_warn:` comment of the lexer and parser.
fn commented_tests() -> Vec<(bool, &'static str)> {
    let sources = [
        include_str!("../lexer.rs"),
        include_str!("mod.rs"),
        include_str!("item.rs"),
        include_str!("call.rs"),
        include_str!("types.rs"),
        include_str!("literal.rs"),
    ];
    let lines = sources.into_iter().flat_map(str::lines).map(str::trim);
    let tests = lines.filter_map(|line| {
        let error = line.strip_prefix("// test_err: ").map(|text| (true, text));
        error.or_else(|| line.strip_prefix("// test_warn: ").map(|text| (false, text)))
    });
    tests.collect()
}

#[test]
fn every_commented_test_raises_its_mistake() {
    let mut all = String::new();
    for (is_error, text) in commented_tests() {
        let text = text.replace('⏎', "\n");
        let found = mistakes(&text);
        assert!(found.starts_with(if is_error { 'E' } else { 'W' }), "{text}: {found}");
        writeln!(all, "{text}\n    {}", found.trim_end().replace('\n', "\n    ")).unwrap();
    }
    insta::assert_snapshot!(all);
}

#[test]
fn words_and_strings_have_a_greatest_length() {
    let word = |length: usize| format!("BASE {};", "w".repeat(length));
    assert_eq!(mistakes(&word(255)), "");
    assert!(mistakes(&word(256)).ends_with(": word of 256 bytes; at most 255 are read\n"));
    let string = |length: usize| format!("group g \"{}\";", "é".repeat(length / 2));
    assert_eq!(mistakes(&string(1000)), "");
    assert!(
        mistakes(&string(1002)).ends_with(": string with its quotes of 1004 bytes; at most 1002 are read\n")
    );
}

#[test]
fn what_is_not_seen_is_reported() {
    let text = "BASE a; // a\tb \u{a0}é\u{3000}\r\n// c\rd\u{7f}\ngroup g \"\u{202e}\";\n/// \u{2066}\n// \0";
    assert_eq!(
        mistakes(text),
        "E0125 2:5 \"\\r\": hidden character '\\r' in a string or comment (remove it)\n\
         E0125 3:10 \"\\u{202e}\": hidden character '\\u{202e}' in a string or comment (remove it)\n\
         E0125 4:5 \"\\u{2066}\": hidden character '\\u{2066}' in a string or comment (remove it)\n\
         E0125 5:4 \"\\0\": hidden character '\\0' in a string or comment (remove it)\n"
    );
}
