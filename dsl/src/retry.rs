//! How often a failed call is tried again, and how long that takes.

/// A retry policy: a number of further attempts, with growing pauses.
///
/// Each pause is printed with full jitter: any length up to its own is as likely. So all of them together are at most what is
/// said here, and half of it as a rule.
///
/// Only calls whose task has the licence may be given one. Typed refusals are never retried: the answer would be the
/// same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    attempts: u32,
    first_pause_seconds: u32,
    longest_pause_seconds: u32,
}

impl Retry {
    /// For what passes by itself: five further attempts after up to 1, 2, 4, 8 and 16 seconds, half a minute at most. Long
    /// enough for a cold start, a throttled table or a function's deployment; short enough for a customer who waits.
    pub const TRANSIENT: Self = Self {
        attempts: 5,
        first_pause_seconds: 1,
        longest_pause_seconds: 16,
    };

    /// For what an order must not be lost by: eight further attempts, doubling from 1 second to 1 minute, three minutes at
    /// most and half of that as a rule. Outlasts a failover of ours.
    pub const OUTAGE: Self = Self {
        attempts: 8,
        first_pause_seconds: 1,
        longest_pause_seconds: 60,
    };

    /// For what a customer waits for and an order must not be lost by: twelve further attempts, doubling from 1 second to 16, so
    /// that whatever is in the way is over for 16 seconds at most before it is tried again; two minutes and a half at most.
    pub const WAITED_FOR: Self = Self {
        attempts: 12,
        first_pause_seconds: 1,
        longest_pause_seconds: 16,
    };

    /// For what nobody waits for and must happen: twelve further attempts, doubling from 2 seconds to 10 minutes, 47 minutes
    /// at most and half of that as a rule. Outlasts a provider's short outage.
    pub const PATIENT: Self = Self {
        attempts: 12,
        first_pause_seconds: 2,
        longest_pause_seconds: 600,
    };

    /// `attempts` further attempts, the pause doubling from the first to the longest.
    #[must_use]
    pub const fn new(attempts: u32, first_pause_seconds: u32, longest_pause_seconds: u32) -> Self {
        Self {
            attempts,
            first_pause_seconds,
            longest_pause_seconds,
        }
    }

    /// How often a call is tried again.
    #[must_use]
    pub const fn attempts(self) -> u32 {
        self.attempts
    }

    /// The pause before the first further attempt.
    #[must_use]
    pub const fn first_pause_seconds(self) -> u32 {
        self.first_pause_seconds
    }

    /// The longest pause.
    #[must_use]
    pub const fn longest_pause_seconds(self) -> u32 {
        self.longest_pause_seconds
    }

    /// All pauses together, each at its longest.
    #[must_use]
    pub fn total_seconds(self) -> u64 {
        let pauses = (0..self.attempts).map(|attempt| {
            let pause = u64::from(self.first_pause_seconds) << attempt.min(32);
            pause.min(self.longest_pause_seconds.into())
        });
        pauses.sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Retry;

    #[track_caller]
    fn check(policy: Retry, expected_seconds: u64) {
        assert_eq!(policy.total_seconds(), expected_seconds);
    }

    #[test]
    fn the_pauses_add_up_to_what_the_documentation_says() {
        check(Retry::TRANSIENT, 31);
        check(Retry::OUTAGE, 183);
        check(Retry::WAITED_FOR, 143);
        check(Retry::PATIENT, 2_822);
        check(Retry::new(0, 1, 1), 0);
    }
}
