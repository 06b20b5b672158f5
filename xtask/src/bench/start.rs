//! What it takes to start a program: time, pages, calls, private memory.

use super::programs::{Link, Programs};
use super::table::{Table, verdict};
use crate::run;
use std::process::{Child, Command, Stdio};

const ROUNDS: u32 = 3001;
/// What `reserved` may take more than `text`: by ratio, and in microseconds.
const RATIO: f64 = 1.25;
const MORE_US: f64 = 100.0;
const PRIVATE_PAGES: usize = 2;

/// Title, program. The first one is what the others are compared with.
const CONTENDERS: [(&str, &str); 4] = [
    ("`text`", "minimal-text"),
    ("`reserved`", "minimal-reserved"),
    ("nothing of libsys", "minimal-inline"),
    ("static glibc", "minimal-glibc"),
];

pub fn measure(programs: &Programs) -> Result<String, String> {
    programs.compile_bare("minimal", "minimal-text", &[], true, Link::Text)?;
    programs.compile_bare("minimal", "minimal-reserved", &[], true, Link::Reserved)?;
    programs.compile_bare("minimal", "minimal-inline", &["-DINLINE"], false, Link::Nothing)?;
    programs.compile("empty", "minimal-glibc", &["-O2", "-static"], &[])?;
    let commands: Vec<Vec<String>> =
        CONTENDERS.iter().map(|(_, program)| vec![format!("./{program}")]).collect();
    let mut table =
        Table::new(&["", "fork, exec, exit", "by `text`", "vfork, exec, exit", "by `text`", "page faults"]);
    let fork = programs.spawn("fork", ROUNDS, &commands)?;
    let vfork = programs.spawn("vfork", ROUNDS, &commands)?;
    for (((title, _), fork), vfork) in CONTENDERS.iter().zip(&fork).zip(&vfork) {
        table.row([
            (*title).to_owned(),
            format!("{:.1} µs", fork.ns / 1000.0),
            format!("{:.2}", fork.ratio),
            format!("{:.1} µs", vfork.ns / 1000.0),
            format!("{:.2}", vfork.ratio),
            format!("{:.0}", vfork.faults),
        ]);
    }
    let more = |spawned: &[super::programs::Spawned]| (spawned[1].ns - spawned[0].ns) / 1000.0;
    let private = [private_pages(programs, "minimal-text")?, private_pages(programs, "minimal-reserved")?];
    let calls = calls(programs, "minimal-reserved")?;
    let mut targets = Table::new(&["`reserved`", "measured", "target", ""]);
    let within = |holds: bool| if holds { "met" } else { "missed" }.to_owned();
    targets.row([
        "time by `text`, fork".into(),
        format!("{:.2}", fork[1].ratio),
        format!("≤ {RATIO}"),
        verdict(fork[1].ratio, RATIO),
    ]);
    targets.row([
        "time by `text`, vfork".into(),
        format!("{:.2}", vfork[1].ratio),
        format!("≤ {RATIO}"),
        verdict(vfork[1].ratio, RATIO),
    ]);
    targets.row([
        "time above `text`".into(),
        format!("{:.0} µs", more(&fork).max(more(&vfork))),
        format!("≤ {MORE_US:.0} µs"),
        within(more(&fork).max(more(&vfork)) <= MORE_US),
    ]);
    targets.row([
        "private pages beside the stack".into(),
        private[1].to_string(),
        format!("≤ {PRIVATE_PAGES}"),
        within(private[1] <= PRIVATE_PAGES),
    ]);
    let names: Vec<String> = calls.iter().map(|call| format!("`{call}`")).collect();
    Ok(format!(
        "{}\n{}\nThe supplier makes {} calls: {}. `text` has {} private page{} beside the stack.\n",
        table.render(),
        targets.render(),
        calls.len(),
        names.join(", "),
        private[0],
        if private[0] == 1 { "" } else { "s" },
    ))
}

/// The calls between exec and exit, by name: those of the supplier, since the program makes none.
fn calls(programs: &Programs, program: &str) -> Result<Vec<String>, String> {
    let trace = programs.out.join("trace");
    let mut strace = Command::new("strace");
    strace.current_dir(&programs.out).arg("-o").arg(&trace).arg(format!("./{program}"));
    run::quiet(strace)?;
    let text = std::fs::read_to_string(&trace).map_err(|e| format!("{}: {e}", trace.display()))?;
    let names = text.lines().filter_map(|line| line.split_once('(')).map(|(name, _)| name);
    let names = names.filter(|name| !["execve", "exit_group"].contains(name));
    // Older releases of strace do not know it.
    Ok(names.map(|name| if name == "syscall_0x1ce" { "mseal" } else { name }.to_owned()).collect())
}

/// Pages that a waiting program has to itself, beside its stack.
pub fn private_pages(programs: &Programs, program: &str) -> Result<usize, String> {
    let mut command = programs.command(program);
    command.arg("wait").stdin(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("{program}: {e}"))?;
    let pages = waiting(&mut child).and_then(|smaps| count_private(&smaps));
    // Its input ends, and so does it.
    drop(child.stdin.take());
    let status = child.wait().map_err(|e| format!("{program}: {e}"))?;
    if !status.success() {
        return Err(format!("{program} failed: {status}"));
    }
    pages.ok_or_else(|| format!("{program}: its memory cannot be looked at"))
}

/// `smaps` of a child, once it waits in `read`.
fn waiting(child: &mut Child) -> Option<String> {
    let folder = format!("/proc/{}", child.id());
    for _ in 0..1000 {
        // `read` is call 0: the file begins with the number of the call that a process waits in.
        if std::fs::read_to_string(format!("{folder}/syscall")).ok()?.starts_with("0 ") {
            return std::fs::read_to_string(format!("{folder}/smaps")).ok();
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    None
}

/// Adds `Anonymous` of all mappings but the stack: memory that no file is behind, and that nobody shares.
fn count_private(smaps: &str) -> Option<usize> {
    let (mut kib, mut is_stack) = (0, false);
    for line in smaps.lines() {
        match line.split_once(':') {
            Some(("Anonymous", size)) if !is_stack => {
                kib += size.trim().strip_suffix(" kB")?.parse::<usize>().ok()?;
            }
            // A mapping begins with its addresses.
            _ if line.split(' ').next().is_some_and(|word| word.contains('-')) => {
                is_stack = line.ends_with("[stack]");
            }
            _ => {}
        }
    }
    Some(kib / 4)
}

#[cfg(test)]
mod tests {
    #[test]
    fn private_pages_are_those_beside_the_stack() {
        let smaps = "\
00400000-00401000 r--p 00000000 fe:00 17 /bin/x
Private_Dirty:         4 kB
Anonymous:             0 kB
00413000-00414000 r--p 00000000 00:00 0
Anonymous:             4 kB
7fff0000-7fff9000 rw-p 00000000 00:00 0                          [stack]
Anonymous:             8 kB
";
        assert_eq!(super::count_private(smaps), Some(1));
    }
}
