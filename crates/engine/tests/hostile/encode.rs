//! cfitsio's encoders: tiles as another program writes them.

#![allow(unsafe_code)] // a C library

use std::ffi::{c_char, c_int, c_long, c_short, c_uchar};

unsafe extern "C" {
    fn fits_rcomp(a: *mut c_int, nx: c_int, c: *mut c_uchar, clen: c_int, block: c_int) -> c_int;
    fn fits_rcomp_short(
        a: *mut c_short,
        nx: c_int,
        c: *mut c_uchar,
        clen: c_int,
        block: c_int,
    ) -> c_int;
    fn fits_rcomp_byte(
        a: *mut c_char,
        nx: c_int,
        c: *mut c_uchar,
        clen: c_int,
        block: c_int,
    ) -> c_int;
    fn fits_hcompress(
        a: *mut c_int,
        ny: c_int,
        nx: c_int,
        scale: c_int,
        output: *mut c_char,
        bytes: *mut c_long,
        status: *mut c_int,
    ) -> c_int;
    fn pl_p2li(pixels: *mut c_int, first: c_int, list: *mut c_short, count: c_int) -> c_int;
}

/// Room for what does not compress at all.
fn room(pixels: usize) -> Vec<u8> {
    vec![0; pixels * 12 + 1024]
}

/// Rice, the differences coded in `width` (1, 2 or 4) bytes, which the pixels must fit in.
pub fn rice(pixels: &[i32], width: usize, block: usize) -> Vec<u8> {
    let mut out = room(pixels.len());
    let (count, room, block) = (pixels.len() as c_int, out.len() as c_int, block as c_int);
    let mut wide = pixels.to_vec();
    let mut short: Vec<i16> = pixels.iter().map(|&p| p as i16).collect();
    let mut narrow: Vec<c_char> = pixels.iter().map(|&p| p as c_char).collect();
    let to = out.as_mut_ptr();
    // SAFETY: `count` pixels are read, and no more than `room` bytes written.
    let bytes = unsafe {
        match width {
            1 => fits_rcomp_byte(narrow.as_mut_ptr(), count, to, room, block),
            2 => fits_rcomp_short(short.as_mut_ptr(), count, to, room, block),
            _ => fits_rcomp(wide.as_mut_ptr(), count, to, room, block),
        }
    };
    out.truncate(usize::try_from(bytes).unwrap());
    out
}

/// HCOMPRESS without loss.
pub fn hcompress(pixels: &[i32], width: usize, height: usize) -> Vec<u8> {
    let mut out = room(pixels.len());
    let (mut bytes, mut status) = (out.len() as c_long, 0);
    // It works in place.
    let mut scratch = pixels.to_vec();
    let (rows, columns) = (width as c_int, height as c_int);
    // SAFETY: width x height pixels are there, and `bytes` says how much room.
    unsafe {
        let to = out.as_mut_ptr().cast();
        fits_hcompress(
            scratch.as_mut_ptr(),
            rows,
            columns,
            0,
            to,
            &raw mut bytes,
            &raw mut status,
        );
    }
    assert_eq!(status, 0);
    out.truncate(usize::try_from(bytes).unwrap());
    out
}

/// PLIO, big-endian as files have it; pixels from 0 to 2^24.
pub fn plio(pixels: &[i32]) -> Vec<u8> {
    let mut list = vec![0_i16; pixels.len() * 4 + 64];
    let mut scratch = pixels.to_vec();
    // SAFETY: reads the pixels; a pixel takes three words at most, and the list starts with seven.
    let words = unsafe {
        pl_p2li(
            scratch.as_mut_ptr(),
            1,
            list.as_mut_ptr(),
            pixels.len() as c_int,
        )
    };
    list.truncate(usize::try_from(words).unwrap());
    list.iter().flat_map(|word| word.to_be_bytes()).collect()
}
