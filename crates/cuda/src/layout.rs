//! What the kernels read: the structs of `kernel/types.cuh`. `kernel/layout.cuh` compares their layouts when the kernels are compiled.

use zemosaic_coadd::shared_struct;

use crate::pinned::Plain;

shared_struct! {
/// `Tile`: the part of one tile that is on the device.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct GpuTile {
    pub values: u64,
    pub variances: u64,
    pub alphas: u64,
    pub plane: u32,
    pub pitch: u32,
    pub column: i32,
    pub row: i32,
    pub columns: u32,
    pub rows: u32,
    pub width: i32,
    pub height: i32,
    pub weight: f32,
    pub unused: u32,
}
}

const _: () = assert!(
    size_of::<GpuTile>() == 64,
    "`unused` fills what would be padding"
);

// SAFETY: numbers only, without padding (asserted above).
#[allow(unsafe_code)] // Laid over pinned memory.
unsafe impl Plain for GpuTile {}

shared_struct! {
/// `Launch`: the one argument of a kernel.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Launch {
    pub runs: u64,
    pub owners: u64,
    pub index: u64,
    pub tiles: u64,
    pub values: u64,
    pub coverage: u64,
    pub alpha: u64,
    pub fault: u64,
    pub table: u64,
    pub stack: u64,
    pub plane: u32,
    pub width: u32,
    pub channels: u32,
    pub with_alpha: u32,
    pub first_row: u32,
    pub first_strip: u32,
    pub first_block: u32,
    pub columns_of_blocks: u32,
    pub x0: u32,
    pub x1: u32,
    pub y0: u32,
    pub y1: u32,
    pub rule: u32,
    pub depth: u32,
    pub stack_pixels: u32,
    pub stack_row: u32,
    pub stack_rows: u32,
    pub stack_column: u32,
    pub stack_columns: u32,
    pub unused: u32,
}
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;
    use std::path::Path;

    use zemosaic_coadd::device::Member;
    use zemosaic_coadd::lattice::Run;
    use zemosaic_testscene::assert_golden;

    use super::*;

    const HEAD: &str = "\
// Where Rust lays the members of the structs in types.cuh, printed from crates/cuda/src/layout.rs: not to be
// edited. ZEMOSAIC_WRITE=1 cargo test -p zemosaic-cuda layout
#pragma once
";

    fn kernel(file: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("kernel")
            .join(file)
    }

    /// Assertions that fail to compile if the kernels have another layout.
    fn asserts(name: &str, size: usize, members: &[Member]) -> String {
        let members = members.iter().map(|m| {
            let (member, offset, size) = (m.name, m.offset, m.size);
            format!(
                "static_assert(OFFSET_OF({name}, {member}) == {offset} && \
                 sizeof({name}::{member}) == {size}, \"{member}\");\n"
            )
        });
        let whole = format!("\nstatic_assert(sizeof({name}) == {size}, \"{name}\");\n");
        std::iter::once(whole).chain(members).collect()
    }

    #[test]
    fn kernels_have_the_layouts_of_rust() {
        macro_rules! run {
            ($($member:ident: $kind:ty),+) => {
                [$(Member {
                    name: stringify!($member),
                    kind: stringify!($kind),
                    offset: offset_of!(Run, $member),
                    size: size_of::<$kind>(),
                }),+]
            };
        }
        let run = run!(x: u32, len: u32, base: [i32; 2], p: [i32; 2], d: [i32; 2], e: [i32; 2]);
        // No member is missing, and there is no padding between them.
        for (size, members) in [
            (size_of::<Run>(), &run[..]),
            (size_of::<GpuTile>(), GpuTile::MEMBERS),
            (size_of::<Launch>(), Launch::MEMBERS),
        ] {
            assert_eq!(members.iter().map(|m| m.size).sum::<usize>(), size);
        }
        let text = [
            HEAD.to_owned(),
            asserts("Run", size_of::<Run>(), &run),
            asserts("Tile", size_of::<GpuTile>(), GpuTile::MEMBERS),
            asserts("Launch", size_of::<Launch>(), Launch::MEMBERS),
        ];
        assert_golden(&kernel("layout.cuh"), &text.concat());
    }
}
