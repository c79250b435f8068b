//! The kernels, compiled for the CPU from the source for the device (see `kernel.cpp`).

use std::ffi::c_void;
use std::thread;

type Body = unsafe extern "C" fn(*const c_void, u32, u32);

unsafe extern "C" {
    static fake_cuda_launch_bytes: usize;
    static fake_cuda_group_threads: u32;
}

/// Threads of a group; the kernels work only with this number.
pub(crate) fn group_threads() -> u32 {
    // SAFETY: a constant of kernel.cpp.
    unsafe { fake_cuda_group_threads }
}

/// Declares the kernel bodies, and lists them by their names in the PTX.
macro_rules! kernels {
    ($($name:ident = $body:ident),+ $(,)?) => {
        unsafe extern "C" {
            $(fn $body(args: *const c_void, first: u32, last: u32);)+
        }
        const KERNELS: &[(&str, Body)] = &[$((stringify!($name), $body)),+];
    };
}

kernels! {
    coadd_nearest = fake_cuda_coadd_nearest,
    coadd_bilinear = fake_cuda_coadd_bilinear,
    coadd_bicubic = fake_cuda_coadd_bicubic,
    coadd_lanczos3 = fake_cuda_coadd_lanczos3,
    coadd_lanczos4 = fake_cuda_coadd_lanczos4,
    stack_nearest = fake_cuda_stack_nearest,
    stack_bilinear = fake_cuda_stack_bilinear,
    stack_bicubic = fake_cuda_stack_bicubic,
    stack_lanczos3 = fake_cuda_stack_lanczos3,
    stack_lanczos4 = fake_cuda_stack_lanczos4,
}

/// Place of the kernel in the table.
pub(crate) fn find(name: &str) -> Option<usize> {
    KERNELS.iter().position(|k| k.0 == name)
}

/// A launch with its arguments, captured as the driver does it.
pub(crate) struct SourceLaunch {
    body: Body,
    args: Vec<u8>,
    groups: u32,
}

impl SourceLaunch {
    /// `args` must point to the kernel's one argument.
    pub fn new(kernel: usize, args: *const u8, groups: u32) -> Option<Self> {
        if args.is_null() {
            return None;
        }
        let body = KERNELS.get(kernel)?.1;
        // SAFETY: a constant of kernel.cpp.
        let bytes = unsafe { fake_cuda_launch_bytes };
        // SAFETY: the caller of cuLaunchKernel points to an argument of the kernel's type.
        let args = unsafe { std::slice::from_raw_parts(args, bytes) }.to_vec();
        Some(Self { body, args, groups })
    }

    pub fn run(&self) {
        let threads = thread::available_parallelism().map_or(1, usize::from) as u32;
        let share = self.groups.div_ceil(threads.max(1)).max(1);
        thread::scope(|scope| {
            for first in (0..self.groups).step_by(share as usize) {
                let last = (first + share).min(self.groups);
                let args = &self.args;
                // SAFETY: the arguments are the kernel's. As on a device, the launching side must keep its
                // memory. Groups write different pixels.
                scope.spawn(move || unsafe { (self.body)(args.as_ptr().cast(), first, last) });
            }
        });
    }
}
