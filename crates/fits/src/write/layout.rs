//! The positions of all parts of the output, decided before the first byte is written.

use crate::BLOCK;
use crate::card::Card;
use crate::header::CARD;

use super::checksum::{encode, fold, sum_bytes};
use super::format::HeaderText;

/// The role of the HDU in the mosaic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Values,
    Coverage,
    Alpha,
}

impl Role {
    fn bitpix(self) -> i64 {
        if self == Role::Alpha { 8 } else { -32 }
    }

    pub fn pixel_bytes(self) -> u64 {
        if self == Role::Alpha { 1 } else { 4 }
    }

    fn extname(self) -> Option<&'static str> {
        match self {
            Role::Values => None,
            Role::Coverage => Some("COVERAGE"),
            Role::Alpha => Some("ALPHA"),
        }
    }
}

/// One HDU: its header with room for the checksums, and its position in its file.
#[derive(Debug)]
pub(crate) struct HduLayout {
    header: Vec<u8>,
    /// Index of the DATASUM card; CHECKSUM is the one before it.
    datasum: usize,
    pub header_offset: u64,
    pub data_offset: u64,
    pub data_bytes: u64,
}

/// The keyword of the unit in which weights are: BSCALE would be beyond what other programs compute with.
pub const UNIT_OF_WEIGHTS: &str = "WHTUNIT";

/// The keyword at fault and what is wrong with it.
pub(crate) type Fault = (String, String);

impl HduLayout {
    /// `axes` in FITS order. `unit`: what a number of 1 stands for. `primary`: whether it is the first of its file; `more`: whether others follow.
    pub fn new(
        role: Role,
        axes: &[usize],
        cards: &[Card],
        unit: f64,
        primary: bool,
        more: bool,
        header_offset: u64,
    ) -> Result<HduLayout, Fault> {
        let mut all = vec![if primary {
            Card::logical("SIMPLE", true, "conforms to FITS")
        } else {
            Card::text("XTENSION", "IMAGE", "image extension")
        }];
        all.push(Card::integer("BITPIX", role.bitpix(), "bits per pixel"));
        all.push(Card::integer("NAXIS", axes.len() as i64, "number of axes"));
        for (n, &length) in axes.iter().enumerate() {
            all.push(Card::integer(&format!("NAXIS{}", n + 1), length as i64, ""));
        }
        if !primary {
            all.push(Card::integer("PCOUNT", 0, ""));
            all.push(Card::integer("GCOUNT", 1, ""));
        } else if more {
            all.push(Card::logical("EXTEND", true, "extensions follow"));
        }
        if let Some(name) = role.extname() {
            all.push(Card::text("EXTNAME", name, ""));
        }
        if unit != 1.0 {
            let comment = "weight that 1 stands for, a power of two";
            all.push(Card::number(UNIT_OF_WEIGHTS, unit, comment));
        }
        for card in cards {
            if is_ours(&card.key) {
                return Err((
                    card.key.clone(),
                    "the writer sets this keyword itself".into(),
                ));
            }
        }
        all.extend_from_slice(cards);
        all.push(Card::text("CHECKSUM", "0".repeat(16), "HDU checksum"));
        all.push(Card::text("DATASUM", " ".repeat(10), "data unit checksum"));

        let mut text = HeaderText::default();
        for card in &all {
            text.push(card)
                .map_err(|reason| (card.key.clone(), reason))?;
        }
        let header = text.finish();
        let find = |key: &[u8]| header.chunks_exact(CARD).rposition(|c| c.starts_with(key));
        let datasum = find(b"DATASUM = ").unwrap_or_default();
        let data_offset = header_offset + header.len() as u64;
        let data_bytes = axes
            .iter()
            .try_fold(role.pixel_bytes(), |n, &axis| n.checked_mul(axis as u64))
            .filter(|&n| n < 1 << 60)
            .ok_or_else(|| ("NAXISn".to_owned(), "the mosaic is too large".to_owned()))?;
        Ok(HduLayout {
            header,
            datasum,
            header_offset,
            data_offset,
            data_bytes,
        })
    }

    /// Where the next HDU starts, or the file ends.
    pub fn end(&self) -> u64 {
        self.data_offset + self.data_bytes.next_multiple_of(BLOCK as u64)
    }

    /// The header with both sums filled in.
    pub fn header(&self, data: u32) -> Vec<u8> {
        let mut header = self.header.clone();
        let mut put = |card: usize, text: &str| {
            let at = card * CARD + 11;
            header[at..at + text.len()].copy_from_slice(text.as_bytes());
        };
        put(self.datasum, &format!("{data:<10}'"));
        let sum = |header: &[u8]| fold(u64::from(sum_bytes(header, 0)) + u64::from(data));
        put(self.datasum - 1, &"0".repeat(16));
        let text = encode(sum(&header));
        header[(self.datasum - 1) * CARD + 11..][..16].copy_from_slice(text.as_bytes());
        header
    }
}

/// Structure, scaling and checksums cannot be set by the caller.
fn is_ours(key: &str) -> bool {
    const OURS: [&str; 14] = [
        "SIMPLE", "XTENSION", "BITPIX", "PCOUNT", "GCOUNT", "EXTEND", "EXTNAME", "GROUPS",
        "BSCALE", "BZERO", "BLANK", "CHECKSUM", "DATASUM", "END",
    ];
    let axis = key.strip_prefix("NAXIS");
    OURS.contains(&key) || axis.is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
}
