//! What calls through slots cost, and what the return sequence is worth, in a program that does real work.

use super::programs::{Link, Programs};
use super::table::Table;
use std::path::Path;

const ROUNDS: u32 = 151;
/// How often a run reads the files: often enough that its start does not matter.
const TIMES: usize = 5;
const FOLDERS: usize = 40;
const FILES: usize = 50;

pub fn measure(programs: &Programs) -> Result<String, String> {
    programs.images()?;
    let corpus = programs.out.join("corpus");
    fill(&corpus).map_err(|e| format!("{}: {e}", corpus.display()))?;
    programs.compile_bare("work", "work-inline", &["-DINLINE"], false, Link::Nothing)?;
    programs.compile_bare("work", "work-text", &[], true, Link::Text)?;
    programs.compile_bare("work", "work-reserved", &[], true, Link::Reserved)?;
    programs.compile("work", "work-glibc", &["-O2", "-static", "-DGLIBC"], &[])?;
    let contenders = [
        ("the instruction in line", None, "work-inline"),
        ("`text` alone, `ret`", None, "work-text"),
        ("`reserved`, `ret`, the built-in map", None, "work-reserved"),
        ("`reserved`, `ret`, from a file", Some("ret.map"), "work-reserved"),
        ("`reserved`, `jmp`, from a file", Some("jump.map"), "work-reserved"),
        ("static glibc", None, "work-glibc"),
    ];
    let commands: Vec<Vec<String>> = contenders
        .iter()
        .map(|(_, map, program)| {
            let map = map.map(|map| format!("LIBSYS_MAP={}", programs.out.join(map).display()));
            let folders = std::iter::repeat_n("corpus".to_owned(), TIMES);
            map.into_iter().chain([format!("./{program}")]).chain(folders).collect()
        })
        .collect();
    let spawned = programs.spawn("vfork", ROUNDS, &commands)?;
    let mut table = Table::new(&["", "whole run", "by in line"]);
    for ((title, _, _), spawned) in contenders.iter().zip(&spawned) {
        table.row([
            (*title).to_owned(),
            format!("{:.2} ms", spawned.ns / 1e6),
            format!("{:.3}", spawned.ratio),
        ]);
    }
    Ok(table.render())
}

/// Makes the files to be read, the same ones every time: folders of small files with words in them.
fn fill(corpus: &Path) -> std::io::Result<()> {
    // A generator of Lehmer's, so that lengths and words differ.
    let mut state: u64 = 1;
    let mut next = |below: u64| {
        state = state * 48271 % 0x7fff_ffff;
        state % below
    };
    for folder in 0..FOLDERS {
        let folder = corpus.join(format!("{folder:02}"));
        std::fs::create_dir_all(&folder)?;
        for file in 0..FILES {
            let mut text = String::new();
            let length = 500 + next(1000) as usize;
            while text.len() < length {
                for _ in 0..=next(9) {
                    text.push(char::from(b'a' + next(26) as u8));
                }
                text.push(if next(10) == 0 { '\n' } else { ' ' });
            }
            std::fs::write(folder.join(format!("{file:02}.txt")), text)?;
        }
    }
    Ok(())
}
