//! Timestamps as the language wants them.

/// Whether a text is a timestamp of RFC 3339 with a capital `T`, and a capital `Z` or an offset.
#[must_use]
pub fn is_rfc3339(text: &str) -> bool {
    parse(text).is_some()
}

fn parse(text: &str) -> Option<()> {
    let (date, time) = text.split_once('T')?;
    let mut parts = date.split('-');
    let year = digits(parts.next()?, 4)?;
    let month = digits(parts.next()?, 2)?;
    let day = digits(parts.next()?, 2)?;
    let is_day = parts.next().is_none() && (1..=days_of_month(year, month)).contains(&day);
    let clock = time.strip_suffix('Z').or_else(|| without_offset(time))?;
    (is_day && is_clock(clock)).then_some(())
}

/// The time before a valid `+hh:mm`.
fn without_offset(time: &str) -> Option<&str> {
    let at = time.rfind(['+', '-'])?;
    let (hours, minutes) = time.get(at + 1..)?.split_once(':')?;
    (digits(hours, 2)? < 24 && digits(minutes, 2)? < 60).then(|| time.get(..at))?
}

fn is_clock(clock: &str) -> bool {
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let limits = [24, 60, 61];
    let parts: Vec<&str> = whole.split(':').collect();
    parts.len() == limits.len()
        && parts
            .iter()
            .zip(limits)
            .all(|(part, limit)| digits(part, 2).is_some_and(|value| value < limit))
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let are_digits = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if are_digits { text.parse().ok() } else { None }
}

/// No day for a month that there is not.
fn days_of_month(year: u32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps() {
        for (text, expected) in [
            ("2016-03-14T01:59:00Z", true),
            ("2016-02-29T23:59:60.123456789Z", true),
            ("2016-03-14T01:59:00-03:00", true),
            ("2016-03-14T01:59:00.5+00:00", true),
            ("2015-02-29T00:00:00Z", false),
            ("2016-13-05T21:29:29Z", false),
            ("2016-12-05T25:29:29Z", false),
            ("2016-12-05 21:29:29Z", false),
            ("2016-12-05t21:29:29Z", false),
            ("2016-12-05T21:29:29z", false),
            ("2016-12-05T21:29:29", false),
            ("2016-12-05T21:29:29.Z", false),
            ("2016-12-05T21:29Z", false),
            ("2016-12-05T21:29:29+3:00", false),
            ("2016-1-05T21:29:29Z", false),
            ("", false),
        ] {
            assert_eq!(is_rfc3339(text), expected, "{text}");
        }
    }
}
