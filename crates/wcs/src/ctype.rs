//! What CTYPE says: which coordinate, in which projection.

/// Which coordinate of the sky an axis is.
pub enum Kind {
    Longitude,
    Latitude,
    Other,
}

/// The parts of `RA---TAN-SIP`.
pub struct Ctype {
    pub kind: Kind,
    /// The first four letters without dashes.
    pub prefix: String,
    /// The three letters of the projection.
    pub code: String,
    /// What follows it.
    pub suffix: String,
    /// As it stands in the header.
    pub text: String,
    /// As it should be, if it stands there with a wrong number of dashes.
    pub mended: Option<String>,
}

/// Splits `RA---TAN-SIP` into `RA`, `TAN`, `SIP`; `None` for an axis without a projection code. Wrong numbers of dashes,
/// or blanks and underscores in their place, are seen through where nothing else can be meant.
pub fn split_ctype(text: &str) -> Option<Ctype> {
    let upper = text.trim_end().to_ascii_uppercase();
    if !upper.is_ascii() {
        return None;
    }
    let made = |prefix: &str, code: &str, suffix: &str, mended| Ctype {
        kind: kind(prefix),
        prefix: prefix.to_owned(),
        code: code.to_owned(),
        suffix: suffix.to_owned(),
        text: text.to_owned(),
        mended,
    };
    let bytes = upper.as_bytes();
    let regular = bytes.len() >= 8
        && bytes[4] == b'-'
        && bytes[5..8].iter().all(u8::is_ascii_alphanumeric)
        && matches!(bytes.get(8), None | Some(b'-'));
    if regular {
        let prefix = upper[..4].trim_end_matches('-');
        let suffix = upper[8..].trim_start_matches('-').trim_end();
        return Some(made(prefix, &upper[5..8], suffix, None));
    }
    let mut parts = upper.split(['-', '_', ' ']).filter(|part| !part.is_empty());
    let (prefix, code) = (parts.next()?, parts.next()?);
    if matches!(kind(prefix), Kind::Other) || code.len() != 3 {
        return None;
    }
    let suffix = parts.collect::<Vec<_>>().join("-");
    let tail = if suffix.is_empty() {
        String::new()
    } else {
        format!("-{suffix}")
    };
    let mended = format!("{prefix:-<4}-{code}{tail}");
    Some(made(prefix, code, &suffix, Some(mended)))
}

/// The coordinate by the first letters of CTYPE.
pub fn kind(prefix: &str) -> Kind {
    match prefix {
        "RA" => Kind::Longitude,
        "DEC" => Kind::Latitude,
        p if p.len() == 4 && (p.ends_with("LON") || p.ends_with("LN")) => Kind::Longitude,
        p if p.len() == 4 && (p.ends_with("LAT") || p.ends_with("LT")) => Kind::Latitude,
        _ => Kind::Other,
    }
}

/// The latitude that belongs to a longitude.
pub fn latitude_of(prefix: &str) -> String {
    match prefix {
        "RA" => "DEC".to_owned(),
        other => match other.strip_suffix("LON") {
            Some(body) => format!("{body}LAT"),
            None => format!("{}LT", &other[..2]),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::split_ctype;

    #[test]
    fn dashes_are_seen_through() {
        for (text, prefix, code, suffix, mended) in [
            ("RA---TAN", "RA", "TAN", "", None),
            ("RA---TAN-SIP", "RA", "TAN", "SIP", None),
            ("GLON-CAR", "GLON", "CAR", "", None),
            ("RA-TAN", "RA", "TAN", "", Some("RA---TAN")),
            ("DEC-TAN-SIP", "DEC", "TAN", "SIP", Some("DEC--TAN-SIP")),
            ("GLON---TAN", "GLON", "TAN", "", Some("GLON-TAN")),
            ("DEC---TAN", "DEC", "TAN", "", Some("DEC--TAN")),
            ("RA   TAN", "RA", "TAN", "", Some("RA---TAN")),
        ] {
            let found = split_ctype(text).unwrap();
            let parts = (
                found.prefix.as_str(),
                found.code.as_str(),
                found.suffix.as_str(),
            );
            assert_eq!(parts, (prefix, code, suffix), "{text}");
            assert_eq!(found.mended.as_deref(), mended, "{text}");
        }
        for text in ["RA", "LINEAR", "VELO-LSR", "STOKES", "RA---", "X-TAN"] {
            let other = split_ctype(text).is_none_or(|c| matches!(c.kind, super::Kind::Other));
            assert!(other, "{text}");
        }
    }
}
