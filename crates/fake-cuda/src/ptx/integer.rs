//! Arithmetic of integers, as PTX defines it.

use super::types::Type;

#[derive(Clone, Copy, Debug)]
pub(super) enum Integer {
    Add,
    Subtract,
    Multiply,
    MultiplyHigh,
    /// Twice as wide as its operands.
    MultiplyWide,
    /// The low half of a product, and a sum.
    MultiplyAdd,
    /// A product twice as wide as its operands, and a sum.
    MultiplyWideAdd,
    Divide,
    Remainder,
    Smaller,
    Larger,
    Absolute,
    Negative,
    And,
    Or,
    Xor,
    Not,
    ShiftLeft,
    ShiftRight,
    /// Some bits of one number at a place in another.
    Insert,
    /// Some bits of a number.
    Extract,
    /// Bytes of two words in any order.
    Permute,
}

/// Why PTX, or the source's language, leaves a result undefined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Undefined {
    Shift,
    Division,
    Conversion,
}

impl Integer {
    /// How many numbers it takes.
    pub fn operands(self) -> usize {
        match self {
            Self::Absolute | Self::Negative | Self::Not => 1,
            Self::MultiplyAdd | Self::MultiplyWideAdd | Self::Extract | Self::Permute => 3,
            Self::Insert => 4,
            _ => 2,
        }
    }

    /// The result, which has the type's width, and why it is undefined if it is.
    pub fn of(self, kind: Type, [a, b, c, d]: [u64; 4]) -> (u64, Option<Undefined>) {
        let (x, y) = (kind.wide(a), kind.wide(b));
        let (i, j) = (x as i64, y as i64);
        let less = if kind.is_signed() { i < j } else { x < y };
        let mut why = None;
        let made = match self {
            Self::Add => x.wrapping_add(y),
            Self::Subtract => x.wrapping_sub(y),
            Self::Multiply => x.wrapping_mul(y),
            Self::MultiplyHigh if kind.is_signed() => {
                ((i128::from(i) * i128::from(j)) >> kind.bits()) as u64
            }
            Self::MultiplyHigh => ((u128::from(x) * u128::from(y)) >> kind.bits()) as u64,
            // The operands have at most 32 bits.
            Self::MultiplyWide => return (wide(kind).low(x.wrapping_mul(y)), None),
            Self::MultiplyWideAdd => {
                return (wide(kind).low(x.wrapping_mul(y).wrapping_add(c)), None);
            }
            Self::MultiplyAdd => x.wrapping_mul(y).wrapping_add(c),
            Self::Divide | Self::Remainder if y == 0 => {
                why = Some(Undefined::Division);
                u64::MAX
            }
            Self::Divide if kind.is_signed() => i.wrapping_div(j) as u64,
            Self::Divide => x / y,
            Self::Remainder if kind.is_signed() => i.wrapping_rem(j) as u64,
            Self::Remainder => x % y,
            Self::Smaller => {
                if less {
                    x
                } else {
                    y
                }
            }
            Self::Larger => {
                if less {
                    y
                } else {
                    x
                }
            }
            Self::Absolute => i.wrapping_abs() as u64,
            Self::Negative => x.wrapping_neg(),
            Self::And => x & y,
            Self::Or => x | y,
            Self::Xor => x ^ y,
            Self::Not => !x,
            Self::ShiftLeft | Self::ShiftRight if b >= u64::from(kind.bits()) => {
                why = Some(Undefined::Shift);
                match self {
                    Self::ShiftRight if kind.is_signed() => (i >> 63) as u64,
                    _ => 0,
                }
            }
            Self::ShiftLeft => x << b,
            Self::ShiftRight if kind.is_signed() => (i >> b) as u64,
            Self::ShiftRight => x >> b,
            Self::Insert => {
                let mask = stretch(kind, c, d);
                b & !mask | shifted(a, c) & mask
            }
            Self::Extract => a.checked_shr(b as u32 & 0xff).unwrap_or(0) & stretch(kind, 0, c),
            Self::Permute => permuted(a, b, c),
        };
        (kind.low(made), why)
    }
}

fn wide(kind: Type) -> Type {
    Type {
        bytes: 2 * kind.bytes,
        ..kind
    }
}

fn shifted(value: u64, by: u64) -> u64 {
    value.checked_shl(by as u32 & 0xff).unwrap_or(0)
}

/// Bits `from..from + count` of a type's width.
fn stretch(kind: Type, from: u64, count: u64) -> u64 {
    let count = count as u32 & 0xff;
    let ones = u64::MAX.checked_shr(64 - count.min(64)).unwrap_or(0);
    kind.low(shifted(ones, from))
}

/// `prmt`: each half byte of `how` names one of eight bytes, or repeats its sign.
fn permuted(a: u64, b: u64, how: u64) -> u64 {
    let bytes = (b << 32 | a).to_le_bytes();
    let byte = |n: u32| {
        let pick = how >> (4 * n);
        let found = bytes[pick as usize & 7];
        if pick & 8 == 0 {
            found
        } else {
            ((found as i8) >> 7) as u8
        }
    };
    u64::from(u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)]))
}
