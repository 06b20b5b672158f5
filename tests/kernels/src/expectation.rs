//! What programs that make newer calls print: the same on all kernels, but for what a rule cannot carry out.
//!
//! A file `programs/NAME.txt` has a line for each line of output. What follows ` | ` is what older kernels answer
//! instead:
//!
//!     openat2 RESOLVE_BENEATH out of it: EXDEV | before 5.6: ENOSYS

use libsys_image::PackedRelease;

/// The output that a file says is printed on a kernel.
///
/// # Errors
///
/// The line that is not understood.
pub fn output(text: &str, kernel: PackedRelease) -> Result<String, String> {
    let mut output = String::new();
    for (i, line) in text.lines().enumerate() {
        let expected = expected(line, kernel).ok_or(format!("line {}: not understood: `{line}`", i + 1))?;
        output += &expected;
        output.push('\n');
    }
    Ok(output)
}

fn expected(line: &str, kernel: PackedRelease) -> Option<String> {
    let Some((newest, exception)) = line.split_once(" | ") else { return Some(line.to_owned()) };
    let (release, answer) = exception.strip_prefix("before ")?.split_once(": ")?;
    let release = PackedRelease::from_uname(release.as_bytes())?;
    let (what, _) = newest.rsplit_once(": ")?;
    Some(if kernel < release { format!("{what}: {answer}") } else { newest.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_replace_the_answer() {
        let text = "one: 0\n  two: it: 3 | before 5.6: ENOSYS\n";
        let at = |major, minor| output(text, PackedRelease::new(major, minor, 0));
        assert_eq!(at(5, 6).unwrap(), "one: 0\n  two: it: 3\n");
        assert_eq!(at(5, 5).unwrap(), "one: 0\n  two: it: ENOSYS\n");
        assert!(output("one: 0 | since 5.6: 1\n", PackedRelease::new(5, 6, 0)).is_err());
    }
}
