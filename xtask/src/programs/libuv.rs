//! libuv1: an event loop with threads, sockets, child processes and io_uring, by CMake as Debian builds it. Its suite runs
//! each of its tests in a process of its own.

use super::Program;
use super::place::Place;
use super::results::{Outcome, Results};

/// Linked to libc.so: once with libuv.so, once with libuv.a in the program.
pub const DYNAMIC: Program = Program {
    name: "libuv",
    package: "libuv1",
    recipe: file!(),
    needed: &[
        ("cmake", "cmake", "builds libuv"),
        ("unshare", "util-linux", "gives it a network of its own"),
        ("ip", "iproute2", "sets that up"),
    ],
    link: "",
    build: |place| cmake(place, &["uv_run_tests", "uv_run_tests_a"]),
    made: &["tree/build/libuv.so.1.0.0", "tree/build/uv_run_tests", "tree/build/uv_run_tests_a"],
    trial: &["tree/build/uv_run_tests", "--list"],
    test: |place| suite(place, "uv_run_tests"),
    again: None,
    at_least: 800,
    except: &[],
};

/// Without libc.so.
pub const STATIC: Program = Program {
    name: "libuv-static",
    link: "-static",
    build: |place| cmake(place, &["uv_run_tests_a"]),
    made: &["tree/build/uv_run_tests_a"],
    trial: &["tree/build/uv_run_tests_a", "--list"],
    test: |place| suite(place, "uv_run_tests_a"),
    ..DYNAMIC
};

fn cmake(place: &Place, targets: &[&str]) -> Result<(), String> {
    let mut configure = place.command("cmake");
    configure.args(["-S", ".", "-B", "build", "-DCMAKE_BUILD_TYPE=Release"]);
    configure.arg(format!("-DCMAKE_EXE_LINKER_FLAGS={}", place.link));
    place.build(configure)?;
    place.build(place.make(&[&["-C", "build"], targets].concat()))
}

/// The runner itself, in the folder where its fixtures are: once as it is, and once with io_uring, which libuv uses for files
/// when it is told to. Time is given as for a slow machine.
fn suite(place: &Place, runner: &str) -> Result<Results, String> {
    let mut results = Results::default();
    for (name, before, io_uring) in [("suite", "", "0"), ("io_uring", "io_uring: ", "1")] {
        let mut command = place.offline(&format!("exec build/{runner}"));
        command.env("UV_TEST_TIMEOUT_MULTIPLIER", "4").env("UV_USE_IO_URING", io_uring);
        tap(&place.suite(name, 400, &command)?.text, before, &mut results);
    }
    Ok(results)
}

/// Reads lines `ok 7 - name`, `not ok 7 - name` and `ok 7 - name # SKIP why`.
fn tap(text: &str, before: &str, results: &mut Results) {
    for line in text.lines() {
        let (passed, rest) = match (line.strip_prefix("ok "), line.strip_prefix("not ok ")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => continue,
        };
        let Some((_, name)) = rest.split_once(" - ") else { continue };
        match name.split_once(" # SKIP") {
            Some((name, _)) => results.add(&format!("{before}{name}"), Outcome::Skip),
            None => results.add(&format!("{before}{name}"), Outcome::of(passed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tap_is_read() {
        let text = "1..4\nok 1 - a\nnot ok 2 - b\n# ok 9 - of its output\nok 3 - c # SKIP no network\nok\n";
        let mut results = Results::default();
        tap(text, "x: ", &mut results);
        assert_eq!(results.text(), "pass x: a\nfail x: b\nskip x: c\n");
    }
}
