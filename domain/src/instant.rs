//! How an instant is written in rows and messages: UTC, always three decimals, so that text order is time order.
//!
//! `jiff` (like `isoformat` in the reference, F055) leaves out decimals that are zero; `…:45Z` would sort after `…:45.5Z`.
//! Use it as `#[serde(with = "comanda_domain::instant")]`.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serializer};

/// The instant as rows hold it.
#[must_use]
pub fn text(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// For `serde(with)`.
pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{at:.3}"))
}

/// For `serde(with)`.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    Timestamp::deserialize(deserializer)
}

/// The same for instants that may be absent: `#[serde(default, with = "comanda_domain::instant::optional")]`.
pub mod optional {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    /// For `serde(with)`.
    pub fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::serialize(at, serializer),
            None => serializer.serialize_none(),
        }
    }

    /// For `serde(with)`.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Option::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn text_order_is_time_order() {
        let instants = [
            "2026-11-22T15:30:44.999Z",
            "2026-11-22T15:30:45Z",
            "2026-11-22T15:30:45.5Z",
            "2026-11-22T15:30:46Z",
        ];
        let texts = instants.map(|at| text(at.parse().expect("an instant")));
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[1], "2026-11-22T15:30:45.000Z");
    }
}
