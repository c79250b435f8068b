//! The binary table behind a compressed image: its columns, and the heap bytes of each tile.

use std::fs::File;

use zemosaic_room::filled;

use crate::error::FitsError;
use crate::hdu::Hdu;
use crate::header::Header;
use crate::position::read_exact_at;

/// Bytes of table rows read at a time.
const BUFFER: usize = 256 * 1024;

/// A column of variable-length arrays.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HeapColumn {
    /// Bytes from the start of a row to the descriptor.
    offset: usize,
    /// 64-bit descriptors (Q) or 32-bit ones (P).
    wide: bool,
    /// Bytes per element.
    pub element: u64,
}

/// A number given per tile in a column, or for all tiles by a keyword.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Same(f64),
    /// Bytes from the start of a row.
    Double(usize),
    Float(usize),
    Integer(usize),
}

impl Number {
    /// The value in a row, whose length matches the table.
    pub fn of(self, fields: &[u8]) -> f64 {
        let four = |at: usize| fields[at..].first_chunk().copied().unwrap_or_default();
        match self {
            Number::Same(value) => value,
            Number::Double(at) => fields[at..]
                .first_chunk()
                .map_or(0.0, |b| f64::from_be_bytes(*b)),
            Number::Float(at) => f64::from(f32::from_be_bytes(four(at))),
            Number::Integer(at) => f64::from(i32::from_be_bytes(four(at))),
        }
    }
}

/// The bytes of a tile, `start` bytes into the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub start: u64,
    pub bytes: u64,
}

/// The rows and the heap, both within the file.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub rows: usize,
    row_bytes: usize,
    rows_start: u64,
    heap_start: u64,
    heap_bytes: u64,
}

impl Table {
    /// The HDU must be complete.
    pub fn new(hdu: &Hdu, header: &Header) -> Result<Table, FitsError> {
        let size = |key: &str, default: Option<u64>| match header.integer(key) {
            Some(n @ 0..) => Ok(n as u64),
            Some(n) => Err(hdu.bad(key, format!("{n} is negative"))),
            None => default.ok_or_else(|| hdu.bad(key, "it is missing")),
        };
        let (row_bytes, rows) = (size("NAXIS1", None)?, size("NAXIS2", None)?);
        let table_bytes = row_bytes.checked_mul(rows).filter(|&n| n <= hdu.data_bytes);
        let table_bytes =
            table_bytes.ok_or_else(|| hdu.bad("NAXIS2", "the table is larger than its HDU"))?;
        let heap = size("THEAP", Some(table_bytes))?;
        if heap < table_bytes || heap > hdu.data_bytes {
            return Err(hdu.bad("THEAP", "the heap does not follow the table"));
        }
        if row_bytes == 0 || row_bytes > 1 << 16 {
            return Err(hdu.bad("NAXIS1", "rows of a compressed image have 1 to 65536 bytes"));
        }
        Ok(Table {
            rows: rows as usize,
            row_bytes: row_bytes as usize,
            rows_start: hdu.data_start,
            heap_start: hdu.data_start + heap,
            heap_bytes: hdu.data_bytes - heap,
        })
    }

    /// The column of this name, if it exists; it must hold variable-length arrays.
    pub fn heap_column(
        &self,
        hdu: &Hdu,
        header: &Header,
        name: &str,
    ) -> Result<Option<HeapColumn>, FitsError> {
        let Some((offset, form, key)) = self.column(hdu, header, name)? else {
            return Ok(None);
        };
        match width(&form) {
            // A repeat count of 0 means that the column is absent.
            Some((0, _)) => Ok(None),
            Some((_, Some(element))) => Ok(Some(HeapColumn {
                offset,
                wide: form.contains('Q'),
                element,
            })),
            _ => Err(hdu.bad(
                &key,
                format!("{name} is not a column of variable-length arrays"),
            )),
        }
    }

    /// The column of this name, or else the keyword.
    pub fn number(
        &self,
        hdu: &Hdu,
        header: &Header,
        name: &str,
    ) -> Result<Option<Number>, FitsError> {
        let Some((offset, form, key)) = self.column(hdu, header, name)? else {
            return match header.quoted_number(name) {
                Ok(value) => Ok(value.map(Number::Same)),
                Err(text) => Err(hdu.bad(name, format!("'{text}' is not a number"))),
            };
        };
        match form.strip_prefix('1').unwrap_or(&form) {
            "D" => Ok(Some(Number::Double(offset))),
            "E" => Ok(Some(Number::Float(offset))),
            "J" => Ok(Some(Number::Integer(offset))),
            _ => Err(hdu.bad(&key, format!("{name} is not a column of numbers"))),
        }
    }

