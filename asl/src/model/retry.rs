//! `Retry`: which errors are tried again, when, and how often.

use serde_json::Number;

use super::Fields;

/// One rule of a `Retry` list. The constants are what AWS takes where a field is absent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Retrier {
    /// For people.
    pub comment: Option<String>,
    /// The errors that this rule is for.
    pub error_equals: Vec<String>,
    /// The wait before the first repetition.
    pub interval_seconds: Option<u64>,
    /// How often it is repeated; 0 never.
    pub max_attempts: Option<u64>,
    /// What each wait is multiplied with. A JSON number, because `2` and `2.0` are printed as they were read.
    pub backoff_rate: Option<Number>,
    /// The longest wait.
    pub max_delay_seconds: Option<u64>,
    /// Whether waits are spread at random.
    pub jitter_strategy: Option<JitterStrategy>,
    /// Members that the language does not know.
    pub unknown: Fields,
}

/// Whether waits between attempts are spread at random.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JitterStrategy {
    /// Each wait is anywhere between zero and the computed one.
    Full,
    /// Each wait is the computed one.
    #[default]
    None,
}

impl Retrier {
    /// `IntervalSeconds` where absent.
    pub const INTERVAL_SECONDS_DEFAULT: u64 = 1;
    /// `MaxAttempts` where absent.
    pub const MAX_ATTEMPTS_DEFAULT: u64 = 3;
    /// `BackoffRate` where absent.
    pub const BACKOFF_RATE_DEFAULT: f64 = 2.0;

    /// A rule for the given errors, all else by default.
    pub fn on<S: Into<String>>(errors: impl IntoIterator<Item = S>) -> Retrier {
        Retrier {
            error_equals: errors.into_iter().map(Into::into).collect(),
            ..Retrier::default()
        }
    }

    /// The wait before the first repetition, in seconds.
    #[must_use]
    pub fn interval_seconds(&self) -> u64 {
        self.interval_seconds
            .unwrap_or(Self::INTERVAL_SECONDS_DEFAULT)
    }

    /// How often it is repeated.
    #[must_use]
    pub fn max_attempts(&self) -> u64 {
        self.max_attempts.unwrap_or(Self::MAX_ATTEMPTS_DEFAULT)
    }

    /// What each wait is multiplied with.
    #[must_use]
    pub fn backoff_rate(&self) -> f64 {
        self.backoff_rate
            .as_ref()
            .and_then(Number::as_f64)
            .unwrap_or(Self::BACKOFF_RATE_DEFAULT)
    }
}

impl JitterStrategy {
    /// The strategy as ASL spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            JitterStrategy::Full => "FULL",
            JitterStrategy::None => "NONE",
        }
    }
}
