//! How long it takes from text to artefacts.

use super::programs::Programs;
use super::table::Table;
use crate::run;

/// Milliseconds for everything.
const WHOLE: f64 = 100.0;

/// One line of `libsys-benches generation`.
struct Step {
    name: String,
    calls: u32,
    ms: f64,
    bytes: f64,
}

pub fn measure(_: &Programs) -> Result<String, String> {
    let output =
        run::quiet(run::cargo(&["run", "--release", "--quiet", "-p", "libsys-benches", "--", "generation"]))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let steps: Vec<Step> = text.lines().filter_map(parse).collect();
    let find = |name: &str, calls: u32| steps.iter().find(|step| step.name == name && step.calls == calls);
    let all = steps.first().map_or(0, |step| step.calls);
    let whole = find("everything", all).ok_or("`everything` was not measured")?;

    let mut table = Table::new(&["step", "time", "size", "ten times the calls", "time by call"]);
    let mut names: Vec<&str> = Vec::new();
    for step in &steps {
        if step.calls == all && !names.contains(&step.name.as_str()) {
            names.push(&step.name);
        }
    }
    for step in names.iter().filter_map(|name| find(name, all)) {
        let (tenfold, by_call) = match find(&step.name, all * 10) {
            Some(large) => (format!("{:.1} ms", large.ms), format!("× {:.2}", large.ms / step.ms / 10.0)),
            None => (String::new(), String::new()),
        };
        // What lowering makes has no size.
        let made =
            if step.name == "lower" { String::new() } else { format!("{:.0} KiB", step.bytes / 1024.0) };
        table.row([step.name.clone(), format!("{:.1} ms", step.ms), made, tenfold, by_call]);
    }
    let mut sizes = Table::new(&["calls in the table", "lower", "everything"]);
    for step in steps.iter().filter(|step| step.name == "everything") {
        let Some(lower) = find("lower", step.calls) else { continue };
        sizes.row([step.calls.to_string(), format!("{:.1} ms", lower.ms), format!("{:.1} ms", step.ms)]);
    }
    let reached = if whole.ms <= WHOLE { "met" } else { "missed" };
    Ok(format!(
        "Everything takes {:.0} ms; the target, at most {WHOLE:.0} ms, is {reached}.\n\n{}\n{}",
        whole.ms,
        table.render(),
        sizes.render()
    ))
}

fn parse(line: &str) -> Option<Step> {
    let mut cells = line.split('\t');
    Some(Step {
        name: cells.next()?.to_owned(),
        calls: cells.next()?.parse().ok()?,
        ms: cells.next()?.parse::<f64>().ok()? / 1000.0,
        bytes: cells.next()?.parse().ok()?,
    })
}
