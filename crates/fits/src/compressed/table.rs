//! The binary table behind a compressed image: its columns, and which bytes of the heap belong to a tile.

use std::fs::File;

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
    /// Bytes of an element.
    pub element: u64,
}

/// A tile's array: `count` elements at `start` bytes into the file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub count: u64,
    pub start: u64,
}

/// Rows and heap, all within the file.
pub(crate) struct Table<'a> {
    hdu: &'a Hdu,
    header: &'a Header,
    pub rows: u64,
    row_bytes: usize,
    heap_start: u64,
    heap_bytes: u64,
}

impl<'a> Table<'a> {
    /// The HDU must be complete.
    pub fn new(hdu: &'a Hdu, header: &'a Header) -> Result<Table<'a>, FitsError> {
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
            return Err(hdu.bad("THEAP", "the heap is not behind the table"));
        }
        if row_bytes == 0 || row_bytes > 1 << 20 {
            return Err(hdu.bad(
                "NAXIS1",
                "rows of a compressed image have 1 to 1048576 bytes",
            ));
        }
        Ok(Table {
            hdu,
            header,
            rows,
            row_bytes: row_bytes as usize,
            heap_start: hdu.data_start + heap,
            heap_bytes: hdu.data_bytes - heap,
        })
    }

    /// The column of this name, if there is one; it must hold variable-length arrays.
    pub fn heap_column(&self, name: &str) -> Result<Option<HeapColumn>, FitsError> {
        let Some(fields @ 1..=999) = self.header.integer("TFIELDS") else {
            return Err(self.hdu.bad("TFIELDS", "it is missing or not in 1..999"));
        };
        let mut offset = 0;
        let mut found = None;
        for n in 1..=fields {
            let key = format!("TFORM{n}");
            let form = self.header.text(&key).unwrap_or_default();
            let (bytes, element) = width(&form).ok_or_else(|| {
                self.hdu
                    .bad(&key, format!("'{form}' is no format of a column"))
            })?;
            let named = self.header.text(&format!("TTYPE{n}"));
            if found.is_none() && named.is_some_and(|t| t.eq_ignore_ascii_case(name)) {
                let Some(element) = element else {
                    return Err(self.hdu.bad(
                        &key,
                        format!("{name} is no column of variable-length arrays"),
                    ));
                };
                found = Some(HeapColumn {
                    offset,
                    wide: form.contains('Q'),
                    element,
                });
            }
            offset += bytes;
            if offset > self.row_bytes {
                return Err(self.hdu.bad(&key, "the columns are longer than a row"));
            }
        }
        Ok(found)
    }

    /// Calls `each` with the tile's number and its extent in every column, all within the heap.
    pub fn extents(
        &self,
        file: &File,
        columns: &[HeapColumn],
        mut each: impl FnMut(u64, &[Extent]) -> Result<(), FitsError>,
    ) -> Result<(), FitsError> {
        let at_once = (BUFFER / self.row_bytes).max(1) as u64;
        let mut buffer = vec![0; self.row_bytes * at_once.min(self.rows.max(1)) as usize];
        let mut extents = Vec::with_capacity(columns.len());
        let mut row = 0;
        while row < self.rows {
            let count = at_once.min(self.rows - row);
            let bytes = &mut buffer[..count as usize * self.row_bytes];
            read_exact_at(
                file,
                bytes,
                self.hdu.data_start + row * self.row_bytes as u64,
            )
            .map_err(|e| FitsError::reading(self.hdu.storage.path(), "read it", e))?;
            for (tile, fields) in (row..).zip(bytes.chunks_exact(self.row_bytes)) {
                extents.clear();
                for column in columns {
                    let extent = self.extent(fields, column);
                    extents.push(extent.ok_or_else(|| {
                        super::failed(self.hdu, format!("tile {} lies outside the heap", tile + 1))
                    })?);
                }
                each(tile, &extents)?;
            }
            row += count;
        }
        Ok(())
    }

    fn extent(&self, fields: &[u8], column: &HeapColumn) -> Option<Extent> {
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
        let (count, offset) = (u64::try_from(count).ok()?, u64::try_from(offset).ok()?);
        let end = count.checked_mul(column.element)?.checked_add(offset)?;
        // A tile with nothing in this column may have any offset.
        (count == 0 || end <= self.heap_bytes).then_some(Extent {
            count,
            start: self.heap_start.saturating_add(offset),
        })
    }
}

/// Bytes of a column in the row and, of a variable-length one, of an element (FITS standard 4.0, table 18).
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
