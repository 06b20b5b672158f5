//! Calls: declarations, numbers and overrides merged into one list, by ascending number.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem::discriminant;
use std::ops::Range;

use libsys_syntax::Parsed;
use libsys_syntax::ast::{self, CallItem, CallVerb, Clause, Item, Name};
use libsys_syntax::diagnostic::Diagnostic;
use libsys_syntax::source::Span;

use super::head::Head;
use super::rules::{self, Written};
use super::types::Types;
use super::{Report, function, implementation, sorted};
use crate::abi::{BASE_SLOTS, SERVICE_BASE, SERVICE_END};
use crate::{Call, Cancel, Implementation, Release, Returns, Rule, SyscallNr, errno};

/// The clauses of a directive or of a number, one of each kind.
type Clauses<'a> = Vec<&'a Clause>;

/// A `CALL`.
struct Declared<'a> {
    name: &'a Name,
    doc: &'a ast::Doc,
    clauses: Clauses<'a>,
    /// Where it was given a number.
    bound: Option<Span>,
}

/// A number with the clauses that hold for it in the end.
struct Entry<'a> {
    is_service: bool,
    /// The name that the directive gives, where it gives one.
    name: Option<&'a Name>,
    doc: &'a ast::Doc,
    clauses: Clauses<'a>,
    /// Where the number was given.
    nr_span: Span,
    span: Span,
}

/// All calls and all services.
pub(super) fn lower(
    parsed: &Parsed,
    head: &Head,
    types: &Types<'_>,
    report: &mut Report,
) -> (Vec<Call>, Vec<Call>) {
    let entries = collect(parsed, head, report);
    let names = known_names(parsed);
    let mut lowered = Vec::with_capacity(entries.len());
    let mut first_of: HashMap<String, Span> = HashMap::new();
    let mut free_from = (0, None);
    for (nr, entry) in &entries {
        if let (Some(before), true) = (free_from.1, *nr < free_from.0) {
            let diagnostic = Diagnostic::error(
                "E0404",
                entry.nr_span,
                format!("number {nr} is the second slot of another call"),
            );
            report.push(diagnostic.related(before, "that takes two slots"));
        }
        let Some(call) = lower_call(*nr, entry, head, types, &names, report) else { continue };
        free_from = (nr + call.slots, Some(entry.nr_span));
        let end = range(head, entry.is_service).end;
        if free_from.0 > end {
            report.error("E0404", entry.nr_span, format!("number {nr} has no second slot behind it"));
        }
        if let Some(first) = first_of.get(&call.name) {
            let message = format!("`{}` is declared under two numbers", call.name);
            let mut diagnostic =
                Diagnostic::error("E0402", entry.nr_span, message).related(*first, "first here");
            if head.is_base {
                diagnostic = diagnostic.help("the first number keeps the name");
            }
            report.fault(head.is_base, "W0402", diagnostic);
        } else {
            first_of.insert(call.name.clone(), entry.nr_span);
        }
        lowered.push((entry.is_service, call));
    }
    let (services, calls): (Vec<_>, Vec<_>) = lowered.into_iter().partition(|(is_service, _)| *is_service);
    let calls_of = |list: Vec<(bool, Call)>| list.into_iter().map(|(_, call)| call).collect();
    (calls_of(calls), calls_of(services))
}

/// Every name that some directive gives a call: what `using` may refer to.
fn known_names(parsed: &Parsed) -> HashSet<&str> {
    let mut names = HashSet::new();
    for item in parsed.items() {
        let Item::Call(item) = item else { continue };
        if !matches!(item.verb, CallVerb::Rule) {
            names.extend(item.name.as_ref().map(|name| name.text.as_str()));
        }
        names.extend(function_of(item.clauses.iter()).map(|f| f.name.text.as_str()));
    }
    names
}

fn function_of<'a>(mut clauses: impl Iterator<Item = &'a Clause>) -> Option<&'a ast::Function> {
    clauses.find_map(|clause| match clause {
        Clause::Function(function) => Some(function),
        _ => None,
    })
}

/// The numbers that calls or services may have.
fn range(head: &Head, is_service: bool) -> Range<u32> {
    match (head.is_base, is_service) {
        (true, _) => 0..BASE_SLOTS,
        (false, false) => 0..SERVICE_BASE,
        (false, true) => SERVICE_BASE..SERVICE_END,
    }
}

