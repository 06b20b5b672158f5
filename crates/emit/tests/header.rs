//! `libsys.h` as compilers see it: alone and beside other headers, in C and C++, and against the model.

mod common;

use common::{folder, lower, real, run, small, structs, write};
use libsys_emit::{elf, header};
use libsys_model::{Abi, Release, TypeDefKind};
use object::{Object, ObjectSymbol};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Headers of C libraries, as far as they are there.
const LIBC: &str = "\
    aio.h dirent.h errno.h fcntl.h grp.h ifaddrs.h inttypes.h limits.h math.h mqueue.h net/if.h netdb.h \
    netinet/in.h netinet/tcp.h netinet/udp.h poll.h pthread.h pwd.h sched.h semaphore.h setjmp.h \
    signal.h spawn.h stddef.h stdint.h stdio.h stdlib.h string.h sys/acct.h sys/epoll.h sys/eventfd.h \
    sys/fanotify.h sys/file.h sys/fsuid.h sys/inotify.h sys/io.h sys/ioctl.h sys/ipc.h sys/klog.h \
    sys/mman.h sys/mount.h sys/msg.h sys/param.h sys/personality.h sys/prctl.h sys/ptrace.h sys/quota.h \
    sys/random.h sys/reboot.h sys/resource.h sys/rseq.h sys/select.h sys/sem.h sys/sendfile.h sys/shm.h \
    sys/signalfd.h sys/socket.h sys/stat.h sys/statfs.h sys/statvfs.h sys/swap.h sys/syscall.h \
    sys/sysinfo.h sys/sysmacros.h sys/time.h sys/timerfd.h sys/times.h sys/timex.h sys/types.h \
    sys/ucontext.h sys/uio.h sys/un.h sys/user.h sys/utsname.h sys/vfs.h sys/wait.h sys/xattr.h \
    termios.h time.h ucontext.h unistd.h ustat.h utime.h wchar.h";

/// Headers of the kernel that can be included together.
const KERNEL: &str = "\
    asm/ldt.h asm/mman.h asm/prctl.h asm/ptrace.h asm/signal.h asm/socket.h asm/stat.h asm/statfs.h \
    asm/unistd.h linux/aio_abi.h linux/audit.h linux/bpf.h linux/cachestat.h linux/capability.h \
    linux/close_range.h linux/elf.h linux/errno.h linux/errqueue.h linux/eventfd.h linux/eventpoll.h \
    linux/falloc.h linux/fadvise.h linux/fanotify.h linux/fcntl.h linux/fs.h linux/futex.h \
    linux/inotify.h linux/io_uring.h linux/ioctl.h linux/ioprio.h linux/ipc.h linux/kcmp.h linux/kexec.h \
    linux/keyctl.h linux/landlock.h linux/lsm.h linux/magic.h linux/membarrier.h linux/memfd.h \
    linux/mempolicy.h linux/mman.h linux/module.h linux/mount.h linux/mqueue.h linux/msg.h linux/net.h \
    linux/nsfs.h linux/openat2.h linux/perf_event.h linux/personality.h linux/pidfd.h linux/poll.h \
    linux/posix_types.h linux/prctl.h linux/ptrace.h linux/quota.h linux/random.h linux/reboot.h \
    linux/resource.h linux/rseq.h linux/sched.h linux/sched/types.h linux/seccomp.h linux/sem.h \
    linux/shm.h linux/signal.h linux/signalfd.h linux/socket.h linux/stat.h linux/swap.h linux/sysctl.h \
    linux/sysinfo.h linux/time.h linux/time_types.h linux/times.h linux/timerfd.h linux/timex.h \
    linux/userfaultfd.h linux/utime.h linux/utsname.h linux/wait.h linux/xattr.h";

const STRICT: &[&str] = &["-Wall", "-Wextra", "-pedantic", "-Werror", "-fsyntax-only"];

/// A compiler of this machine.
struct Compiler {
    command: &'static str,
    language: &'static str,
    standards: &'static [&'static str],
}