    /// Offset of a column within the row, its format, and the keyword of that format.
    fn column(
        &self,
        hdu: &Hdu,
        header: &Header,
        name: &str,
    ) -> Result<Option<(usize, String, String)>, FitsError> {
        let Some(fields @ 1..=999) = header.integer("TFIELDS") else {
            return Err(hdu.bad("TFIELDS", "it is missing or not in 1..999"));
        };
        let mut offset = 0;
        for n in 1..=fields {
            let key = format!("TFORM{n}");
            let form = header.text(&key).unwrap_or_default();
            let Some((bytes, _)) = width(&form) else {
                return Err(hdu.bad(&key, format!("'{form}' is not a column format")));
            };
            if offset + bytes > self.row_bytes {
                return Err(hdu.bad(&key, "the columns are longer than a row"));
            }
            let named = header.text(&format!("TTYPE{n}"));
            if named.is_some_and(|t| t.eq_ignore_ascii_case(name)) {
                return Ok(Some((offset, form, key)));
            }
            offset += bytes;
        }
        Ok(None)
    }

    /// The bytes of one row.
    pub fn row(&self, file: &File, hdu: &Hdu, row: usize) -> Result<Vec<u8>, FitsError> {
        let mut fields = vec![0; self.row_bytes];
        let at = self.rows_start + row as u64 * self.row_bytes as u64;
        read_exact_at(file, &mut fields, at).map_err(|e| hdu.storage.failed("read it", e))?;
        Ok(fields)
    }

    /// Calls `each` with the number and the bytes of every row.
    pub fn for_rows(
        &self,
        file: &File,
        hdu: &Hdu,
        mut each: impl FnMut(usize, &[u8]) -> Result<(), FitsError>,
    ) -> Result<(), FitsError> {
        let at_once = (BUFFER / self.row_bytes).max(1).min(self.rows.max(1));
        let mut buffer = filled(
            self.row_bytes * at_once,
            0,
            "the table of a compressed image",
        );
        for first in (0..self.rows).step_by(at_once) {
            let count = at_once.min(self.rows - first);
            let bytes = &mut buffer[..count * self.row_bytes];
            let at = self.rows_start + first as u64 * self.row_bytes as u64;
            read_exact_at(file, bytes, at).map_err(|e| hdu.storage.failed("read it", e))?;
            for (row, fields) in (first..).zip(bytes.chunks_exact(self.row_bytes)) {
                each(row, fields)?;
            }
        }
        Ok(())
    }

    /// The position of a tile's bytes, which must lie in the heap.
    pub fn extent(
        &self,
        hdu: &Hdu,
        tile: usize,
        fields: &[u8],
        column: HeapColumn,
    ) -> Result<Extent, FitsError> {
        self.descriptor(fields, column)
            .ok_or_else(|| hdu.damaged(format!("tile {} lies outside the heap", tile + 1)))
    }

    fn descriptor(&self, fields: &[u8], column: HeapColumn) -> Option<Extent> {
        let descriptor = &fields[column.offset..];
        let (count, offset) = if column.wide {
            let word = |at: usize| {
                descriptor[at..]
                    .first_chunk()
                    .map(|b| i64::from_be_bytes(*b))
            };
            (word(0)?, word(8)?)
        } else {
            let word = |at: usize| {
                descriptor[at..]
                    .first_chunk()
                    .map(|b| i32::from_be_bytes(*b))
            };
            (i64::from(word(0)?), i64::from(word(4)?))
        };
        let bytes = u64::try_from(count).ok()?.checked_mul(column.element)?;
        if bytes == 0 {
            // Nothing in this column, so the offset has no meaning either.
            return Some(Extent {
                start: self.heap_start,
                bytes,
            });
        }
        let offset = u64::try_from(offset).ok()?;
        (offset.checked_add(bytes)? <= self.heap_bytes).then_some(Extent {
            start: self.heap_start + offset,
            bytes,
        })
    }
}

/// Bytes of a column in the row and, for a variable-length one, of an element (FITS standard 4.0, table 18).
fn width(form: &str) -> Option<(usize, Option<u64>)> {
    let digits = form.bytes().take_while(u8::is_ascii_digit).count();
    let repeat: usize = if digits == 0 {
        1
    } else {
        form[..digits].parse().ok()?
    };
    let mut codes = form[digits..].bytes();
    let code = codes.next()?;
    let bytes = match code {
        b'X' => return Some((repeat.div_ceil(8), None)),
        b'P' | b'Q' => {
            let element = element(codes.next()?)?;
            let descriptor = if code == b'P' { 8 } else { 16 };
            return (repeat <= 1).then_some((repeat * descriptor, Some(element)));
        }
        other => element(other)? as usize,
    };
    Some((repeat.checked_mul(bytes).filter(|&n| n <= 1 << 20)?, None))
}

fn element(code: u8) -> Option<u64> {
    Some(match code {
        b'L' | b'B' | b'A' => 1,
        b'I' => 2,
        b'J' | b'E' => 4,
        b'K' | b'D' | b'C' => 8,
        b'M' => 16,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::width;

    #[test]
    fn widths_of_columns() {
        assert_eq!(width("1PB(2880)"), Some((8, Some(1))));
        assert_eq!(width("QI"), Some((16, Some(2))));
        assert_eq!(width("0PB"), Some((0, Some(1))));
        assert_eq!(width("1D"), Some((8, None)));
        assert_eq!(width("12X"), Some((2, None)));
        for bad in ["", "1", "2PB", "P", "1Z", "99999999999999999999B", "-1B"] {
            assert_eq!(width(bad), None, "{bad}");
        }
    }
}
