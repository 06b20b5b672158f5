//! Writes the inputs that fuzzing begins with: `seeds FOLDER` makes `FOLDER/TARGET/…`.
//!
//! Texts are the examples of `GRAMMAR.md` and, of `abi/`, single calls each with the types that it needs, and
//! whole files. Bytes are notes, images without their code, objects and programs.

use libsys_emit::arch::Options;
use libsys_emit::{archive, elf, map_image, structural};
use libsys_image::map::MapImage;
use libsys_image::note::{Flavour, Note, encode_with_header};
use libsys_model::Abi;
use libsys_syntax::ast::{CallVerb, Item};
use libsys_syntax::lexer::lex;
use libsys_syntax::source::{FileId, Source, SourceMap, Span, TableLoader};
use libsys_syntax::token::TokenKind;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::{env, fs, io};

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1) else {
        eprintln!("seeds FOLDER");
        return ExitCode::FAILURE;
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seeds: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> io::Result<()> {
    let abi = libsys_abi::linux_x86_64();
    let mut texts = examples()?;
    texts.extend(calls());
    for target in ["lower", "parser"] {
        save(&folder.join(target), texts.iter().map(|text| text.as_bytes()))?;
    }
    let files: Vec<&str> = libsys_abi::sources().map(|(_, text)| text).filter(|t| t.len() < 6_000).collect();
    save(&folder.join("parser"), files.iter().map(|text| text.as_bytes()))?;
    let lists = lists()?;
    save(&folder.join("import"), lists.iter().map(|text| text.as_bytes()))?;
    save(&folder.join("image"), images(&abi).iter().map(Vec::as_slice))?;
    let programs = programs()?;
    for target in ["elf", "supply"] {
        save(&folder.join(target), programs.iter().map(Vec::as_slice))?;
    }
    Ok(())
}

fn save<'a>(folder: &Path, seeds: impl Iterator<Item = &'a [u8]>) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for seed in seeds {
        let name = libsys_image::bytes::fnv1a(seed, libsys_image::bytes::FNV_OFFSET);
        fs::write(folder.join(format!("seed-{name:016x}")), seed)?;
    }
    Ok(())
}

/// The examples of the grammar.
fn examples() -> io::Result<Vec<String>> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../GRAMMAR.md");
    let text = fs::read_to_string(path)?;
    let blocks = text.split("```sys\n").skip(1).filter_map(|rest| rest.split_once("```"));
    Ok(blocks.map(|(block, _)| block.to_owned()).collect())
}

/// Each call of `linux/x86_64` with all the types that it needs, as one text that has no mistakes.
fn calls() -> Vec<String> {
    let mut types: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut calls: Vec<(String, &str)> = Vec::new();
    for (path, text) in libsys_abi::sources() {
        let mut sources = SourceMap::default();
        let id = sources.add(path, text);
        for item in libsys_syntax::parse_file(&sources, id).0.items {
            match item {
                Item::Type(item) => types.entry(item.name.text).or_default().push(slice(text, item.span)),
                Item::Group { name, title, .. } => {
                    types.entry(name.text).or_default().push(slice(text, line(text, title.span)));
                }
                Item::Call(item) if matches!(item.verb, CallVerb::Declare) => {
                    let text = slice(text, item.span);
                    calls.extend(item.name.map(|name| (name.text, text)));
                }
                _ => {}
            }
        }
    }
    let whole = calls.into_iter().enumerate().map(|(nr, (name, text))| {
        let mut wanted: BTreeSet<&str> = BTreeSet::new();
        let mut open = words(text);
        while let Some(word) = open.pop() {
            if types.contains_key(word) && wanted.insert(word) {
                types[word].iter().for_each(|text| open.extend(words(text)));
            }
        }
        let mut whole: String =
            wanted.iter().flat_map(|word| &types[*word]).fold(String::new(), |all, t| all + t + "\n");
        whole.push_str(&format!("{text}\nADD {nr} {name};\n"));
        whole
    });
    whole.filter(|text| text.len() < 4_096).collect()
}

fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or_default()
}

/// From the beginning of its line to the `;` behind it.
fn line(text: &str, span: Span) -> Span {
    let start = text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
    Span { start: start as u32, end: span.end + 1, ..span }
}

fn words(text: &str) -> Vec<&str> {
    let tokens = lex(FileId(0), text).tokens;
    tokens.into_iter().filter(|t| t.kind == TokenKind::Word).map(|t| slice(text, t.span)).collect()
}