/// Follows the directives in their order.
fn collect<'a>(parsed: &'a Parsed, head: &Head, report: &mut Report) -> BTreeMap<u32, Entry<'a>> {
    let mut declared: HashMap<&str, Declared<'a>> = HashMap::new();
    for item in parsed.items() {
        let Item::Call(item) = item else { continue };
        let (CallVerb::Declare, Some(name)) = (&item.verb, &item.name) else { continue };
        let clauses = distinct(&item.clauses, report);
        if let Some(first) = declared.get(name.text.as_str()) {
            let message = format!("call `{}` is declared twice", name.text);
            report
                .push(Diagnostic::error("E0402", name.span, message).related(first.name.span, "first here"));
            continue;
        }
        declared.insert(&name.text, Declared { name, doc: &item.doc, clauses, bound: None });
    }
    let mut entries: BTreeMap<u32, Entry<'a>> = BTreeMap::new();
    for item in parsed.items() {
        let Item::Call(item) = item else { continue };
        match &item.verb {
            CallVerb::Declare | CallVerb::Rule => {}
            CallVerb::Add(nr) => add(nr, item, false, &mut declared, &mut entries, head, report),
            CallVerb::Service(nr) => add(nr, item, true, &mut declared, &mut entries, head, report),
            CallVerb::Override(nr) => {
                let clauses = distinct(&item.clauses, report);
                let entry = u32::try_from(nr.value).ok().and_then(|nr| entries.get_mut(&nr));
                match entry {
                    Some(entry) => {
                        check_name(entry, item, report);
                        replace(entry, item, clauses);
                    }
                    None => {
                        let message = format!("no number {} was added that could be overridden", nr.value);
                        report.push(Diagnostic::error("E0403", nr.span, message).help("add it first: `ADD`"));
                    }
                }
            }
        }
    }
    entries
}

/// The rules, by the names of their calls.
pub(super) fn rules(parsed: &Parsed, types: &Types<'_>, calls: &[Call], report: &mut Report) -> Vec<Rule> {
    let by_name: HashMap<&str, &Call> = calls.iter().map(|call| (call.name.as_str(), call)).collect();
    let names = known_names(parsed);
    let mut first_of: BTreeMap<&str, Written<'_>> = BTreeMap::new();
    for item in parsed.items() {
        let Item::Call(item) = item else { continue };
        let (CallVerb::Rule, Some(name)) = (&item.verb, &item.name) else { continue };
        if let Some(first) = first_of.get(name.text.as_str()) {
            let message = format!("a second rule for `{}`", name.text);
            report.push(Diagnostic::error("E0418", name.span, message).related(first.name, "the first one"));
            continue;
        }
        let written = match item.clauses.as_slice() {
            [Clause::Implementation(written, span)] if !matches!(written, ast::Implementation::Direct) => {
                (written, *span)
            }
            _ => {
                let diagnostic =
                    Diagnostic::error("E0419", item.span, "a rule has one clause, an implementation");
                report
                    .push(diagnostic.help("write `implementation custom …` or `implementation simulated …`"));
                continue;
            }
        };
        let Some(call) = by_name.get(name.text.as_str()) else {
            // Rules are written for all machines; a call that another machine has is none of this one's.
            if !names.contains(name.text.as_str()) {
                report.unknown("E0403", "call", name, || sorted(names.iter().copied()));
            }
            continue;
        };
        let implementation = implementation::lower(written.0, written.1, call, types, &names, true, report);
        let rule = Rule { call: name.text.clone(), doc: item.doc.text.clone(), implementation };
        let using = match written.0 {
            ast::Implementation::Custom { using, .. } => using.as_slice(),
            _ => &[],
        };
        first_of.insert(&name.text, Written { name: name.span, using, rule });
    }
    rules::check(&first_of, calls, report);
    first_of.into_values().map(|written| written.rule).collect()
}

/// The clauses of a block, of each kind the first; reports the others.
fn distinct<'a>(written: &'a [Clause], report: &mut Report) -> Clauses<'a> {
    let mut clauses: Clauses<'a> = Vec::new();
    for clause in written {
        match clauses.iter().find(|earlier| discriminant(**earlier) == discriminant(clause)) {
            None => clauses.push(clause),
            Some(earlier) => {
                let message = format!("a second `{}`", keyword(clause));
                report.push(
                    Diagnostic::error("E0410", span(clause), message).related(span(earlier), "the first one"),
                );
            }
        }
    }
    clauses
}

