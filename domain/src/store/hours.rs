//! When a store is open: by its own clock, overnight hours and exceptional days included.

use std::collections::BTreeMap;

use jiff::{
    Timestamp, ToSpan, Zoned,
    civil::{Date, Time, Weekday},
    tz::TimeZone,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::zones::by_name;

/// A time zone of Brazil, by its name in the IANA database, such as `America/Sao_Paulo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

/// No time zone of Brazil.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time zone of Brazil, such as America/Sao_Paulo or America/Manaus")]
pub struct UnknownZoneError(String);

impl Zone {
    /// Looks the zone up.
    pub fn new(name: impl Into<String>) -> Result<Self, UnknownZoneError> {
        let name = name.into();
        match by_name(&name) {
            Some(zone) => Ok(Self { name, zone }),
            None => Err(UnknownZoneError(name)),
        }
    }

    /// The instant on the store's clock.
    #[must_use]
    pub fn at(&self, instant: Timestamp) -> Zoned {
        instant.to_zoned(self.zone.clone())
    }

    /// The store's calendar day: due dates are this day, not the UTC one (F055).
    #[must_use]
    pub fn date(&self, instant: Timestamp) -> Date {
        self.at(instant).date()
    }
}

impl TryFrom<String> for Zone {
    type Error = UnknownZoneError;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name
    }
}

/// A day of the week, as configurations write it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs, reason = "the days say it")]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Day {
    fn of(date: Date) -> Self {
        match date.weekday() {
            Weekday::Monday => Self::Monday,
            Weekday::Tuesday => Self::Tuesday,
            Weekday::Wednesday => Self::Wednesday,
            Weekday::Thursday => Self::Thursday,
            Weekday::Friday => Self::Friday,
            Weekday::Saturday => Self::Saturday,
            Weekday::Sunday => Self::Sunday,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Monday => "segunda-feira",
            Self::Tuesday => "terça-feira",
            Self::Wednesday => "quarta-feira",
            Self::Thursday => "quinta-feira",
            Self::Friday => "sexta-feira",
            Self::Saturday => "sábado",
            Self::Sunday => "domingo",
        }
    }
}

/// From when to when, by the store's clock. `closes` at or before `opens` is on the next day: `18:00` to `02:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Hours {
    /// The first minute open.
    pub opens: Time,
    /// The first minute closed.
    pub closes: Time,
}

impl Hours {
    fn overnight(self) -> bool {
        self.closes <= self.opens
    }

    fn opened_today(self, time: Time) -> bool {
        time >= self.opens && (self.overnight() || time < self.closes)
    }

    fn opened_yesterday(self, time: Time) -> bool {
        self.overnight() && time < self.closes
    }
}

/// A store's week, and the days that are different. A day that is not listed is closed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OpeningHours {
    /// The ordinary week.
    pub week: BTreeMap<Day, Vec<Hours>>,
    /// Holidays and the like; an empty list is a day closed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exceptions: BTreeMap<Date, Vec<Hours>>,
}

/// How far ahead the next opening is looked for.
const DAYS_AHEAD: i32 = 14;

impl OpeningHours {
    fn on(&self, date: Date) -> &[Hours] {
        let exception = self.exceptions.get(&date);
        let hours = exception.or_else(|| self.week.get(&Day::of(date)));
        hours.map_or(&[], Vec::as_slice)
    }

    /// Whether the store is open at this instant.
    #[must_use]
    pub fn open_at(&self, zone: &Zone, instant: Timestamp) -> bool {
        let now = zone.at(instant);
        let (today, time) = (now.date(), now.time());
        let yesterday = today.checked_sub(1.day()).ok();
        self.on(today).iter().any(|hours| hours.opened_today(time))
            || yesterday.is_some_and(|date| {
                self.on(date)
                    .iter()
                    .any(|hours| hours.opened_yesterday(time))
            })
    }

    /// When it opens next, within two weeks.
    #[must_use]
    pub fn next_opening(&self, zone: &Zone, instant: Timestamp) -> Option<Zoned> {
        let now = zone.at(instant);
        (0..=DAYS_AHEAD)
            .filter_map(|days| now.date().checked_add(days.days()).ok())
            .flat_map(|date| {
                let opens = self.on(date).iter().map(|hours| hours.opens);
                let mut opens: Vec<Time> = opens.collect();
                opens.sort_unstable();
                opens.into_iter().map(move |time| date.to_datetime(time))
            })
            .filter_map(|opening| opening.to_zoned(zone.zone.clone()).ok())
            .find(|opening| *opening > now)
    }

