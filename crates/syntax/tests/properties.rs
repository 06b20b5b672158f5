//! What holds of every text: parsing ends without a panic, spans lie in the text, and formatting
//! keeps tokens, comments and meaning, and does nothing the second time.

use libsys_syntax::lexer::lex;
use libsys_syntax::source::{FileId, SourceMap};
use proptest::prelude::*;
use proptest::sample::select;

/// Pieces that texts are thrown together from: every keyword, and what stands around them.
const PIECES: &[&str] = &[
    "ABI",
    "ADD",
    "add",
    "BASE",
    "CALL",
    "INCLUDE",
    "OVERRIDE",
    "RELEASE",
    "SERVICE",
    "enum",
    "flags",
    "group",
    "resource",
    "struct",
    "type",
    "union",
    "cancel",
    "errors",
    "function",
    "implementation",
    "interpose",
    "returns",
    "see",
    "since",
    "slots",
    "until",
    "vdso",
    "custom",
    "direct",
    "simulated",
    "structural",
    "convert",
    "default",
    "narrow",
    "rename",
    "char",
    "int",
    "unsigned",
    "const",
    "void",
    "in",
    "out",
    "inout",
    "opt",
    "bytes",
    "null",
    "result",
    "size",
    "align",
    "extensible",
    "header",
    "as",
    "using",
    "none",
    "exact",
    "approximate",
    "overflow",
    "point",
    "never",
    "x",
    "stat",
    "0",
    "3",
    "0x1f",
    "099",
    "1.0",
    "2.6.32",
    "2_6",
    "\"a\"",
    "\"",
    "\"\\n\"",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ":",
    "*",
    "@",
    "=",
    "-",
    "/",
    "->",
    "<<",
    "#c\n",
    "// c\n",
    "/// d\n",
    "/*",
    "\n",
    "\n\n",
    "é",
    "\0",
    "?",
    "\r\n",
];

fn soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    let spaced = (piece, select(&[" ", " ", " ", "", "\n"][..])).prop_map(|(piece, space)| piece + space);
    prop::collection::vec(spaced, 0..120).prop_map(|pieces| pieces.concat())
}

/// The tokens of a well-formed text, one string each.
fn program() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(item(), 0..6).prop_map(|items| items.concat())
}

type Tokens = Vec<String>;

/// Splits at spaces; what stands in quotes must hold none.
fn tokens(text: &str) -> Tokens {
    text.split_whitespace().map(str::to_owned).collect()
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z_][a-z0-9_]{0,8}",
        // Keywords are names too; those left out mean something where these words are put.
        1 => select(&["ADD", "CALL", "function", "errors", "group", "size", "type", "point", "direct"][..])
            .prop_map(str::to_owned),
    ]
    .prop_filter("a word that the place would take as a keyword", |word| {
        let taken = "in out inout opt const char short int long signed unsigned struct union enum volatile \
                     restrict void null bytes result none since overflow using exact approximate";
        !taken.split(' ').any(|keyword| keyword == word)
    })
}

fn integer() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u32>().prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| format!("{n:#x}")),
        any::<u16>().prop_map(|n| format!("{n:#o}")),
        (0_u16..0o7777).prop_map(|n| format!("0{n:o}")),
        any::<u8>().prop_map(|n| format!("{n:#b}")),
        any::<u16>().prop_map(|n| format!("- {n}")),
    ]
}

fn release() -> impl Strategy<Value = String> {
    prop_oneof![
        (0_u16..20, 0_u16..70).prop_map(|(a, b)| format!("{a}.{b}")),
        (any::<u16>(), any::<u16>(), any::<u16>()).prop_map(|(a, b, c)| format!("{a}.{b}.{c}")),
    ]
}

fn text() -> impl Strategy<Value = String> {
    "\"([a-zé#/{};*]|\\\\\"|\\\\\\\\){0,12}\""
}

fn ty() -> impl Strategy<Value = String> {
    let base = prop_oneof![
        word(),
        select(&["unsigned long", "int", "void", "unsigned", "stat @ 2_6", "long long"][..])
            .prop_map(str::to_owned),
    ];
    (select(&["", "", "const "][..]), base, select(&["", "", "*", "* *"][..]))
        .prop_map(|(constant, base, stars)| format!("{constant}{base} {stars}"))
}