/// Reports an override that names another call than the one of its number.
fn check_name(entry: &Entry<'_>, item: &CallItem, report: &mut Report) {
    let function = function_of(entry.clauses.iter().copied()).map(|function| &function.name);
    if let (Some(name), Some(known)) = (&item.name, entry.name.or(function))
        && name.text != known.text
    {
        let message = format!("the call of this number is `{}`, not `{}`", known.text, name.text);
        report.push(Diagnostic::error("E0411", name.span, message).related(known.span, "its name"));
    }
}

fn add<'a>(
    nr: &ast::Int,
    item: &'a CallItem,
    is_service: bool,
    declared: &mut HashMap<&str, Declared<'a>>,
    entries: &mut BTreeMap<u32, Entry<'a>>,
    head: &Head,
    report: &mut Report,
) {
    let clauses = distinct(&item.clauses, report);
    let allowed = range(head, is_service);
    let Some(value) = u32::try_from(nr.value).ok().filter(|value| allowed.contains(value)) else {
        let whose = if is_service { "services" } else { "calls" };
        let message = format!("numbers of {whose} run from {} to {}", allowed.start, allowed.end - 1);
        report.error("E0404", nr.span, message);
        return;
    };
    if let Some(first) = entries.get(&value) {
        let diagnostic = Diagnostic::error("E0401", nr.span, format!("number {value} is added twice"));
        let diagnostic = diagnostic.related(first.nr_span, "first here");
        let help = if head.is_base { "the first one counts" } else { "to change it, write `OVERRIDE`" };
        report.fault(head.is_base, "W0401", diagnostic.help(help));
        return;
    }
    let mut entry = Entry {
        is_service,
        name: item.name.as_ref(),
        doc: &item.doc,
        clauses: Vec::new(),
        nr_span: nr.span,
        span: item.span,
    };
    if let Some(name) = &item.name {
        match declared.get_mut(name.text.as_str()) {
            Some(Declared { bound: Some(first), .. }) => {
                let message = format!("`{}` is declared under two numbers", name.text);
                report.push(Diagnostic::error("E0402", nr.span, message).related(*first, "first here"));
                return;
            }
            Some(declaration) => {
                declaration.bound = Some(nr.span);
                entry.doc = declaration.doc;
                entry.clauses.clone_from(&declaration.clauses);
            }
            None if function_of(clauses.iter().copied()).is_some() => {}
            None => {
                report.unknown("E0403", "call", name, || sorted(declared.keys().copied()));
                return;
            }
        }
    }
    replace(&mut entry, item, clauses);
    entries.insert(value, entry);
}

/// Puts a directive's clauses in the place of those of the same kind.
fn replace<'a>(entry: &mut Entry<'a>, item: &'a CallItem, clauses: Clauses<'a>) {
    entry.clauses.retain(|old| clauses.iter().all(|new| discriminant(*old) != discriminant(*new)));
    entry.clauses.extend(clauses);
    if !item.doc.text.is_empty() {
        entry.doc = &item.doc;
    }
}

fn lower_call(
    nr: u32,
    entry: &Entry<'_>,
    head: &Head,
    types: &Types<'_>,
    names: &HashSet<&str>,
    report: &mut Report,
) -> Option<Call> {
    let Some(function) = function_of(entry.clauses.iter().copied()) else {
        report.error("E0411", entry.span, format!("number {nr} has no `function`"));
        return None;
    };
    if let Some(name) = entry.name.filter(|name| name.text != function.name.text) {
        let message = format!("the function of `{}` is named `{}`", name.text, function.name.text);
        report.push(Diagnostic::error("E0411", function.name.span, message).related(name.span, "its name"));
    }
    // The other clauses are looked at even where the function has mistakes.
    let lowered = function::lower(types, function, entry.is_service, report);
    let is_good = lowered.is_some();
    let function::Function { ret, params } = lowered.unwrap_or_else(function::Function::unknown);
    let mut call = Call {
        nr: SyscallNr(nr),
        name: function.name.text.clone(),
        summary: summary(&entry.doc.text),
        doc: entry.doc.text.clone(),
        ret,
        params,
        since: None,
        until: None,
        group: None,
        cancel: Cancel::No,
        errors: Vec::new(),
        returns: Returns::Once,
        interpose: true,
        vdso: None,
        slots: 1,
        see: None,
        implementation: Implementation::Direct,
    };
    for clause in &entry.clauses {
        // What is converted are parameters.
        if is_good || !matches!(clause, Clause::Implementation(ast::Implementation::Structural(_), _)) {
            lower_clause(&mut call, clause, head, types, names, report);
        }
    }
    check_releases(&call, entry, head, report);
    is_good.then_some(call)
}

