//! The few calls into cfitsio. One thread at a time: its decoders keep state in globals.
#![allow(unsafe_code)] // a C library

use std::ffi::{CStr, CString, c_char, c_int, c_long};
use std::path::Path;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use fitsio_sys as sys;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// First and last pixel along each axis, counted from 1, the last included.
pub(crate) struct Section {
    pub first: Vec<c_long>,
    pub last: Vec<c_long>,
}

impl Section {
    fn pixels(&self) -> Option<usize> {
        self.first
            .iter()
            .zip(&self.last)
            .try_fold(1_usize, |n, (&a, &b)| {
                let length = b.checked_sub(a)?.checked_add(1)?;
                n.checked_mul(usize::try_from(length).ok()?)
            })
    }
}

/// Reads a section of the compressed image in HDU `hdu` (from 0); undefined pixels become NaN.
pub(crate) fn read(
    path: &Path,
    hdu: usize,
    section: &Section,
    out: &mut [f32],
) -> Result<(), String> {
    if section.pixels() != Some(out.len()) || section.first.len() != section.last.len() {
        return Err("the section and the buffer differ in size".into());
    }
    let name = plain_name(path)?;
    let number = c_int::try_from(hdu + 1).map_err(|_| "there are too many HDUs".to_owned())?;
    let naxes = [out.len() as c_long; 8];
    let step = [1; 8];
    if section.first.len() > step.len() {
        return Err("there are too many axes".into());
    }

    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut file = ptr::null_mut();
    let mut status = 0;
    // SAFETY: the name ends in NUL and outlives the call; `file` and `status` are valid to write to. On failure
    // `file` stays null. A name opened this way is never parsed for brackets or prefixes.
    unsafe {
        sys::ffcmsg();
        sys::ffdkopn(&raw mut file, name.as_ptr(), 0, &raw mut status);
    }
    if status > 0 || file.is_null() {
        return Err(message(status));
    }
    let (mut kind, mut any_null) = (0, 0);
    let (mut first, mut last) = (section.first.clone(), section.last.clone());
    let mut naxes = naxes;
    let mut step = step;
    // SAFETY: `file` is open until `ffclos`. The section's corners, sizes and steps hold at least as many entries as
    // it has axes (at most 8, checked; `check` has compared them with ZNAXIS), and `out` holds exactly its pixels.
    unsafe {
        sys::ffmahd(file, number, &raw mut kind, &raw mut status);
        sys::ffgsve(
            file,
            1,
            section.first.len() as c_int,
            naxes.as_mut_ptr(),
            first.as_mut_ptr(),
            last.as_mut_ptr(),
            step.as_mut_ptr(),
            f32::NAN,
            out.as_mut_ptr(),
            &raw mut any_null,
            &raw mut status,
        );
    }
    // Values too large for f32 come out clipped, and everything has been read.
    let overflow = status == sys::NUM_OVERFLOW as c_int;
    let result = if status > 0 && !overflow {
        Err(message(status))
    } else {
        Ok(())
    };
    let mut closed = 0;
    // SAFETY: `file` was opened above and is not used afterwards.
    unsafe {
        sys::ffclos(file, &raw mut closed);
        sys::ffcmsg();
    }
    result
}

/// The absolute path, which cannot start with a blank or a tilde: cfitsio would take those for itself.
fn plain_name(path: &Path) -> Result<CString, String> {
    let path = std::path::absolute(path).map_err(|e| e.to_string())?;
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    let bytes = path
        .to_str()
        .ok_or("the path is not Unicode")?
        .as_bytes()
        .to_vec();
    if bytes.len() > 1000 {
        return Err("the path is longer than 1000 bytes; move the file".into());
    }
    CString::new(bytes).map_err(|_| "the path contains a NUL".to_owned())
}

/// What the status means, and the first message behind it. The lock must be held.
fn message(status: c_int) -> String {
    let mut text = [0 as c_char; 128];
    let mut detail = [0 as c_char; 128];
    // SAFETY: cfitsio writes at most 31 and 81 characters, ended by NUL, and both arrays are zero beyond.
    let (text, detail) = unsafe {
        sys::ffgerr(status, text.as_mut_ptr());
        sys::ffgmsg(detail.as_mut_ptr());
        (
            CStr::from_ptr(text.as_ptr()),
            CStr::from_ptr(detail.as_ptr()),
        )
    };
    let (text, detail) = (text.to_string_lossy(), detail.to_string_lossy());
    if detail.is_empty() {
        return text.into_owned();
    }
    format!("{text} ({})", detail.trim())
}
