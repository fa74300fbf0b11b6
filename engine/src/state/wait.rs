//! Wait: lets time pass.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::numbers::{self, SECONDS_LIMIT};
use crate::branch::{Branch, Phase};
use crate::definition::{Computed, StatePlan, WaitPlan};
use crate::execution::TimerUse;
use crate::failure::Failure;
use crate::flow::View;
use crate::json::Json;
use crate::payload_template::Lookup;
use crate::run::{Progress, Run};
use crate::timestamp;

pub(super) fn run(
    run: &mut Run<'_>,
    plan: &StatePlan,
    wait: &WaitPlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    if let Phase::Wait(_) = branch.phase {
        return run
            .view(plan, branch)
            .pass_through(plan)
            .map(Progress::Done);
    }
    let until = match until(&run.view(plan, branch), plan, wait)? {
        Ok(until) => until,
        Err(failure) => {
            // The field was evaluated: the state is under way, and history says so.
            branch.before_entry = None;
            return Err(failure);
        }
    };
    if until <= run.now {
        return run
            .view(plan, branch)
            .pass_through(plan)
            .map(Progress::Done);
    }
    let timer = run.set_timer(until, TimerUse::Wait(branch.id));
    branch.phase = Phase::Wait(timer);
    Ok(Progress::Waits)
}

/// When it is over. The inner failure is that of a moment that is none, the outer one whatever comes before.
pub(crate) fn until(
    view: &View<'_>,
    plan: &StatePlan,
    wait: &WaitPlan,
) -> Result<Result<Timestamp, Failure>, Failure> {
    let effective = view.effective_input(plan)?;
    match wait {
        WaitPlan::Seconds(seconds) => {
            let seconds = SignedDuration::from_secs(self::seconds(view, seconds, &effective)?);
            let until = view.now.saturating_add(seconds);
            Ok(Ok(until.unwrap_or(Timestamp::MAX)))
        }
        WaitPlan::Timestamp(time) => self::time(view, time, &effective),
    }
}

fn seconds(view: &View<'_>, computed: &Computed<u64>, effective: &Json) -> Result<i64, Failure> {
    let Computed::Lookup(lookup) = computed else {
        let seconds = numbers::whole(view, computed, effective, "Seconds")?;
        if (0..=SECONDS_LIMIT).contains(&seconds) {
            return Ok(seconds);
        }
        return Err(numbers::unfit(
            computed,
            numbers::out_of_range("Seconds", seconds),
        ));
    };
    let path = lookup.text();
    let value = looked_up(view, lookup, effective).ok_or_else(|| {
        Failure::runtime(format!(
            "The SecondsPath parameter does not reference an input value: {path}"
        ))
    })?;
    let seconds = numbers::integer(&value).ok_or_else(|| {
        Failure::runtime(format!(
            "The SecondsPath parameter cannot be parsed as a long value: {path} == {value}"
        ))
    })?;
    if seconds < 0 {
        return Err(Failure::runtime(format!(
            "The SecondsPath parameter references a negative value: {path} == {seconds}"
        )));
    }
    Ok(seconds)
}

/// The moment, or why what was found is none; the outer failure is that nothing was found.
fn time(
    view: &View<'_>,
    computed: &Computed<Arc<str>>,
    effective: &Json,
) -> Result<Result<Timestamp, Failure>, Failure> {
    Ok(match computed {
        Computed::Literal(text) => {
            timestamp::parse(text).ok_or_else(|| Failure::query(unreadable_time(text)))
        }
        Computed::Lookup(lookup) => {
            let path = lookup.text();
            let value = looked_up(view, lookup, effective).ok_or_else(|| {
                Failure::runtime(format!(
                    "The TimestampPath parameter does not reference an input value: {path}"
                ))
            })?;
            value.as_str().and_then(timestamp::parse).ok_or_else(|| {
                let shown = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Failure::runtime(format!(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format \
                     string: {path} == {shown}"
                ))
            })
        }
        Computed::Expression(location, expression) => {
            match view.computed_value(computed, effective)? {
                Value::String(text) => timestamp::parse(&text).ok_or_else(|| Failure::Query {
                    message: unreadable_time(&text),
                    location: Some(Arc::clone(location)),
                }),
                other => {
                    return Err(Failure::unexpected_type(
                        expression, location, "string", &other,
                    ));
                }
            }
        }
    })
}

fn unreadable_time(text: &str) -> String {
    format!(
        "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: {text}"
    )
}

fn looked_up(view: &View<'_>, lookup: &Lookup, effective: &Json) -> Option<Value> {
    let scope = view.scope(effective.value());
    match lookup {
        Lookup::Path(path) => scope.select(path).ok().map(std::borrow::Cow::into_owned),
        Lookup::Call(call) => call.evaluate(&scope).ok(),
    }
}