impl Compiler {
    /// Those that are there: a C compiler always is, the linker of Rust.
    fn all() -> Vec<Compiler> {
        let c = ["c99", "c11", "gnu17"].as_slice();
        let cpp = ["c++98", "c++11", "gnu++17"].as_slice();
        let known = [("cc", "c", c), ("clang", "c", c), ("c++", "c++", cpp), ("clang++", "c++", cpp)];
        let mut found = Vec::new();
        for (command, language, standards) in known {
            if Command::new(command).arg("--version").output().is_ok_and(|o| o.status.success()) {
                found.push(Compiler { command, language, standards });
            } else {
                println!("not checked: there is no {command}");
            }
        }
        assert!(found.iter().any(|compiler| compiler.language == "c"), "there is no C compiler");
        found
    }

    /// Compiles a text beside the header in `folder`.
    fn compile(
        &self,
        folder: &Path,
        standard: &str,
        arguments: &[&str],
        text: &str,
    ) -> Result<String, String> {
        let source = folder.join(format!(
            "{}-{standard}.{}",
            self.command,
            if self.language == "c" { "c" } else { "cc" }
        ));
        std::fs::write(&source, text).unwrap_or_else(|why| panic!("{}: {why}", source.display()));
        let mut command = Command::new(self.command);
        command.args(["-x", self.language, &format!("-std={standard}")]).args(arguments);
        run(command.arg("-I").arg(folder).arg(&source)).map_err(|why| {
            format!("{} -std={standard} {arguments:?}:\n{text:.600}\n{why:.6000}", self.command)
        })
    }
}

fn prepare(test: &str, abi: &Abi) -> std::path::PathBuf {
    write(test, "libsys.h", &header::emit(abi));
    folder(test)
}

/// `#include` of each header that is there.
fn includes(headers: &str) -> String {
    let one = |header: &str| format!("#if __has_include(<{header}>)\n#include <{header}>\n#endif\n");
    headers.split_whitespace().map(one).collect()
}

#[test]
fn small_header() {
    insta::assert_snapshot!(header::emit(&small()));
}

#[test]
fn needs_no_other_header_and_warns_of_nothing() {
    let old = real().at(Release::new(4, 19, 0));
    for (name, abi) in [("alone-small", small()), ("alone-real", real()), ("alone-old", old)] {
        let folder = prepare(name, &abi);
        for compiler in Compiler::all() {
            for standard in compiler.standards {
                for defined in ["", "#define LIBSYS_STRUCTS\n", "#define LIBSYS_CONSTANTS\n"] {
                    // Once by itself, then with all; twice, since headers are.
                    let text = format!(
                        "{defined}#include <libsys.h>\n#include <libsys.h>\n\
                         #undef LIBSYS_STRUCTS\n#define LIBSYS_STRUCTS\n\
                         #undef LIBSYS_CONSTANTS\n#define LIBSYS_CONSTANTS\n#include <libsys.h>\n\
                         long f(int file, char *at) {{ return __sys_read(file, at, 1) + O_CREAT; }}\n"
                    );
                    let arguments = [STRICT, &["-ffreestanding", "-nostdinc"]].concat();
                    compiler
                        .compile(&folder, standard, &arguments, &text)
                        .unwrap_or_else(|why| panic!("{why}"));
                }
            }
        }
    }
}

/// A file of 2005: numbers may share a name, pointers are words, and nothing is aligned for 64 bits.
const BASE: &str = "BASE map_syscalls_1_2_0;
ADD 3 { function ssize_t read(int fd, void_ptr buf, size_t nbyte); implementation direct; }
ADD 5 { function int open(const_char_ptr path, int flags, mode_t mode); implementation direct; }
ADD 7 { function off_t read(u_int fd, quad_t at, caddr_t text); }
";

#[test]
fn base_has_one_entry_for_each_name() {
    let folder = prepare("base", &lower(BASE));
    let text = "#include <libsys.h>\nint f(char *at) { return __syscall_read(0, at, 1) + __syscall_open(at, 0, 0); }\n";
    for compiler in Compiler::all().iter().filter(|compiler| compiler.language == "c") {
        compiler
            .compile(&folder, "c99", &[STRICT, &["-m32"]].concat(), text)
            .unwrap_or_else(|why| panic!("{why}"));
    }
    let header = header::emit(&lower(BASE));
    assert_eq!(header.matches("LIBSYS_HIDDEN ").count(), 3, "the macro and two functions");
    assert!(!header.contains("__sys_"), "{header}");
}

