//! The file of 2005 that the language must keep accepting.
//!
//! It is not part of this repository. The test reads it from `LIBSYS_DRAGONFLY_CONF`, or from
//! `../shared/data` beside the repository, and says so when it is in neither place.

use std::path::PathBuf;

use libsys_syntax::ast::{CallVerb, Clause, Item};
use libsys_syntax::source::{FsLoader, Source, TableLoader};

fn read() -> Option<Source> {
    let beside =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/dragonfly_syscalls_1_2_0.conf");
    let path = std::env::var_os("LIBSYS_DRAGONFLY_CONF").map_or(beside, PathBuf::from);
    match FsLoader.read(&path.to_string_lossy()) {
        Ok(source) => Some(source),
        Err(reason) => {
            eprintln!("not tested: cannot read {}: {reason}", path.display());
            None
        }
    }
}

#[test]
fn parses_without_mistakes() {
    let Some(source) = read() else { return };
    let directives = source.text.lines().filter(|line| line.starts_with("ADD ")).count();
    let parsed = libsys_syntax::parse(source, &TableLoader::default());
    let shown = libsys_syntax::render(&parsed.diagnostics, &parsed.sources, false);
    assert_eq!(shown, "");

    let mut items = parsed.items();
    assert!(matches!(items.next(), Some(Item::Base(name)) if name.text == "map_syscalls_1_2_0"));
    let calls: Vec<_> = items
        .map(|item| match item {
            Item::Call(call) => call,
            other => panic!("not a call: {other:?}"),
        })
        .collect();
    assert_eq!(calls.len(), directives);
    for call in &calls {
        assert!(matches!(call.verb, CallVerb::Add(_)));
        assert!(matches!(call.clauses[..], [Clause::Function(_), Clause::Implementation(..)]));
    }
    let params = |name: &str| -> Vec<String> {
        let functions = calls.iter().filter_map(|call| match &call.clauses[0] {
            Clause::Function(function) if function.name.text == name => Some(function),
            _ => None,
        });
        functions
            .flat_map(|f| &f.params)
            .map(|p| p.name.as_ref().map_or(String::new(), |name| name.text.clone()))
            .collect()
    };
    assert_eq!(params("rtprio"), ["function", "pid", "rtp"]);
    assert_eq!(params("__sysctl"), ["name", "namelen", "old", "oldlenp", "new", "newlen"]);
    assert_eq!(params("select"), ["nd", "in", "ou", "ex", "tv"]);
    assert_eq!(params("reboot"), ["opt"]);
    assert_eq!(params("extattr_set_file"), ["path", "attrname", "iovp", "iovcnt"]);
}

#[test]
fn formatting_keeps_it() {
    let Some(source) = read() else { return };
    let once = libsys_syntax::format(&source.text).expect("it parses");
    assert_eq!(libsys_syntax::format(&once).expect("it still parses"), once);
    let comments = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
    assert_eq!(comments(&once), comments(&source.text));
    let words =
        |text: &str| text.replace('(', " (").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(words(&once), words(&source.text));
}