fn param() -> impl Strategy<Value = String> {
    let dir = select(&["", "", "in", "out", "inout opt", "opt"][..]);
    let len = prop_oneof![
        3 => Just(String::new()),
        1 => Just("[ null ]".to_owned()),
        1 => Just("[ bytes result ]".to_owned()),
        1 => word().prop_map(|w| format!("[ {w} ]")),
        1 => word().prop_map(|w| format!("[ bytes * {w} ]")),
        1 => (0_u8..9).prop_map(|n| format!("[ {n} ]")),
    ];
    (dir, ty(), word(), len).prop_map(|(dir, ty, name, len)| format!("{dir} {ty} {name} {len}"))
}

fn clause() -> impl Strategy<Value = String> {
    let params = prop::collection::vec(param(), 0..7).prop_map(|params| params.join(" , "));
    let names = || prop::collection::vec(word(), 1..20).prop_map(|names| names.join(" , "));
    let releases = (release(), word(), release()).prop_map(|(a, m, b)| format!("{a} , {m} {b}"));
    let conversion = prop_oneof![
        (word(), ty(), ty()).prop_map(|(p, a, b)| format!("convert {p} : {a} -> {b} ;")),
        (word(), word()).prop_map(|(a, b)| format!("narrow {a} overflow {b} ;")),
        (word(), integer()).prop_map(|(a, n)| format!("DEFAULT {a} = {n} ;")),
        (word(), word()).prop_map(|(a, b)| format!("rename {a} = {b} ;")),
    ];
    let conversions = prop::collection::vec(conversion, 0..4).prop_map(|lines| lines.join(" "));
    prop_oneof![
        4 => (ty(), word(), params).prop_map(|(ty, name, params)| format!("function {ty} {name} ( {params} ) ;")),
        1 => Just("Implementation DIRECT ;".to_owned()),
        1 => (conversions, select(&["", ";"][..]))
            .prop_map(|(lines, end)| format!("implementation structural {{ {lines} }} {end}")),
        1 => (word(), names(), select(&["", "exact", "approximate \"é\\\"\""][..]))
            .prop_map(|(name, using, how)| format!("implementation custom {name} using {using} {how} ;")),
        1 => word().prop_map(|errno| format!("implementation simulated {errno} ;")),
        1 => (select(&["since", "UNTIL"][..]), releases).prop_map(|(word, list)| format!("{word} {list} ;")),
        1 => names().prop_map(|names| format!("errors {names} ;")),
        1 => select(&["cancel point ;", "returns twice ;", "interpose never ;", "group g ;"][..])
            .prop_map(str::to_owned),
        1 => integer().prop_map(|n| format!("slots {n} ;")),
        1 => text().prop_map(|text| format!("see {text} ;")),
        1 => text().prop_map(|text| format!("vdso {text} ;")),
    ]
}

fn field() -> impl Strategy<Value = String> {
    let offset = prop_oneof![Just(String::new()), (0_u16..999).prop_map(|n| format!("@ {n}"))];
    let array = select(&["", "", "[ 3 ]"][..]);
    (offset, ty(), word(), array)
        .prop_map(|(offset, ty, name, array)| format!("{offset} {ty} {name} {array} ;"))
}

fn item() -> impl Strategy<Value = Tokens> {
    let clauses = || prop::collection::vec(clause(), 0..6).prop_map(|clauses| clauses.join(" "));
    let fields = prop::collection::vec(field(), 0..5).prop_map(|fields| fields.join(" "));
    let constant = (word(), integer(), prop::option::of(release())).prop_map(|(name, value, since)| {
        let since = since.map_or(String::new(), |release| format!("since {release}"));
        format!("{name} = {value} {since} ;")
    });
    let constants = prop::collection::vec(constant, 0..5).prop_map(|constants| constants.join(" "));
    let head = (select(&["", "size 8", "align 1 size 0x10"][..]), prop::option::of(text())).prop_map(
        |(head, header)| {
            format!("{head} {}", header.map_or(String::new(), |h| format!("header {h} as {h} extensible")))
        },
    );
    let number = || (select(&["ADD", "override", "Service"][..]), integer());
    prop_oneof![
        5 => (number(), clauses()).prop_map(|((v, n), body)| format!("{v} {n} {{ {body} }}")),
        1 => (number(), word()).prop_map(|((verb, number), name)| format!("{verb} {number} {name} ;")),
        2 => (word(), clauses()).prop_map(|(name, body)| format!("CALL {name} {{ {body} }}")),
        2 => (select(&["struct", "UNION"][..]), word(), head, fields)
            .prop_map(|(kind, name, head, fields)| format!("{kind} {name} @ 2 {head} {{ {fields} }}")),
        2 => (select(&["flags", "enum"][..]), word(), ty(), constants)
            .prop_map(|(kind, name, ty, body)| format!("{kind} {name} : {ty} {{ {body} }}")),
        1 => (word(), ty()).prop_map(|(name, ty)| format!("type {name} = {ty} ;")),
        1 => (word(), ty()).prop_map(|(name, ty)| format!("resource {name} : {ty} ;")),
        1 => (word(), text()).prop_map(|(name, title)| format!("group {name} {title} ;")),
        1 => (word(), word()).prop_map(|(os, machine)| format!("ABI {os} / {machine} ;")),
        1 => release().prop_map(|release| format!("release {release} ;")),
        1 => text().prop_map(|path| format!("INCLUDE {path} ;")),
    ]
    .prop_map(|text: String| tokens(&text))
}

