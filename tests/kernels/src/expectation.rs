//! What programs that make newer calls print: the same on all kernels, but for what a rule cannot carry out.
//!
//! A file `programs/NAME.txt` has a line for each line of output. What follows ` | ` is what is answered instead where
//! calls are missing:
//!
//!     openat2 RESOLVE_BENEATH out of it: EXDEV | without openat2: ENOSYS

/// The output that a file says is printed where `lacks` says which calls are missing; it knows nothing of what is no
/// call.
///
/// # Errors
///
/// The line that is not understood.
pub fn output(text: &str, lacks: impl Fn(&str) -> Option<bool>) -> Result<String, String> {
    let mut output = String::new();
    for (i, line) in text.lines().enumerate() {
        let expected = expected(line, &lacks).ok_or(format!("line {}: not understood: `{line}`", i + 1))?;
        output += &expected;
        output.push('\n');
    }
    Ok(output)
}

fn expected(line: &str, lacks: &impl Fn(&str) -> Option<bool>) -> Option<String> {
    let Some((newest, exception)) = line.split_once(" | ") else { return Some(line.to_owned()) };
    let (calls, answer) = exception.strip_prefix("without ")?.split_once(": ")?;
    let missing: Option<Vec<bool>> = calls.split(" and ").map(lacks).collect();
    let (what, _) = newest.rsplit_once(": ")?;
    Some(if missing?.contains(&false) { newest.to_owned() } else { format!("{what}: {answer}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_replace_the_answer() {
        let text = "one: 0\n  two: it: 3 | without a: ENOSYS\nthree: 0 | without a and b: EPERM\n";
        let with = |missing: &'static [&'static str]| {
            output(text, |name| ["a", "b"].contains(&name).then(|| missing.contains(&name)))
        };
        assert_eq!(with(&[]).unwrap(), "one: 0\n  two: it: 3\nthree: 0\n");
        assert_eq!(with(&["a"]).unwrap(), "one: 0\n  two: it: ENOSYS\nthree: 0\n");
        assert_eq!(with(&["a", "b"]).unwrap(), "one: 0\n  two: it: ENOSYS\nthree: EPERM\n");
        assert!(output("one: 0 | before 5.6: 1\n", |_| Some(true)).is_err());
        assert!(output("one: 0 | without c: 1\n", |_| None).is_err());
    }
}
