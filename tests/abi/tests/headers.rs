//! Numbers, layouts and constants of linux/x86_64 against the headers of kernels.
//!
//! A C compiler is asked about the installed headers and, when `LIBSYS_HEADERS` names a folder with
//! others (`usr/include` of an unpacked package), about those; the ABI is taken at the release that the
//! headers belong to. Run with `--nocapture` to see what was checked and what no header has.

use std::collections::{BTreeMap, BTreeSet};

use libsys_abi_tests::headers::{Answer, Headers, Question};
use libsys_abi_tests::{load, structs_at};
use libsys_model::{Abi, Constant, Field, Release, Scalar, Struct, TypeDefKind};

/// Kernel headers that declare constants and can be included together, in this order.
const KERNEL: &[&str] = &[
    "asm/ldt.h",
    "asm/mman.h",
    "asm/prctl.h",
    "asm/ptrace.h",
    "asm/sigcontext.h",
    "asm/signal.h",
    "asm/sigcontext.h",
    "asm/socket.h",
    "asm/statfs.h",
    "asm/ucontext.h",
    "linux/aio_abi.h",
    "linux/audit.h",
    "linux/bpf.h",
    "linux/blktrace_api.h",
    "linux/capability.h",
    "linux/close_range.h",
    "linux/dqblk_xfs.h",
    "linux/elf.h",
    "linux/eventfd.h",
    "linux/eventpoll.h",
    "linux/falloc.h",
    "linux/fadvise.h",
    "linux/fanotify.h",
    "linux/fcntl.h",
    "linux/fiemap.h",
    "linux/fs.h",
    "linux/fsmap.h",
    "linux/futex.h",
    "linux/inotify.h",
    "linux/io_uring.h",
    "linux/io_uring/bpf_filter.h",
    "linux/io_uring/query.h",
    "linux/io_uring/zcrx.h",
    "linux/ioctl.h",
    "linux/ioprio.h",
    "linux/ipc.h",
    "linux/kcmp.h",
    "linux/kexec.h",
    "linux/keyctl.h",
    "linux/landlock.h",
    "linux/lsm.h",
    "linux/magic.h",
    "linux/membarrier.h",
    "linux/memfd.h",
    "linux/mempolicy.h",
    "linux/mman.h",
    "linux/module.h",
    "linux/mount.h",
    "linux/mqueue.h",
    "linux/msg.h",
    "linux/net.h",
    "linux/nsfs.h",
    "linux/openat2.h",
    "linux/perf_event.h",
    "linux/personality.h",
    "linux/pidfd.h",
    "linux/poll.h",
    "linux/prctl.h",
    "linux/ptrace.h",
    "linux/quota.h",
    "linux/random.h",
    "linux/reboot.h",
    "linux/resource.h",
    "linux/rseq.h",
    "linux/sched.h",
    "linux/sched/types.h",
    "linux/seccomp.h",
    "linux/securebits.h",
    "linux/sem.h",
    "linux/serial.h",
    "linux/signal.h",
    "linux/signalfd.h",
    "linux/socket.h",
    "linux/stat.h",
    "linux/termios.h",
    "linux/time.h",
    "linux/time_types.h",
    "linux/timerfd.h",
    "linux/timex.h",
    "linux/userfaultfd.h",
    "linux/wait.h",
    "linux/xattr.h",
    // Takes `struct timespec` from linux/time.h.
    "linux/errqueue.h",
];

/// Headers that do not compile without others before them.
const NEEDED: &[(&str, &[&str])] = &[("asm/ucontext.h", &["asm/signal.h", "asm/sigcontext.h"])];

/// Kernel headers that include headers of the C library, which do not go together with those above.
const KERNEL_ON_LIBC: &[&str] = &["sys/socket.h", "linux/shm.h", "linux/vm_sockets.h"];

/// Headers of the C library, for constants that the kernel's headers do not have.
const LIBC: &[&str] = &[
    "dirent.h",
    "fcntl.h",
    "netinet/in.h",
    "netinet/tcp.h",
    "netinet/udp.h",
    "poll.h",
    "sched.h",
    "signal.h",
    "sys/epoll.h",
    "sys/eventfd.h",
    "sys/file.h",
    "sys/ipc.h",
    "sys/mman.h",
    "sys/mount.h",
    "sys/msg.h",
    "sys/quota.h",
    "sys/resource.h",
    "sys/sem.h",
    "sys/shm.h",
    "sys/signalfd.h",
    "sys/socket.h",
    "sys/stat.h",
    "sys/statvfs.h",
    "sys/swap.h",
    "sys/time.h",
    "sys/timerfd.h",
    "sys/timex.h",
    "sys/wait.h",
    "sys/xattr.h",
    "time.h",
    "unistd.h",
];

/// Fields that C has as bit fields or as members of something without a name, so that it cannot be asked
/// for their place.
const NOT_IN_C: &[(&str, &str)] = &[
    ("bpf_attr", "words"),
    ("perf_event_attr", "bits"),
    ("ptrace_syscall_info", "data"),
    ("user_desc", "bits"),
];

