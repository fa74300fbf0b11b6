//! Instants as a person reads them in a terminal: the store's time of day, with the day where it is not today.

use comanda_simulation::story::zone;
use comanda_workflows::story::clock;
use jiff::Timestamp;

/// `18:12:42`, or `2026-11-24 18:12` where it is of another day; what is no instant stays as it is.
pub fn when(instant: &str) -> String {
    match instant.parse() {
        Ok(at) => of(at, Timestamp::now()),
        Err(_) => instant.to_owned(),
    }
}

fn of(at: Timestamp, now: Timestamp) -> String {
    let (there, here) = (at.to_zoned(zone()), now.to_zoned(zone()));
    if there.date() == here.date() {
        clock(at, &zone())
    } else {
        there.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_said_where_it_is_not_today() {
        let now: Timestamp = "2026-11-25T02:30:00Z".parse().unwrap();
        let check = |at: &str, said: &str| assert_eq!(of(at.parse().unwrap(), now), said);
        check("2026-11-24T23:05:09.5Z", "20:05:09");
        check("2026-11-25T02:29:59Z", "23:29:59");
        check("2026-11-24T02:59:00Z", "2026-11-23 23:59");
        assert_eq!(when("soon"), "soon");
    }
}
