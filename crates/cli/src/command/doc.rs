//! `libsys doc`: calls and types, looked up.

mod entry;

use crate::output::{BOLD, DIM, styled};
use crate::problem::{Outcome, Problem};
use crate::{output, subject};
use libsys_model::{Abi, Call, Constant, TypeDef, TypeDefKind};

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A call by name or number, a type, or a constant; without it, all calls are listed
    #[arg(value_name = "CALL|TYPE", conflicts_with = "search")]
    name: Option<String>,
    /// List the calls and types whose names or texts contain this
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Where to look: a built-in ABI or a file, and a release of it
    #[arg(long, value_name = "ABI|FILE[@RELEASE]", default_value = "linux/x86_64")]
    abi: String,
}

/// Prints an entry, what was found, or the list.
pub fn run(args: &Args) -> Result<Outcome, Problem> {
    let abi = subject::load(&args.abi)?;
    let text = match (&args.name, &args.search) {
        (Some(name), _) => entries(&abi, name)?,
        (None, Some(words)) => {
            let text = search(&abi, words);
            if text.is_empty() {
                return Err(Problem::input(format!("nothing in {} mentions `{words}`", abi.name)));
            }
            text
        }
        (None, None) => list(&abi),
    };
    output::print(&text)?;
    Ok(Outcome::Fine)
}

/// Everything of that name: calls, services, types; else the type of a constant.
fn entries(abi: &Abi, name: &str) -> Result<String, Problem> {
    let number = name.parse().ok();
    let calls = abi.calls.iter().chain(&abi.services).filter(|c| c.name == name || Some(c.nr.0) == number);
    let mut texts: Vec<String> = calls.map(|call| entry::call(abi, call)).collect();
    texts.extend(abi.types.iter().filter(|def| is_named(def, name)).map(|def| entry::definition(abi, def)));
    if texts.is_empty() {
        let has = |def: &&TypeDef| constants(def).iter().any(|constant| constant.name == name);
        texts.extend(abi.types.iter().filter(has).map(|def| entry::definition(abi, def)));
    }
    if texts.is_empty() {
        let calls = abi.calls.iter().chain(&abi.services).map(|call| call.name.as_str());
        let types = abi.types.iter().map(|def| def.name.as_str());
        let constants = abi.types.iter().flat_map(constants).map(|constant| constant.name.as_str());
        let problem = Problem::input(format!("{} {} has no call or type `{name}`", abi.name, abi.release));
        let known: Vec<&str> = calls.chain(types).chain(constants).collect();
        return Err(match libsys_model::similar(name, known.iter().copied()) {
            Some(_) => problem.suggest(name, known),
            None => problem.help(format!("look for it in names and texts: libsys doc --search {name}")),
        });
    }
    Ok(texts.join("\n"))
}

/// Whether a type is meant by `name` or `name@version`.
fn is_named(def: &TypeDef, name: &str) -> bool {
    match (&def.kind, name.split_once('@')) {
        (TypeDefKind::Struct(layout), Some((word, version))) => {
            def.name == word && layout.version.as_deref() == Some(version)
        }
        (_, _) => def.name == name,
    }
}

fn constants(def: &TypeDef) -> &[Constant] {
    match &def.kind {
        TypeDefKind::Flags(_, constants) | TypeDefKind::Enum(_, constants) => constants,
        TypeDefKind::Alias(_) | TypeDefKind::Resource(_) | TypeDefKind::Struct(_) => &[],
    }
}

/// All calls under the headings of their groups.
fn list(abi: &Abi) -> String {
    let mut text = String::new();
    let mut heading = |title: &str, calls: Vec<&Call>| {
        if calls.is_empty() {
            return;
        }
        text.push_str(&format!("{}{}\n", if text.is_empty() { "" } else { "\n" }, styled(BOLD, title)));
        calls.into_iter().for_each(|call| text.push_str(&call_line(call)));
    };
    for (i, group) in abi.groups.iter().enumerate() {
        heading(&group.title, abi.calls.iter().filter(|call| call.group == Some(i)).collect());
    }
    let title = if abi.groups.is_empty() { "Calls" } else { "Other calls" };
    heading(title, abi.calls.iter().filter(|call| call.group.is_none()).collect());
    heading("Services of the layer", abi.services.iter().collect());
    text
}

fn call_line(call: &Call) -> String {
    line(&format!("{:>4}", call.nr.0), &call.name, &call.summary)
}

fn line(first: &str, name: &str, summary: &str) -> String {
    format!("{} {name:<24} {summary}", styled(DIM, first)).trim_end().to_owned() + "\n"
}

/// Calls, types and constants that mention some words.
fn search(abi: &Abi, words: &str) -> String {
    let words = words.to_lowercase();
    let mentions = |texts: &[&str]| texts.iter().any(|text| text.to_lowercase().contains(&words));
    let mut text = String::new();
    for call in abi.calls.iter().chain(&abi.services).filter(|c| mentions(&[&c.name, &c.doc])) {
        text.push_str(&call_line(call));
    }
    for def in &abi.types {
        if mentions(&[&def.name, &def.doc]) {
            text.push_str(&line("type", &def.name, summary(&def.doc)));
        }
        for constant in constants(def).iter().filter(|c| mentions(&[&c.name, &c.doc])) {
            let of = format!("{} ({})", summary(&constant.doc), def.name);
            text.push_str(&line("    ", &constant.name, of.trim_start()));
        }
    }
    text
}

fn summary(doc: &str) -> &str {
    doc.lines().next().unwrap_or("").trim_end_matches('.')
}
