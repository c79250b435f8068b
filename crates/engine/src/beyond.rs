//! Values that 64-bit numbers hold and 32-bit numbers do not, from some rows of a tile.

use zemosaic_fits::{FitsError, ImageReader};
use zemosaic_room::filled;

use crate::noise::{middle, some_rows};
use crate::tile::Tile;

/// On which side of what f32 holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// Too large.
    Above,
    /// So small that they lose digits, or are 0.
    Below,
}

/// Brings what is too large or too small for f32 to where it can be seen.
const FAR: i32 = 900;
/// What memory is for here.
const PURPOSE: &str = "the range of a tile";

/// Whether most values of a tile of 64-bit floats are beyond f32; zeros do not count.
pub fn beyond(tile: &Tile) -> Result<Option<Beyond>, FitsError> {
    if !tile.doubles {
        return Ok(None);
    }
    let image = tile.image();
    let [small, large] = [-FAR, FAR].map(|power| image.clone().times(2.0_f64.powi(power)));
    let columns = middle(tile.shape.width);
    let (mut all, mut above, mut below) = (0_u64, 0_u64, 0_u64);
    for rows in some_rows(tile.shape.height) {
        let read = |reader: &ImageReader| {
            let mut values = filled(rows.len() * columns.len(), 0.0, PURPOSE);
            reader.read_box(0, rows.clone(), columns.clone(), &mut values)?;
            Ok::<_, FitsError>(values)
        };
        let (plain, small, large) = (read(image)?, read(&small)?, read(&large)?);
        for ((value, small), large) in plain.iter().zip(small).zip(large) {
            // Divided by so much every number is finite, and multiplied only zero stays.
            if !small.is_finite() || large == 0.0 {
                continue;
            }
            all += 1;
            above += u64::from(!value.is_finite());
            below += u64::from(value.abs() < f32::MIN_POSITIVE);
        }
    }
    Ok(if 2 * above > all {
        Some(Beyond::Above)
    } else if 2 * below > all {
        Some(Beyond::Below)
    } else {
        None
    })
}
