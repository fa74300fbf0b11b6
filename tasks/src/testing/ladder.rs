//! How long the payment provider waits before it sends an event again that we did not take (providers §1.8, "penalização de
//! filas"), for every world that plays it. Who waits, and what a paused queue is, are theirs.

/// Seconds before attempt 1, 2, … 15.
const SECONDS: [u32; 15] = [
    0, 30, 60, 210, 300, 900, 1_500, 3_600, 3_600, 3_600, 3_600, 3_600, 7_200, 7_200, 10_800,
];

/// Seconds until an event is sent once more that failed so often. `None` says that its account's queue is paused, until a
/// person resumes it.
#[must_use]
pub fn seconds_after(failures: usize) -> Option<u32> {
    SECONDS.get(failures).copied()
}

#[cfg(test)]
mod tests {
    use super::seconds_after;

    #[test]
    fn the_fifteenth_failure_pauses_the_queue() {
        assert_eq!(seconds_after(1), Some(30));
        assert_eq!(seconds_after(14), Some(10_800));
        assert_eq!(seconds_after(15), None);
    }
}
