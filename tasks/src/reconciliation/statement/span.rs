//! Which days a reading of the statement covers: the last four, and after a longer gap all since the last reading that came to
//! its end, so that a tenant whose sweeps stood still for a week misses no fee.

use comanda_domain::ledger::{Balance, day_of};
use comanda_workflows::contracts::{DayComparison, Walk};
use jiff::{ToSpan, civil::Date};

use super::{PAGES_MAX, Reading, rest::Rest};
use crate::{
    fault::Fault,
    ports::Ports,
    reconciliation::{set_stand, stand},
};

/// Today and the days before it that each reading compares.
const DAYS: i64 = 4;
/// Days that one reading covers at most, and how far back the first one of a tenant looks. What is longer is read by the
/// sweeps after it.
const DAYS_AT_ONCE: i64 = 31;
/// Readings that time cuts short in one and the same day before it is given up like one that is too long: the provider may be slow
/// for an hour.
const TRIES: usize = 8;

/// The days of one reading.
pub(super) struct Span {
    today: Date,
    /// Whether a reading has ended before.
    is_first: bool,
    pub(super) days: Vec<Date>,
}

impl Span {
    pub(super) async fn of(ports: &Ports, walk: &Walk, rest: &Rest) -> Result<Self, Fault> {
        let today = day_of(ports.clock.now());
        let stood = stand(ports, &walk.client_id, &from(rest)).await?;
        let from = match stood {
            0 => back(today, DAYS_AT_ONCE),
            _ => date_of(stood).unwrap_or(today).min(back(today, DAYS)),
        };
        let days = (0..DAYS_AT_ONCE).filter_map(|after| from.checked_add(after.days()).ok());
        let days = days.take_while(|day| *day <= today).collect();
        Ok(Self {
            today,
            is_first: stood == 0,
            days,
        })
    }

    /// Whether this reading ends before today: a gap that is longer than what is read at once.
    pub(super) fn is_behind(&self) -> bool {
        self.days.last().is_some_and(|last| *last < self.today)
    }

    /// Whether money of that day that belongs to nothing is a person's to see. What a tenant took in before its first sweep is its
    /// own affair.
    pub(super) fn is_news(&self, day: Date) -> bool {
        !self.is_first || day >= back(self.today, DAYS)
    }

    /// Days of the reading that no later one is to look at: whatever was to be on them is.
    pub(super) fn past<'a>(&self, read: &'a [Date]) -> impl Iterator<Item = Date> + use<'a> {
        let last = back(self.today, DAYS);
        read.iter().copied().filter(move |day| *day <= last)
    }

    /// Whether a day is for the report: of those before the last four only where there was anything.
    pub(super) fn tells_of(&self, day: &DayComparison) -> bool {
        let nothing = Balance::default();
        day.day >= back(self.today, DAYS) || day.ledger != nothing || day.statement != nothing
    }

    /// Keeps where the next reading begins, when what this one read is entered.
    pub(super) async fn after(
        &self,
        ports: &Ports,
        walk: &Walk,
        (rest, read): (&Rest, &Reading),
    ) -> Result<(), Fault> {
        let usual = back(self.today, DAYS);
        let unread = self.days.iter().find(|day| !read.days.contains(day));
        let in_vain = unread.filter(|day| self.days.first() == Some(day));
        let never_fits = match in_vain {
            Some(first) if read.pages < PAGES_MAX => {
                tried(ports, walk, rest, *first).await? >= TRIES
            }
            in_vain => in_vain.is_some(),
        };
        let next = match unread {
            // What was read of it is entered, and others wait.
            Some(day) if never_fits => day.tomorrow().unwrap_or(*day),
            Some(day) => *day,
            None if self.is_behind() => read.days.last().copied().unwrap_or(usual),
            None => usual,
        };
        let (through, next) = (from(rest), number_of(next.min(usual)));
        if stand(ports, &walk.client_id, &through).await? != next {
            set_stand(ports, &walk.client_id, (&through, next)).await?;
        }
        Ok(())
    }
}

/// Counts the readings that did not get through the first of their days, and answers how many this day has had. One row keeps the
/// day and its readings: the third of 26 November is 2026112603.
async fn tried(ports: &Ports, walk: &Walk, rest: &Rest, first: Date) -> Result<usize, Fault> {
    let through = format!("{}#TRIES", rest.through);
    let number = number_of(first) * 100;
    let before = stand(ports, &walk.client_id, &through).await?;
    let before = before.checked_sub(number).filter(|tries| *tries <= TRIES);
    let tries = before.map_or(1, |before| (before + 1).min(TRIES));
    set_stand(ports, &walk.client_id, (&through, number + tries)).await?;
    Ok(tries)
}

fn from(rest: &Rest) -> String {
    format!("{}#FROM", rest.through)
}

/// The first of so many days that end with this one.
fn back(today: Date, days: i64) -> Date {
    today.checked_sub((days - 1).days()).unwrap_or(today)
}

/// As a counter keeps it: 20261126.
pub(super) fn number_of(day: Date) -> usize {
    let number =
        (i32::from(day.year()) * 100 + i32::from(day.month())) * 100 + i32::from(day.day());
    usize::try_from(number).unwrap_or(0)
}

fn date_of(number: usize) -> Option<Date> {
    let year = i16::try_from(number / 10_000).ok()?;
    let month = i8::try_from(number / 100 % 100).ok()?;
    Date::new(year, month, i8::try_from(number % 100).ok()?).ok()
}