fn summary(doc: &str) -> String {
    let line = doc.lines().next().unwrap_or("").trim();
    line.strip_suffix('.').unwrap_or(line).to_owned()
}

fn lower_clause(
    call: &mut Call,
    clause: &Clause,
    head: &Head,
    types: &Types<'_>,
    names: &HashSet<&str>,
    report: &mut Report,
) {
    match clause {
        Clause::Function(_) => {}
        Clause::Implementation(written, span) => {
            call.implementation = implementation::lower(written, *span, call, types, names, false, report);
        }
        Clause::Since(list, _) => call.since = head.choose(list, report),
        Clause::Until(list, _) => call.until = head.choose(list, report),
        Clause::Group(name) => call.group = head.group(name, report),
        Clause::Cancel(word) => {
            call.cancel = if word.text == "may" { Cancel::May } else { Cancel::Point };
        }
        Clause::Errors(list, _) => {
            for name in list {
                check_errno(name, report);
            }
            call.errors = list.iter().map(|name| name.text.clone()).collect();
            call.errors.sort_unstable();
            call.errors.dedup();
        }
        Clause::Returns(word) => {
            call.returns = match word.text.as_str() {
                "twice" => Returns::Twice,
                "never" => Returns::Never,
                "frame" => Returns::Frame,
                _ => Returns::Once,
            };
        }
        Clause::Interpose(_) => call.interpose = false,
        Clause::Vdso(symbol) => call.vdso = Some(symbol.text.clone()),
        Clause::Slots(int) => match int.value {
            1 | 2 => call.slots = int.value as u32,
            _ => report.error("E0404", int.span, "a call takes one slot or two"),
        },
        Clause::See(page) => call.see = Some(page.text.clone()),
    }
}

/// Reports a word that is no errno.
pub(super) fn check_errno(name: &Name, report: &mut Report) {
    if errno::number(&name.text).is_none() {
        report.unknown("E0412", "errno", name, errno::names);
    }
}

fn check_releases(call: &Call, entry: &Entry<'_>, head: &Head, report: &mut Report) {
    let place = |wanted: fn(&Clause) -> bool| {
        entry.clauses.iter().find(|c| wanted(c)).map_or(entry.span, |c| span(c))
    };
    let since = place(|c| matches!(c, Clause::Since(..)));
    let until = place(|c| matches!(c, Clause::Until(..)));
    let check = |release: Option<Release>, span, report: &mut Report| {
        if let Some(release) = release {
            head.check(release, span, report);
        }
    };
    check(call.since, since, report);
    check(call.until, until, report);
    if let (Some(from), Some(to)) = (call.since, call.until)
        && from >= to
    {
        let message = format!("`{}` goes in {to} but comes in {from}", call.name);
        report.push(Diagnostic::error("E0508", until, message).related(since, "it comes"));
    }
}

/// The word that a clause begins with.
fn keyword(clause: &Clause) -> &'static str {
    match clause {
        Clause::Function(_) => "function",
        Clause::Implementation(..) => "implementation",
        Clause::Since(..) => "since",
        Clause::Until(..) => "until",
        Clause::Group(_) => "group",
        Clause::Cancel(_) => "cancel",
        Clause::Errors(..) => "errors",
        Clause::Returns(_) => "returns",
        Clause::Interpose(_) => "interpose",
        Clause::Vdso(_) => "vdso",
        Clause::Slots(_) => "slots",
        Clause::See(_) => "see",
    }
}

fn span(clause: &Clause) -> Span {
    match clause {
        Clause::Function(function) => function.span,
        Clause::Implementation(_, span)
        | Clause::Since(_, span)
        | Clause::Until(_, span)
        | Clause::Errors(_, span) => *span,
        Clause::Group(name)
        | Clause::Cancel(name)
        | Clause::Returns(name)
        | Clause::Interpose(name)
        | Clause::Vdso(name)
        | Clause::See(name) => name.span,
        Clause::Slots(int) => int.span,
    }
}
