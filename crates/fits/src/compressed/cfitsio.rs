//! cfitsio's decoders, called with bytes and sizes that have been checked.
//!
//! Only the decoders: its file and table routines trust headers and can be made to write or read outside their buffers.
#![allow(unsafe_code)] // a C library

use std::ffi::{CStr, c_int, c_short, c_uchar, c_uint, c_ushort};
use std::sync::{Mutex, Once, PoisonError};

use fitsio_sys as sys;
use zemosaic_room::{filled, push, reserve, short};

use super::memory::DECODING;

/// The largest block of pixels that Rice may code together here.
pub(crate) const MAX_RICE_BLOCK: usize = 256;

/// Rice's decoder checks for the end of its bytes once per block, and can have read this far past it by then: a pixel
/// takes at most 32 bits uncoded or 7 bytes coded, and in bytes that are all ones no run of zeros continues.
const RICE_MARGIN: usize = MAX_RICE_BLOCK * 8 + 64;

/// Bytes of an HCOMPRESS stream before its coefficients: code, two sides, scale, sum, and three plane counts.
const HCOMPRESS_START: usize = 25;

/// More bit planes than any real image has.
const MAX_PLANES: u8 = 48;

// Exported by the library but missing from the bindings.
unsafe extern "C" {
    fn fits_rdecomp(
        c: *mut c_uchar,
        clen: c_int,
        array: *mut c_uint,
        nx: c_int,
        block: c_int,
    ) -> c_int;
    fn fits_rdecomp_short(
        c: *mut c_uchar,
        clen: c_int,
        array: *mut c_ushort,
        nx: c_int,
        block: c_int,
    ) -> c_int;
    fn fits_rdecomp_byte(
        c: *mut c_uchar,
        clen: c_int,
        array: *mut c_uchar,
        nx: c_int,
        block: c_int,
    ) -> c_int;
    fn pl_l2pi(list: *mut c_short, first: c_int, pixels: *mut c_int, count: c_int) -> c_int;
}

/// Creates the locks inside the library; without them a decoder would deadlock on its first error message.
fn initialise() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: no pointers are passed or kept; `Once` makes this run in one thread only.
        unsafe { sys::fits_init_cfitsio() };
    });
}

/// Rice: `pixel_bytes` (1, 2 or 4) is the width in which the differences were coded.
pub(crate) fn rice(bytes: &[u8], pixel_bytes: usize, block: usize, out: &mut [i32]) -> Option<()> {
    if !(1..=MAX_RICE_BLOCK).contains(&block) || bytes.len() <= pixel_bytes {
        return None;
    }
    let (length, count) = (
        c_int::try_from(bytes.len()).ok()?,
        c_int::try_from(out.len()).ok()?,
    );
    initialise();
    let mut padded = Vec::new();
    reserve(&mut padded, bytes.len() + RICE_MARGIN, DECODING);
    padded.extend_from_slice(bytes);
    padded.resize(bytes.len() + RICE_MARGIN, 0xFF);
    let (from, block) = (padded.as_mut_ptr(), block as c_int);
    // SAFETY (all three): the decoder writes `count` pixels, the length of the array it is given; it reads past
    // `length` by at most one block of pixels, which the margin covers, and it keeps no pointer.
    let failed = match pixel_bytes {
        1 => {
            let mut narrow = filled(out.len(), 0_u8, DECODING);
            let failed =
                unsafe { fits_rdecomp_byte(from, length, narrow.as_mut_ptr(), count, block) };
            widen(&narrow, out, i32::from);
            failed
        }
        2 => {
            let mut narrow = filled(out.len(), 0_u16, DECODING);
            let failed =
                unsafe { fits_rdecomp_short(from, length, narrow.as_mut_ptr(), count, block) };
            widen(&narrow, out, |v| i32::from(v.cast_signed()));
            failed
        }
        4 => unsafe { fits_rdecomp(from, length, out.as_mut_ptr().cast(), count, block) },
        _ => return None,
    };
    (failed == 0).then_some(())
}

fn widen<T: Copy>(from: &[T], to: &mut [i32], convert: impl Fn(T) -> i32) {
    for (to, &from) in to.iter_mut().zip(from) {
        *to = convert(from);
    }
}

/// HCOMPRESS: the stream states the sides of the tile, and they must equal `size` (columns, rows).
pub(crate) fn hcompress(
    bytes: &[u8],
    size: (usize, usize),
    smooth: bool,
    out: &mut [i32],
) -> Option<()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let start = bytes.first_chunk::<HCOMPRESS_START>()?;
    let side = |at: usize| {
        start[at..]
            .first_chunk()
            .map(|b| u32::from_be_bytes(*b) as usize)
    };
    // Its x is the slower axis.
    let sides = (side(6)?, side(2)?);
    let planes = start[22..25].iter().copied().max()?;
    if start[..2] != [0xDD, 0x99]
        || !hcompress_holds(size)
        || sides != size
        || planes > MAX_PLANES
        || size.0.checked_mul(size.1)? != out.len()
    {
        return None;
    }
    initialise();
    let length = bytes.len().checked_add(hcompress_most(size, planes))?;
    let mut padded = filled(length, 0_u8, DECODING);
    padded[..bytes.len()].copy_from_slice(bytes);
    let mut wide = filled(out.len(), 0_i64, DECODING);
    let (mut nx, mut ny, mut scale, mut status) = (0, 0, 0, 0);
    // The decoder keeps its read position in a global variable.
    let guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // Messages that earlier calls left there do not concern this tile.
    let _ = told_of_no_memory();
    // SAFETY: the decoder writes nx x ny numbers, given at the start of the stream and compared with the length of
    // `wide`; it reads no more bytes than `hcompress_most` gives for these sides and planes, and all of those exist.
    unsafe {
        sys::fits_hdecompress64(
            padded.as_mut_ptr(),
            c_int::from(smooth),
            wide.as_mut_ptr().cast(),
            &raw mut ny,
            &raw mut nx,
            &raw mut scale,
            &raw mut status,
        );
    }
    let no_memory = status > 0 && told_of_no_memory();
    drop(guard);
    if no_memory {
        // The decoder needs half of the longer side to reorder rows, or a quarter of the pixels for one bit plane.
        short(out.len() as u64, DECODING);
    }
    if status > 0 {
        return None;
    }
    // The decoder leaves 32-bit numbers in the first half of the 64-bit buffer.
    out.copy_from_slice(&bytemuck::cast_slice(&wide)[..out.len()]);
    Some(())
}

