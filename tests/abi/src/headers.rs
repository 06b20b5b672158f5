//! Questions to a C compiler about the headers of a kernel.
//!
//! Every question is one `_Static_assert` on a line of its own, so that the compiler's messages, which
//! name lines, say which of thousands of questions has which answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use libsys_model::Release;

/// Name under which the compiler sees the lines of the questions.
const QUESTIONS: &str = "libsys-questions";

/// A set of headers.
#[derive(Clone, Debug)]
pub struct Headers {
    /// How messages call it.
    pub label: String,
    /// Folders that are searched before the compiler's own.
    dirs: Vec<PathBuf>,
}

/// What the compiler is asked.
#[derive(Clone, Debug)]
pub struct Question {
    /// How messages call what is asked about.
    pub name: String,
    /// A constant expression of C that should be true.
    pub expression: String,
}

/// What the compiler answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The expression is true.
    True,
    /// It is false.
    False,
    /// It does not compile, with the compiler's reason: usually the headers lack a name in it.
    Unknown(String),
}

impl Headers {
    /// The headers that the compiler finds by itself.
    #[must_use]
    pub fn installed() -> Headers {
        Headers { label: "installed headers".to_owned(), dirs: Vec::new() }
    }

    /// The installed headers and, if the variable `LIBSYS_HEADERS` names the folder of others, those too.
    #[must_use]
    pub fn all() -> Vec<Headers> {
        let mut all = vec![Headers::installed()];
        if let Some(dir) = std::env::var_os("LIBSYS_HEADERS").map(PathBuf::from) {
            assert!(dir.is_dir(), "LIBSYS_HEADERS names no folder: {}", dir.display());
            let machine = dir.join("x86_64-linux-gnu");
            all.push(Headers { label: "headers of LIBSYS_HEADERS".to_owned(), dirs: vec![dir, machine] });
        }
        all
    }

    /// The release of the kernel that the headers belong to.
    #[must_use]
    pub fn release(&self) -> Release {
        let text = self.preprocess("#include <linux/version.h>\nLINUX_VERSION_CODE\n", &[]);
        let code: u32 =
            text.split_whitespace().last().and_then(|word| word.parse().ok()).unwrap_or_else(|| {
                panic!("{}: linux/version.h has no LINUX_VERSION_CODE", self.label);
            });
        let byte = |shift: u32| u8::try_from(code >> shift & 0xff).unwrap_or(u8::MAX);
        Release::new(byte(16), byte(8), 0)
    }

    /// The macros that a header defines and their texts.
    #[must_use]
    pub fn macros(&self, header: &str) -> BTreeMap<String, String> {
        let text = self.preprocess(&format!("#include <{header}>\n"), &["-dM"]);
        let define = |line: &str| -> Option<(String, String)> {
            let rest = line.strip_prefix("#define ")?;
            let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
            Some((name.to_owned(), value.to_owned()))
        };
        text.lines().filter_map(define).collect()
    }

    /// Those of some headers that are there, and those that are not.
    #[must_use]
    pub fn find<'a>(&self, headers: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
        let mut text = String::new();
        for (index, header) in headers.iter().enumerate() {
            let _ = writeln!(text, "#if __has_include(<{header}>)\nfound {index}\n#endif");
        }
        let answer = self.preprocess(&text, &[]);
        let found: Vec<&str> = answer.lines().filter_map(|line| line.strip_prefix("found ")).collect();
        headers.iter().enumerate().fold(
            (Vec::new(), Vec::new()),
            |(mut there, mut missing), (index, header)| {
                let list =
                    if found.contains(&index.to_string().as_str()) { &mut there } else { &mut missing };
                list.push(*header);
                (there, missing)
            },
        )
    }

    /// The answers to questions that are asked below `includes`, in the same order.
    ///
    /// # Panics
    ///
    /// When the headers themselves do not compile together.
    #[must_use]
    pub fn ask(&self, includes: &[&str], questions: &[Question]) -> Vec<Answer> {
        let mut text = "#define _GNU_SOURCE\n#include <stddef.h>\n#include <linux/types.h>\n".to_owned();
        for header in includes {
            let _ = writeln!(text, "#include <{header}>");
        }
        let _ = writeln!(text, "#line 1 \"{QUESTIONS}\"");
        for question in questions {
            let _ = writeln!(text, "_Static_assert({}, \"\");", question.expression);
        }
        let mut command = self.compiler();
        command.args(["-std=gnu11", "-w", "-fsyntax-only", "-fmax-errors=0", "-fdiagnostics-color=never"]);
        let (_, messages) = run(command.arg("-"), &text);

        let mut answers = vec![Answer::True; questions.len()];
        for (place, message) in messages.lines().filter_map(|line| line.split_once(" error: ")) {
            let line =
                place.strip_prefix(QUESTIONS).and_then(|rest| rest.split(':').nth(1)?.parse::<usize>().ok());
            let Some(line) = line else { panic!("{}, {includes:?}: {place} {message}", self.label) };
            let answer = &mut answers[line - 1];
            if *answer == Answer::True {
                let is_false = message.starts_with("static assertion failed");
                *answer = if is_false { Answer::False } else { Answer::Unknown(message.to_owned()) };
            }
        }
        answers
    }

    fn preprocess(&self, text: &str, flags: &[&str]) -> String {
        let mut command = self.compiler();
        let (output, messages) = run(command.args(["-E", "-P"]).args(flags).arg("-"), text);
        assert!(!messages.contains("error:"), "{}: {messages}", self.label);
        output
    }

    fn compiler(&self) -> Command {
        let mut command = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        command.env("LC_ALL", "C").args(["-x", "c"]);
        for dir in &self.dirs {
            command.arg("-isystem").arg(dir);
        }
        command
    }
}

/// Runs a compiler on a text and returns what it wrote to its two outputs.
fn run(command: &mut Command, text: &str) -> (String, String) {
    let pipe = Stdio::piped;
    let mut child = match command.stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn() {
        Ok(child) => child,
        Err(error) => panic!("the C compiler does not start: {error}"),
    };
    let mut input = child.stdin.take().expect("its input is a pipe");
    let text = text.to_owned();
    // The compiler may write messages before it has read everything.
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("the C compiler runs to its end");
    writer.join().expect("writing does not panic").expect("the C compiler reads its input");
    let string = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (string(output.stdout), string(output.stderr))
}
