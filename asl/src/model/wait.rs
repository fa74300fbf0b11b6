//! The Wait state: lets time pass.

use super::Source;

/// What only a Wait has.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// For how long, or until when.
    pub wait_for: WaitFor,
}

/// For how long, or until when.
#[derive(Debug, Clone, PartialEq)]
pub enum WaitFor {
    /// `Seconds`, `SecondsPath`.
    Seconds(Source<u64>),
    /// `Timestamp`, `TimestampPath`: RFC 3339 with a capital `T`, and a capital `Z` or an offset.
    Timestamp(Source<String>),
}

impl Wait {
    /// Waits for a number of seconds.
    pub fn seconds(seconds: impl Into<Source<u64>>) -> Wait {
        Wait {
            wait_for: WaitFor::Seconds(seconds.into()),
        }
    }

    /// Waits until a moment.
    pub fn until(timestamp: Source<String>) -> Wait {
        Wait {
            wait_for: WaitFor::Timestamp(timestamp),
        }
    }
}
