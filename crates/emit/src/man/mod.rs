//! Manual pages: one for each call and service, and `libsys(7)`, which explains them and lists them.
//!
//! They lie in section `2sys`, beside the pages of Linux in section 2 and never in their place:
//! `man read` and `man 2 read` find the system's page, `man 2sys read` finds this one. Pages carry the
//! release of the ABI instead of a date, so that the same ABI gives the same bytes.

mod overview;
mod roff;
mod types;

use crate::arch::{self, x86_64};
use crate::{errno_text, prose};
use libsys_model::abi::SLOT_SIZE;
use libsys_model::{Abi, Call, Cancel, Implementation, Param, Returns, Shape, c_around, errno};
use roff::{Roff, bold, italic, literal, words};
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

/// The section of the calls' pages.
pub const SECTION: &str = "2sys";

/// One page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The name of its file: `read.2sys`, `libsys.7`.
    pub name: String,
    /// roff, in ASCII.
    pub text: String,
}

impl Page {
    /// Its place below a folder of manual pages, where `man` looks for it: `man2/read.2sys`.
    #[must_use]
    pub fn path(&self) -> String {
        // The last letters are a suffix of the section, as in `3pm`; the folder is that of its number.
        let number = self.name.rsplit_once('.').and_then(|(_, section)| section.chars().next());
        format!("man{}/{}", number.unwrap_or('7'), self.name)
    }
}

/// All pages: the overview, then calls by number, then services.
#[must_use]
pub fn emit(abi: &Abi) -> Vec<Page> {
    let book = Book::new(abi);
    let mut pages = vec![Page { name: "libsys.7".to_owned(), text: overview::page(&book) }];
    let mut seen = HashSet::new();
    for (call, is_service) in book.all() {
        // A 2005 file may give a name to two numbers; the first one keeps it.
        if seen.insert(call.name.as_str()) {
            let text = book.page(call, is_service);
            pages.push(Page { name: format!("{}.{SECTION}", call.name), text });
        }
    }
    pages
}

/// What pages need to know beside the call that they are about.
struct Book<'a> {
    abi: &'a Abi,
    names: HashSet<&'a str>,
    /// What pages say of each type and each errno, written when a first page needs it.
    types: Vec<OnceCell<String>>,
    errors: HashMap<&'a str, String>,
    manuals: HashMap<String, Vec<&'a str>>,
}

impl<'a> Book<'a> {
    fn new(abi: &'a Abi) -> Self {
        let names = abi.calls.iter().chain(&abi.services).map(|call| call.name.as_str()).collect();
        let mut manuals: HashMap<String, Vec<&str>> = HashMap::new();
        for call in &abi.calls {
            manuals.entry(prose::manual(call)).or_default().push(&call.name);
        }
        let types = abi.types.iter().map(|_| OnceCell::new()).collect();
        let errors = abi.calls.iter().chain(&abi.services).flat_map(|call| &call.errors);
        let errors = errors.map(String::as_str).collect::<HashSet<_>>();
        let errors = errors.into_iter().map(|name| (name, error(name))).collect();
        Book { abi, names, types, errors, manuals }
    }

    fn all(&self) -> impl Iterator<Item = (&'a Call, bool)> {
        let services = self.abi.services.iter().map(|call| (call, true));
        self.abi.calls.iter().map(|call| (call, false)).chain(services)
    }

    fn title(&self, roff: &mut Roff, name: &str, section: &str) {
        let source = format!("{} {}", self.abi.name, self.abi.release);
        roff.request("TH", &[name, section, "", &source, "libsys"]);
    }

    fn prose(&self, text: &str) -> String {
        roff::prose(text, &|name| self.names.contains(name), SECTION)
    }

    fn paragraphs(&self, roff: &mut Roff, doc: &str) {
        for paragraph in prose::paragraphs(doc) {
            roff.request("PP", &[]);
            roff.fill(&self.prose(&paragraph));
        }
    }

    /// The name of the C function, and where there is one that of the raw entry.
    fn symbols(&self, call: &Call) -> (String, Option<String>) {
        match self.abi.is_base {
            true => (format!("__syscall_{}", call.name), None),
            false => (format!("__sys_{}", call.name), Some(format!("__sys_raw_{}", call.name))),
        }
    }

