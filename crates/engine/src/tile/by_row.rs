//! Reading on past rows that cannot be read.

use zemosaic_fits::FitsError;

use super::Part;

/// Fills a slice with the requested pixels; returns the bytes read.
pub(crate) type ReadPart<'a> = &'a mut dyn FnMut(Part, &mut [f32]) -> Result<u64, FitsError>;

/// Reads rows at once or, when that fails, one by one, so that a bad row takes no other with it, however many are read
/// together. A bad row becomes NaN. Returns the bytes read, and why the first bad row is bad.
pub(crate) fn read_by_row(
    part: &Part,
    out: &mut [f32],
    read: ReadPart<'_>,
) -> (u64, Option<FitsError>) {
    if let Ok(bytes) = read(part.clone(), out) {
        return (bytes, None);
    }
    let (mut bytes, mut damage) = (0, None);
    let width = part.columns.len().max(1);
    for (row, out) in part.rows.clone().zip(out.chunks_exact_mut(width)) {
        match read(part.row(row), out) {
            Ok(n) => bytes += n,
            Err(e) => {
                damage = damage.or(Some(e));
                out.fill(f32::NAN);
            }
        }
    }
    (bytes, damage)
}

#[cfg(test)]
mod tests {
    use zemosaic_fits::{FitsError, FitsErrorKind};

    use super::{Part, read_by_row};

    fn error() -> FitsError {
        FitsError {
            path: "t.fits".into(),
            hdu: None,
            kind: FitsErrorKind::NotFound,
        }
    }

    #[test]
    fn only_a_bad_row_is_lost_and_one_that_can_be_read_after_all_is_not() {
        let mut bad = vec![2];
        let read = |tries: &mut Vec<usize>, from: usize, out: &mut [f32]| {
            if tries
                .iter()
                .any(|row| (from..from + out.len() / 2).contains(row))
            {
                return Err(error());
            }
            out.fill(7.0);
            Ok(1)
        };
        let mut out = [0.0; 8];
        let part = Part {
            rows: 0..4,
            columns: 5..7,
        };
        let (bytes, damage) = read_by_row(&part, &mut out, &mut |part, out| {
            read(&mut bad, part.rows.start, out)
        });
        assert_eq!((bytes, damage.is_some()), (3, true));
        assert!(out[4..6].iter().all(|v| v.is_nan()) && out[..4] == [7.0; 4]);
        let mut once = true;
        let (bytes, damage) = read_by_row(&part, &mut out, &mut |_, out| {
            if std::mem::take(&mut once) {
                return Err(error());
            }
            out.fill(7.0);
            Ok(1)
        });
        assert_eq!((bytes, damage.is_none(), out), (4, true, [7.0; 8]));
    }
}
