//! Compact instructions.

use super::float::{Comparison, Float};
use super::integer::Integer;
use super::types::Type;

/// Parameters begin at this address of their own space.
pub(super) const PARAMETERS: u64 = 0x100;

/// The first registers hold these, in this order.
pub(super) const SPECIAL: [&str; 4] = ["%tid.x", "%ctaid.x", "%ntid.x", "%nctaid.x"];

/// The place of a register or a constant.
pub(super) type Slot = u16;

/// No register.
pub(super) const NONE: Slot = Slot::MAX;

#[derive(Clone, Copy, Debug)]
pub(super) enum Space {
    /// Device memory and pinned host memory.
    Memory,
    Parameters,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Rounding {
    Nearest,
    Zero,
    Down,
    Up,
}

/// What an instruction does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    Copy,
    /// A number into a number of parts of a type.
    Split(Type, u8),
    /// Such parts into a number.
    Join(Type, u8),
    /// The first, or the second unless the third holds.
    Select,
    /// Of a predicate.
    Not,
    Integer(Integer, Type),
    /// With subnormal numbers as 0, or not.
    Float(Float, bool),
    CompareIntegers(Comparison, Type),
    CompareFloats(Comparison, bool),
    /// From one type, through another, to that of the register.
    Resize(Type, Type),
    IntegerToFloat(Type),
    FloatToInteger(Rounding, Type),
    RoundFloat(Rounding),
    /// A number of values of a type.
    Load(Space, Type, u8),
    Store(Type, u8),
    /// `atom.or`: the old value.
    Or(Type),
    Branch,
    Return,
}

/// An instruction: registers that it writes, and that it reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instruction {
    pub op: Op,
    pub guard: Slot,
    /// The guard must not hold.
    pub unless: bool,
    pub to: [Slot; 4],
    pub from: [Slot; 5],
    /// Added to an address; or the place of a branch's target.
    pub offset: i32,
}

/// A kernel, ready to run.
#[derive(Debug)]
pub(crate) struct Program {
    pub(super) name: String,
    pub(super) code: Vec<Instruction>,
    /// Line and text of each instruction, for messages.
    pub(super) lines: Vec<(u32, String)>,
    /// Names of the registers, for messages.
    pub(super) registers: Vec<String>,
    /// Type of each register.
    pub(super) types: Vec<Type>,
    /// Values of the slots behind the registers.
    pub(super) constants: Vec<u64>,
    /// Offset and bytes of each parameter.
    pub(super) parameters: Vec<(u32, u32)>,
    pub(super) threads: u32,
    /// What a driver may do with it that is not IEEE.
    pub(crate) remarks: Vec<String>,
}

impl Program {
    pub fn is_named(&self, name: &str) -> bool {
        self.name == name
    }
}
