//! What the mandatory keywords of a header say: kind, axes and data size (FITS standard 4.0, section 4.4.1).

use crate::hdu::HduKind;
use crate::header::Header;

/// Kind, axes and size of one HDU.
pub(crate) struct Geometry {
    pub kind: HduKind,
    pub bitpix: i32,
    pub axes: Vec<u64>,
    pub data_bytes: u64,
}

/// The keyword at fault and what is wrong with it.
pub(crate) type Fault = (String, String);

/// Reads the mandatory keywords; `primary`: whether the header is the first of the file.
pub(crate) fn geometry(header: &Header, primary: bool) -> Result<Geometry, Fault> {
    let bitpix = bitpix(header, "BITPIX")?;
    let axes = axes(header, "NAXIS")?;
    let xtension = header.text("XTENSION").unwrap_or_default();
    let groups = primary && axes.first() == Some(&0) && header.logical("GROUPS") == Some(true);
    let table = matches!(xtension.as_str(), "BINTABLE" | "A3DTABLE" | "TABLE");

    let counted = if groups { &axes[1..] } else { &axes[..] };
    let elements = if counted.is_empty() && !groups {
        0
    } else {
        product(counted)?
    };
    let (pcount, gcount) = if primary && !groups {
        (0, 1)
    } else {
        (count(header, "PCOUNT", 0)?, count(header, "GCOUNT", 1)?)
    };
    let data_bytes = elements
        .checked_add(pcount)
        .and_then(|n| n.checked_mul(gcount))
        .and_then(|n| n.checked_mul(u64::from(bitpix.unsigned_abs() / 8)))
        .filter(|&n| n < 1 << 62)
        .ok_or_else(too_large)?;

    let kind = if table && header.logical("ZIMAGE") == Some(true) {
        return compressed(header, data_bytes);
    } else if table {
        HduKind::Table
    } else if groups || !(primary || xtension == "IMAGE") {
        HduKind::Other
    } else if elements == 0 {
        HduKind::Empty
    } else {
        HduKind::Image
    };
    Ok(Geometry {
        kind,
        bitpix,
        axes,
        data_bytes,
    })
}

fn compressed(header: &Header, data_bytes: u64) -> Result<Geometry, Fault> {
    let bitpix = bitpix(header, "ZBITPIX")?;
    let axes = axes(header, "ZNAXIS")?;
    let kind = match product(&axes)? {
        _ if axes.is_empty() => HduKind::Empty,
        0 => HduKind::Empty,
        _ => HduKind::CompressedImage,
    };
    Ok(Geometry {
        kind,
        bitpix,
        axes,
        data_bytes,
    })
}

fn bitpix(header: &Header, key: &str) -> Result<i32, Fault> {
    match header.integer(key) {
        Some(bits @ (8 | 16 | 32 | 64 | -32 | -64)) => Ok(bits as i32),
        Some(bits) => Err(fault(
            key,
            format!("{bits} is not one of 8, 16, 32, 64, -32, -64"),
        )),
        None => Err(fault(key, "it is missing or not a whole number".into())),
    }
}

fn axes(header: &Header, key: &str) -> Result<Vec<u64>, Fault> {
    let naxis = match header.integer(key) {
        Some(n @ 0..=999) => n,
        Some(n) => return Err(fault(key, format!("{n} is not in 0..999"))),
        None => return Err(fault(key, "it is missing or not a whole number".into())),
    };
    (1..=naxis)
        .map(|n| {
            let key = format!("{key}{n}");
            match header.integer(&key) {
                Some(length @ 0..) => Ok(length as u64),
                Some(length) => Err(fault(&key, format!("{length} is negative"))),
                None => Err(fault(&key, "it is missing or not a whole number".into())),
            }
        })
        .collect()
}

fn count(header: &Header, key: &str, default: u64) -> Result<u64, Fault> {
    match header.integer(key) {
        Some(n @ 0..) => Ok(n as u64),
        Some(n) => Err(fault(key, format!("{n} is negative"))),
        None => Ok(default),
    }
}

fn product(axes: &[u64]) -> Result<u64, Fault> {
    axes.iter()
        .try_fold(1_u64, |n, &axis| n.checked_mul(axis))
        .filter(|&n| n < 1 << 62)
        .ok_or_else(too_large)
}

fn too_large() -> Fault {
    fault("NAXISn", "the array is larger than any file can be".into())
}

fn fault(key: &str, reason: String) -> Fault {
    (key.to_owned(), reason)
}
