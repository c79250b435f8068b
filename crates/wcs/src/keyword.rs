//! Which keywords make up the primary WCS of an image, so that another solution can take the place of all of them.

/// Whether a keyword belongs to the primary WCS or its distortion: what a header has of it would be at odds with another
/// solution.
pub fn is_wcs_keyword(key: &str) -> bool {
    const WHOLE: [&str; 18] = [
        "WCSAXES", "WCSNAME", "RADESYS", "RADECSYS", "EQUINOX", "EPOCH", "LONPOLE", "LATPOLE",
        "A_ORDER", "B_ORDER", "AP_ORDER", "BP_ORDER", "A_DMAX", "B_DMAX", "AXISCORR", "XPIXELSZ",
        "YPIXELSZ", "PLTSCALE",
    ];
    /// With the number of an axis or a term, and nothing behind it.
    const NUMBERED: [&str; 17] = [
        "CTYPE", "CUNIT", "CRVAL", "CRPIX", "CDELT", "CROTA", "CPDIS", "CPERR", "CQDIS", "CQERR",
        "D2IMDIS", "D2IMERR", "DP", "DQ", "PROJP", "PPO", "CNPIX",
    ];
    /// With two numbers: `PC1_2`, `PC01_02`, `PC001002`, `A_0_2`, `WAT1_001`.
    const PAIRED: [&str; 9] = ["PC", "CD", "PV", "PS", "A_", "B_", "AP_", "BP_", "WAT"];
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let pair = |text: &str| match text.split_once('_') {
        Some((a, b)) => digits(a) && digits(b),
        None => text.len() == 6 && digits(text),
    };
    WHOLE.contains(&key)
        || key.starts_with("PLTRA")
        || key.starts_with("PLTDEC")
        || ["AMDX", "AMDY"]
            .iter()
            .chain(&NUMBERED)
            .any(|stem| key.strip_prefix(stem).is_some_and(digits))
        || PAIRED
            .iter()
            .any(|stem| key.strip_prefix(stem).is_some_and(pair))
}

#[cfg(test)]
mod tests {
    use super::is_wcs_keyword;

    #[test]
    fn keywords_of_a_solution() {
        for key in [
            "CTYPE1", "CRVAL2", "CD1_1", "PC001002", "PC01_02", "PV1_10", "A_0_2", "AP_ORDER",
            "WAT2_003", "PROJP3", "AMDX13", "PPO3", "CNPIX1", "PLTRAH", "PLTDECSN", "CPDIS1",
            "DP1", "EQUINOX", "RADESYS",
        ] {
            assert!(is_wcs_keyword(key), "{key}");
        }
        for key in [
            "CTYPE1A", "CD1_1A", "CDS", "PVALUE", "DPI", "NAXIS1", "EXPTIME", "MJD-OBS",
            "FLXSCALE", "CROTATOR", "A_GAIN", "CRVAL", "PC1",
        ] {
            assert!(!is_wcs_keyword(key), "{key}");
        }
    }
}
