//! Files to try calls on, and ways to try them with fewer rights.

use crate::Harness;
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The working folder, where a call takes a descriptor of a folder.
pub const AT_FDCWD: usize = -100isize as usize;
/// A link at the end of a path is not followed.
pub const AT_SYMLINK_NOFOLLOW: usize = 0x100;
/// The path may be empty.
pub const AT_EMPTY_PATH: usize = 0x1000;
/// The upper half of a register that holds an int.
pub const GARBAGE: usize = 0xdead_beef << 32;

/// A new folder with a file, a folder, links and a pipe; it goes away when it is dropped.
#[derive(Debug)]
pub struct Folder {
    folder: tempfile::TempDir,
    /// Opened for paths below it only.
    pub fd: usize,
}

impl Folder {
    /// Makes it, on a file system in memory where there is one.
    ///
    /// # Panics
    ///
    /// When that fails.
    #[must_use]
    pub fn new(harness: &Harness) -> Folder {
        let shm = Path::new("/dev/shm");
        let place = if shm.is_dir() { shm.to_owned() } else { std::env::temp_dir() };
        Folder::below(harness, &place)
    }

    /// Makes it below another folder.
    ///
    /// # Panics
    ///
    /// When that fails.
    #[must_use]
    pub fn below(harness: &Harness, place: &Path) -> Folder {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir_in(place).expect("a folder");
        let path = folder.path();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        std::fs::write(path.join("file"), "text\n").expect("a file");
        std::fs::write(path.join("secret"), "text\n").expect("a file");
        std::fs::set_permissions(path.join("secret"), std::fs::Permissions::from_mode(0o200))
            .expect("a mode");
        std::fs::create_dir(path.join("folder")).expect("a folder");
        std::fs::create_dir(path.join("closed")).expect("a folder");
        std::fs::write(path.join("closed/file"), "").expect("a file");
        std::fs::set_permissions(path.join("closed"), std::fs::Permissions::from_mode(0o700))
            .expect("a mode");
        symlink("file", path.join("link")).expect("a link");
        symlink("nothing", path.join("dangling")).expect("a link");
        symlink("loop", path.join("loop")).expect("a link");
        let pipe = c_path(&path.join("pipe"));
        // SAFETY: the path ends in NUL.
        let made = unsafe { harness.real("mknod", [address(&pipe), 0o010_644, 0, 0, 0, 0]) };
        assert_eq!(made, 0, "a pipe");
        let fd = open(harness, path, PATH_ONLY);
        Folder { folder, fd }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The absolute path of a file in it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}

/// O_PATH
pub const PATH_ONLY: usize = 0o10_000_000;

/// A path with its NUL.
///
/// # Panics
///
/// When there is a NUL in it.
#[must_use]
pub fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("no NUL")
}

/// A text with its NUL.
///
/// # Panics
///
/// When there is a NUL in it.
#[must_use]
pub fn c(text: &str) -> CString {
    CString::new(text).expect("no NUL")
}

/// The address of a text.
#[must_use]
pub fn address(text: &CString) -> usize {
    text.as_ptr() as usize
}

/// Opens a file with these flags.
///
/// # Panics
///
/// When it cannot be opened.
#[must_use]
pub fn open(harness: &Harness, path: &Path, flags: usize) -> usize {
    let path = c_path(path);
    // SAFETY: the path ends in NUL.
    let fd = unsafe { harness.real("openat", [AT_FDCWD, address(&path), flags, 0o600, 0, 0]) };
    usize::try_from(fd).unwrap_or_else(|_| panic!("{path:?}: {fd}"))
}

/// Closes a descriptor.
pub fn close(harness: &Harness, fd: usize) {
    // SAFETY: the test's own.
    unsafe { harness.real("close", [fd, 0, 0, 0, 0, 0]) };
}

/// The descriptors that this process has open, without the one that lists them.
///
/// # Panics
///
/// Without /proc.
#[must_use]
pub fn descriptors() -> Vec<u32> {
    let listed = std::fs::read_dir("/proc/thread-self/fd").expect("/proc");
    let names: Vec<_> = listed.map(|entry| entry.expect("an entry").file_name()).collect();
    let numbers = names.iter().map(|name| name.to_str().expect("a number").parse().expect("a number"));
    let mut numbers: Vec<u32> = numbers.filter(|fd| is_open(*fd)).collect();
    numbers.sort_unstable();
    numbers
}

fn is_open(fd: u32) -> bool {
    std::fs::read_link(format!("/proc/thread-self/fd/{fd}")).is_ok()
}

/// Runs a function in a thread of other ids: (real, effective, saved), if this one may take them on.
///
/// Raw calls change the ids of one thread only.
///
/// # Panics
///
/// When the function does.
pub fn with_ids(harness: &Harness, ids: [usize; 3], run: impl FnOnce() + Send) {
    let [real, effective, saved] = ids;
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            let ids = [real, effective, saved, 0, 0, 0];
            // SAFETY: they change this thread only.
            let group = unsafe { harness.real("setresgid", ids) };
            // SAFETY: as above.
            let user = unsafe { harness.real("setresuid", ids) };
            if group == 0 && user == 0 {
                run();
            } else {
                eprintln!("not tried with the ids {ids:?}: {group}, {user}");
            }
        });
        running.join().unwrap_or_else(|why| std::panic::resume_unwind(why));
    });
}

/// Runs a function in a thread that has descriptors and a working folder of its own, which no other test changes.
///
/// # Panics
///
/// When the function does, or a thread cannot have its own.
pub fn with_own_descriptors<T: Send>(harness: &Harness, run: impl FnOnce() -> T + Send) -> T {
    const CLONE_FS_AND_FILES: usize = 0x600;
    std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            // SAFETY: it changes this thread only.
            assert_eq!(unsafe { harness.real("unshare", [CLONE_FS_AND_FILES, 0, 0, 0, 0, 0]) }, 0);
            run()
        });
        running.join().unwrap_or_else(|why| std::panic::resume_unwind(why))
    })
}

/// Makes a folder the working folder of this thread, and of those that share it.
///
/// # Panics
///
/// When that fails.
pub fn enter(harness: &Harness, folder: &Folder) {
    // SAFETY: the test's own folder.
    assert_eq!(unsafe { harness.real("fchdir", [folder.fd, 0, 0, 0, 0, 0]) }, 0);
}
