use super::*;
use libsys_syntax::source::{Source, TableLoader};
use proptest::prelude::*;

fn import_text(format: Format, name: &str, text: &str) -> (Imported, SourceMap) {
    let mut sources = SourceMap::default();
    let file = sources.add("list", text);
    let imported = import(format, &sources, file, name, &libsys_abi::linux_x86_64());
    (imported, sources)
}

/// What a list becomes, and how its warnings are shown. The text is what `check` accepts without a word.
fn good(format: Format, name: &str, text: &str) -> (String, String) {
    let (imported, sources) = import_text(format, name, text);
    let shown = libsys_syntax::render(&imported.diagnostics, &sources, false);
    let text = imported.text.unwrap_or_else(|| panic!("{shown}"));
    let (_, complaints) = lower(&text);
    assert_eq!(complaints, "", "{text}");
    assert_eq!(libsys_syntax::format(&text).as_deref(), Ok(text.as_str()));
    (text, shown)
}

fn lower(text: &str) -> (Option<Abi>, String) {
    let root = Source { path: "imported.sys".into(), text: text.to_owned() };
    let parsed = libsys_syntax::parse(root, &TableLoader::default());
    let (abi, diagnostics) = libsys_model::lower(&parsed);
    (abi, libsys_syntax::render(&diagnostics, &parsed.sources, false))
}

/// The calls that a `syscalls.master` becomes, without the types before them.
fn master(text: &str) -> String {
    let (text, warnings) = good(Format::FreebsdMaster, "list", text);
    assert_eq!(warnings, "");
    let calls = text.find("\nADD").map_or(text.as_str(), |at| &text[at + 1..]);
    calls.replace("    implementation direct;\n", "")
}

fn codes(format: Format, text: &str) -> Vec<(&'static str, u32)> {
    let (imported, _) = import_text(format, "list", text);
    let line = |at: u32| text[..at as usize].bytes().filter(|b| *b == b'\n').count() as u32 + 1;
    imported.diagnostics.iter().map(|d| (d.code, line(d.primary.span.start))).collect()
}

#[test]
fn formats_are_told_apart() {
    assert_eq!(detect("; c\n#include <x>\n3\tAUE_READ\tSTD|CAPENABLED {\n"), Some(Format::FreebsdMaster));
    assert_eq!(detect("0 STD NOHIDE { int nosys(void); }"), Some(Format::FreebsdMaster));
    assert_eq!(detect("11 AUE_NULL OBSOL execv"), Some(Format::FreebsdMaster));
    assert_eq!(detect("# c\n0\tcommon\tread\tsys_read\n"), Some(Format::LinuxTbl));
    assert_eq!(detect("nothing\n"), None);
}

#[test]
fn columns() {
    assert_eq!(
        master("3\tSTD\tPOSIX\t{ ssize_t read(int fd, void *buf, \\\n\t\tsize_t nbyte); }\n"),
        "ADD 3 {\n    function ssize_t read(int fd, void *buf, size_t nbyte);\n}\n"
    );
    assert_eq!(
        master(
            "24\tMPSAFE\tSTD\tPOSIX\t{ uid_t getuid(void); }\n60\tMSTD\t{ int umask(int); } umask x int\n"
        ),
        "ADD 24 {\n    function uid_t getuid(void);\n}\n\nADD 60 {\n    function int umask(int);\n}\n"
    );
    assert_eq!(
        master("17\tAUE_NULL\tSTD\t{ int obreak(char *nsize); } break obreak_args int\n"),
        "ADD 17 {\n    function int break(char *nsize);\n}\n"
    );
    assert_eq!(
        master("4 STD { ssize_t sys_write(int fd, const struct iovec *v, unsigned int n, struct foo **p); }"),
        "ADD 4 {\n    function ssize_t write(int fd, const iovec *v, unsigned int n, foo **p);\n}\n"
    );
}

