//! A span of whole minutes as configurations write it, bounded to a week.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// 0 to 10,080 minutes.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "u32", into = "u32")]
#[schemars(with = "u32")]
pub struct Minutes(u32);

/// More minutes than a week has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} minutes is more than a week (10080)")]
pub struct TooManyMinutesError(pub u32);

impl Minutes {
    /// No time; in configurations: switched off.
    pub const ZERO: Self = Self(0);
    /// A week.
    pub const MAX: Self = Self(10_080);

    /// Checks the bound.
    pub const fn new(minutes: u32) -> Result<Self, TooManyMinutesError> {
        if minutes <= Self::MAX.0 {
            Ok(Self(minutes))
        } else {
            Err(TooManyMinutesError(minutes))
        }
    }

    pub(crate) const fn constant<const MINUTES: u32>() -> Self {
        const { assert!(MINUTES <= Self::MAX.0) };
        Self(MINUTES)
    }

    /// The number of minutes.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The same in seconds, as deadlines of steps are written.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0 * 60
    }

    /// The instant this much later; the last representable one if there is none.
    #[must_use]
    pub fn after(self, at: jiff::Timestamp) -> jiff::Timestamp {
        let span = jiff::SignedDuration::from_secs(i64::from(self.seconds()));
        at.checked_add(span).unwrap_or(jiff::Timestamp::MAX)
    }
}

impl TryFrom<u32> for Minutes {
    type Error = TooManyMinutesError;
    fn try_from(minutes: u32) -> Result<Self, Self::Error> {
        Self::new(minutes)
    }
}

impl From<Minutes> for u32 {
    fn from(minutes: Minutes) -> Self {
        minutes.0
    }
}
