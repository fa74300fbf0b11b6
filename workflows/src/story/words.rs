//! Times and durations as a person says them.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// The time of day: `10:32:11`.
#[must_use]
pub fn clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

/// The time of day without seconds, for estimates: `10:45`.
pub(super) fn about(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%H:%M").to_string()
}

/// A length of time in its two largest units: `24 s`, `7 min`, `1 h 5 min`, `2 d 3 h`.
#[must_use]
pub fn plain_duration(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    let pair = |large: i64, large_unit: &str, small: i64, small_unit: &str| {
        if small == 0 {
            format!("{large} {large_unit}")
        } else {
            format!("{large} {large_unit} {small} {small_unit}")
        }
    };
    if days > 0 {
        pair(days, "d", hours, "h")
    } else if hours > 0 {
        pair(hours, "h", minutes, "min")
    } else if minutes > 0 {
        format!("{minutes} min")
    } else {
        format!("{seconds} s")
    }
}

/// A countdown: `12:07`, `1:00:00`; never negative.
#[must_use]
pub fn time_left(now: Timestamp, until: Timestamp) -> String {
    let seconds = until.duration_since(now).as_secs().max(0);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes:02}:{seconds:02}")
    }
}

/// `RequestPayment` → `request payment`: a name that has no words of its own yet.
pub(super) fn spaced(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        if character == '-' || character == '_' {
            words.push(' ');
        } else {
            words.extend(character.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: i64, plain: &str, left: &str) {
        let now = Timestamp::UNIX_EPOCH;
        let duration = SignedDuration::from_secs(seconds);
        assert_eq!(plain_duration(duration), plain);
        assert_eq!(time_left(now, now + duration), left);
    }

    #[test]
    fn lengths_of_time() {
        check(-5, "0 s", "00:00");
        check(24, "24 s", "00:24");
        check(449, "7 min", "07:29");
        check(3_600, "1 h", "1:00:00");
        check(3_900, "1 h 5 min", "1:05:00");
        check(183_600, "2 d 3 h", "51:00:00");
    }

    #[test]
    fn names_without_words_of_their_own() {
        assert_eq!(spaced("RequestPayment"), "request payment");
        assert_eq!(spaced("order-status"), "order status");
    }
}