#[test]
fn calls_as_they_once_were_have_names_of_their_own() {
    let text = "8 COMPAT { int creat(int m); }\n18 AUE_X COMPAT4|CAPENABLED { int getfsstat(long l); }\n\
                188 COMPAT_DF12 POSIX { int stat(int x); }\n189 STD { int stat(int x); }\n";
    let names: Vec<String> = lower(&good(Format::FreebsdMaster, "list", text).0)
        .0
        .unwrap()
        .calls
        .iter()
        .map(|call| call.name.clone())
        .collect();
    assert_eq!(names, ["ocreat", "freebsd4_getfsstat", "dfbsd12_stat", "stat"]);
}

#[test]
fn numbers_without_calls_are_kept_as_notes() {
    let (text, warnings) = good(
        Format::FreebsdMaster,
        "list",
        "11 OBSOL NOHIDE execv\n91 AUE_NULL RESERVED\n100-102 AUE_NULL UNIMPL asyncdaemon (BSD/OS 2.x)\n\
         210 NODEF NOHIDE lkmnosys lkmnosys nosys_args int\n1 STD { void exit(int rval); }\n",
    );
    assert_eq!(warnings, "");
    let notes: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(
        notes,
        [
            "# 11 OBSOL NOHIDE execv",
            "# 91 AUE_NULL RESERVED",
            "# 100-102 AUE_NULL UNIMPL asyncdaemon (BSD/OS 2.x)",
            "# 210 NODEF NOHIDE lkmnosys lkmnosys nosys_args int",
        ]
    );
}

#[test]
fn annotations_become_directions_and_lengths() {
    let param = |written: &str| {
        let text = format!(
            "3 AUE_READ STD|CAPENABLED {{\n\tint f(\n\t    {written},\n\t    size_t n,\n\t    size_t *m\n\t);\n}}\n"
        );
        let text = master(&text);
        let start = text.find('(').unwrap() + 1;
        text[start..text.find(", size_t n").unwrap()].to_owned()
    };
    assert_eq!(param("_Out_writes_bytes_(n) void *buf"), "out void *buf [bytes n]");
    assert_eq!(param("_In_reads_(n) const gid_t *set"), "in const gid_t *set [n]");
    assert_eq!(param("_In_reads_opt_(n) const void *p"), "in opt const void *p [bytes n]");
    assert_eq!(param("_Out_writes_bytes_opt_(*m) struct sockaddr *a"), "out opt sockaddr *a [bytes *m]");
    assert_eq!(param("_Inout_updates_(8) int *p"), "inout int *p [8]");
    assert_eq!(param("_In_z_ const char *path2"), "path path2");
    assert_eq!(param("_In_opt_z_ const char *name"), "opt string name");
    assert_eq!(param("_In_z_ char **argv"), "in char **argv [null]");
    assert_eq!(param("_Out_writes_z_(n) char *buf"), "out char *buf [n]");
    assert_eq!(param("_Inout_opt_ _Contains_long_ptr_ caddr_t addr"), "inout opt caddr_t addr");
    assert_eq!(param("_In_ _Contains_ptr_ const struct msghdr *m2"), "in const msghdr *m2");
    assert_eq!(param("_Out_ int fds[2]"), "out int *fds [2]");
    assert_eq!(param("_Outptr_result_maybenull_ struct aiocb **p"), "out aiocb **p");
    assert_eq!(param("_Out_writes_bytes_opt(*m) char *p"), "out opt char *p [bytes *m]");
    assert_eq!(param("_In_ const struct path *p"), "in const path_struct *p");
    assert_eq!(param("void (*handler)(int, int)"), "function_pointer handler");
    assert_eq!(param("enum what w"), "int w");
    assert_eq!(param("char *const *p"), "char **p");
}

#[test]
fn what_cannot_be_said_is_warned_about() {
    let text = "0 AUE_NULL SYSMUX {\n\tint syscall(\n\t    int number,\n\t    ...\n\t);\n}\n\
                78 A STD { int mincore(_Out_writes_bytes_(len/PAGE_SIZE) char *vec, size_t len); }\n";
    let (text, warnings) = good(Format::FreebsdMaster, "list", text);
    assert!(text.contains("int syscall(int number);"), "{text}");
    assert!(text.contains("int mincore(out char *vec, size_t len);"), "{text}");
    assert!(warnings.contains("list:4:6"), "{warnings}");
    assert!(warnings.contains("the length `len / PAGE_SIZE` is left out"), "{warnings}");
}