    fn page(&self, call: &Call, is_service: bool) -> String {
        let mut roff = Roff::default();
        self.title(&mut roff, &call.name, SECTION);
        roff.section("NAME");
        let summary = prose::summary(call);
        let plain = summary.replace('`', "");
        let plain = if plain.is_empty() { "a system call" } else { &plain };
        roff.line(&format!("{} \\- {}", literal(&call.name), words(plain)));
        self.synopsis(&mut roff, call);
        roff.section("DESCRIPTION");
        roff.fill(&self.prose(&format!("{}.", if summary.is_empty() { "A system call" } else { summary })));
        self.paragraphs(&mut roff, prose::behind_first_line(&call.doc));
        self.parameters(&mut roff, call, is_service);
        types::list(&mut roff, self, call);
        self.return_value(&mut roff, call);
        self.errors(&mut roff, call);
        self.versions(&mut roff, call, is_service);
        self.notes(&mut roff, call, is_service);
        self.see_also(&mut roff, call, is_service);
        roff.finish()
    }

    fn synopsis(&self, roff: &mut Roff, call: &Call) {
        roff.section("SYNOPSIS");
        roff.request("nf", &[]);
        if !self.abi.is_base {
            roff.line(&bold("#include <libsys.h>"));
            roff.request("PP", &[]);
        }
        let (name, raw) = self.symbols(call);
        for name in [Some(name), raw].into_iter().flatten() {
            prototype(roff, call, &name);
        }
        roff.request("fi", &[]);
    }

    fn parameters(&self, roff: &mut Roff, call: &Call, is_service: bool) {
        for (i, param) in call.params.iter().enumerate() {
            let place =
                self.register(i, is_service).map_or_else(String::new, |register| format!(" (in {register})"));
            roff.item(&format!("{}{place}", italic(&param.name)));
            let text = prose::parameter(self.abi, call, param);
            let gap = if text.is_empty() { "" } else { ": " };
            roff.fill(&format!("{}{gap}{}.", bold(&carried(call, param)), self.prose(&text)));
        }
    }

    /// The register that carries an argument; none on the stack.
    fn register(&self, index: usize, is_service: bool) -> Option<&'static str> {
        let registers = if self.abi.is_base { &[] } else { self.abi.machine.argument_registers() };
        let register = registers.get(index).copied();
        if is_service && index == 3 { register.map(|_| "rcx") } else { register }
    }

    fn return_value(&self, roff: &mut Roff, call: &Call) {
        roff.section("RETURN VALUE");
        let (name, raw) = self.symbols(call);
        match call.returns {
            Returns::Never => return roff.fill("The call does not return."),
            Returns::Frame => return roff.fill("The call goes on in the frame that it restores."),
            Returns::Twice => roff.fill("The call returns twice: in the caller, and in a child."),
            Returns::Once if call.ret.shape == Shape::Void => return roff.fill("The call returns nothing."),
            Returns::Once => {}
        }
        let meaning = prose::carried(self.abi, &call.ret, None, &|_| "?");
        let gap = if meaning.is_empty() { "" } else { ": " };
        roff.fill(&format!("The result is of type {}{gap}{}.", bold(&call.ret.text), self.prose(&meaning)));
        if let Some(raw) = raw {
            roff.fill(&format!(
                "On failure {} stores the error in \\fIerrno\\fR and returns \\-1; {} leaves \\fIerrno\\fR alone \
                 and returns the negative error number.",
                bold(&name),
                bold(&raw)
            ));
        }
    }

    fn errors(&self, roff: &mut Roff, call: &Call) {
        if call.errors.is_empty() {
            return;
        }
        roff.section("ERRORS");
        for error in &call.errors {
            roff.append(self.errors.get(error.as_str()).map_or("", String::as_str));
        }
    }

    fn versions(&self, roff: &mut Roff, call: &Call, is_service: bool) {
        if is_service {
            return;
        }
        roff.section("VERSIONS");
        let name = literal(&self.abi.name);
        match (call.since, call.until) {
            (None, None) => roff.fill(&format!("In {name} {}.", self.abi.release)),
            (Some(since), None) => roff.fill(&format!("In {name} since {since}.")),
            (None, Some(until)) => roff.fill(&format!("In {name} before {until}.")),
            (Some(since), Some(until)) => roff.fill(&format!("In {name} since {since}, gone in {until}.")),
        }
    }

    fn notes(&self, roff: &mut Roff, call: &Call, is_service: bool) {
        roff.section("NOTES");
        let offset = call.nr.0 * SLOT_SIZE;
        let kind = if is_service { "service" } else { "call" };
        let slots = if call.slots == 1 { String::new() } else { format!(" and takes {} slots", call.slots) };
        roff.fill(&format!(
            "This is {kind} {} ({:#x}); its slot lies at {offset:#x}{slots}.",
            call.nr.0, call.nr.0
        ));
        if let (_, Some(raw)) = self.symbols(call) {
            let at = offset + x86_64::raw_symbol_offset(arch::kind(call));
            roff.fill(&format!("{} is at {at:#x}.", bold(&raw)));
        }
        match call.cancel {
            Cancel::Point => roff.fill("It is a cancellation point."),
            Cancel::May => roff.fill("It may be a cancellation point."),
            Cancel::No => {}
        }
        if let Some(symbol) = &call.vdso {
            roff.fill(&format!("Where the kernel has {}, that answers it.", bold(symbol)));
        }
        if !call.interpose {
            roff.fill("Nothing may be put between the program and this call.");
        }
        self.implementation(roff, call);
        if let Some(rule) = self.abi.rule(&call.name) {
            roff.fill(&format!("On a kernel that does not have it: {}.", self.prose(&rule.sentence())));
        }
    }

    fn implementation(&self, roff: &mut Roff, call: &Call) {
        match &call.implementation {
            Implementation::Direct => {}
            Implementation::Simulated(error) => {
                roff.fill(&format!("It is not carried out: it always fails with {}.", bold(error)));
            }
            Implementation::Custom { name, using, approximate } => {
                let calls: Vec<String> = using.iter().map(|name| bold(name)).collect();
                let using =
                    if calls.is_empty() { String::new() } else { format!(" with {}", calls.join(", ")) };
                roff.fill(&format!("It is carried out by {} of the layer{using}.", bold(name)));
                if let Some(difference) = approximate {
                    roff.fill(&format!("It differs: {}.", self.prose(difference)));
                }
            }
            Implementation::Structural(conversions) => {
                roff.fill("The kernel carries it out after its structs have been converted:");
                let rows: Vec<_> =
                    conversions.iter().map(|line| (call.conversion_text(line), String::new())).collect();
                roff.listing(&rows);
            }
        }
    }

    fn see_also(&self, roff: &mut Roff, call: &Call, is_service: bool) {
        roff.section("SEE ALSO");
        if !is_service {
            let page = prose::manual(call);
            let (name, section) = page.split_once('(').unwrap_or((&page, ""));
            let open = if section.is_empty() { "" } else { "(" };
            roff.line(&format!("{}{open}{},", bold(name), literal(section)));
            let others = self.manuals.get(&page).map_or(&[][..], Vec::as_slice);
            for other in others.iter().filter(|other| **other != call.name) {
                roff.line(&format!("{}({SECTION}),", bold(other)));
            }
        }
        roff.line(&format!("{}(7)", bold("libsys")));
    }
}