/// Takes all messages of the library; true when one of them reports a lack of memory, because the status then only says
/// "damaged".
fn told_of_no_memory() -> bool {
    let mut found = false;
    let mut message = [0_u8; 128];
    // SAFETY: writes a terminated string of at most 81 bytes; takes the library's own lock.
    while unsafe { sys::ffgmsg(message.as_mut_ptr().cast()) } != 0 {
        let text = CStr::from_bytes_until_nul(&message).unwrap_or_default();
        found |= text.to_bytes().ends_with(b"insufficient memory");
    }
    found
}

/// Whether the decoder has room for these sides: for a single row or column it allots no room to some quadrants but
/// writes to them anyway. No encoder makes such tiles.
pub(crate) fn hcompress_holds((width, height): (usize, usize)) -> bool {
    width > 1 && height > 1
}

/// The most bytes that can be read for this many planes: in each, a node of the quadtree takes up to 6 bits, and each
/// of the four quadrants 4 bits and one level more than its sides need; then one sign bit per pixel.
fn hcompress_most((width, height): (usize, usize), planes: u8) -> usize {
    let (mut w, mut h) = (width.div_ceil(2), height.div_ceil(2));
    let mut nodes = w * h;
    while w > 1 || h > 1 {
        (w, h) = (w.div_ceil(2), h.div_ceil(2));
        nodes += w * h;
    }
    let quadrant = nodes * 6 / 8 + 16;
    usize::from(planes) * 4 * quadrant + width * height / 8 + 64
}

/// PLIO: a list of 16-bit words that states its own length (IRAF's plio).
pub(crate) fn plio(mut words: Vec<i16>, out: &mut [i32]) -> Option<()> {
    let word = |n: usize| words.get(n).map(|&w| i64::from(w));
    let (first, length) = if word(2)? > 0 {
        (3, word(2)?)
    } else {
        (word(1)?, (word(4)? << 15) + word(3)?)
    };
    let count = c_int::try_from(out.len()).ok()?;
    if first < 3 || length < 0 || usize::try_from(length).ok()? > words.len() {
        return None;
    }
    // The last word may be an instruction of two words, which is read one word past the end.
    push(&mut words, 0, DECODING);
    // SAFETY: reads words from the start of the list to its length and one more, all of which exist; writes at most
    // `count` pixels, whatever the instructions say; keeps no pointer.
    unsafe { pl_l2pi(words.as_mut_ptr(), 1, out.as_mut_ptr(), count) };
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A single row whose planes are coded as quadtrees makes the decoder write outside its room.
    #[test]
    fn regression_hcompress_of_a_single_row() {
        for (width, height) in [(7_u32, 1_u32), (1, 7), (1, 1)] {
            let mut stream = vec![0xDD, 0x99];
            stream.extend([height, width, 0].map(u32::to_be_bytes).concat());
            stream.extend([0; 8]);
            stream.extend([8, 8, 8]);
            stream.extend([0xFF; 64]);
            let size = (width as usize, height as usize);
            let mut out = vec![0; size.0 * size.1];
            assert_eq!(hcompress(&stream, size, false, &mut out), None);
        }
    }

    #[test]
    fn streams_that_end_early_are_refused_or_harmless() {
        let mut out = vec![0; 10_000];
        for length in 0..40 {
            for fill in [0x00, 0x0F, 0x80, 0xFF] {
                let bytes = vec![fill; length];
                for pixel_bytes in [1, 2, 4] {
                    assert_eq!(
                        rice(&bytes, pixel_bytes, 32, &mut out),
                        None,
                        "{length} x {fill}"
                    );
                }
                assert_eq!(hcompress(&bytes, (100, 100), false, &mut out), None);
            }
        }
        let mut start = vec![0xDD, 0x99, 0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0, 1];
        start.extend([0; 8]);
        for planes in [0, 1, 48, 49] {
            let stream = [&start[..], &[planes; 3]].concat();
            let done = hcompress(&stream, (100, 100), true, &mut out);
            assert!(done.is_none() || planes <= 48);
        }
        assert_eq!(plio(vec![0, -5, -100, 10, 0, 0, 0], &mut out), None);
        assert_eq!(plio(vec![0, 7, -100, 8, 0, 0, 0], &mut out), None);
        assert_eq!(
            plio(vec![0, 7, -100, 8, 0, 0, 0, 0x1001], &mut out),
            Some(())
        );
    }
}
