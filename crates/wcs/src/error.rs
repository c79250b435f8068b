//! What can be wrong with a WCS, in words for the user.

/// Why a header has no usable WCS.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WcsError {
    /// No pair of celestial axes.
    #[error("no celestial WCS: CTYPE1 and CTYPE2 name no sky axes; plate-solve the image first")]
    NoCelestial,
    /// A keyword that the others make necessary is absent.
    #[error("keyword {keyword} is missing although {because}; plate-solve the image again")]
    Missing {
        /// The keyword that is absent.
        keyword: String,
        /// What makes it necessary.
        because: String,
    },
    /// A keyword has a value that cannot be right.
    #[error("keyword {keyword} = {value}: {reason}; correct it or plate-solve the image again")]
    Invalid {
        /// The keyword.
        keyword: String,
        /// Its value as read.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The matrix from pixels to degrees cannot be inverted.
    #[error(
        "the matrix of keyword {keyword} is singular: pixels have no size on the sky; plate-solve the image again"
    )]
    Singular {
        /// The first keyword of the matrix.
        keyword: String,
    },
    /// There is no alternate WCS of this letter, or it is not of the sky.
    #[error(
        "no celestial WCS {letter} (CTYPE1{letter}, CTYPE2{letter}); give another letter with --wcs, or none"
    )]
    NoAlternate {
        /// The letter.
        letter: char,
    },
    /// Nothing says how large a pixel is.
    #[error("no pixel scale: neither a CD matrix nor {keyword}; plate-solve the image")]
    NoScale {
        /// The first keyword that would say it.
        keyword: String,
    },
    /// A construct of the standard, or of a convention, that this version does not read.
    #[error(
        "keyword {keyword} = {value} is not supported in this version; resample the image to a plain TAN WCS first"
    )]
    Unsupported {
        /// The keyword.
        keyword: String,
        /// Its value as read.
        value: String,
    },
}

impl WcsError {
    /// The stable code of this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoCelestial => "wcs_no_celestial",
            Self::NoAlternate { .. } => "wcs_no_alternate",
            Self::Missing { .. } | Self::NoScale { .. } => "wcs_missing_keyword",
            Self::Invalid { .. } => "wcs_invalid_keyword",
            Self::Singular { .. } => "wcs_singular",
            Self::Unsupported { .. } => "wcs_unsupported",
        }
    }

    /// The keyword at fault.
    pub fn keyword(&self) -> Option<&str> {
        match self {
            Self::NoCelestial | Self::NoAlternate { .. } => None,
            Self::Missing { keyword, .. }
            | Self::Invalid { keyword, .. }
            | Self::Singular { keyword }
            | Self::NoScale { keyword }
            | Self::Unsupported { keyword, .. } => Some(keyword),
        }
    }

    pub(crate) fn invalid(keyword: &str, value: impl Into<Shown>, reason: &str) -> Self {
        Self::Invalid {
            keyword: keyword.to_owned(),
            value: value.into().0,
            reason: reason.to_owned(),
        }
    }

    pub(crate) fn unsupported(keyword: &str, value: impl Into<Shown>) -> Self {
        Self::Unsupported {
            keyword: keyword.to_owned(),
            value: value.into().0,
        }
    }
}

/// A keyword's value as an error shows it.
pub(crate) struct Shown(String);

impl From<f64> for Shown {
    fn from(value: f64) -> Self {
        // Very large and very small numbers in exponent form, so that a line never has three hundred digits.
        let plain = value == 0.0 || (1e-5..1e15).contains(&value.abs());
        Self(if plain {
            value.to_string()
        } else {
            format!("{value:E}")
        })
    }
}

impl From<String> for Shown {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for Shown {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}