#[test]
fn types_are_declared_where_they_must_be() {
    let text = "1 STD { int f(uint32_t a, struct stat *s, foo_t x, foo_t *y, pid_t p, char c); }";
    let (text, _) = good(Format::FreebsdMaster, "freebsd", text);
    let head = text.split("\nADD").next().unwrap();
    assert_eq!(
        head,
        "BASE freebsd;\n\ntype uint32_t = u32;\n\n\
         # The list does not say how large these are: taken for machine words.\ntype foo_t = long;\n\n\
         # The list does not say what these look like.\ntype stat = void;\n"
    );
}

#[test]
fn all_mistakes_of_a_list_are_reported() {
    let text = "\
        1 STD { void exit(int rval) }\n\
        x STD { int f(void); }\n\
        3 NONE { int f(void); }\n\
        5000 STD { int f(void); }\n\
        6 STD { int; }\n\
        7 STD { int f(int + b); }\n\
        8 STD { int g(int a;\n\
        9 STD { int h(void); }\n\
        10 STD { int *** }\n";
    assert_eq!(
        codes(Format::FreebsdMaster, text),
        [("E0601", 2), ("E0605", 3), ("E0602", 4), ("E0603", 5), ("E0603", 6), ("E0604", 7), ("E0603", 9)]
    );
}

#[test]
fn numbers_and_names_are_given_once() {
    let text = "1 STD { int a(void); }\n1 STD { int b(void); }\n2 STD { int a(void); }\n";
    assert_eq!(codes(Format::FreebsdMaster, text), [("W0602", 2), ("W0602", 3)]);
    let (text, _) = good(Format::FreebsdMaster, "list", text);
    assert!(text.contains("# 1 b: its number is taken\n# 2 a: its name is taken\n"), "{text}");
}

const TABLE: &str = "\
# comment
0	common	read			sys_read
1	common	write			sys_write	# behind it
59	64	execve			sys_execve
60	common	exit			sys_exit			-	noreturn
520	x32	execve			compat_sys_execve
999	common	frobnicate		sys_frobnicate
";

#[test]
fn a_table_of_this_machine_is_described_as_the_abi_is() {
    let (text, warnings) = good(Format::LinuxTbl, "linux/x86_64", TABLE);
    assert!(warnings.contains("no prototype of `frobnicate` is known"), "{warnings}");
    assert!(warnings.contains("list:7:1"), "{warnings}");
    let abi = lower(&text).0.unwrap();
    let known = libsys_abi::linux_x86_64();
    assert_eq!(abi.calls.len(), 4);
    for call in &abi.calls {
        let same = known.call_named(&call.name).unwrap();
        assert_eq!((call.nr, call.signature_text()), (same.nr, same.signature_text()));
        assert_eq!(call.errors, same.errors);
    }
    assert!(text.starts_with("ABI linux/x86_64;\nRELEASE 7.2;\n"));
    assert!(
        text.ends_with("# 520 execve: of the ABI x32\n# 999 frobnicate: no prototype is known\n"),
        "{text}"
    );
    assert!(!text.contains("io_uring"), "types that no call leads to");
}

#[test]
fn a_table_of_another_machine_has_prototypes_alone() {
    let (text, _) =
        good(Format::LinuxTbl, "linux/aarch64", "63 common read sys_read\n80 64 fstat sys_newfstat\n");
    assert!(text.starts_with("BASE linux_aarch64;\n"));
    assert!(text.contains("type stat = void;"), "{text}");
    assert!(
        text.contains(
            "ADD 63 {\n    function ssize_t read(fd fd, out void *buf [bytes count], size_t count);"
        )
    );
}

