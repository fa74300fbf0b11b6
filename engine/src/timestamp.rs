//! Times as ASL reads and writes them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A time as AWS writes it: UTC, three decimals, `Z`.
pub(crate) fn milliseconds(timestamp: Timestamp) -> String {
    timestamp
        .to_zoned(TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// Reads an ISO 8601 date-time with an offset: a capital `T`, and `Z` or an offset, are needed.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let separated = bytes.get(10) == Some(&b'T');
    let offset = text.get(11..)?;
    let zoned = offset.ends_with('Z') || offset.contains('+') || offset.contains('-');
    // jiff also reads lower case, blanks and zone names in brackets; ASL does not.
    let plain = text
        .chars()
        .all(|character| character.is_ascii_digit() || "-+:.TZ".contains(character));
    if separated && zoned && plain {
        text.parse().ok()
    } else {
        None
    }
}

/// The time to the millisecond, which is what AWS keeps.
pub(crate) fn to_millisecond(timestamp: Timestamp) -> Timestamp {
    // The last time there is has a fraction that does not survive the way through milliseconds.
    Timestamp::from_millisecond(timestamp.as_millisecond())
        .or_else(|_| Timestamp::from_second(timestamp.as_second()))
        .unwrap_or(timestamp)
}
