//! Programs under strace, which says where each call entered the kernel.

use crate::run;
use std::path::Path;
use std::process::Command;

/// Bytes in an entry table.
pub const TABLE: u64 = 1 << 16;
/// More than the bytes in the loader's compact table.
const COMPACT: u64 = 1 << 10;
/// More than the bytes in the loader.
const LOADER: u64 = 1 << 18;

/// A line of `strace -i`.
pub struct Call {
    /// Address behind the instruction that entered the kernel.
    pub ip: u64,
    /// What strace says of it.
    pub text: String,
}

impl Call {
    fn parse(line: &str) -> Option<Call> {
        let (ip, text) = line.strip_prefix('[')?.split_once("] ")?;
        Some(Call { ip: u64::from_str_radix(ip, 16).ok()?, text: text.to_owned() })
    }

    /// Whether it is the call of that name.
    pub fn is(&self, name: &str) -> bool {
        self.text.strip_prefix(name).is_some_and(|rest| rest.starts_with('('))
    }

    /// An argument, where that is an address.
    fn argument(&self, index: usize) -> Option<u64> {
        let argument = self.text.split(['(', ',', ')']).nth(1 + index)?;
        u64::from_str_radix(argument.trim().strip_prefix("0x")?, 16).ok()
    }

    /// The table that it gives a program, if it does: of the loader's own pages, or of a map's file.
    pub fn table(&self) -> Option<u64> {
        if self.is("mremap") {
            return self.argument(4).filter(|_| self.text.contains(", 65536, 65536, "));
        }
        self.argument(0).filter(|_| self.is("mmap") && self.text.contains(", 65536, PROT_READ|PROT_EXEC"))
    }

    /// Whether it is one of those among which `maker` made a table: the loader makes all of them through its compact
    /// table, and the last one, which takes it away, through the program's own.
    pub fn is_of(&self, maker: &Call) -> bool {
        let is_beside = self.ip.abs_diff(maker.ip) < COMPACT;
        let is_through = |table: u64| (table..table + TABLE).contains(&self.ip);
        let takes_it = |start: u64| self.is("munmap") && (start..start + LOADER).contains(&maker.ip);
        is_beside || (maker.table().is_some_and(is_through) && self.argument(0).is_some_and(takes_it))
    }
}

/// Runs a command under strace, which writes to `out`; what the command wrote, and its calls.
///
/// # Errors
///
/// It failed.
pub fn run(command: &Command, out: &Path) -> Result<(String, Vec<Call>), String> {
    let mut strace = Command::new("strace");
    strace.args(["-i", "-o"]).arg(out).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            strace.env(name, value);
        }
    }
    let output = run::quiet(strace)?;
    let text = run::at(out, |path| std::fs::read_to_string(path))?;
    let calls = text.lines().filter_map(Call::parse).collect();
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), calls))
}
