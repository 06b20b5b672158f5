//! The HTML reference in a real browser, where there is one: searching, sorting, filtering, opening, keys.
//!
//! A script appended to the page plays the user and leaves what it saw in the document, which the browser
//! then prints.

mod common;

use libsys_emit::html;
use scraper::{Html, Selector};
use serde_json::{Value, json};
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// What the user's script may use.
const TOOLS: &str = r#"
const shown = table => [...document.querySelectorAll(`table.${table} tbody tr`)]
  .filter(tr => tr.offsetParent !== null).map(tr => tr.querySelector('.name > a, .name').firstChild.textContent);
const opened = () => [...document.querySelectorAll('article')].filter(a => a.offsetParent !== null || a.offsetHeight)
  .map(a => a.id);
const search = text => {
  const input = document.querySelector('input[type=search]');
  input.value = text;
  input.dispatchEvent(new Event('input', { bubbles: true }));
};
const key = (name, target = document.activeElement) =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
const head = name => [...document.querySelectorAll('table.calls thead th')].find(th => th.textContent === name);
const turn = () => new Promise(done => setTimeout(done, 50));
"#;

/// Opens the small page at an address, lets a script play the user, and gives what the script returned; none
/// where there is no browser.
fn play(name: &str, address: &str, script: &str) -> Option<Value> {
    let page = html::emit(&common::reference());
    let user = format!(
        "<script>{TOOLS}(async () => {{ {script} }})().catch(e => String(e.stack))\
         .then(saw => {{ document.documentElement.dataset.saw = JSON.stringify(saw); }})</script></body>"
    );
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("page.html");
    std::fs::write(&file, page.replace("</body>", &user)).unwrap();
    let printed = print(&folder, &format!("file://{}{address}", file.display()))?;
    let document = Html::parse_document(&printed);
    let root = document.select(&Selector::parse("html").unwrap()).next().unwrap();
    let saw = root.attr("data-saw").unwrap_or_else(|| panic!("the script did not end: {printed:.300}"));
    Some(serde_json::from_str(saw).unwrap())
}

