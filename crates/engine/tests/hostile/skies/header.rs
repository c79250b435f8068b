//! Headers of every projection and distortion, tame ones with some wild words among them.

mod tame;

use proptest::prelude::*;

use crate::build::{hdu, image_cards, valued};

const CODES: [&str; 34] = [
    "TAN", "SIN", "STG", "ARC", "ZPN", "ZEA", "AZP", "SZP", "AIR", "CAR", "CEA", "MER", "SFL",
    "MOL", "AIT", "CYP", "PAR", "COP", "COE", "COD", "COO", "BON", "PCO", "TSC", "CSC", "QSC",
    "HPX", "XPH", "TAN-SIP", "TPV", "TNX", "ZPX", "ZEA-SIP", "XYZ",
];
const AXES: [[&str; 2]; 4] = [
    ["RA--", "DEC-"],
    ["GLON", "GLAT"],
    ["ELON", "ELAT"],
    ["DEC-", "RA--"],
];

/// Keywords that may get a number.
const NUMBERS: [&str; 34] = [
    "CRVAL1",
    "CRVAL2",
    "CRPIX1",
    "CRPIX2",
    "CD1_1",
    "CD1_2",
    "CD2_1",
    "CD2_2",
    "CDELT1",
    "CDELT2",
    "CROTA2",
    "PC1_1",
    "PC1_2",
    "PC2_1",
    "LONPOLE",
    "LATPOLE",
    "EQUINOX",
    "EPOCH",
    "WCSAXES",
    "PV1_0",
    "PV1_1",
    "PV1_2",
    "PV1_3",
    "PV1_4",
    "PV2_3",
    "PV2_0",
    "PV2_1",
    "PV2_2",
    "AXISCORR",
    "DP1.EXTVER",
    "DP1.AXIS.1",
    "MJD-OBS",
    "PV2_5",
    "PV2_7",
];
/// Keywords that may get any of the words.
const TEXTS: [&str; 12] = [
    "CTYPE1", "CTYPE2", "CUNIT1", "CUNIT2", "RADESYS", "CPDIS1", "CPDIS2", "D2IMDIS1", "D2IMDIS2",
    "CQDIS1", "DP1", "CRVAL1",
];
const WORDS: [&str; 16] = [
    "deg",
    "arcsec",
    "rad",
    "furlong",
    "FK4",
    "FK5",
    "ICRS",
    "LOOKUP",
    "lookup",
    "POLY",
    "EXTVER: 1.0",
    "EXTVER: -1",
    "AXIS.1: 2",
    "NAXES: 3",
    "RA---TAN",
    "",
];

/// A lookup table of the file.
#[derive(Debug, Clone)]
struct Table {
    detector: bool,
    version: u32,
    size: [usize; 2],
    cards: Vec<(usize, f64)>,
    amplitude: f32,
}

/// A or B or their inverses, the two powers, the value.
type SipTerm = (usize, usize, usize, f64);

/// A tile's sky.
#[derive(Debug, Clone)]
pub struct Sky {
    code: usize,
    axes: usize,
    centre: [f64; 2],
    scale: f64,
    angle: f64,
    /// Parameters that suit the code are left out.
    bare: bool,
    numbers: Vec<(usize, f64)>,
    texts: Vec<(usize, usize)>,
    /// The orders of SIP, and its terms.
    sip: Option<([i64; 2], Vec<SipTerm>)>,
    /// `PVi_m` of TPV.
    tpv: Vec<(usize, usize, f64)>,
    /// Numbers of the surfaces of TNX and ZPX, and whether the first eight make sense.
    surfaces: Option<(bool, Vec<f64>)>,
    /// CPDIS and D2IMDIS ask for tables.
    lookup: bool,
    tables: Vec<Table>,
    pub width: usize,
    pub height: usize,
}

fn wild() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -200.0..200.0_f64,
        2 => -1e-3..1e-3_f64,
        1 => prop::sample::select(vec![0.0, 1.0, -1.0, 90.0, -90.0, 180.0, 360.0, 1e9, -1e9, 1e30, 1e300, 1e-300]),
        1 => any::<f64>().prop_filter("a header has no words for others", |v| v.is_finite()),
    ]
}

