//! Real programs on musl of each flavour: redis under its own load generator, and sqlite's speedtest1. Beside what a clock on
//! the wall says stands the time of the processor, which other work on the machine disturbs less.

use super::median;
use super::programs::{Programs, renew, renew_library};
use super::table::Table;
use crate::programs::{self, place::Place};
use crate::run;
use crate::sysroot::{self, Flavour};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 15;
/// What redis-benchmark does: a title, requests together, requests in all.
const LOADS: [(&str, &str, u32); 2] = [("one by one", "1", 100_000), ("16 together", "16", 400_000)];
/// Kinds of requests, by the names that redis-benchmark prints.
const KINDS: [&str; 2] = ["SET", "GET"];
/// The kernel's clock ticks in a second, as processes see them.
const TICKS: f64 = 100.0;
/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(10);
/// The size that speedtest1 is told: its own default is 100.
const SIZE: &str = "20";

pub fn measure(programs: &Programs) -> Result<String, String> {
    let mut redis = Vec::new();
    let mut tests = Vec::new();
    for flavour in Flavour::ALL {
        let sysroot = sysroot::make(flavour, sysroot::SUITE)?;
        redis.push(programs::built("redis", &sysroot)?);
        let sqlite = programs::built("sqlite", &sysroot)?;
        let test = speedtest(&sqlite, &programs.out)?;
        tests.push((sqlite, test));
    }
    let mut table = Table::new(&["", "stock", "`text` / stock", "`reserved` / stock"]);
    requests(&redis, &programs.out, &mut table)?;
    let mut times: [Values; 2] = Default::default();
    for _ in 0..ROUNDS {
        for (at, (place, test)) in tests.iter().enumerate() {
            renew_library(&place.sysroot)?;
            renew(test)?;
            for (times, seconds) in times.iter_mut().zip(speed(test, &programs.out)?) {
                times[at].push(seconds);
            }
        }
    }
    for (what, times) in ["time", "processor"].into_iter().zip(&times) {
        let stock = format!("{:.2} s", median(times[0].clone()));
        table.row([format!("sqlite, speedtest1: {what}"), stock, ratio(times, 2), ratio(times, 1)]);
    }
    Ok(table.render())
}

/// What was measured in each round, for each flavour.
type Values = [Vec<f64>; 3];

/// The median of what a flavour's rounds came to by stock's.
fn ratio(values: &Values, flavour: usize) -> String {
    let pairs = values[flavour].iter().zip(&values[0]);
    format!("{:.3}", median(pairs.map(|(value, stock)| value / stock).collect()))
}

/// A server on a socket of its own, which ends when this is dropped.
struct Server {
    child: Child,
    socket: PathBuf,
}

