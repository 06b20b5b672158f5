//! `libsys diff`: a verdict for every call of two ABIs or releases.

use crate::problem::{Outcome, Problem};
use crate::{output, subject};
use libsys_model::carry::{Carried, carry};
use libsys_model::diff::{CallDiff, Change, Diff, Verdict, diff};
use libsys_model::{Abi, Release, SyscallNr};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What was: an ABI or a file, and a release of it
    #[arg(value_name = "OLD[@RELEASE]")]
    old: String,
    /// What is
    #[arg(value_name = "NEW[@RELEASE]")]
    new: String,
    /// Also list the calls that are the same on both sides
    #[arg(long)]
    all: bool,
    /// Print the verdicts of all calls as JSON
    #[arg(long)]
    json: bool,
}

/// Compares, and prints what differs.
pub fn run(args: &Args) -> Result<Outcome, Problem> {
    let (old, new) = (side(&args.old)?, side(&args.new)?);
    let diff = diff(&old, &new);
    let history = history(args)?;
    let carried = history.as_ref().map_or_else(CarriedOut::new, |history| carried(history, &old, &new));
    let text = if args.json {
        let value = json(&old, &new, &diff, &carried);
        format!("{}\n", serde_json::to_string_pretty(&value).unwrap_or_default())
    } else {
        let title = format!("{} -> {}", title(&args.old, &old), title(&args.new, &new));
        listing(&title, &diff, &carried, args.all)
    };
    output::print(&text)?;
    Ok(Outcome::mistakes(!diff.is_same()))
}

/// How calls that one side lacks are carried out there: the side's release, and in which way.
type CarriedOut<'a> = BTreeMap<SyscallNr, (Release, Carried<'a>)>;

/// The one ABI of which both sides are releases, with all of them.
fn history(args: &Args) -> Result<Option<Abi>, Problem> {
    let whole = |name: &str| name.rsplit_once('@').map_or(name.to_owned(), |(name, _)| name.to_owned());
    let (old, new) = (whole(&args.old), whole(&args.new));
    if old == new { subject::load(&old).map(Some) } else { Ok(None) }
}

/// What maps between two releases of one ABI do for programs of the one on kernels of the other.
fn carried<'a>(history: &'a Abi, old: &Abi, new: &Abi) -> CarriedOut<'a> {
    let mut carried = CarriedOut::new();
    for (program, kernel) in [(new.release, old.release), (old.release, new.release)] {
        // Rules that cannot be used are told when a map is generated.
        for (call, how) in carry(history, program, kernel).unwrap_or_default() {
            if how != Carried::Direct {
                carried.insert(call.nr, (kernel, how));
            }
        }
    }
    carried
}

/// One side, without the calls that had gone by its release.
fn side(name: &str) -> Result<Abi, Problem> {
    let abi = subject::load(name)?;
    Ok(abi.at(abi.release))
}

/// A side as it was named; a built-in ABI with its release.
fn title(name: &str, abi: &Abi) -> String {
    if name == abi.name { format!("{name}@{}", abi.release) } else { name.to_owned() }
}

/// The verdict for a call that both sides have, where its structs are converted.
const STRUCTURAL: &str = "structural";

/// The verdict: what was found, and for a call whose structs are converted that they are.
fn verdict(call: &CallDiff, carried: &CarriedOut<'_>) -> &'static str {
    match carried.get(&call.nr) {
        Some((_, Carried::Structural)) => STRUCTURAL,
        _ => call.verdict.name(),
    }
}

fn count(diff: &Diff, carried: &CarriedOut<'_>, wanted: &str) -> usize {
    diff.calls.iter().filter(|call| verdict(call, carried) == wanted).count()
}

fn listing(title: &str, diff: &Diff, carried: &CarriedOut<'_>, all: bool) -> String {
    let mut text = String::new();
    for call in diff.calls.iter().filter(|call| all || verdict(call, carried) != Verdict::Direct.name()) {
        let style = match verdict(call, carried) {
            "direct" => output::DIM,
            "added" => output::GOOD,
            "removed" => output::BAD,
            _ => output::WARN,
        };
        let verdict = output::styled(style, &format!("{:<7}", verdict(call, carried)));
        text.push_str(&format!("{:>4} {verdict} {}\n", call.nr.0, call.name));
        if let Some((kernel, how)) = carried.get(&call.nr).filter(|(_, how)| *how != Carried::Structural) {
            text.push_str(&format!("{:13}  on {kernel}: {how}\n", ""));
        }
        if let Verdict::Changed(changes) = &call.verdict {
            for change in changes {
                text.push_str(&format!("{:13}  {change}\n", ""));
            }
        }
    }
    let counts: Vec<String> = ["direct", "added", "removed", "changed", STRUCTURAL]
        .into_iter()
        .map(|verdict| (count(diff, carried, verdict), verdict))
        .filter(|(count, verdict)| *count > 0 || *verdict != STRUCTURAL)
        .map(|(count, verdict)| format!("{count} {verdict}"))
        .collect();
    text.push_str(&format!("{title}: {}\n", counts.join(", ")));
    text
}

fn json(old: &Abi, new: &Abi, diff: &Diff, carried: &CarriedOut<'_>) -> Value {
    let side = |abi: &Abi| json!({ "abi": abi.name, "release": abi.release.to_string() });
    let call = |call: &CallDiff| {
        let verdict = verdict(call, carried);
        let mut value = json!({ "nr": call.nr.0, "name": call.name, "verdict": verdict });
        if let Some((kernel, how)) = carried.get(&call.nr) {
            value["carried"] = json!({ "on": kernel.to_string(), "how": how.to_string() });
            if let Carried::Custom { using, .. } = how {
                value["carried"]["using"] = json!(using);
            }
        }
        if let Verdict::Changed(changes) = &call.verdict {
            let changes: Vec<Value> =
                changes.iter().map(|c| json!({ "what": what(c), "text": c.to_string() })).collect();
            value["changes"] = json!(changes);
        }
        value
    };
    json!({
        "old": side(old),
        "new": side(new),
        "direct": count(diff, carried, "direct"),
        "added": count(diff, carried, "added"),
        "removed": count(diff, carried, "removed"),
        "changed": count(diff, carried, "changed"),
        "structural": count(diff, carried, STRUCTURAL),
        "calls": diff.calls.iter().map(call).collect::<Vec<_>>(),
    })
}

/// The word for a kind of change.
fn what(change: &Change) -> &'static str {
    match change {
        Change::Number { .. } => "number",
        Change::Prototype { .. } => "prototype",
        Change::Layout { .. } => "layout",
        Change::Constants { .. } => "constants",
        Change::Errors { .. } => "errors",
        Change::Cancel { .. } => "cancel",
        Change::Returns { .. } => "returns",
        Change::Vdso { .. } => "vdso",
        Change::Slots { .. } => "slots",
        Change::Interpose { .. } => "interpose",
        Change::Implementation { .. } => "implementation",
    }
}