/// Those of some headers that a compiler takes without ours: one of the kernel's may be no C++, as `linux/ioprio.h` of 6.1.192
/// is, with a parameter called `class`.
fn taken(compiler: &Compiler, folder: &Path, standard: &str, arguments: &[&str], headers: &str) -> String {
    let takes = |headers: &str| {
        let text = format!("#undef _GNU_SOURCE\n#define _GNU_SOURCE\n{}", includes(headers));
        compiler.compile(folder, standard, arguments, &text).is_ok()
    };
    if takes(headers) {
        return headers.to_owned();
    }
    let (mut taken, mut others) = (String::new(), Vec::new());
    // Behind those before it, which some need.
    for header in headers.split_whitespace() {
        let more = format!("{taken} {header}");
        if takes(&more) { taken = more } else { others.push(header) }
    }
    println!("not checked: {} does not take {}", compiler.command, others.join(" "));
    assert!(others.len() <= 3, "{} does not take {}", compiler.command, others.join(" "));
    taken
}

/// Includes the header before, after and between others, in each way that it says is allowed.
fn all_orders(test: &str, arguments: &[&str], headers: &str) {
    let folder = prepare(test, &real());
    let arguments = [STRICT, arguments].concat();
    for compiler in Compiler::all() {
        let standard = if compiler.language == "c" { "gnu17" } else { "gnu++17" };
        let headers = taken(&compiler, &folder, standard, &arguments, headers);
        let others = includes(&headers);
        let (first, second) =
            headers.split_at(headers.find(" linux/io").or(headers.find(" sys/io")).unwrap_or(0));
        let between = format!("{}#include <libsys.h>\n{}", includes(first), includes(second));
        let texts = [
            format!("#include <libsys.h>\n{others}"),
            format!("{others}#include <libsys.h>\n"),
            between,
            format!("#include <libsys.h>\n{others}#define LIBSYS_CONSTANTS\n#include <libsys.h>\n"),
        ];
        for defined in ["", "#define _GNU_SOURCE\n"] {
            for text in &texts {
                let text = format!("#undef _GNU_SOURCE\n{defined}{text}");
                compiler.compile(&folder, standard, &arguments, &text).unwrap_or_else(|why| panic!("{why}"));
            }
        }
    }
}

#[test]
fn goes_with_the_c_library() {
    all_orders("libc", &[], LIBC);
}

#[test]
fn goes_with_the_kernels_headers() {
    all_orders("kernel", &[], KERNEL);
}

/// The folders in which musl's headers may be: Debian's `musl-dev`, musl's own prefix, or what
/// `LIBSYS_MUSL_HEADERS` says.
fn musl() -> Option<String> {
    let own = std::env::var("LIBSYS_MUSL_HEADERS").ok();
    let known = ["/usr/include/x86_64-linux-musl", "/usr/local/musl/include"].map(str::to_owned);
    let found = own.into_iter().chain(known).find(|folder| Path::new(folder).join("stdio.h").exists());
    if found.is_none() {
        println!("not checked: musl's headers are not there; set LIBSYS_MUSL_HEADERS to their folder");
    }
    found
}

#[test]
fn goes_with_musl() {
    if let Some(folder) = musl() {
        all_orders("musl", &["-nostdinc", "-isystem", &folder], LIBC);
    }
}

/// What programs beside a C library pass: its own types.
const CALLS: &str = r"
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <libsys.h>
int calls(int file, char **argv, struct stat *stat, struct iovec *iov, struct msghdr *message);
int calls(int file, char **argv, struct stat *stat, struct iovec *iov, struct msghdr *message) {
	struct timespec time;
	struct timeval now;
	struct rusage usage;
	struct pollfd poll;
	struct epoll_event event;
	size_t size = sizeof time;
	off_t offset = 0;
	int pipe[2];
	time.tv_sec = 1;
	time.tv_nsec = 0;
	__sys_nanosleep(&time, &time);
	__sys_fstat(file, stat);
	__sys_readv(file, iov, size);
	__sys_sendmsg(file, message, MSG_NOSIGNAL);
	__sys_gettimeofday(&now, 0);
	__sys_wait4(-1, &file, 0, &usage);
	__sys_poll(&poll, 1, -1);
	__sys_epoll_ctl(file, EPOLL_CTL_ADD, 0, &event);
	__sys_sendfile(file, file, &offset, size);
	__sys_pipe2(pipe, O_CLOEXEC);
	void *memory = __sys_mmap(0, size, 3, 0x22, -1, 0);
	return memory == argv ? -1 : __sys_execve(argv[0], argv, argv);
}
";