fn table() -> impl Strategy<Value = Table> {
    let amplitude =
        prop_oneof![3 => 0.0..2.0_f32, 1 => 0.0..1e6_f32, 1 => Just(f32::NAN), 1 => Just(f32::MAX)];
    let cards = prop::collection::vec((0_usize..6, wild()), 0..3);
    (
        any::<bool>(),
        1_u32..4,
        [1_usize..12, 1_usize..12],
        cards,
        amplitude,
    )
        .prop_map(|(detector, version, size, cards, amplitude)| Table {
            detector,
            version,
            size,
            cards,
            amplitude,
        })
}

impl Sky {
    pub fn strategy() -> impl Strategy<Value = Self> {
        let latitude =
            prop_oneof![4 => -90.0..90.0_f64, 1 => prop::sample::select(vec![90.0, -90.0, 0.0])];
        let scale =
            prop_oneof![6 => (-5.0..0.5_f64).prop_map(|log| 10.0_f64.powf(log)), 1 => Just(20.0)];
        let place = (
            0..CODES.len(),
            0_usize..12,
            (0.0..360.0_f64, latitude),
            scale,
            0.0..360.0_f64,
            prop::bool::weighted(0.2),
        );
        let numbers = prop::collection::vec((0..NUMBERS.len(), wild()), 0..4);
        let texts = prop_oneof![4 => Just(vec![]), 1 => prop::collection::vec((0..TEXTS.len(), 0..WORDS.len()), 1..3)];
        let term = (
            0_usize..4,
            0_usize..6,
            0_usize..6,
            prop_oneof![3 => -1e-4..1e-4_f64, 1 => wild()],
        );
        let sip = prop::option::weighted(
            0.3,
            ([-1_i64..11, -1_i64..11], prop::collection::vec(term, 0..8)),
        );
        let tpv = prop::collection::vec(
            (
                1_usize..3,
                0_usize..42,
                prop_oneof![3 => -1e-3..1e-3_f64, 1 => wild()],
            ),
            0..6,
        );
        let surfaces =
            prop::option::weighted(0.7, (any::<bool>(), prop::collection::vec(wild(), 0..24)));
        let tables = (
            prop::bool::weighted(0.15),
            prop::collection::vec(table(), 0..4),
        );
        (
            place,
            numbers,
            texts,
            (sip, tpv, surfaces),
            tables,
            (1_usize..40, 1_usize..40),
        )
            .prop_map(
                |(
                    (code, axes, (lon, lat), scale, angle, bare),
                    numbers,
                    texts,
                    (sip, tpv, surfaces),
                    (lookup, tables),
                    (width, height),
                )| Self {
                    code,
                    axes: axes.min(AXES.len() - 1) * usize::from(axes < AXES.len()),
                    centre: [lon, lat],
                    scale,
                    angle,
                    bare,
                    numbers,
                    texts,
                    sip,
                    tpv,
                    surfaces,
                    lookup,
                    tables,
                    width,
                    height,
                },
            )
    }

    /// The file: pixels of 1, and the tables as extensions.
    pub fn file(&self) -> Vec<u8> {
        let cards = [
            image_cards(None, 8, &[self.width, self.height]),
            self.cards(),
        ]
        .concat();
        let mut bytes = hdu(&cards, &vec![1; self.width * self.height]);
        for table in &self.tables {
            let name = if table.detector {
                "D2IMARR"
            } else {
                "WCSDVARR"
            };
            let mut cards = image_cards(Some(name), -32, &table.size);
            cards.push(valued("EXTVER", table.version));
            let keys = ["CRPIX1", "CRPIX2", "CRVAL1", "CRVAL2", "CDELT1", "CDELT2"];
            cards.extend(
                table
                    .cards
                    .iter()
                    .map(|(key, value)| valued(keys[*key], format!("{value:E}"))),
            );
            let values = (0..table.size[0] * table.size[1])
                .map(|n| table.amplitude * ((n * 7 % 5) as f32 - 2.0));
            let data: Vec<u8> = values.flat_map(f32::to_be_bytes).collect();
            bytes.extend(hdu(&cards, &data));
        }
        bytes
    }

