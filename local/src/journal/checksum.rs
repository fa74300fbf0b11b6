//! A checksum per row: SQLite does not have one, and a flipped bit must not become an order.

use crc::{CRC_32_ISCSI, Crc};

const CRC: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

/// The checksum of a row, over its columns in order. Lengths are part of it, so that text cannot move between columns.
#[must_use]
pub fn checksum(columns: &[&[u8]]) -> u32 {
    let mut digest = CRC.digest();
    for column in columns {
        digest.update(&(column.len() as u64).to_le_bytes());
        digest.update(column);
    }
    digest.finalize()
}
