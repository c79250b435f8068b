//! What the kernels read: the structs of `kernel/types.wgsl`, which a test compares.

use bytemuck::{Pod, Zeroable};
use zemosaic_coadd::constants::{self, GROUP_THREADS};
use zemosaic_coadd::lattice::Run;
use zemosaic_coadd::{Kernel, shared_struct};

/// Columns that a group of `finish` makes, one pixel per thread.
pub(crate) const FINISH_COLUMNS: u32 = GROUP_THREADS;
/// Bytes of a number of any type.
pub(crate) const FLOAT: u64 = size_of::<f32>() as u64;
/// Planes of a stack per sample.
pub(crate) const STACK_KINDS: u64 = constants::STACK_KINDS as u64;

/// The number of `kernel`; `None` if only the CPU has it.
pub(crate) fn kernel_number(kernel: Kernel) -> Option<u32> {
    let there = Kernel::ON_DEVICES.contains(&kernel);
    there.then(|| kernel.number())
}

shared_struct! {
/// `Run`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(crate) struct GpuRun {
    pub x: u32,
    pub len: u32,
    pub owner: u32,
    pub base_x: i32,
    pub base_y: i32,
    pub p_x: i32,
    pub p_y: i32,
    pub d_x: i32,
    pub d_y: i32,
    pub e_x: i32,
    pub e_y: i32,
}
}

impl GpuRun {
    pub fn new(owner: u32, run: &Run) -> Self {
        Self {
            x: run.x,
            len: run.len,
            owner,
            base_x: run.base[0],
            base_y: run.base[1],
            p_x: run.p[0],
            p_y: run.p[1],
            d_x: run.d[0],
            d_y: run.d[1],
            e_x: run.e[0],
            e_y: run.e[1],
        }
    }
}

shared_struct! {
/// `Tile`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(crate) struct GpuTile {
    pub values: u32,
    pub variances: u32,
    pub alphas: u32,
    pub plane: u32,
    pub pitch: u32,
    pub column: i32,
    pub row: i32,
    pub columns: u32,
    pub rows: u32,
    pub width: i32,
    pub height: i32,
    pub weight: f32,
}
}

shared_struct! {
/// `Launch`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub(crate) struct Launch {
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
    pub index: u32,
    pub stack: u32,
    pub stack_block: u32,
    pub stack_plane: u32,
    pub stack_rows: u32,
    pub stack_columns: u32,
    pub depth: u32,
}
}

#[cfg(test)]
mod tests {
    use naga::{Module, ScalarKind, TypeInner};
    use zemosaic_coadd::device::Member;

    use super::*;
    use crate::kernels::SOURCE;

    /// The members of a struct in the kernels, and its size in bytes.
    fn layout(module: &Module, name: &str) -> (Vec<(String, String, usize)>, usize) {
        let named = |ty: &&naga::Type| ty.name.as_deref() == Some(name);
        let (_, ty) = module.types.iter().find(|(_, ty)| named(ty)).expect(name);
        let TypeInner::Struct { members, span } = &ty.inner else {
            panic!("{name} is no struct");
        };
        let member = |member: &naga::StructMember| {
            let TypeInner::Scalar(scalar) = module.types[member.ty].inner else {
                panic!("{name} has a member that is no number");
            };
            let kind = match scalar.kind {
                ScalarKind::Sint => "i",
                ScalarKind::Uint => "u",
                ScalarKind::Float => "f",
                _ => "?",
            };
            let kind = format!("{kind}{}", 8 * u32::from(scalar.width));
            let name = member.name.clone().unwrap_or_default();
            (name, kind, member.offset as usize)
        };
        (members.iter().map(member).collect(), *span as usize)
    }

    #[test]
    fn kernels_have_the_layouts_of_rust() {
        let module = naga::front::wgsl::parse_str(SOURCE).expect("WGSL");
        for (name, size, members) in [
            ("Run", size_of::<GpuRun>(), GpuRun::MEMBERS),
            ("Tile", size_of::<GpuTile>(), GpuTile::MEMBERS),
            ("Launch", size_of::<Launch>(), Launch::MEMBERS),
        ] {
            let ours = |m: &Member| (m.name.to_owned(), m.kind.to_owned(), m.offset);
            let ours = (members.iter().map(ours).collect(), size);
            assert_eq!(layout(&module, name), ours, "{name}");
        }
    }
}
