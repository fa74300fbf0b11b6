//! How the tries of each step went. Whoever gave a step up is excused by what met those very tries, one after the other: an accident
//! that was over before them, and one of another execution's, explain nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::network::Job;

/// One try of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Try {
    began: Timestamp,
    /// It came to nothing, and an accident of its own is why.
    is_excused: bool,
}

/// Tries that were all there were, and came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GivenUp {
    /// When the first of them began.
    pub from: Timestamp,
    /// When the last of them began.
    pub until: Timestamp,
}

/// Every try, by what was tried and on whose behalf: an execution's, or somebody's who asks again and again.
#[derive(Default)]
pub(crate) struct Tries {
    of: BTreeMap<(String, String), Vec<Try>>,
}

impl Tries {
    /// A try has ended; `failed` says whether it is to be made again.
    pub fn ended(&mut self, job: &Job, behalf: &str, failed: bool) {
        let one = Try {
            began: job.began,
            is_excused: failed && job.is_hurt(),
        };
        self.enter(&job.what(), behalf, one);
    }

    fn enter(&mut self, what: &str, behalf: &str, one: Try) {
        let all = self.of.entry((what.to_owned(), behalf.to_owned()));
        let all = all.or_default();
        // One that was given up for slow may end after the next.
        let place = all.partition_point(|other| other.began <= one.began);
        all.insert(place, one);
    }

    /// The first time at which so many tries of it in a row, on one behalf, met with accidents and came to nothing.
    pub fn given_up(&self, what: &str, times: u32) -> Option<GivenUp> {
        let own = self.of.range((what.to_owned(), String::new())..);
        let own = own.take_while(|((of, _), _)| of == what);
        own.filter_map(|(_, tries)| given_up(tries, times))
            .min_by_key(|run| run.until)
    }

    /// Whether what is done on this behalf ended with so many such tries of a step: `times` says how many it has, by its job.
    pub fn broke(&self, behalf: &str, times: impl Fn(&str) -> Option<u32>) -> bool {
        let own = self.of.iter().filter(|((_, of), _)| of == behalf);
        let mut broke = own.filter_map(|((what, _), tries)| {
            let last = tries.iter().rev().take_while(|one| one.is_excused);
            Some((times(what)?, last.count()))
        });
        broke.any(|(times, last)| u32::try_from(last).unwrap_or(u32::MAX) >= times)
    }
}

fn given_up(tries: &[Try], times: u32) -> Option<GivenUp> {
    let times = usize::try_from(times.max(1)).ok()?;
    let mut runs = tries.windows(times);
    let run = runs.find(|run| run.iter().all(|one| one.is_excused))?;
    Some(GivenUp {
        from: run.first()?.began,
        until: run.last()?.began,
    })
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Tries, Try};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    /// Enters tries, one a minute: `x` met with an accident and failed, `.` did not.
    fn enter(tries: &mut Tries, what: &str, (behalf, went): (&str, &str)) {
        for (minute, went) in (0..).zip(went.chars()) {
            let (began, is_excused) = (at(minute * 60), went == 'x');
            tries.enter(what, behalf, Try { began, is_excused });
        }
    }

    #[track_caller]
    fn check(all: &[(&str, &str)], expected: Option<(i64, i64)>) {
        let mut tries = Tries::default();
        for one in all {
            enter(&mut tries, "order 1: RequestRefund", *one);
        }
        let found = tries.given_up("order 1: RequestRefund", 3);
        let expected = expected.map(|(from, until)| (at(from * 60), at(until * 60)));
        assert_eq!(found.map(|run| (run.from, run.until)), expected, "{all:?}");
    }

    #[test]
    fn accidents_of_days_ago_and_of_others_are_no_excuse() {
        check(&[("one", "xxx")], Some((0, 2)));
        check(&[("one", "x.xxxx")], Some((2, 4)));
        check(&[("one", "xx.x"), ("two", ".xx.xx")], None);
        check(&[("one", "xx"), ("two", "x")], None);
        check(&[("one", "...")], None);
        let mut tries = Tries::default();
        enter(&mut tries, "order 1: RequestRefund", ("one", "xxx"));
        assert!(tries.given_up("order 2: RequestRefund", 3).is_none());
        assert!(tries.given_up("order 1: RequestRefun", 3).is_none());
    }

    #[test]
    fn an_execution_breaks_by_the_tries_that_were_its_last() {
        let three = |what: &str| what.ends_with(": ApplyStatus").then_some(3);
        for (behalf, went, what, broke) in [
            ("one", ".xxx", "order 1: ApplyStatus", true),
            ("one", "xxx.", "order 1: ApplyStatus", false),
            ("one", "xx", "order 1: ApplyStatus", false),
            ("one", "xxx", "order 1: NotifyStatus", false),
            ("two", "xxx", "order 1: ApplyStatus", false),
        ] {
            let mut tries = Tries::default();
            enter(&mut tries, what, (behalf, went));
            assert_eq!(tries.broke("one", three), broke, "{behalf} {went} {what}");
        }
    }

    #[test]
    fn a_try_that_ends_after_the_next_is_before_it() {
        let mut tries = Tries::default();
        for (minute, is_excused) in [(1, true), (0, true), (3, true), (2, false)] {
            let began = at(minute * 60);
            tries.enter("a", "one", Try { began, is_excused });
        }
        assert!(tries.given_up("a", 2).is_some());
        assert!(tries.given_up("a", 3).is_none());
    }
}