/// Parts of the names of spare bytes.
const SPARE: &[&str] = &["pad", "reserved", "resv", "spare"];

/// Constants that stable releases of older kernels were given too.
const BACKPORTED: &[&str] = &[
    "EPOLL_URING_WAKE",
    "FAN_REPORT_FD_ERROR",
    "IORING_ASYNC_CANCEL_OP",
    "IORING_ASYNC_CANCEL_USERDATA",
    "IORING_SEND_ZC_REPORT_USAGE",
    "IOPRIO_CLASS_INVALID",
    "IOPRIO_HINT_DEV_DURATION_LIMIT_1",
    "IOPRIO_HINT_DEV_DURATION_LIMIT_2",
    "IOPRIO_HINT_DEV_DURATION_LIMIT_3",
    "IOPRIO_HINT_DEV_DURATION_LIMIT_4",
    "IOPRIO_HINT_DEV_DURATION_LIMIT_5",
    "IOPRIO_HINT_DEV_DURATION_LIMIT_6",
    "IOPRIO_HINT_DEV_DURATION_LIMIT_7",
    "IOPRIO_HINT_MASK",
    "IOPRIO_HINT_NONE",
    "IOPRIO_HINT_SHIFT",
    "IOPRIO_LEVEL_MASK",
    "LANDLOCK_CREATE_RULESET_ERRATA",
];

/// What one set of headers says about one kind of thing.
#[derive(Default)]
struct Tally {
    checked: usize,
    mismatches: Vec<String>,
    unknown: Vec<String>,
}

impl Tally {
    fn report(&self, what: &str) {
        println!("  {} {what} checked, {} wrong", self.checked, self.mismatches.len());
        if !self.unknown.is_empty() {
            println!("    {} not to be found: {}", self.unknown.len(), self.unknown.join(", "));
        }
    }
}

#[test]
fn the_abi_agrees_with_kernel_headers() {
    let abi = load("linux/x86_64.sys");
    let mut mismatches = Vec::new();
    for headers in Headers::all() {
        let release = headers.release().min(abi.release);
        println!("{}, Linux {}:", headers.label, headers.release());
        let tallies = [
            ("numbers", numbers(&abi, &headers, release)),
            ("sizes, alignments and fields", layouts(&abi, &headers, release)),
            ("constants", constants(&abi, &headers, release)),
        ];
        for (what, tally) in tallies {
            tally.report(what);
            assert!(tally.checked > 0, "nothing was checked: {what}");
            mismatches.extend(tally.mismatches.into_iter().map(|text| format!("{}: {text}", headers.label)));
        }
    }
    assert!(mismatches.is_empty(), "{} mismatches:\n{}", mismatches.len(), mismatches.join("\n"));
}

/// Compares the numbers both ways: each call has its macro, and each macro its call.
fn numbers(abi: &Abi, headers: &Headers, release: Release) -> Tally {
    let mut tally = Tally::default();
    let macros = headers.macros("asm/unistd.h");
    let mut named: BTreeMap<&str, &str> = macros
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("__NR_")?, value.as_str())))
        .collect();
    for call in &abi.calls {
        tally.checked += 1;
        match named.remove(call.name.as_str()) {
            Some(value) if value == call.nr.0.to_string() => {
                if call.since.is_some_and(|since| since > release) {
                    tally.mismatches.push(format!("{}: is there, but is said to be younger", call.name));
                }
            }
            Some(value) => tally.mismatches.push(format!("{}: {} but {value} in C", call.name, call.nr.0)),
            None if call.since.is_some_and(|since| since > release) => tally.checked -= 1,
            None => tally.mismatches.push(format!("{}: no macro", call.name)),
        }
    }
    tally.mismatches.extend(named.iter().map(|(name, value)| format!("{name}: {value} in C, but no call")));
    tally
}

/// Compares size, alignment and every field of the structs that have a header.
fn layouts(abi: &Abi, headers: &Headers, release: Release) -> Tally {
    let mut tally = Tally::default();
    let structs = structs_at(abi, release);
    let mut by_header: BTreeMap<&str, Vec<(&str, &Struct)>> = BTreeMap::new();
    for (name, layout) in structs {
        if let Some(header) = layout.header.as_deref() {
            by_header.entry(header).or_default().push((name, layout));
        }
    }
    let wanted: Vec<&str> = by_header.keys().copied().collect();
    let (_, missing) = headers.find(&wanted);
    if !missing.is_empty() {
        println!("  headers not to be found: {}", missing.join(", "));
    }
    for (header, structs) in by_header {
        if missing.contains(&header) {
            tally.unknown.extend(structs.iter().map(|(name, _)| (*name).to_owned()));
            continue;
        }
        let needed = NEEDED.iter().filter(|(by, _)| *by == header).flat_map(|(_, needed)| *needed);
        let includes: Vec<&str> = needed.copied().chain([header]).collect();
        let questions: Vec<Question> =
            structs.iter().flat_map(|(name, layout)| questions_about(name, layout, release)).collect();
        for (question, answer) in questions.iter().zip(headers.ask(&includes, &questions)) {
            tally.checked += 1;
            match answer {
                Answer::True => {}
                Answer::False => {
                    tally.mismatches.push(format!("{}: not so: {}", question.name, question.expression))
                }
                Answer::Unknown(why) => {
                    tally.mismatches.push(format!("{}: <{header}>: {why}", question.name))
                }
            }
        }
    }
    tally
}

