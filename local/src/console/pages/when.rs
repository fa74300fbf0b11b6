//! Instants as pages show them: the time of day, with the whole instant for whoever asks.

use comanda_workflows::story::{clock, plain_duration};
use jiff::{Timestamp, tz::TimeZone};
use maud::{Markup, html};

/// `10:02:11`.
pub fn at(instant: Timestamp, zone: &TimeZone) -> Markup {
    let whole = instant
        .to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S %Z")
        .to_string();
    html! { time datetime=(instant) title=(whole) { (clock(instant, zone)) } }
}

/// `10:02:11`, with the day where it is not today.
pub fn since(instant: Timestamp, now: Timestamp, zone: &TimeZone) -> Markup {
    let there = instant.to_zoned(zone.clone());
    if there.date() == now.to_zoned(zone.clone()).date() {
        return at(instant, zone);
    }
    html! { time datetime=(instant) { (there.strftime("%d %b %H:%M")) } }
}

/// `took 24 s`, or nothing for less than a second.
pub fn took(from: Timestamp, to: Timestamp) -> Option<String> {
    let duration = to.duration_since(from);
    (duration.as_secs() > 0).then(|| format!("took {}", plain_duration(duration)))
}