#[test]
fn takes_the_types_of_the_c_library() {
    let folder = prepare("types", &real());
    for compiler in Compiler::all() {
        let standard = if compiler.language == "c" { "gnu17" } else { "gnu++17" };
        let text =
            CALLS.trim_start().replacen("#define _GNU_SOURCE", "#undef _GNU_SOURCE\n#define _GNU_SOURCE", 1);
        compiler.compile(&folder, standard, STRICT, &text).unwrap_or_else(|why| panic!("{why}"));
    }
}

#[test]
fn programs_of_this_repository_compile() {
    let folder = prepare("programs", &real());
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/programs");
    let files = std::fs::read_dir(&programs).unwrap_or_else(|why| panic!("{}: {why}", programs.display()));
    let mut count = 0;
    for file in
        files.flatten().map(|file| file.path()).filter(|path| path.extension().is_some_and(|e| e == "c"))
    {
        let text = std::fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()));
        let beside = programs.to_str().expect("a path in UTF-8");
        let arguments = ["-Wall", "-Wextra", "-Werror", "-ffreestanding", "-fsyntax-only", "-iquote", beside];
        Compiler::all()[0].compile(&folder, "gnu17", &arguments, &text).unwrap_or_else(|why| panic!("{why}"));
        count += 1;
    }
    assert!(count > 0);
}

#[test]
fn refuses_types_that_the_kernel_would_misread() {
    let folder = prepare("refused", &real());
    for compiler in Compiler::all() {
        let standard = if compiler.language == "c" { "gnu17" } else { "gnu++17" };
        let text = |ty: &str| {
            format!(
                "#include <signal.h>\n#include <libsys.h>\n\
                 int f({ty} *a);\nint f({ty} *a) {{ return __sys_rt_sigaction(1, a, a, 8); }}\n"
            )
        };
        let kernel = compiler.compile(&folder, standard, STRICT, &text("struct libsys_sigaction"));
        assert_eq!(kernel.err(), None);
        let libc = compiler.compile(&folder, standard, STRICT, &text("struct sigaction"));
        assert!(libc.is_err_and(|why| why.contains("libsys_sigaction")), "{}", compiler.command);
    }
}

/// Structs that the header and a C library call by the same name: the kernel may write all its bytes, and
/// every field that both have is at one place.
fn agrees_with(headers: &str, arguments: &[&str], test: &str) {
    let abi = real();
    let folder = prepare(test, &abi);
    let text = header::emit(&abi);
    let mut source = format!("#define _GNU_SOURCE\n{headers}#include <stddef.h>\n");
    let mut names = Vec::new();
    for (def, layout) in structs(&abi) {
        let tag = format!("{} {}", if layout.is_union { "union" } else { "struct" }, def.name);
        if !text.contains(&format!("\n{tag};\n")) || layout.version.is_some() && !layout.extensible {
            continue;
        }
        let open = layout.extensible || layout.fields.iter().any(|field| field.array == Some(0));
        let size = if open { 0 } else { layout.size };
        source.push_str(&format!("_Static_assert(sizeof({tag}) >= {size}, \"DIFFERS\");\n"));
        names.push(tag.clone());
        for field in &layout.fields {
            let (name, offset) = (&field.name, field.offset);
            source.push_str(&format!("_Static_assert(offsetof({tag}, {name}) == {offset}, \"DIFFERS\");\n"));
            names.push(format!("{tag}.{name}"));
        }
    }
    let compiler = &Compiler::all()[0];
    let arguments = [&["-fsyntax-only", "-fmax-errors=0"], arguments].concat();
    // Most are not declared by the C library, which is an error but no difference.
    let errors = compiler.compile(&folder, "gnu17", &arguments, &source).expect_err("some are incomplete");
    let lines = errors.lines().filter(|line| line.contains("static assertion failed"));
    let start = source.lines().position(|line| line.starts_with("_Static_assert")).unwrap_or_default();
    let differing: Vec<&str> = lines
        .filter_map(|line| line.rsplit(".c:").next()?.split(':').next()?.parse::<usize>().ok())
        .filter_map(|line| names.get(line - 1 - start).map(String::as_str))
        .collect();
    assert_eq!(differing, [""; 0], "these need an own name: see DIFFERENT_IN_LIBC");
    let known = names.iter().filter(|name| !errors.contains(&format!("incomplete type '{name}'"))).count();
    assert!(known > 100, "only {known} names were compared");
}

