//! What `gen all` writes, and what `inspect` and `run` say of programs that were linked with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn libsys(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_libsys"));
    command.args(arguments).env_remove("NO_COLOR").env_remove("LIBSYS_LD");
    command.output().expect("the command was built for this test")
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn files(folder: &Path, below: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, below, found);
        } else {
            found.insert(path.strip_prefix(below).unwrap().to_owned(), std::fs::read(&path).unwrap());
        }
    }
}

#[test]
fn everything_is_where_it_is_installed_and_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let all = |name: &str| {
        let root = folder.path().join(name);
        let output = libsys(&["gen", "all", "-o", root.to_str().unwrap()]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut found = BTreeMap::new();
        files(&root, &root, &mut found);
        found
    };
    let first = all("a");
    let is_page = |path: &Path| path.extension().is_some_and(|e| e == "2sys");
    let names: Vec<&str> = first.keys().filter(|p| !is_page(p)).map(|p| p.to_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "include/libsys.h",
            "lib/libsys/linux-x86_64-7.2.map",
            "lib/libsys.a",
            "lib/libsys_errno.o",
            "lib/libsys_interp.o",
            "lib/libsys_rtld.a",
            "lib/libsys_text.a",
            "share/bash-completion/completions/libsys",
            "share/doc/libsys/linux-x86_64.html",
            "share/fish/vendor_completions.d/libsys.fish",
            "share/libsys/linux-x86_64.json",
            "share/libsys/linux-x86_64.rs",
            "share/libsys/linux-x86_64.s",
            "share/libsys/linux-x86_64.sys",
            "share/man/man1/libsys-check.1",
            "share/man/man1/libsys-completions.1",
            "share/man/man1/libsys-diff.1",
            "share/man/man1/libsys-doc.1",
            "share/man/man1/libsys-fmt.1",
            "share/man/man1/libsys-gen.1",
            "share/man/man1/libsys-import.1",
            "share/man/man1/libsys-inspect.1",
            "share/man/man1/libsys-run.1",
            "share/man/man1/libsys.1",
            "share/man/man7/libsys.7",
            "share/zsh/site-functions/_libsys",
        ]
    );
    assert!(first.keys().filter(|p| is_page(p)).count() > 380);
    assert_eq!(all("b"), first);

    let again = libsys(&["gen", "all", "-o", folder.path().join("a").to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&again.stderr).contains(": 0 files written, "));
}

#[test]
fn everything_is_made_of_older_releases() {
    for release in ["2.6.32", "5.10"] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().to_str().unwrap();
        let output = libsys(&["gen", "all", "--abi", &format!("linux/x86_64@{release}"), "-o", root]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        for file in ["lib/libsys.a", "lib/libsys_rtld.a", &format!("lib/libsys/linux-x86_64-{release}.map")] {
            assert!(folder.path().join(file).is_file(), "{release}: {file}");
        }
    }
}

#[test]
fn programs_are_described_and_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let made = libsys(&["gen", "reserved", "text", "-o", folder.path().to_str().unwrap()]);
    assert!(made.status.success());
    let source = "long __sys_write(int, const void *, unsigned long);\nvoid __sys_exit_group(int);\n\
                  void _start(void) { __sys_write(1, \"hi\\n\", 3); __sys_exit_group(3); }\n";
    std::fs::write(path("a.c"), source).unwrap();
    for (flavour, archive) in [("reserved", "libsys.a"), ("text", "libsys_text.a")] {
        let program = path(flavour);
        let arguments = ["-O1", "-ffreestanding", "-nostdlib", "-static", "-no-pie", "-o", &program];
        let linked = Command::new("cc").args(arguments).args([path("a.c"), path(archive)]).output();
        let Ok(linked) = linked else {
            eprintln!("not tested: cannot run cc");
            return;
        };
        assert!(linked.status.success(), "{}", String::from_utf8_lossy(&linked.stderr));
        let output = libsys(&["inspect", &program]);
        let said = text(&output);
        assert!(output.status.success(), "{said}");
        let section = format!("section      {flavour}, linux/x86_64 7.2\n");
        for line in [
            section.as_str(),
            ", that of the release\n",
            "can call     2 calls",
            "write, exit_group\n",
            "enters       the kernel nowhere outside the section\n",
        ] {
            assert!(said.contains(line), "{line}: {said}");
        }
        let json = text(&libsys(&["inspect", "--json", &program]));
        assert!(json.contains(&format!("\"flavour\": \"{flavour}\"")), "{json}");

        run(flavour, &program);
    }
    let archive = text(&libsys(&["inspect", &path("libsys.a")]));
    assert!(archive.contains("exit_group.o               call exit_group\n"), "{archive}");

    // Another fingerprint is that of other calls.
    let mut bytes = std::fs::read(path("text")).unwrap();
    let note = bytes.windows(8).position(|w| w == b"libsys\0\0").unwrap() + 8;
    bytes[note + 40] ^= 1;
    std::fs::write(path("other"), &bytes).unwrap();
    let output = libsys(&["inspect", &path("other")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains(", not that of the release\n"));

    // A flavour that is none is named with the file.
    bytes[note + 2] = 9;
    std::fs::write(path("other"), &bytes).unwrap();
    let output = libsys(&["inspect", &path("other")]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(told, format!("error: {}: note field flavour: 9: none of 1, 2, 3\n", path("other")));
}

/// Runs a program through the supplier that `cargo xtask` installs.
fn run(flavour: &str, program: &str) {
    let Some(sdk) = std::env::var_os("LIBSYS_SDK") else {
        eprintln!("not tested: {flavour} is not run, since LIBSYS_SDK does not say where ld-libsys is");
        return;
    };
    let mut command = Command::new(env!("CARGO_BIN_EXE_libsys"));
    command.args(["run", program]).env("LIBSYS_LD", Path::new(&sdk).join("lib/ld-libsys"));
    let output = command.output().unwrap();
    assert_eq!((text(&output).as_str(), output.status.code()), ("hi\n", Some(3)));
}

#[test]
fn colours_come_only_where_they_are_wanted() {
    let has_colours = |arguments: &[&str], no_color: Option<&str>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_libsys"));
        command.args(arguments).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        command.envs(no_color.map(|value| ("NO_COLOR", value)));
        let output = command.output().unwrap();
        output.stdout.contains(&0x1b) || output.stderr.contains(&0x1b)
    };
    for arguments in
        [&["doc", "read"][..], &["check", "gone"], &["chekc"], &["diff", "linux/x86_64", "linux/x86_64@5.0"]]
    {
        assert!(!has_colours(arguments, None), "{arguments:?}: a pipe is no terminal");
        assert!(has_colours(&[arguments, &["--color=always"]].concat(), None), "{arguments:?}");
        assert!(!has_colours(&[arguments, &["--color=never"]].concat(), None), "{arguments:?}");
        assert!(!has_colours(arguments, Some("1")), "{arguments:?}");
    }
}

#[test]
fn readers_that_have_seen_enough_are_no_problem() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_libsys"))
        .args(["gen", "json", "-o", "-"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stderr, b"");
}

#[test]
fn completions_are_made_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = libsys(&["completions", shell]);
        assert!(output.status.success() && text(&output).contains("inspect"), "{shell}");
    }
}
