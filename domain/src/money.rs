//! Money in integer centavos, and how a Brazilian customer reads it. No float ever holds an amount.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount of Brazilian reais, in centavos. Negative amounts exist only as differences.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Money(i64);

impl Money {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount of centavos: `Money::from_centavos(4_480)` is R$ 44,80.
    #[must_use]
    pub const fn from_centavos(centavos: i64) -> Self {
        Self(centavos)
    }

    /// The amount in centavos.
    #[must_use]
    pub const fn centavos(self) -> i64 {
        self.0
    }

    /// The sum, or `None` where it would overflow.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` where it would overflow.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The amount `count` times, or `None` where it would overflow.
    #[must_use]
    pub fn checked_mul(self, count: i64) -> Option<Self> {
        self.0.checked_mul(count).map(Self)
    }
}

/// `R$ 1.234,56`, with an ordinary space: customers copy it, and tests compare it (providers §5.6).
impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let reais = (self.0.unsigned_abs() / 100).to_string();
        let mut grouped = String::with_capacity(reais.len() + reais.len() / 3);
        for (position, digit) in reais.chars().enumerate() {
            if position > 0 && (reais.len() - position).is_multiple_of(3) {
                grouped.push('.');
            }
            grouped.push(digit);
        }
        write!(f, "{sign}R$ {grouped},{:02}", self.0.unsigned_abs() % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::Money;

    #[track_caller]
    fn check(centavos: i64, expected: &str) {
        assert_eq!(Money::from_centavos(centavos).to_string(), expected);
    }

    #[test]
    fn is_written_as_brazilians_read_it() {
        check(0, "R$ 0,00");
        check(5, "R$ 0,05");
        check(4_480, "R$ 44,80");
        check(100_000, "R$ 1.000,00");
        check(123_456_789, "R$ 1.234.567,89");
        check(-500, "-R$ 5,00");
        check(i64::MIN, "-R$ 92.233.720.368.547.758,08");
    }
}