/// The lists that the command's tests import.
fn lists() -> io::Result<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/cli/tests/cmd/import.in");
    fs::read_dir(folder)?.map(|entry| fs::read_to_string(entry?.path())).collect()
}

/// Objects of a small ABI, an archive of them, and programs that a C compiler links with it.
fn programs() -> io::Result<Vec<Vec<u8>>> {
    const CALLS: &str = "ABI linux/x86_64; RELEASE 7.2;
        ADD 1 { function ssize_t write(int fd, in void *buf [bytes count], size_t count); }
        ADD 39 { function int getpid(void); }
        ADD 231 { function void exit_group(int status); returns never; }
        SERVICE 1009 { function long libsys_syscall(long nr); }";
    const PROGRAM: &str = "long __sys_write(int, const void *, unsigned long);
        int __sys_getpid(void); void __sys_exit_group(int);
        storage; int (*volatile pointer)(void) = __sys_getpid;
        void _start(void) { __sys_write(1, \"hi\\n\", 3); __sys_exit_group(pointer()); __asm__(\"syscall\"); }";
    let parsed =
        libsys_syntax::parse(Source { path: "calls".into(), text: CALLS.into() }, &TableLoader::default());
    let abi = libsys_model::lower(&parsed).0.ok_or_else(|| io::Error::other("the calls have mistakes"))?;
    let calls: Vec<_> = abi.calls.iter().collect();
    let members = elf::reserved(&abi);
    let compact = elf::compact(&abi, &calls).map_err(io::Error::other)?;
    let mut files: Vec<Vec<u8>> = members.iter().chain(&compact).map(|member| member.bytes.clone()).collect();
    let reserved = archive::emit(&members);
    files.push(reserved.clone());
    let folder = env::temp_dir().join(format!("libsys-seeds-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("libsys.a"), reserved)?;
    fs::write(folder.join("a.c"), PROGRAM)?;
    // Small files have all segments in one page; the second one has them apart, as programs should.
    const SMALL: &str = "-Wl,-z,noseparate-code";
    let shapes: [&[&str]; 6] = [
        &["-static", SMALL],
        &[
            "-static",
            "-Wl,-z,separate-code",
            "-s",
            "-Dstorage=__thread char rest[8184]; __thread int first = 1",
        ],
        &["-static", "-s"],
        &["-pie", "-fPIE", SMALL],
        &["-shared", "-fPIC", SMALL],
        &["-c"],
    ];
    for arguments in shapes {
        let mut command = Command::new("cc");
        command.current_dir(&folder).args(["-O1", "-ffreestanding", "-nostdlib", "-o", "a", "a.c"]);
        command.args(["-Wl,--build-id=none", "-w"]).args(arguments);
        if !arguments.iter().any(|argument| argument.starts_with("-D")) {
            command.arg("-Dstorage=");
        }
        if arguments != ["-c"] {
            command.arg("libsys.a");
        }
        if command.status()?.success() {
            files.push(fs::read(folder.join("a"))?);
        }
    }
    fs::remove_dir_all(folder)?;
    Ok(files)
}

fn images(abi: &Abi) -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for flavour in [Flavour::Reserved, Flavour::Text, Flavour::Compact] {
        let note = Note::new("linux/x86_64", flavour).expect("the name is short");
        let whole = encode_with_header(&note);
        // A note of another owner before it, as linkers put them together.
        let foreign = [4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, b'G', b'N', b'U', 0];
        seeds.extend([note.encode().to_vec(), whole.to_vec(), [&foreign, whole.as_slice()].concat()]);
    }
    let image = map_image::emit(abi, Options::IMAGE);
    if let Ok(parsed) = MapImage::parse(&image, false) {
        seeds.push(image[..parsed.code.0 as usize].to_vec());
    }
    seeds.extend([
        b"6.18.44-amd64".to_vec(),
        b"\x0c\xcc\x01\x03linux/x86_64\0\x02\x07\0\0\0\0\0\0\x01\x06\0".to_vec(),
    ]);
    seeds.push(structural::gather(&[]).0);
    let table = elf::reserved(abi).into_iter().next().map(|member| member.bytes);
    seeds.extend(table);
    seeds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_all_that_they_need() {
        for text in calls() {
            let text = format!("ABI linux/x86_64;\nRELEASE 7.2;\n{text}");
            let parsed = libsys_syntax::parse(Source { path: "seed".into(), text }, &TableLoader::default());
            let (abi, diagnostics) = libsys_model::lower(&parsed);
            assert!(abi.is_some(), "{}", libsys_syntax::render(&diagnostics, &parsed.sources, false));
        }
    }
}
