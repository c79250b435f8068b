//! Arithmetic of single precision, as PTX defines it.

use std::cmp::Ordering;

/// What an operation without a number gives.
pub(super) const NOT_A_NUMBER: f32 = f32::from_bits(0x7fff_ffff);

#[derive(Clone, Copy, Debug)]
pub(super) enum Float {
    Add,
    Subtract,
    Multiply,
    Divide,
    MultiplyAdd,
    Smaller,
    Larger,
    Root,
    Reciprocal,
    Absolute,
    Negative,
}

/// A comparison: which of the outcomes below make it hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comparison(u8);

const LESS: u8 = 1;
const EQUAL: u8 = 2;
const GREATER: u8 = 4;
/// One side is not a number.
const NEITHER: u8 = 8;

impl Comparison {
    /// By its name in PTX; for floats also those that hold for what is not a number.
    pub fn parse(name: &str, is_float: bool) -> Option<Self> {
        let mask = match name {
            "eq" => EQUAL,
            // Does not hold for what is not a number.
            "ne" => LESS | GREATER,
            "lt" => LESS,
            "le" => LESS | EQUAL,
            "gt" => GREATER,
            "ge" => GREATER | EQUAL,
            "num" => LESS | EQUAL | GREATER,
            "nan" => NEITHER,
            _ => {
                let ordered = name.strip_suffix('u').filter(|n| n.len() == 2)?;
                Self::parse(ordered, is_float)?.0 | NEITHER
            }
        };
        (is_float || mask < NEITHER && name != "num").then_some(Self(mask))
    }

    pub fn holds<T: PartialOrd + Copy>(self, a: T, b: T) -> bool {
        let outcome = match a.partial_cmp(&b) {
            Some(Ordering::Less) => LESS,
            Some(Ordering::Equal) => EQUAL,
            Some(Ordering::Greater) => GREATER,
            None => NEITHER,
        };
        self.0 & outcome != 0
    }
}

impl Float {
    /// How many numbers it takes.
    pub fn operands(self) -> usize {
        match self {
            Self::Root | Self::Reciprocal | Self::Absolute | Self::Negative => 1,
            Self::MultiplyAdd => 3,
            _ => 2,
        }
    }

    pub fn of(self, numbers: [f32; 3], flush: bool) -> f32 {
        let [a, b, c] = if flush { numbers.map(flushed) } else { numbers };
        let made = match self {
            Self::Add => a + b,
            Self::Subtract => a - b,
            Self::Multiply => a * b,
            Self::Divide => a / b,
            Self::MultiplyAdd => a.mul_add(b, c),
            Self::Smaller => chosen(a, b, a < b, |a, b| a | b),
            Self::Larger => chosen(a, b, a > b, |a, b| a & b),
            Self::Root => a.sqrt(),
            Self::Reciprocal => 1.0 / a,
            Self::Absolute => a.abs(),
            Self::Negative => -a,
        };
        if made.is_nan() {
            NOT_A_NUMBER
        } else if flush {
            flushed(made)
        } else {
            made
        }
    }
}

/// One of two numbers; what is not a number loses, and of zeros `sign` decides.
fn chosen(a: f32, b: f32, first: bool, sign: impl Fn(u32, u32) -> u32) -> f32 {
    if a == b {
        f32::from_bits(sign(a.to_bits(), b.to_bits()))
    } else if first || b.is_nan() {
        a
    } else {
        b
    }
}

/// A subnormal number as a 0 of its sign.
pub(super) fn flushed(value: f32) -> f32 {
    if value.is_subnormal() {
        0.0f32.copysign(value)
    } else {
        value
    }
}
