//! Gives complete files their names, and never takes one that somebody else has got meanwhile.

use std::fs;
use std::io;
use std::path::Path;

/// Renames a file. Unless it may `replace` one, a file that has appeared at the new name stays: `AlreadyExists`.
pub(super) fn rename(from: &Path, to: &Path, replace: bool) -> io::Result<()> {
    if replace {
        return fs::rename(from, to);
    }
    match rename_to_free(from, to) {
        Err(e) if is_unsupported(&e) => {}
        done => return done,
    }
    // Without that call a second name is as good: it is made only where there is none.
    if link(from, to)? {
        return fs::remove_file(from);
    }
    if fs::symlink_metadata(to).is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}

/// Gives a file a second name, which must be free; `false` where there are no such names, or nothing tells them.
pub(super) fn link(from: &Path, to: &Path) -> io::Result<bool> {
    if cfg!(not(unix)) {
        return Ok(false);
    }
    match fs::hard_link(from, to) {
        Ok(()) => Ok(true),
        Err(e) if is_unsupported(&e) => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether a file system, or the system, lacks the call.
fn is_unsupported(error: &io::Error) -> bool {
    #[cfg(unix)]
    let lacks = [
        libc::EINVAL,
        libc::ENOSYS,
        libc::EOPNOTSUPP,
        libc::ENOTSUP,
        libc::EPERM,
        libc::EMLINK,
    ];
    // ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED
    #[cfg(not(unix))]
    let lacks = [1, 50];
    error
        .raw_os_error()
        .is_some_and(|code| lacks.contains(&code))
        || error.kind() == io::ErrorKind::Unsupported
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)] // no safe wrapper of this call
fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;
    let [from, to] = [from, to].map(|path| CString::new(path.as_os_str().as_bytes()));
    let (from, to) = (from?, to?);
    // By its number, because the libraries of older systems have no function for it.
    // SAFETY: both are texts that end with a NUL and outlive the call, which writes no memory.
    let done = unsafe {
        libc::syscall(
            libc::SYS_renameat2,
            libc::AT_FDCWD,
            from.as_ptr(),
            libc::AT_FDCWD,
            to.as_ptr(),
            libc::RENAME_NOREPLACE,
        )
    };
    if done == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(not(target_os = "linux"))]
fn rename_to_free(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, read, remove_dir_all, write};
    use std::io::ErrorKind;

    use super::rename;

    #[test]
    fn what_has_appeared_at_the_name_stays_unless_it_may_be_replaced() {
        let folder = std::env::temp_dir().join(format!("zemosaic-rename-{}", std::process::id()));
        create_dir_all(&folder).expect("a folder");
        let [from, to] = ["new", "there"].map(|name| folder.join(name));
        write(&from, "new").expect("written");
        write(&to, "precious").expect("written");
        let refused = rename(&from, &to, false).expect_err("it is taken");
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        assert_eq!(read(&to).expect("there"), b"precious");
        rename(&from, &to, true).expect("replaced");
        assert_eq!(read(&to).expect("there"), b"new");
        rename(&to, &from, false).expect("renamed");
        assert!(!to.exists() && from.exists());
        remove_dir_all(&folder).expect("removed");
    }
}