/// The document after its scripts have run.
fn print(folder: &std::path::Path, address: &str) -> Option<String> {
    let spawn = |browser: &&str| {
        Command::new(browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,900"])
            .args(["--virtual-time-budget=5000", "--dump-dom"])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .arg(address)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()
    };
    let Some(mut browser) = BROWSERS.iter().find_map(spawn) else {
        eprintln!("skipped: none of {} is on this machine", BROWSERS.join(", "));
        return None;
    };
    let mut output = browser.stdout.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        output.read_to_string(&mut text).map(|_| text)
    });
    let limit = Instant::now() + Duration::from_secs(120);
    while browser.try_wait().unwrap().is_none() {
        if Instant::now() > limit {
            browser.kill().unwrap();
            panic!("the browser did not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(reader.join().unwrap().unwrap())
}

#[test]
fn search_narrows_the_tables() {
    let Some(saw) = play(
        "search",
        "",
        "const saw = [];
         const look = text => { search(text); saw.push([text, shown('calls'), shown('types'), shown('errors')]); };
         look('writev'); look('0x14'); look('228'); look('eintr'); look('O_CREAT'); look('timespec');
         look('io 2.0'); look('__sys_raw_read'); look('st_length'); look('nothing at all');
         saw.push(document.querySelector('.empty').hidden, document.querySelector('output').textContent);
         search(''); saw.push(shown('calls').length, document.querySelector('.empty').hidden);
         return saw;",
    ) else {
        return;
    };
    let none = [""; 0];
    let expected = json!([
        ["writev", ["writev"], none, none],
        ["0x14", ["writev"], none, none],
        ["228", ["clock_gettime"], none, none],
        ["eintr", ["read", "writev"], none, ["EINTR"]],
        ["O_CREAT", ["open"], ["open_flags"], none],
        ["timespec", ["hand", "clock_gettime"], ["timespec", "timespec_half", "stat@2_6"], none],
        ["io 2.0", ["writev"], none, none],
        ["__sys_raw_read", ["read"], none, none],
        ["st_length", none, ["stat@2_6"], none],
        ["nothing at all", none, none, none],
        false,
        "0 of 11 calls",
        11,
        true
    ]);
    assert_eq!(saw, expected);
}

#[test]
fn heads_sort_up_down_and_back() {
    let Some(saw) = play(
        "sort",
        "",
        "const saw = [];
         const click = name => {
           head(name).querySelector('button').click();
           saw.push([head(name).ariaSort, ...shown('calls').slice(0, 3)]);
         };
         click('Call'); click('Call'); click('Call'); click('Nr'); click('Nr'); click('Since'); click('Errors');
         saw.push(document.querySelectorAll('table.calls [aria-sort]').length);
         return saw;",
    ) else {
        return;
    };
    let expected = json!([
        ["ascending", "clock_gettime", "exit", "fork"],
        ["descending", "writev", "rt_sigreturn", "read"],
        [null, "read", "open", "fstat"],
        ["ascending", "read", "open", "fstat"],
        ["descending", "libsys_syscall", "clock_gettime", "gone"],
        ["ascending", "read", "open", "fork"],
        ["ascending", "fork", "writev", "open"],
        1
    ]);
    assert_eq!(saw, expected);
}

#[test]
fn groups_and_releases_filter() {
    let Some(saw) = play(
        "filter",
        "",
        "const saw = [];
         const chip = name => { document.querySelector(`.chips [value=${name}]`).click(); saw.push(shown('calls')); };
         const release = value => {
           const select = document.querySelector('select');
           select.value = value;
           select.dispatchEvent(new Event('input', { bubbles: true }));
           saw.push(shown('calls'));
         };
         chip('process'); chip('io'); chip('process'); release('since-2.0'); chip('io'); release('in-6.1');
         release('in-2.6');
         return saw;",
    ) else {
        return;
    };
    let undated = ["rt_sigreturn", "gone", "libsys_syscall"];
    let expected = json!([
        ["fork", "exit"],
        ["read", "open", "writev", "fork", "exit"],
        ["read", "open", "writev"],
        ["writev"],
        ["fstat", "writev", "hand", "clock_gettime"],
        [
            "read",
            "open",
            undated[0],
            "writev",
            "fork",
            "exit",
            "hand",
            undated[1],
            "clock_gettime",
            undated[2]
        ],
        [
            "read",
            "open",
            "fstat",
            undated[0],
            "writev",
            "fork",
            "exit",
            undated[1],
            "clock_gettime",
            undated[2]
        ],
    ]);
    assert_eq!(saw, expected);
}

#[test]
fn entries_open_beside_the_tables_and_keys_lead_through_them() {
    let Some(saw) = play(
        "keys",
        "",
        "const saw = [];
         const look = async () => { await turn(); saw.push([location.hash, opened().join()]); };
         document.querySelector('a[href=\"#open\"]').click(); await look();
         key('j', document.body); await look();
         key('k', document.body); key('k', document.body); await look();
         document.querySelector('article.open a[href^=\"#type-\"]').click(); await look();
         key('Escape', document.body); await look();
         key('/', document.body); saw.push(document.activeElement.name);
         search('write'); document.querySelector('form').requestSubmit(); await look();
         key('Escape', document.querySelector('input')); saw.push(document.querySelector('input').value);
         key('Escape', document.body); await look();
         document.querySelector('table.calls tbody tr').cells[2].click(); await look();
         return saw;",
    ) else {
        return;
    };
    let expected = json!([
        ["#open", "open"],
        ["#fstat", "fstat"],
        ["#read", "read"],
        ["#type-fd", "type-fd"],
        ["", ""],
        "q",
        ["#writev", "writev"],
        "",
        ["", ""],
        ["#read", "read"]
    ]);
    assert_eq!(saw, expected);
}

#[test]
fn the_address_keeps_the_state() {
    let Some(saw) = play(
        "address",
        "?q=e&group=io&release=since-1.0&sort=-call#type-stat",
        "const saw = [shown('calls'), opened(), head('Call').ariaSort];
         search('re'); document.querySelector('.chips [value=process]').click();
         await new Promise(done => setTimeout(done, 400));
         saw.push(location.search + location.hash);
         return saw;",
    ) else {
        return;
    };
    let expected = json!([
        ["writev", "read", "open"],
        ["type-stat"],
        "descending",
        "?q=re&release=since-1.0&group=io&group=process&sort=-call#type-stat"
    ]);
    assert_eq!(saw, expected);
}