/// A well-formed text: white space and comments of all sorts between its tokens.
fn well_formed() -> impl Strategy<Value = String> {
    let gap = prop_oneof![
        20 => Just(" "),
        2 => Just("\n"),
        1 => Just("\n\n \n"),
        1 => Just("\t\r\n"),
        1 => Just(" # hash {\n"),
        1 => Just("\n// \"line ;  \n"),
        1 => Just("\n/// doc\n///  more\n"),
        1 => Just(" /// beside\n"),
    ];
    (program(), prop::collection::vec(gap, 16..64)).prop_map(|(tokens, gaps)| {
        let mut text = String::new();
        for (index, token) in tokens.iter().enumerate() {
            text.push_str(gaps[(index * 7 + index / 5) % gaps.len()]);
            text.push_str(token);
        }
        text + gaps[0]
    })
}

/// The tree of a text as text, without its spans.
fn tree(text: &str) -> String {
    let mut sources = SourceMap::default();
    let id = sources.add("test", text);
    let (file, diagnostics) = libsys_syntax::parse_file(&sources, id);
    let errors: Vec<_> = diagnostics.iter().filter(|d| d.code.starts_with('E')).collect();
    assert!(errors.is_empty(), "{text}\n{}", libsys_syntax::render(&diagnostics, &sources, false));
    let shown = format!("{file:?}");
    let mut pieces = shown.split("Span {");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        out.push_str(piece.split_once('}').map_or("", |(_, rest)| rest));
    }
    out
}

fn comments(text: &str) -> Vec<String> {
    let lexed = lex(FileId(0), text);
    let spans = lexed.comments.iter().map(|comment| comment.span);
    spans.map(|span| text[span.start as usize..span.end as usize].to_owned()).collect()
}

/// What must hold whatever the text is; returns whether it parses.
fn check_any_text(text: &str) -> bool {
    let mut sources = SourceMap::default();
    let id = sources.add("test", text);
    let (_, diagnostics) = libsys_syntax::parse_file(&sources, id);
    let mut last = 0;
    for diagnostic in &diagnostics {
        let span = diagnostic.primary.span;
        assert!(last <= span.start, "not sorted");
        last = span.start;
        for label in diagnostic.related.iter().chain([&diagnostic.primary]) {
            assert!(text.get(label.span.start as usize..label.span.end as usize).is_some(), "{diagnostic:?}");
        }
        assert!(!diagnostic.message.is_empty() && !diagnostic.message.ends_with('.'));
    }
    let rendered = libsys_syntax::render(&diagnostics, &sources, false);
    assert_eq!(rendered.is_empty(), diagnostics.is_empty());
    let clean = !diagnostics.iter().any(|d| d.code.starts_with('E'));
    match libsys_syntax::format(text) {
        Err(errors) => assert!(!clean && !errors.is_empty()),
        Ok(once) => {
            assert!(clean);
            assert_eq!(libsys_syntax::format(&once).as_ref(), Ok(&once), "formatting twice");
            assert_eq!(comments(&once), comments(text));
            assert_eq!(tree(&once), tree(text));
        }
    }
    clean
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn soup_never_breaks_anything(text in soup()) {
        check_any_text(&text);
    }

    #[test]
    fn soup_in_a_call_never_breaks_anything(text in soup()) {
        check_any_text(&format!("CALL x {{ function int f({text}); {text} }}"));
        check_any_text(&format!("struct s {{ {text} }}"));
    }

    #[test]
    fn any_characters_never_break_anything(text in ".{0,200}") {
        check_any_text(&text);
    }

    #[test]
    fn well_formed_texts_parse_and_keep_their_meaning(text in well_formed()) {
        prop_assert!(check_any_text(&text), "does not parse: {}", text);
    }

    #[test]
    fn cut_texts_are_only_mistaken(text in well_formed(), at in any::<prop::sample::Index>()) {
        let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        if !boundaries.is_empty() {
            check_any_text(&text[..boundaries[at.index(boundaries.len())]]);
        }
    }
}