impl Server {
    fn start(place: &Place, out: &Path) -> Result<Server, String> {
        let socket = out.join(format!("redis-{}", place.flavour().word()));
        if socket.exists() {
            run::at(&socket, |path| std::fs::remove_file(path))?;
        }
        let mut command = place.command(place.tree.join("src/redis-server"));
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no"]);
        command.arg("--unixsocket").arg(&socket).current_dir(out).stdout(Stdio::null());
        let child = command.spawn().map_err(|e| format!("redis-server: {e}"))?;
        let server = Server { child, socket };
        let start = Instant::now();
        while std::os::unix::net::UnixStream::connect(&server.socket).is_err() {
            if start.elapsed() > PATIENCE {
                return Err(format!("redis-server of {} does not listen", place.flavour().word()));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Nanoseconds that its first thread, which serves all requests, has run.
    fn processor(&self) -> Result<f64, String> {
        let path = PathBuf::from(format!("/proc/{}/schedstat", self.child.id()));
        let text = run::at(&path, |path| std::fs::read_to_string(path))?;
        let ns = text.split(' ').next().and_then(|ns| ns.parse().ok());
        ns.ok_or_else(|| format!("{}: `{text}`", path.display()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It keeps nothing, so nothing is lost.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Rows of requests in a second, and of the server's time for one. The load comes from a program of the same flavour. Each round
/// has servers of its own, from new files.
fn requests(redis: &[Place], out: &Path, table: &mut Table) -> Result<(), String> {
    let kinds = LOADS.iter().flat_map(|load| KINDS.map(|kind| (load, kind)));
    let mut rows: Vec<_> = kinds.map(|kind| (kind, Values::default(), Values::default())).collect();
    for _ in 0..ROUNDS {
        let mut servers = Vec::new();
        for place in redis {
            renew_library(&place.sysroot)?;
            renew(&place.tree.join("src/redis-server"))?;
            servers.push(Server::start(place, out)?);
        }
        for (((_, together, count), kind), rates, times) in &mut rows {
            for (at, (place, server)) in redis.iter().zip(&servers).enumerate() {
                let mut load = place.command(place.tree.join("src/redis-benchmark"));
                load.arg("-s").arg(&server.socket).args(["-t", kind, "--csv", "-r", "10000"]);
                load.args(["-P", together, "-n", &count.to_string()]);
                let before = server.processor()?;
                let text = String::from_utf8_lossy(&run::quiet(load)?.stdout).into_owned();
                times[at].push((server.processor()? - before) / f64::from(*count));
                let rate = rate(&text, kind);
                rates[at].push(rate.ok_or_else(|| format!("redis-benchmark printed `{text}`"))?);
            }
        }
    }
    for (((title, ..), kind), rates, times) in &rows {
        let stock = format!("{:.0} a second", median(rates[0].clone()));
        table.row([format!("redis, {kind}, {title}: requests"), stock, ratio(rates, 2), ratio(rates, 1)]);
        let stock = format!("{:.2} µs", median(times[0].clone()) / 1000.0);
        table.row([
            format!("redis, {kind}, {title}: server's processor"),
            stock,
            ratio(times, 2),
            ratio(times, 1),
        ]);
    }
    Ok(())
}

/// Reads a line `"SET","123456.78","0.1",…`.
fn rate(text: &str, kind: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix(&format!("\"{kind}\",\"")))?;
    line.split('"').next()?.parse().ok()
}

/// Compiles speedtest1 with the library in it; the program.
fn speedtest(place: &Place, out: &Path) -> Result<PathBuf, String> {
    let program = out.join(format!("speedtest1-{}", place.flavour().word()));
    let mut cc = Command::new(place.sysroot.cc());
    cc.args(["-O2", "-I.", "test/speedtest1.c", "sqlite3.c", "-lm", "-o"]).arg(&program);
    cc.current_dir(&place.tree);
    run::quiet(cc)?;
    Ok(program)
}

/// Seconds that it takes over a database in a file: by the clock, and of the processor.
fn speed(test: &Path, out: &Path) -> Result<[f64; 2], String> {
    let database = out.join("speedtest1.db");
    if database.exists() {
        run::at(&database, |path| std::fs::remove_file(path))?;
    }
    let mut command = Command::new(test);
    command.args(["--size", SIZE]).arg(&database);
    let (start, before) = (Instant::now(), children()?);
    run::quiet(command)?;
    Ok([start.elapsed().as_secs_f64(), children()? - before])
}

/// Seconds of the processor that children which have ended took, in hundredths.
fn children() -> Result<f64, String> {
    let path = Path::new("/proc/self/stat");
    let text = run::at(path, |path| std::fs::read_to_string(path))?;
    // Fields are counted from behind the name, which may have spaces in it: cutime and cstime are 16 and 17 of all.
    let fields = text.rsplit_once(") ").map_or("", |(_, rest)| rest).split(' ').skip(13).take(2);
    Ok(fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS)
}

#[cfg(test)]
mod tests {
    use super::rate;

    #[test]
    fn rates_are_read() {
        let text =
            "\"test\",\"rps\",\"avg_latency_ms\"\n\"SET\",\"1000.50\",\"0.1\"\n\"GET\",\"7.00\",\"0.1\"\n";
        assert_eq!(
            (rate(text, "SET"), rate(text, "GET"), rate(text, "INCR")),
            (Some(1000.5), Some(7.0), None)
        );
    }
}