fn questions_about(name: &str, layout: &Struct, release: Release) -> Vec<Question> {
    let c = &layout.c_name;
    let ask = |what: &str, expression: String| Question { name: format!("{name}{what}"), expression };
    let younger = |field: &Field| since(field).is_some_and(|since| since > release);
    let grown = layout.fields.iter().any(younger);
    let mut questions = vec![ask("", format!("sizeof({c}) == {}", layout.size))];
    if !grown {
        questions.push(ask("", format!("_Alignof({c}) == {}", layout.align)));
    }
    for field in &layout.fields {
        // Where a younger field is, spare bytes were, and nothing is known about how they were cut up.
        let spare = grown && SPARE.iter().any(|word| field.name.contains(word));
        if younger(field) || spare || NOT_IN_C.contains(&(name, field.name.as_str())) {
            continue;
        }
        let what = format!(".{}", field.name);
        questions.push(ask(&what, format!("__builtin_offsetof({c}, {}) == {}", field.name, field.offset)));
        if field.array != Some(0) {
            questions.push(ask(&what, format!("sizeof((({c} *)0)->{}) == {}", field.name, field.size)));
        }
    }
    questions
}

/// The release since which a field has taken the place of spare bytes, which its documentation begins with.
fn since(field: &Field) -> Option<Release> {
    let rest = field.doc.strip_prefix("Since ")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    rest[..end].trim_end_matches('.').parse().ok()
}

/// Compares the members of flag sets and enums with macros and enumerators.
fn constants(abi: &Abi, headers: &Headers, release: Release) -> Tally {
    let mut tally = Tally::default();
    let all = all_constants(abi);
    let mut answers = vec![Answer::Unknown(String::new()); all.len()];
    for includes in [KERNEL, KERNEL_ON_LIBC, LIBC] {
        let (found, missing) = headers.find(includes);
        if !missing.is_empty() {
            println!("  headers without which constants were checked: {}", missing.join(", "));
        }
        // The C library is no authority on the age of what the kernel has.
        let asks = |constant: &Constant| includes != LIBC || constant.since.is_none_or(|s| s <= release);
        let open: Vec<usize> =
            (0..all.len()).filter(|i| matches!(answers[*i], Answer::Unknown(_)) && asks(all[*i].1)).collect();
        let questions: Vec<Question> = open.iter().map(|i| question_of(all[*i].0, all[*i].1)).collect();
        for (index, answer) in open.into_iter().zip(headers.ask(&found, &questions)) {
            answers[index] = answer;
        }
    }
    for ((_, constant), answer) in all.iter().zip(answers) {
        let younger = constant.since.filter(|since| *since > release);
        match (answer, younger) {
            // A mask had fewer bits before the release that gave it its present value.
            (Answer::Unknown(_) | Answer::False, Some(_)) => continue,
            (Answer::Unknown(_), None) => {
                tally.unknown.push(constant.name.clone());
                continue;
            }
            (Answer::True, None) => {}
            (Answer::False, None) => {
                tally.mismatches.push(format!("{}: {:#x} differs from C", constant.name, constant.value));
            }
            (Answer::True, Some(_)) if BACKPORTED.contains(&constant.name.as_str()) => continue,
            (Answer::True, Some(since)) => {
                tally.mismatches.push(format!("{}: is there, but is said to be of {since}", constant.name));
            }
        }
        tally.checked += 1;
    }
    tally
}

/// Every constant with the scalar of its type, once per name and value.
fn all_constants(abi: &Abi) -> Vec<(Scalar, &Constant)> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for def in &abi.types {
        if let TypeDefKind::Flags(scalar, constants) | TypeDefKind::Enum(scalar, constants) = &def.kind {
            let fresh = constants.iter().filter(|c| seen.insert((c.name.as_str(), c.value)));
            all.extend(fresh.map(|c| (*scalar, c)));
        }
    }
    all
}

fn question_of(scalar: Scalar, constant: &Constant) -> Question {
    let bits = scalar.size * 8;
    let mask = u64::MAX >> (64 - bits);
    // Signed and unsigned spellings of the same bits are the same constant.
    let value = u64::try_from(constant.value & i128::from(mask)).unwrap_or(u64::MAX);
    let expression = format!("((unsigned long long)({}) & {mask:#x}ull) == {value:#x}ull", constant.name);
    Question { name: constant.name.clone(), expression }
}