    fn cards(&self) -> Vec<String> {
        let code = CODES[self.code];
        let (s, c) = self.angle.to_radians().sin_cos();
        let mut cards = Vec::new();
        let mut number = |key: &str, value: f64| {
            if cards
                .iter()
                .all(|card: &String| !card.starts_with(&format!("{key:<8}=")))
            {
                cards.push(valued(key, format!("{value:E}")));
            }
        };
        // What comes first counts.
        for (key, value) in &self.numbers {
            number(NUMBERS[*key], *value);
        }
        let plain = [
            ("CRVAL1", self.centre[0]),
            ("CRVAL2", self.centre[1]),
            ("CRPIX1", self.width as f64 / 2.0),
            ("CRPIX2", self.height as f64 / 2.0),
            ("CD1_1", -self.scale * c),
            ("CD1_2", self.scale * s),
            ("CD2_1", self.scale * s),
            ("CD2_2", self.scale * c),
        ];
        for (key, value) in plain {
            number(key, value);
        }
        if !self.bare {
            match code {
                "AZP" | "SZP" => number("PV2_1", 1.4),
                "AIR" | "COP" | "COE" | "COD" | "COO" | "BON" => number("PV2_1", 40.0),
                "ZPN" | "ZPX" => number("PV2_1", 1.0),
                "CEA" | "CYP" => number("PV2_1", 0.9),
                _ => {}
            }
        }
        if let Some((orders, terms)) = &self.sip {
            number("A_ORDER", orders[0] as f64);
            number("B_ORDER", orders[1] as f64);
            for (which, p, q, value) in terms {
                number(
                    &format!("{}_{p}_{q}", ["A", "B", "AP", "BP"][*which]),
                    *value,
                );
            }
        }
        if matches!(code, "TPV" | "TAN") {
            for (axis, m, value) in &self.tpv {
                number(&format!("PV{axis}_{m}"), *value);
            }
            if code == "TPV" {
                number("PV1_1", 1.0);
                number("PV2_1", 1.0);
            }
        }
        let mut texts: Vec<String> = self
            .texts
            .iter()
            .map(|(key, word)| format!("{:<8}= '{}'", TEXTS[*key], WORDS[*word]))
            .collect();
        for (n, axis) in (1..).zip(AXES[self.axes]) {
            texts.push(format!("CTYPE{n}  = '{axis}-{code}'"));
        }
        if self.lookup {
            for (n, version) in [(1, 1), (2, 2)] {
                texts.push(format!("CPDIS{n}  = 'LOOKUP'"));
                texts.push(format!("DP{n}     = 'EXTVER: {version}.0'"));
                texts.push(format!("DP{n}     = 'NAXES: 2'"));
            }
            if self.tables.iter().any(|table| table.detector) {
                texts.push("D2IMDIS1= 'LOOKUP'".to_owned());
            }
        }
        texts.extend(self.wat(code));
        texts.extend(cards);
        texts
    }

    /// The surfaces of TNX and ZPX, over cards of 68 characters.
    fn wat(&self, code: &str) -> Vec<String> {
        let (true, Some((sane, numbers))) = (matches!(code, "TNX" | "ZPX"), &self.surfaces) else {
            return Vec::new();
        };
        let mut words: Vec<String> = numbers.iter().map(|n| format!("{n:E}")).collect();
        if *sane {
            // Two by two terms of Chebyshev polynomials, all crossed.
            words.splice(
                0..words.len().min(8),
                ["1.", "2.", "2.", "1.", "-1.", "1.", "-1.", "1."].map(str::to_owned),
            );
            words.resize(12, "0.001".to_owned());
        }
        let text = |n: usize, axis: &str, name: &str| {
            let all = format!(
                "wtype={} axtype={axis} {name} = \"{}\"",
                code.to_lowercase(),
                words.join(" ")
            );
            let letters: Vec<char> = all.chars().collect();
            let parts = letters.chunks(68).enumerate();
            parts
                .map(|(part, letters)| {
                    format!(
                        "WAT{n}_{:03}= '{}'",
                        part + 1,
                        letters.iter().collect::<String>()
                    )
                })
                .collect::<Vec<_>>()
        };
        [text(1, "ra", "lngcor"), text(2, "dec", "latcor")].concat()
    }
}
