//! redis: a server that forks to save, with threads in its back and a unix socket beside TCP, and Lua in it. Its suite is
//! driven by Tcl, which is this system's.
//!
//! The whole suite takes most of an hour: what is run are the units in which most calls are made, and some of each kind of
//! the others.

use super::Program;
use super::place::Place;
use super::results::{Outcome, Results};

/// The units that are run.
const UNITS: [&str; 40] = [
    "unit/auth",
    "unit/protocol",
    "unit/keyspace",
    "unit/scan",
    "unit/info",
    "unit/type/string",
    "unit/type/incr",
    "unit/type/list",
    "unit/type/set",
    "unit/type/zset",
    "unit/type/hash",
    "unit/type/stream-cgroups",
    "unit/expire",
    "unit/other",
    "unit/multi",
    "unit/quit",
    "unit/aofrw",
    "unit/acl",
    "unit/pubsub",
    "unit/slowlog",
    "unit/scripting",
    "unit/functions",
    "unit/introspection",
    "unit/introspection-2",
    "unit/limits",
    "unit/bitops",
    "unit/lazyfree",
    "unit/wait",
    "unit/tracking",
    "unit/oom-score-adj",
    "unit/shutdown",
    "unit/networking",
    "unit/querybuf",
    "integration/rdb",
    "integration/aof",
    "integration/logging",
    "integration/redis-cli",
    "integration/redis-benchmark",
    "integration/dismiss-mem",
    "integration/convert-zipmap-hash-on-load",
];

/// Linked to libc.so. Of bookworm: the suite of libsys' other programs lists a version of it that mirrors lack.
pub const DYNAMIC: Program = Program {
    name: "redis",
    package: "redis/bookworm",
    recipe: file!(),
    needed: &[
        ("tclsh", "tcl", "drives the suite of redis"),
        ("ps", "procps", "looks at its servers"),
        ("unshare", "util-linux", "gives it a network of its own"),
        ("ip", "iproute2", "sets that up"),
    ],
    link: "",
    build: |place| {
        let (cc, link) = (format!("CC={}", place.cc()), format!("LDFLAGS={}", place.link));
        // jemalloc is an allocator of its own: the C library's is what is looked at here.
        place.build(place.make(&["MALLOC=libc", &cc, &link]))
    },
    made: &["tree/src/redis-server", "tree/src/redis-cli", "tree/src/redis-benchmark"],
    trial: &["tree/src/redis-server", "--version"],
    test: suite,
    again: None,
    at_least: 500,
    except: &[],
};

/// Without libc.so.
pub const STATIC: Program = Program { name: "redis-static", link: "-static", ..DYNAMIC };

fn suite(place: &Place) -> Result<Results, String> {
    let units: Vec<String> = UNITS.iter().map(|unit| format!("--single {unit}")).collect();
    let mut command = place.offline(&format!("exec ./runtest --clients 2 {}", units.join(" ")));
    // Without colours in between the words.
    command.env("TERM", "dumb");
    let said = place.suite("suite", 900, &command)?;
    let mut results = read(&said.text);
    results.add("runtest ends", Outcome::of(said.succeeded));
    Ok(results)
}

/// Reads lines `[ok]: name (7 ms)`, `[err]: name in FILE` and `[skip]: name`, and the unit's own end.
fn read(text: &str) -> Results {
    let mut results = Results::default();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("[ok]: ") {
            results.add(name.rsplit_once(" (").map_or(name, |(name, _)| name), Outcome::Pass);
        } else if let Some(name) = line.strip_prefix("[err]: ") {
            results.add(name.rsplit_once(" in tests/").map_or(name, |(name, _)| name), Outcome::Fail);
        } else if let Some(name) = line.strip_prefix("[skip]: ") {
            results.add(name, Outcome::Skip);
        }
    }
    results
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_redis_prints_is_read() {
        let text = "[ok]: a (b) (12 ms)\n[err]: c in tests/unit/x.tcl\nExpected 1\n[skip]: d\n[1/2 done]: unit/x (1 s)\n";
        assert_eq!(super::read(text).text(), "pass a (b)\nfail c\nskip d\n");
    }
}
