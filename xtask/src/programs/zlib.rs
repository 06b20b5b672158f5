//! zlib: `make test` (its example and its small gzip, linked to the static library, to the shared one, and for large
//! files), its test of all ways through inflate, and the small gzip held against the system's.

use super::Program;
use super::place::Place;
use super::results::{Outcome, Results};

/// The library with its test programs.
pub const PROGRAM: Program = Program {
    name: "zlib",
    package: "zlib",
    recipe: file!(),
    needed: &[("gzip", "gzip", "reads what programs on zlib write")],
    link: "",
    build: |place| {
        place.build(place.shell("uname=GNU CFLAGS='-O2 -Wall' ./configure --shared"))?;
        place.build(place.make(&["all", "infcover"]))
    },
    made: &["tree/example", "tree/minigzip", "tree/minigzipsh", "tree/libz.so", "tree/infcover"],
    trial: &["tree/minigzip"],
    test,
    again: None,
    at_least: 35,
    except: &[],
};

/// What `make test` runs, and what its programs print first.
const WAYS: [(&str, &str); 3] = [("teststatic", "static"), ("testshared", "shared"), ("test64", "64-bit")];

fn test(place: &Place) -> Result<Results, String> {
    let mut results = Results::default();
    for (target, way) in WAYS {
        let said = place.suite(target, 120, &place.make(&["-s", target]))?;
        for line in said.text.lines().map(str::trim) {
            // `inflate(): hello, hello!`
            if let Some((name, _)) = line.split_once("(): ") {
                results.add(&format!("{way}: {name}"), Outcome::Pass);
            }
        }
        results.add(
            &format!("{way}: make {target}"),
            Outcome::of(said.succeeded && said.text.contains("test OK")),
        );
    }
    let said = place.suite("infcover", 120, &place.command(place.tree.join("infcover")))?;
    for line in said.text.lines() {
        results.add(&format!("infcover: {line}"), Outcome::Pass);
    }
    results.add("infcover", Outcome::of(said.succeeded));
    for program in ["minigzip", "minigzipsh", "minigzip64"] {
        for level in ["-1", "-6", "-9", "-h"] {
            let script = format!(
                "export LD_LIBRARY_PATH=.; cat *.c doc/* >all.txt; ./{program} {level} <all.txt >all.gz;
                 gzip -dc all.gz | cmp - all.txt; gzip -c all.txt | ./{program} -d | cmp - all.txt"
            );
            let said = place.suite("gzip", 120, &place.shell(&script))?;
            results.add(&format!("{program} {level} and gzip"), Outcome::of(said.succeeded));
        }
    }
    Ok(results)
}
