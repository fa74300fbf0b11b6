//! The machine's clock and the operating system's randomness.

use std::sync::Arc;

use comanda_tasks::ports::Clock;
use jiff::Timestamp;

/// Real time and real randomness, for parts of a process that need no other port.
#[must_use]
pub fn system_clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// Real time and real randomness.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn fresh_id(&self) -> String {
        // The thread's generator is cryptographic (ChaCha) and seeded by the operating system: an order id is also
        // what makes an order's page hard to guess.
        format!("{:032x}", rand::random::<u128>())
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, SystemClock};

    #[test]
    fn fresh_ids_are_32_hexadecimal_digits_and_differ() {
        let ids = [SystemClock.fresh_id(), SystemClock.fresh_id()];
        for id in &ids {
            assert_eq!(id.len(), 32);
            assert!(id.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')));
        }
        assert_ne!(ids[0], ids[1]);
    }
}