/// An errno as an item of a list.
fn error(name: &str) -> String {
    let mut roff = Roff::default();
    roff.item(&format!("{} ({})", bold(name), errno::number(name).unwrap_or(0)));
    roff.fill(&words(&format!("{}.", errno_text::meaning(name).unwrap_or("An error of this ABI"))));
    roff.finish()
}

/// The prototype of a C function in bold, its parameters in italics, broken where it is long.
fn prototype(roff: &mut Roff, call: &Call, name: &str) {
    const WIDTH: usize = 70;
    let [ret, gap, behind] = c_around(&call.ret.c);
    let mut line = format!("\\fB{}(", literal(&format!("{ret}{gap}{name}")));
    let mut width = line.len();
    if call.params.is_empty() {
        line.push_str("void");
    }
    for (i, param) in call.params.iter().enumerate() {
        let size = param.ty.c_declare(&param.name).len();
        if i > 0 {
            line.push(',');
            if width + size + 3 > WIDTH {
                roff.line(&line);
                line = "    ".to_owned();
                width = 4;
            } else {
                line.push(' ');
                width += 2;
            }
        }
        let [before, gap, after] = c_around(&param.ty.c);
        line.push_str(&format!("{}{gap}\\fI{}\\fB{}", literal(before), literal(&param.name), literal(after)));
        width += size;
    }
    line.push_str(&format!("){};\\fR", literal(behind)));
    roff.line(&line);
}

/// A parameter in the words of the language, without its name.
fn carried(call: &Call, param: &Param) -> String {
    let Some(pointee) = &param.pointee else { return param.ty.text.clone() };
    let opt = if pointee.opt { "opt " } else { "" };
    if !matches!(param.ty.shape, Shape::Pointer(_)) {
        return format!("{opt}{}", param.ty.text);
    }
    let name_of = |i: u32| call.params.get(i as usize).map_or("?", |param| param.name.as_str());
    format!("{} {opt}{}{}", pointee.dir.word(), param.ty.text, pointee.len_text(&name_of))
}
