//! Where and when was measured.

use crate::run;
use std::process::Command;

/// `Intel(R) Xeon(R) Processor, virtual machine, Linux 6.18.44, 2026-07-25`
///
/// # Errors
///
/// What could not be read.
pub fn describe() -> Result<String, String> {
    let read = |path: &str| std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"));
    let cpu = read("/proc/cpuinfo")?;
    let value = |key: &str| {
        let line = cpu.lines().find(|line| line.starts_with(key));
        line.and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim())
    };
    let is_guest = value("flags").split(' ').any(|flag| flag == "hypervisor");
    let kernel = read("/proc/sys/kernel/osrelease")?;
    let kernel = kernel.trim().split('-').next().unwrap_or("");
    let mut date = Command::new("date");
    date.args(["-u", "+%Y-%m-%d"]);
    let date = run::quiet(date)?;
    let date = String::from_utf8_lossy(&date.stdout);
    let guest = if is_guest { ", virtual machine" } else { "" };
    Ok(format!("{}{guest}, Linux {kernel}, {}", value("model name"), date.trim()))
}
