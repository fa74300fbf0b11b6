//! Now, and fresh identifiers: the two things a handler cannot compute.

use jiff::Timestamp;

/// Time and randomness, so that simulation decides both.
pub trait Clock: Send + Sync {
    /// This instant.
    fn now(&self) -> Timestamp;

    /// 128 random bits as 32 lower-case hexadecimal digits.
    fn fresh_id(&self) -> String;
}