#[test]
fn of_two_abis_of_a_machine_the_main_one_counts() {
    let text = "1 nospu exit sys_exit\n22 32 mount sys_mount\n22 64 umount2 sys_umount\n22 spu read sys_ni_syscall\n";
    let (text, warnings) = good(Format::LinuxTbl, "linux/powerpc", text);
    assert_eq!(warnings, "");
    let calls: Vec<String> = lower(&text).0.unwrap().calls.into_iter().map(|c| c.name).collect();
    assert_eq!(calls, ["exit", "umount2"]);
}

#[test]
fn all_mistakes_of_a_table_are_reported() {
    let text = "0 common\nx common read\n2 common a-b\n3 a b c d e f\n1008 common read\n5 common read\n";
    assert_eq!(
        codes(Format::LinuxTbl, text),
        [("E0601", 1), ("E0602", 2), ("E0601", 3), ("E0601", 4), ("E0602", 5)]
    );
    let twice = "0 common read\n0 common write\n1 common read\n";
    assert_eq!(codes(Format::LinuxTbl, twice), [("W0602", 2), ("W0602", 3)]);
}

/// Pieces that lists are made of, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "1",
        "2",
        "4096",
        "-",
        "STD",
        "COMPAT",
        "COMPAT11|CAPENABLED",
        "OBSOL",
        "AUE_NULL",
        "{",
        "}",
        "(",
        ")",
        ",",
        ";",
        "*",
        "**",
        "int",
        "long",
        "unsigned",
        "char",
        "void",
        "const",
        "struct",
        "enum",
        "stat",
        "path",
        "fd",
        "in",
        "out",
        "opt",
        "a",
        "b",
        "...",
        "\n",
        "\n3 STD { int f(",
        "); }\n",
        "_In_",
        "_Out_writes_bytes_(n)",
        "_In_z_",
        "_In_opt_z_",
        "_Inout_updates_(*n)",
        "[2]",
        "[",
        "]",
        "n",
        "\\\n",
        "; x\n",
        "#x\n",
        "é",
        "caddr_t",
        "common",
        "read",
        "64",
        "0",
        "\t",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever a list says: it is refused with a reason, or becomes a text that `check` has nothing to say of.
    #[test]
    fn lists_are_refused_or_become_good_texts(text in pieces()) {
        let known = libsys_abi_once();
        let mut sources = SourceMap::default();
        let file = sources.add("list", text.clone());
        for format in Format::ALL {
            for name in ["linux/x86_64", "list", "3 /x86_64", ""] {
                let imported = import(format, &sources, file, name, known);
                let is_clean = !imported.diagnostics.iter().any(Diagnostic::is_error);
                prop_assert_eq!(imported.text.is_some(), is_clean);
                let _ = libsys_syntax::render(&imported.diagnostics, &sources, false);
                if let Some(text) = imported.text {
                    let (_, complaints) = lower(&text);
                    prop_assert_eq!(complaints, "", "{}", text);
                    prop_assert_eq!(libsys_syntax::format(&text), Ok(text));
                }
            }
        }
    }
}

fn libsys_abi_once() -> &'static Abi {
    static ABI: std::sync::OnceLock<Abi> = std::sync::OnceLock::new();
    ABI.get_or_init(libsys_abi::linux_x86_64)
}

#[test]
fn what_only_lowering_finds_is_reported_in_the_list() {
    let text = "1 STD { int f(int a, int a, int a_1); }\n2 STD { int g(void x, void); }\n";
    let (imported, sources) = import_text(Format::FreebsdMaster, "list", text);
    assert_eq!(imported.text, None);
    let places: Vec<(&str, &str)> =
        imported.diagnostics.iter().map(|d| (d.code, sources.text(d.primary.span))).collect();
    assert_eq!(places, [("E0603", "int g(void x, void);"); 2]);
}

#[test]
fn parameters_get_names_of_their_own() {
    let (text, _) = good(Format::FreebsdMaster, "list", "1 STD { int f(int a_2, int a, int a, int a_2); }");
    assert!(text.contains("int f(int a_2, int a, int a_2_, int a_2_3)"), "{text}");
}