    /// The next opening as a customer reads it: `hoje às 18:00`, `amanhã às 11:30`, `terça-feira às 11:00`, `24/12 às 10:00`.
    #[must_use]
    pub fn next_opening_text(&self, zone: &Zone, instant: Timestamp) -> Option<String> {
        let opening = self.next_opening(zone, instant)?;
        let (today, date) = (zone.date(instant), opening.date());
        let days = today.until(date).map_or(DAYS_AHEAD, |span| span.get_days());
        let day = match days {
            0 => "hoje".to_owned(),
            1 => "amanhã".to_owned(),
            2..=6 => Day::of(date).label().to_owned(),
            _ => date.strftime("%d/%m").to_string(),
        };
        Some(format!("{day} às {}", opening.strftime("%H:%M")))
    }
}

#[cfg(test)]
mod tests {
    use super::{OpeningHours, Zone};

    /// Lunch on weekdays, dinner until two in the morning from Friday to Saturday, closed on Sunday; Christmas Eve short.
    fn hours() -> OpeningHours {
        serde_json::from_value(serde_json::json!({
            "week": {
                "MONDAY": [{"opens": "11:00", "closes": "15:00"}, {"opens": "18:00", "closes": "23:00"}],
                "FRIDAY": [{"opens": "18:00", "closes": "02:00"}],
                "SATURDAY": [{"opens": "18:00", "closes": "02:00"}],
            },
            "exceptions": {"2026-12-25": [], "2026-12-21": [{"opens": "10:00", "closes": "12:00"}]},
        }))
        .expect("valid hours")
    }

    #[track_caller]
    fn check(zone: &str, instant: &str, open: bool, next: &str) {
        let zone = Zone::new(zone).expect("a zone");
        let at = instant.parse().expect("an instant");
        assert_eq!(hours().open_at(&zone, at), open, "{instant}");
        let told = hours().next_opening_text(&zone, at);
        assert_eq!(told.as_deref(), Some(next), "{instant}");
    }

    #[test]
    fn by_the_store_s_clock() {
        // 2026-11-23 is a Monday; São Paulo is three hours behind UTC.
        check(
            "America/Sao_Paulo",
            "2026-11-23T13:59:59Z",
            false,
            "hoje às 11:00",
        );
        check(
            "America/Sao_Paulo",
            "2026-11-23T14:00:00Z",
            true,
            "hoje às 18:00",
        );
        check(
            "America/Sao_Paulo",
            "2026-11-23T17:59:59Z",
            true,
            "hoje às 18:00",
        );
        check(
            "America/Sao_Paulo",
            "2026-11-23T18:00:00Z",
            false,
            "hoje às 18:00",
        );
        // The same instant in Rio Branco is two hours earlier.
        check(
            "America/Rio_Branco",
            "2026-11-23T14:00:00Z",
            false,
            "hoje às 11:00",
        );
        // A Monday by UTC, still Sunday in the store.
        check(
            "America/Sao_Paulo",
            "2026-11-23T02:30:00Z",
            false,
            "amanhã às 11:00",
        );
    }

    #[test]
    fn overnight_hours_end_on_the_next_day() {
        // Saturday 01:59 and 02:00 belong to Friday's evening; Sunday 01:30 to Saturday's.
        check(
            "America/Sao_Paulo",
            "2026-11-28T04:59:00Z",
            true,
            "hoje às 18:00",
        );
        check(
            "America/Sao_Paulo",
            "2026-11-28T05:00:00Z",
            false,
            "hoje às 18:00",
        );
        check(
            "America/Sao_Paulo",
            "2026-11-29T04:30:00Z",
            true,
            "amanhã às 11:00",
        );
        check(
            "America/Sao_Paulo",
            "2026-11-24T15:00:00Z",
            false,
            "sexta-feira às 18:00",
        );
    }

    #[test]
    fn exceptional_days_replace_the_week() {
        // Friday 2026-12-25 is closed; Monday 2026-12-21 is short.
        check(
            "America/Sao_Paulo",
            "2026-12-25T22:00:00Z",
            false,
            "amanhã às 18:00",
        );
        check(
            "America/Sao_Paulo",
            "2026-12-21T13:30:00Z",
            true,
            "sábado às 18:00",
        );
        check(
            "America/Sao_Paulo",
            "2026-12-21T15:00:00Z",
            false,
            "sábado às 18:00",
        );
    }

    #[test]
    fn a_store_without_hours_never_opens() {
        let zone = Zone::new("America/Sao_Paulo").expect("a zone");
        let at = "2026-11-23T14:00:00Z".parse().expect("an instant");
        assert!(!OpeningHours::default().open_at(&zone, at));
        assert_eq!(OpeningHours::default().next_opening_text(&zone, at), None);
    }

    #[test]
    fn zones_that_do_not_exist_are_refused() {
        assert!(Zone::new("America/Sampa").is_err());
        assert!(serde_json::from_str::<Zone>("\"\"").is_err());
    }
}
