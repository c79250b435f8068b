//! The words that TypeScript chooses from: unions of strings there, enums here. An unknown word does not compile in
//! TypeScript, and if one arrives anyway it is rejected by name.

use napi_derive::napi;
use zemosaic_engine::Processor as EngineProcessor;

/// How a value between the pixels of a tile is interpolated.
#[napi(string_enum = "lowercase")]
#[derive(Clone, Copy, Debug)]
pub enum Kernel {
    Nearest,
    Bilinear,
    Bicubic,
    Lanczos3,
    Lanczos4,
    Exact,
}

/// How the values of several tiles are combined into one pixel.
#[napi(string_enum = "kebab-case")]
#[derive(Clone, Copy, Debug)]
pub enum Combine {
    Mean,
    Median,
    Winsorized,
    KappaSigma,
    Min,
    Max,
    Sum,
    First,
    Last,
}

/// What the numbers of a weight map are.
#[napi(string_enum = "lowercase")]
#[derive(Clone, Copy, Debug)]
pub enum Depth {
    Weight,
    Sigma,
    Variance,
}

/// On which side of what 32-bit floats hold.
#[napi(string_enum = "lowercase")]
#[derive(Clone, Copy, Debug)]
pub enum Beyond {
    Above,
    Below,
}

/// What a session computes on.
#[napi(string_enum = "lowercase")]
#[derive(Clone, Copy, Debug)]
pub enum BackendName {
    Cuda,
    Wgpu,
    Cpu,
}

/// What may be added to a tile to match its sky to the others.
#[napi(string_enum = "lowercase")]
#[derive(Clone, Copy, Debug)]
pub enum BackgroundModel {
    None,
    Offset,
    Plane,
}

/// The orientation of a grid that is made for the tiles.
#[napi(string_enum = "kebab-case")]
#[derive(Clone, Copy, Debug)]
pub enum Rotation {
    NorthUp,
    Auto,
}

/// What makes a chunk: the CPU, or the session's GPU, using at most this many of its bytes.
#[napi(discriminant = "processor", discriminant_case = "lowercase")]
#[derive(Clone, Copy, Debug)]
pub enum Processor {
    Cpu,
    Device { max_bytes: f64 },
}

/// Converts in both directions, so that a variant missing on one side does not compile.
macro_rules! same_words {
    ($ours:ident, $theirs:ty, $($word:ident)+) => {
        impl From<$ours> for $theirs {
            fn from(word: $ours) -> Self {
                match word { $($ours::$word => Self::$word),+ }
            }
        }
        impl From<$theirs> for $ours {
            fn from(word: $theirs) -> Self {
                match word { $(<$theirs>::$word => Self::$word),+ }
            }
        }
    };
}

same_words!(Kernel, zemosaic_coadd::Kernel, Nearest Bilinear Bicubic Lanczos3 Lanczos4 Exact);
same_words!(
    Combine, zemosaic_coadd::Combine,
    Mean Median Winsorized KappaSigma Min Max Sum First Last
);
same_words!(Depth, zemosaic_engine::Depth, Weight Sigma Variance);
same_words!(Beyond, zemosaic_engine::Beyond, Above Below);
same_words!(BackgroundModel, zemosaic_engine::BackgroundModel, None Offset Plane);
same_words!(Rotation, zemosaic_wcs::Rotation, NorthUp Auto);

impl From<Processor> for EngineProcessor {
    fn from(processor: Processor) -> Self {
        match processor {
            Processor::Cpu => Self::Cpu,
            Processor::Device { max_bytes } => Self::Device {
                max_bytes: max_bytes as u64,
            },
        }
    }
}
