//! The rules by which the samples of one output pixel become one value.

/// The combine rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Combine {
    /// Weighted mean.
    #[default]
    Mean,
    /// Sum of values.
    Sum,
    /// Smallest value.
    Min,
    /// Largest value.
    Max,
    /// The value of the first tile, in input order.
    First,
    /// The value of the last tile.
    Last,
    /// Median, unweighted.
    Median,
    /// Winsorized sigma clipping, then the weighted mean.
    Winsorized,
    /// Clipping at 3 sigma by median and MAD, then the weighted mean.
    KappaSigma,
}

impl Combine {
    /// Every rule, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Mean,
        Self::Sum,
        Self::Min,
        Self::Max,
        Self::First,
        Self::Last,
        Self::Median,
        Self::Winsorized,
        Self::KappaSigma,
    ];

    /// True when all samples of a pixel are needed at once.
    pub fn needs_stack(self) -> bool {
        matches!(self, Self::Median | Self::Winsorized | Self::KappaSigma)
    }

    /// Its number in the kernels of devices.
    pub const fn number(self) -> u32 {
        self as u32
    }
}
