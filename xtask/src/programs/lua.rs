//! lua5.4: Debian's two tests of the package, a script of ours over the whole library, and the suites of two modules in C
//! that programs load while they run, lpeg and cjson. (The suite of Lua's authors is in no package.)

use super::Program;
use super::place::{self, Place};
use super::results::{Outcome, Results};
use crate::run;
use crate::sysroot::SUITE;
use std::path::Path;

/// Linked to libc.so; loads modules.
pub const DYNAMIC: Program = Program {
    name: "lua",
    package: "lua5.4",
    recipe: file!(),
    needed: &[
        ("autoreconf", "autoconf", "prepares the build of lua"),
        ("automake", "automake", "prepares the build of lua"),
        ("libtoolize", "libtool", "links libraries of lua"),
    ],
    link: "",
    build,
    made: &[
        "tree/src/lua5.4",
        "tree/src/luac5.4",
        "tree/src/.libs/liblua5.4.so",
        "lpeg/lpeg.so",
        "cjson/cjson.so",
    ],
    trial: &["tree/src/lua5.4", "-e", "print(#io.open('/proc/self/maps'):read('a'))"],
    test: |place| {
        let mut results = scripts(place)?;
        shared(place, &mut results)?;
        Ok(results)
    },
    again: None,
    at_least: 40,
    except: &[],
};

/// Without libc.so: loads nothing.
pub const STATIC: Program = Program {
    name: "lua-static",
    link: "-all-static",
    made: &["tree/src/lua5.4", "tree/src/luac5.4"],
    test: scripts,
    at_least: 24,
    ..DYNAMIC
};

/// Debian's rules do the same, with debhelper around it.
fn build(place: &Place) -> Result<(), String> {
    let cc = place.cc();
    place.build(place.shell(
        "mkdir debian/libtool && cp debian/configure.ac debian/libtool && cd debian/libtool &&
         LIBTOOLIZE='libtoolize -i' autoreconf -f -i && CXX=$CC ./configure &&
         printf '#define DEB_HOST_MULTIARCH \"x86_64-linux-musl\"\\n' >../../src/lua5.4-deb-multiarch.h",
    ))?;
    let libtool = format!("LIBTOOL={}", place.tree.join("debian/libtool/libtool").display());
    let (cc_word, cxx_word) = (format!("CC={cc} -std=gnu99"), format!("CXX={cc}"));
    place.build(place.make(&[
        "-C",
        "src",
        "o",
        "SYSCFLAGS=-DLUA_USE_LINUX",
        &libtool,
        &cc_word,
        &cxx_word,
    ]))?;
    // The rest one after the other: this Makefile has a rule that makes two libraries.
    let words = ["linux", "-j1", &libtool, &cc_word, &cxx_word];
    place.build(place.make(&words))?;
    if !place.link.is_empty() {
        // Only programs can be linked so, not the libraries before them.
        place.build(place.shell("rm src/lua5.4 src/luac5.4"))?;
        let link = format!("MYLDFLAGS={}", place.link);
        return place.build(place.make(&[&words[..], &[&link]].concat()));
    }
    let headers = place.tree.join("src").display().to_string();
    for (package, name, make) in [
        ("lua-lpeg", "lpeg", format!("make linux CC='{cc}' LUADIR='{headers}'")),
        (
            "lua-cjson",
            "cjson",
            format!("make CC='{cc}' LUA_INCLUDE_DIR='{headers}' CJSON_CFLAGS='-fpic -I{headers}'"),
        ),
    ] {
        let folder = place.copy(SUITE, package, name)?;
        let mut shell = place.shell(&make);
        shell.current_dir(folder);
        place.build(shell)?;
    }
    Ok(())
}

/// What every interpreter can do.
fn scripts(place: &Place) -> Result<Results, String> {
    let work = place.root.join("work");
    if work.exists() {
        run::at(&work, |path| std::fs::remove_dir_all(path))?;
    }
    run::at(&work, |path| std::fs::create_dir_all(path.join("bin")))?;
    let lua = place.tree.join("src/lua5.4");
    run::at(&work.join("bin/lua"), |path| std::os::unix::fs::symlink(&lua, path))?;
    let script = run::root().join("tests/programs/lua/all.lua");
    let mut command = place.command(&lua);
    command.arg(&script).arg(&work).current_dir(&work);
    let said = place.suite("all", 120, &command)?;
    let mut results = Results::lines(&said.text, &[("pass ", Outcome::Pass), ("fail ", Outcome::Fail)]);
    results.add("all.lua ends", Outcome::of(said.succeeded));
    debian(place, &work, "interpreter", &mut results)?;
    Ok(results)
}

/// Runs one of the package's own tests, which find compilers and interpreters by their names.
fn debian(place: &Place, work: &Path, name: &str, results: &mut Results) -> Result<(), String> {
    let mut command = place.command("sh");
    command.arg(place.tree.join("debian/tests").join(name)).current_dir(work);
    command.env(
        "PATH",
        format!("{}:{}", work.join("bin").display(), place::path_with(&place.root.join("compilers"))),
    );
    command.env("LD_LIBRARY_PATH", place.tree.join("src/.libs"));
    let said = place.suite(name, 60, &command)?;
    results.add(&format!("debian/tests/{name}"), Outcome::of(said.succeeded));
    Ok(())
}

/// What needs libraries: Debian's test of the library, and the suites of modules.
fn shared(place: &Place, results: &mut Results) -> Result<(), String> {
    let work = place.root.join("work");
    let source = place.tree.join("src");
    place.compilers(&format!("-I'{}' -L'{}'", source.display(), source.join(".libs").display()))?;
    debian(place, &work, "liblua", results)?;

    let lua = source.join("lua5.4");
    let mut command = place.command(&lua);
    command
        .arg("test.lua")
        .current_dir(place.root.join("lpeg"))
        .env("LUA_CPATH", "./?.so")
        .env("LUA_PATH", "./?.lua");
    let said = place.suite("lpeg", 120, &command)?;
    results.add("lpeg: test.lua", Outcome::of(said.succeeded && said.text.contains("OK")));

    let tests = place.root.join("cjson/tests");
    let mut command = place.command("sh");
    command.args(["-c", "perl genutf8.pl && exec \"$0\" test.lua"]).arg(&lua).current_dir(&tests);
    command.env("LUA_CPATH", "../?.so").env("LUA_PATH", "../lua/?.lua");
    let said = place.suite("cjson", 120, &command)?;
    for line in said.text.lines() {
        // `==> Test [3] Decode numbers in object: PASS`
        let Some((name, word)) = line.strip_prefix("==> Test ").and_then(|rest| rest.rsplit_once(": "))
        else {
            continue;
        };
        results.add(&format!("cjson: {name}"), Outcome::of(word == "PASS"));
    }
    Ok(())
}
