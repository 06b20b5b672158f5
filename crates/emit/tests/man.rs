//! The manual pages: what they say, that no text in them becomes a request, and what other programs make of them.

mod common;

use common::{base, real, reference};
use libsys_emit::man::{self, Page};
use std::collections::HashSet;
use std::process::Command;

fn page<'a>(pages: &'a [Page], name: &str) -> &'a str {
    &pages.iter().find(|page| page.name == name).unwrap_or_else(|| panic!("there is no page {name}")).text
}

#[test]
fn pages_of_a_small_abi() {
    let pages = man::emit(&reference());
    insta::assert_snapshot!("man_read", page(&pages, "read.2sys"));
    insta::assert_snapshot!("man_hand", page(&pages, "hand.2sys"));
    insta::assert_snapshot!("man_fstat", page(&pages, "fstat.2sys"));
    insta::assert_snapshot!("man_libsys", page(&pages, "libsys.7"));
}

#[test]
fn every_call_and_service_has_a_page() {
    for abi in [reference(), base(), real()] {
        let pages = man::emit(&abi);
        let names: HashSet<&str> = pages.iter().map(|page| page.name.as_str()).collect();
        assert_eq!(names.len(), pages.len(), "a page is there twice");
        for call in abi.calls.iter().chain(&abi.services) {
            assert!(names.contains(format!("{}.2sys", call.name).as_str()), "{}", call.name);
        }
        assert!(names.contains("libsys.7"));
    }
    let paths: Vec<String> = man::emit(&reference()).iter().take(2).map(Page::path).collect();
    assert_eq!(paths, ["man7/libsys.7", "man2/read.2sys"]);
}

/// The requests and macros that the emitter writes itself.
const REQUESTS: [&str; 11] = [".TH", ".SH", ".SS", ".PP", ".TP", ".RS", ".RE", ".EX", ".EE", ".nf", ".fi"];

#[test]
fn no_text_becomes_a_request() {
    let mut abi = reference();
    // What no file can say, but a model can.
    abi.calls[0].summary = ".de so\n.so /etc/passwd".to_owned();
    abi.calls[0].errors.push("'EVIL\n.so x".to_owned());
    abi.calls[1].params[0].name = "\\fB\n.ex".to_owned();
    abi.calls[1].see = Some(".so(2)\n.so y".to_owned());
    for pages in [man::emit(&abi), man::emit(&base()), man::emit(&real())] {
        for Page { name, text } in pages {
            assert!(text.ends_with('\n') && text.starts_with(".TH "), "{name}");
            for line in text.lines() {
                assert!(line.bytes().all(|b| matches!(b, b' '..=b'~')), "{name}: {line}");
                let word = line.split(' ').next().unwrap_or("");
                assert!(!line.starts_with(['.', '\'']) || REQUESTS.contains(&word), "{name}: {line}");
                assert!(!line.is_empty(), "{name}: an empty line");
            }
        }
    }
    let pages = man::emit(&reference());
    assert!(page(&pages, "read.2sys").contains(".so /etc/passwd"));
    assert!(page(&pages, "read.2sys").contains("\\(rsfBbold"));
}

#[test]
fn the_same_abi_gives_the_same_pages() {
    assert_eq!(man::emit(&real()), man::emit(&real()));
}

/// Pages as files, for programs that check them.
fn files(name: &str) -> Vec<std::path::PathBuf> {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let pages = man::emit(&reference()).into_iter().chain(man::emit(&real()));
    pages
        .enumerate()
        .map(|(i, page)| {
            let path = folder.join(format!("{i}-{}", page.name));
            std::fs::write(&path, page.text).unwrap();
            path
        })
        .collect()
}

#[test]
fn mandoc_has_no_complaint() {
    let files = files("mandoc");
    let Ok(output) = Command::new("mandoc").args(["-T", "lint", "-W", "warning"]).args(&files).output()
    else {
        eprintln!("skipped: there is no mandoc on this machine");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout);
    // There is no date, on purpose.
    let complaints: Vec<&str> = said.lines().filter(|line| !line.contains("missing date")).collect();
    assert_eq!(complaints, [""; 0]);
    assert_eq!(said.lines().count(), files.len(), "mandoc read each page once");
}

#[test]
fn groff_has_no_complaint() {
    let files = files("groff");
    let Ok(output) = Command::new("groff").args(["-man", "-ww", "-Tascii", "-z"]).args(&files).output()
    else {
        eprintln!("skipped: there is no groff on this machine");
        return;
    };
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
