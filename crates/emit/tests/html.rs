//! The HTML reference: that it is well-formed, that every link has its place, that no text becomes markup.

mod common;

use common::{base, real, reference};
use libsys_emit::html;
use libsys_model::{Abi, TypeDefKind};
use scraper::{ElementRef, Html, Selector};
use std::collections::HashSet;

fn parse(abi: &Abi) -> Html {
    let page = Html::parse_document(&html::emit(abi));
    assert_eq!(page.errors, [""; 0]);
    page
}

fn all<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    page.select(&Selector::parse(selector).unwrap()).collect()
}

/// The text of an element, its pieces with one space between them.
fn text(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

fn one(page: &Html, selector: &str) -> String {
    let found = all(page, selector);
    assert_eq!(found.len(), 1, "{selector}");
    text(found[0])
}

#[test]
fn the_page_of_a_small_abi() {
    let page = html::emit(&reference());
    // Style and script are files of their own.
    let body = page.split_once("<body>").unwrap().1.rsplit_once("<script>").unwrap().0;
    insta::assert_snapshot!("html", body);
}

#[test]
fn links_lead_somewhere_and_places_are_unique() {
    for abi in [reference(), base(), real()] {
        let page = parse(&abi);
        let mut ids = HashSet::new();
        for element in all(&page, "[id]") {
            let id = element.value().id().unwrap();
            assert!(ids.insert(id), "{id} is there twice");
        }
        let links = all(&page, "a");
        assert!(links.len() > abi.calls.len());
        for link in links {
            let target = link.attr("href").unwrap();
            let id = target.strip_prefix('#').unwrap_or_else(|| panic!("{target} leads away"));
            assert!(ids.contains(id), "{target} leads nowhere");
        }
        for label in all(&page, "[aria-labelledby]") {
            assert!(ids.contains(label.attr("aria-labelledby").unwrap()));
        }
    }
}

#[test]
fn every_call_and_type_has_a_row_and_an_entry() {
    for abi in [reference(), base(), real()] {
        let page = parse(&abi);
        let calls: Vec<_> = abi.calls.iter().chain(&abi.services).collect();
        let rows = all(&page, "table.calls tbody tr");
        let entries = all(&page, "article.call");
        assert_eq!((rows.len(), entries.len()), (calls.len(), calls.len()));
        let name = Selector::parse(".name > a").unwrap();
        for ((call, row), entry) in calls.iter().zip(rows).zip(entries) {
            let link = row.select(&name).next().unwrap();
            assert_eq!(text(link), call.name);
            assert_eq!(link.attr("href").unwrap().strip_prefix('#'), entry.value().id());
            assert!(text(row).starts_with(&call.nr.0.to_string()));
            let told = text(entry);
            let offset = format!("{:#x}", 64 * call.nr.0);
            for part in [&call.name, &offset].into_iter().chain(&call.errors) {
                assert!(told.contains(part.as_str()), "{}: {part}", call.name);
            }
        }
        let links = all(&page, "table.types .name > a");
        assert_eq!(links.len(), abi.types.len());
        let targets: HashSet<_> =
            links.iter().map(|link| link.attr("href").unwrap()[1..].to_owned()).collect();
        let places: HashSet<_> =
            all(&page, "article.type").iter().map(|entry| entry.value().id().unwrap().to_owned()).collect();
        assert_eq!(targets, places);
        for def in &abi.types {
            assert!(places.contains(&format!("type-{}", def.name)), "{}", def.name);
        }
    }
}

#[test]
fn rows_tell_the_registers_and_what_they_carry() {
    let page = parse(&reference());
    assert_eq!(one(&page, "table.calls thead"), "Nr Call rdi rsi rdx r10 r8 r9 Since Group Errors");
    let row = |id: &str| -> Vec<String> {
        let link = Selector::parse(&format!("a[href='#{id}']")).unwrap();
        let rows = all(&page, "table.calls tbody tr");
        let row = rows.iter().find(|row| row.select(&link).next().is_some()).unwrap();
        row.child_elements().map(text).collect()
    };
    let read = row("read");
    assert_eq!(read[0..2], ["0", "read cancel Read from a file"]);
    assert_eq!(read[2..8], ["fd fd", "buf out void * [bytes count]", "count size_t", "", "", ""]);
    assert_eq!(read[8..], ["1.0", "io", "2 EBADF EINTR"]);
    assert_eq!(row("fstat")[8], "2.6–5.5");
    let service = row("libsys_syscall");
    assert_eq!(service.len(), 6, "the parameters share a cell");
    assert!(one(&page, "#libsys_syscall table.parts").contains("rcx a3 long"));
    assert!(one(&page, "#libsys_syscall table.parts").contains("stack a6 long"));
}

#[test]
fn entries_tell_what_is_special() {
    let page = parse(&reference());
    for (id, parts) in [
        ("read", &["Cancellation point", "0x0 : __sys_read", "0x20 : __sys_raw_read", "read(2)"][..]),
        ("open", &["May be a cancellation point", "Returns fd : A number of an open file"]),
        (
            "fstat",
            &["Gone in 5.5", "stat(2), with clock_gettime", "stat@2_6 → stat@1", "does not fit: EOVERFLOW"],
        ),
        ("rt_sigreturn", &["Into the frame", "Nothing may be put between", "0x3e7 : __sys_raw_rt_sigreturn"]),
        ("fork", &["twice", "Returns pid ; twice: in the caller"]),
        ("exit", &["Returns Never"]),
        (
            "hand",
            &["emulate_hand , with open , writev ; it differs: it is <slower>", "void (* handler )(void)"],
        ),
        ("gone", &["always fails with ENOSYS"]),
        ("clock_gettime", &["__vdso_clock_gettime , where the kernel has it", "By the vDSO or the kernel"]),
    ] {
        let told = one(&page, &format!("article#{id}"));
        for part in parts {
            assert!(told.contains(part), "{id}: {part}: {told}");
        }
    }
    let carried = one(&page, "#hand table.parts");
    for part in [
        "rdi handler function_pointer Code of the program",
        "rsi where address An address; nothing is read or written through it",
        "rdx names string * The kernel reads elements up to a null one; may be null",
        "r10 left timespec * The kernel reads and writes one timespec ; may be null",
        "r9 pair fd * The kernel writes 2 elements",
    ] {
        assert!(carried.contains(part), "{part}: {carried}");
    }
}

#[test]
fn types_tell_layouts_values_and_users() {
    let page = parse(&reference());
    let stat = one(&page, "article#type-stat");
    for part in [
        "stat@2_6",
        "24 bytes, aligned to 8; extensible",
        "since 2.6",
        "0 8 u64 st_ino",
        "16 8 timespec_half st_time [1]",
    ] {
        assert!(stat.contains(part), "{part}: {stat}");
    }
    assert!(stat.contains("Other versions stat@1"), "{stat}");
    assert!(stat.contains("Passed to fstat"), "{stat}");
    assert!(one(&page, "article#type-timespec").contains("12 4 padding"));
    assert!(one(&page, "article#type-timespec_half").contains("Part of stat@2_6"));
    let fd = one(&page, "article#type-fd");
    assert!(fd.contains("Returned by open") && fd.contains("Passed to read , fstat , writev , hand"), "{fd}");
    let flags = one(&page, "article#type-open_flags");
    assert!(flags.contains("0x00080000 O_CLOEXEC 2.6.23"), "{flags}");
    assert!(one(&page, "article#type-whence").contains("-1 SEEK_LAST"));
    // From the signature to the type, in C and in the language, and from prose to a constant's type.
    assert_eq!(all(&page, "#open pre a[href='#type-open_flags']").len(), 2);
    assert_eq!(all(&page, "#read p a[href='#type-open_flags']").len(), 1);
    assert_eq!(all(&page, "#read p a[href='#open']").len(), 1);
}

#[test]
fn errors_groups_and_releases_list_their_calls() {
    let page = parse(&reference());
    let listed = |id: &str| one(&page, &format!("tr#{}", id.replace('.', "\\.")));
    assert_eq!(listed("errno-EINTR"), "4 EINTR Interrupted by a signal 2 calls read , writev");
    assert_eq!(listed("group-process"), "2 Processes fork , exit");
    assert_eq!(listed("release-5.5"), "5.5 fstat");
    assert_eq!(listed("release-6.1"), "6.1 hand");
}

#[test]
fn no_text_becomes_markup() {
    let mut abi = reference();
    // What no file can say, but a model can.
    let evil = "\"><script>x</script><img src=x onerror=y>&amp;'";
    abi.name = evil.to_owned();
    abi.calls[0].see = Some(evil.to_owned());
    abi.calls[1].name = evil.to_owned();
    abi.calls[1].params[0].name = evil.to_owned();
    abi.calls[1].errors.push(evil.to_owned());
    abi.calls[1].vdso = Some(evil.to_owned());
    abi.groups[0].name = evil.to_owned();
    abi.groups[0].title = evil.to_owned();
    for def in &mut abi.types {
        def.doc = evil.to_owned();
        def.name.push_str(evil);
        match &mut def.kind {
            TypeDefKind::Flags(_, list) | TypeDefKind::Enum(_, list) => {
                list.iter_mut().for_each(|constant| {
                    constant.name = evil.to_owned();
                    constant.doc = evil.to_owned();
                })
            }
            TypeDefKind::Struct(layout) => {
                layout.c_name = evil.to_owned();
                layout.header = Some(evil.to_owned());
                layout.version = Some(evil.to_owned());
                layout.fields.iter_mut().for_each(|field| field.name = evil.to_owned());
            }
            TypeDefKind::Alias(_) | TypeDefKind::Resource(_) => {}
        }
    }
    let page = parse(&abi);
    assert_eq!(all(&page, "script").len(), 2, "ours only");
    assert_eq!(all(&page, "img").len(), 0);
    assert_eq!(all(&page, "[onerror]").len(), 0);
    assert_eq!(all(&page, "article").len(), abi.calls.len() + abi.services.len() + abi.types.len());
    assert!(one(&page, "#read").contains("<script>alert(\"1\")</script> & </article>"));
    assert!(one(&page, "h1").starts_with(evil));
}

#[test]
fn the_file_needs_no_other() {
    let page = html::emit(&real());
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        let found = page.matches(outside).count();
        // The icon's namespace is a name, not an address.
        let allowed = usize::from(outside == "http://");
        assert_eq!(found, allowed, "{outside}");
    }
    assert!(page.contains("default-src 'none'"));
    assert!(page.len() < 2 << 20, "{} bytes", page.len());
}

#[test]
fn the_same_abi_gives_the_same_page() {
    assert_eq!(html::emit(&real()), html::emit(&real()));
}

#[test]
fn an_old_release_and_an_empty_abi_have_pages() {
    let abi = real();
    let old = abi.at("4.4".parse().unwrap());
    let page = parse(&old);
    assert_eq!(all(&page, "table.calls tbody tr").len(), old.calls.len() + old.services.len());
    let empty = Abi { types: Vec::new(), calls: Vec::new(), services: Vec::new(), groups: Vec::new(), ..abi };
    assert_eq!(all(&parse(&empty), "article").len(), 0);
}
