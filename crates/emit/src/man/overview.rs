//! `libsys(7)`: what slots are, how they are called, and every call with its page.

use super::roff::{Roff, bold, literal, words};
use super::{Book, SECTION, types};
use crate::prose;
use libsys_model::Call;
use libsys_model::abi::SLOT_SIZE;

/// The page's text.
pub(super) fn page(book: &Book<'_>) -> String {
    let abi = book.abi;
    let mut roff = Roff::default();
    book.title(&mut roff, "libsys", "7");
    roff.section("NAME");
    roff.line("libsys \\- system calls as functions at fixed places");
    roff.section("DESCRIPTION");
    let calls = abi.calls.iter().filter(|call| call.is_in(abi.release)).count();
    roff.fill(&format!(
        "Programs call the {calls} system calls of {} {} as C functions in a table of slots, {SLOT_SIZE} bytes each.",
        literal(&abi.name),
        abi.release
    ));
    roff.fill(&words(
        "The slot of a call lies at 64 times its number, so that position is identity. The table is reserved in \
         the program's file; whoever starts the program maps the code over it.",
    ));
    if !abi.is_base {
        entries(&mut roff, book);
    }
    roff.section("CALLS");
    roff.fill(&format!("Each call has a page of its name in section {SECTION}."));
    for (i, group) in abi.groups.iter().enumerate() {
        let calls = book.all().map(|(call, _)| call).filter(|call| call.group == Some(i));
        subsection(&mut roff, &group.title, &group.doc, calls);
    }
    let ungrouped = abi.calls.iter().filter(|call| call.group.is_none_or(|i| i >= abi.groups.len()));
    let title = if abi.groups.is_empty() { "All calls" } else { "Other calls" };
    subsection(&mut roff, title, "", ungrouped);
    let services = abi.services.iter().filter(|call| call.group.is_none_or(|i| i >= abi.groups.len()));
    subsection(&mut roff, "Services", "Slots of the layer's own, above the calls.", services);
    roff.section("SEE ALSO");
    roff.line(&format!("{}(2),", bold("syscalls")));
    roff.line(&format!("{}(2),", bold("syscall")));
    roff.line(&format!("{}(7)", bold("vdso")));
    roff.finish()
}

fn entries(roff: &mut Roff, book: &Book<'_>) {
    roff.item(&format!("{}, {}", bold("__sys_NAME"), bold("__syscall_NR")));
    roff.fill(&words(
        "The C entry, at the beginning of the slot. It returns the result; on failure it stores the error in \
         errno and returns -1.",
    ));
    roff.item(&bold("__sys_raw_NAME"));
    roff.fill(&words(
        "The raw entry, at 32 in the slot. It returns the result, or the negative error number (-4095 to -1), and \
         touches no thread-local storage.",
    ));
    roff.request("PP", &[]);
    let registers = book.abi.machine.argument_registers().join(", ");
    roff.fill(&words(&format!(
        "Both take their arguments as every C function does. The kernel finds them in {registers}. A number \
         that no call has answers ENOSYS.",
    )));
}

fn subsection<'a>(roff: &mut Roff, title: &str, doc: &str, calls: impl Iterator<Item = &'a Call>) {
    let rows: Vec<(String, String)> = calls
        .map(|call| (format!("{:>4}  {}", call.nr.0, call.name), prose::summary(call).replace('`', "")))
        .collect();
    if !rows.is_empty() {
        types::heading(roff, title, doc);
        roff.listing(&rows);
    }
}
