//! Shows what hostile texts cost: `hostile [KIND [BYTES]]` prints, for texts of 1, 2 and 4 times that many
//! bytes, milliseconds for each step. What doubles is well, what grows fourfold is not.

use libsys_fuzz_targets::hostile::{TEXTS, digest};
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted = arguments.first().map_or("", String::as_str);
    let bytes = arguments.get(1).and_then(|bytes| bytes.parse().ok()).unwrap_or(1 << 20);
    for (kind, make) in TEXTS.iter().filter(|(kind, _)| kind.contains(wanted)) {
        println!("{kind}");
        for times in [1, 2, 4] {
            let mut line = format!("    {:>5} KiB", (times * bytes) >> 10);
            let text = make(times * bytes);
            let mut start = Instant::now();
            digest(text, &mut |step| {
                let spent = start.elapsed().as_millis();
                if spent >= 1 {
                    line.push_str(&format!("  {step} {spent}"));
                }
                start = Instant::now();
            });
            println!("{line}");
        }
    }
}
