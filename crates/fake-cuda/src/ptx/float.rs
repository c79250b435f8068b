//! Arithmetic of single precision, as PTX defines it.

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

/// A comparison; with `or_nan` it also holds if one side is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Comparison {
    pub less: bool,
    pub equal: bool,
    pub greater: bool,
    pub or_nan: bool,
}

impl Comparison {
    /// By its name in PTX; for floats also those that hold for what is not a number.
    pub fn parse(name: &str, is_float: bool) -> Option<Self> {
        let of = |less, equal, greater, or_nan| Self {
            less,
            equal,
            greater,
            or_nan,
        };
        Some(match name {
            "eq" => of(false, true, false, false),
            // Ordered: false for what is not a number.
            "ne" => of(true, false, true, false),
            "lt" => of(true, false, false, false),
            "le" => of(true, true, false, false),
            "gt" => of(false, false, true, false),
            "ge" => of(false, true, true, false),
            "equ" if is_float => of(false, true, false, true),
            "neu" if is_float => of(true, false, true, true),
            "ltu" if is_float => of(true, false, false, true),
            "leu" if is_float => of(true, true, false, true),
            "gtu" if is_float => of(false, false, true, true),
            "geu" if is_float => of(false, true, true, true),
            "num" if is_float => of(true, true, true, false),
            "nan" if is_float => of(false, false, false, true),
            _ => return None,
        })
    }

    pub fn holds<T: PartialOrd>(self, a: T, b: T) -> bool {
        match a.partial_cmp(&b) {
            Some(std::cmp::Ordering::Less) => self.less,
            Some(std::cmp::Ordering::Equal) => self.equal,
            Some(std::cmp::Ordering::Greater) => self.greater,
            None => self.or_nan,
        }
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
        let [a, b, c] = if flush {
            numbers.map(flushed)
        } else {
            numbers
        };
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