#[test]
fn shares_names_only_for_the_same_layout() {
    let stat = "#undef st_atime\n#undef st_mtime\n#undef st_ctime\n";
    agrees_with(&format!("{}{stat}", includes(LIBC)), &[], "agree-libc");
    if let Some(folder) = musl() {
        let headers = format!("{}{stat}", includes(LIBC));
        agrees_with(&headers, &["-nostdinc", "-isystem", &folder], "agree-musl");
    }
}

#[test]
fn lays_structs_out_as_the_model_does() {
    for (name, abi) in [("layout-small", small()), ("layout-real", real())] {
        let folder = prepare(name, &abi);
        let header = header::emit(&abi);
        let mut source = String::from("#define LIBSYS_STRUCTS\n#include <libsys.h>\n");
        let (mut checked, mut fields) = (0, 0);
        for (def, layout) in structs(&abi) {
            let word = if layout.is_union { "union" } else { "struct" };
            // The bare name is that of the newest version, which is the last one.
            let newest = structs(&abi).filter(|(other, _)| other.name == def.name).last();
            let tags = match &layout.version {
                Some(version) if newest.is_some_and(|(_, newest)| newest != layout) => {
                    vec![format!("{word} {}_{version}", def.name)]
                }
                _ => {
                    let names = ["", "libsys_"].map(|prefix| format!("{word} {prefix}{}", def.name));
                    [&names[..], std::slice::from_ref(&layout.c_name)].concat()
                }
            };
            let declared = |tag: &&String| header.contains(&format!("\nLIBSYS_LAYOUT({tag}, "));
            let tag = tags.iter().find(declared).unwrap_or_else(|| panic!("no {}", def.name));
            let (size, align) = (layout.size, layout.align);
            source.push_str(&format!("_Static_assert(sizeof({tag}) == {size}, \"{tag}\");\n"));
            source.push_str(&format!("_Static_assert(_Alignof({tag}) == {align}, \"{tag}\");\n"));
            checked += 1;
            for field in &layout.fields {
                let name = match field.name.as_str() {
                    word @ ("new" | "class" | "private" | "linux") => format!("{word}_"),
                    name => name.to_owned(),
                };
                let place = format!("__builtin_offsetof({tag}, {name}) == {}", field.offset);
                source.push_str(&format!("_Static_assert({place}, \"{tag} {name}\");\n"));
                if field.array != Some(0) {
                    let size = format!("sizeof((({tag} *)0)->{name}) == {}", field.size);
                    source.push_str(&format!("_Static_assert({size}, \"{tag} {name}\");\n"));
                }
                fields += 1;
            }
        }
        println!("{name}: {checked} structs, {fields} fields");
        assert_eq!(checked, structs(&abi).count());
        let all = header.lines().filter(|line| line.starts_with("LIBSYS_LAYOUT(")).count();
        assert_eq!(all, checked);
        for compiler in Compiler::all().iter().filter(|compiler| compiler.language == "c") {
            let compiled = compiler.compile(&folder, "gnu17", &["-fsyntax-only"], &source);
            compiled.unwrap_or_else(|why| panic!("{why}"));
        }
    }
}

#[test]
fn asserts_its_own_layouts() {
    let folder = folder("asserted");
    let header = header::emit(&small());
    for (right, wrong) in [
        ("\tunsigned int events;\n", "\tunsigned short events;\n"),
        ("__attribute__((__aligned__(32)))", "__attribute__((__aligned__(16)))"),
        ("\tlong tv_sec;\n", "\tlong tv_sec[2];\n"),
    ] {
        let wrong = header.replacen(right, wrong, 1);
        assert_ne!(wrong, header);
        write("asserted", "libsys.h", &wrong);
        for compiler in Compiler::all() {
            for standard in compiler.standards {
                let text = "#define LIBSYS_STRUCTS\n#include <libsys.h>\n";
                assert!(compiler.compile(&folder, standard, &["-fsyntax-only"], text).is_err(), "{right}");
            }
        }
    }
}

#[test]
fn gives_constants_their_values() {
    let abi = real();
    let folder = prepare("constants", &abi);
    let mut source = String::from("#define LIBSYS_CONSTANTS\n#include <libsys.h>\n");
    let mut count = 0;
    for def in &abi.types {
        let (TypeDefKind::Flags(scalar, constants) | TypeDefKind::Enum(scalar, constants)) = &def.kind else {
            continue;
        };
        let mask = u64::MAX >> (64 - 8 * scalar.size);
        for constant in constants {
            let bits = (constant.value & i128::from(mask)) as u64;
            let name = &constant.name;
            source.push_str(&format!(
                "_Static_assert(((unsigned long)({name}) & {mask:#x}UL) == {bits:#x}UL, \"{name}\");\n\
                 #if {name} == 1 - 1 && {bits:#x}UL != 0\n#error {name}\n#endif\n"
            ));
            count += 1;
        }
    }
    assert!(count > 2000, "{count} constants");
    let compiler = &Compiler::all()[0];
    compiler.compile(&folder, "c11", STRICT, &source).unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn calls_go_directly_and_some_do_not_return() {
    let folder = prepare("direct", &real());
    let text = "#include <libsys.h>\n\
        int f(char *at);\nint f(char *at) {\n\
        \tif (__sys_raw_read(0, at, 1) < 0)\n\t\treturn __sys_close(0);\n\
        \tvoid (*restorer)(void) = __sys_raw_rt_sigreturn;\n\trestorer();\n\
        \t__sys_exit_group(1);\n}\n";
    let assembly = folder.join("direct.s");
    let output = assembly.to_string_lossy().into_owned();
    // Without its attribute `__sys_exit_group` would be a function that ends without a value.
    let arguments = ["-Wall", "-Werror", "-Og", "-fPIC", "-S", "-o", &output];
    for compiler in Compiler::all().iter().filter(|compiler| compiler.language == "c") {
        compiler.compile(&folder, "gnu17", &arguments, text).unwrap_or_else(|why| panic!("{why}"));
        let code = std::fs::read_to_string(&assembly).unwrap_or_default();
        for name in ["__sys_raw_read", "__sys_close", "__sys_exit_group"] {
            let reaches =
                code.lines().any(|line| line.contains(name) && line.contains("call") || line.contains("jmp"));
            assert!(reaches, "{name}:\n{code}");
        }
        assert!(!code.contains("@PLT") && !code.contains("GOTPCREL"), "{code}");
    }
}

#[test]
fn declares_what_the_archive_defines() {
    for abi in [small(), real()] {
        let table =
            elf::text(&abi).into_iter().find(|member| member.name == "table.o").expect("it has a table");
        let object = object::File::parse(table.bytes.as_slice()).expect("it is ELF");
        let mut defined: BTreeSet<String> = object
            .symbols()
            .filter_map(|symbol| {
                symbol.name().ok().filter(|name| name.starts_with("__sys_")).map(str::to_owned)
            })
            .collect();
        // Nobody calls it: only its raw entry is declared.
        assert!(defined.remove("__sys_rt_sigreturn"));
        let header = header::emit(&abi);
        let prototypes = header.lines().filter(|line| line.starts_with("LIBSYS_HIDDEN "));
        let mut declared = BTreeMap::new();
        for line in prototypes {
            let name =
                line.find("__sys_").map(|at| &line[at..line[at..].find('(').map_or(at, |end| at + end)]);
            *declared.entry(name.unwrap_or_default().to_owned()).or_insert(0) += 1;
        }
        assert!(declared.values().all(|count| *count == 1));
        assert_eq!(declared.into_keys().collect::<BTreeSet<_>>(), defined);
    }
}
