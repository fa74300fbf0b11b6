//! `Retry` and `Catch`.

use serde_json::Value;

use super::members::{Unread, Written};
use crate::model::{Catcher, JitterStrategy, Retrier};

const JITTER: &[(&str, JitterStrategy)] = &[
    ("FULL", JitterStrategy::Full),
    ("NONE", JitterStrategy::None),
];

pub(super) fn read_retrier(value: &Value) -> Option<Retrier> {
    let mut unread = Unread::of(value)?;
    Some(Retrier {
        comment: unread.text("Comment"),
        error_equals: unread.texts("ErrorEquals")?,
        interval_seconds: unread.integer("IntervalSeconds"),
        max_attempts: unread.integer("MaxAttempts"),
        backoff_rate: unread.number("BackoffRate"),
        max_delay_seconds: unread.integer("MaxDelaySeconds"),
        jitter_strategy: unread.word("JitterStrategy", JITTER),
        unknown: unread.rest(),
    })
}

pub(super) fn write_retrier(retrier: &Retrier) -> Value {
    let mut written = Written::default();
    written.put_some("Comment", retrier.comment.as_deref());
    written.put("ErrorEquals", retrier.error_equals.as_slice());
    written.put_some("IntervalSeconds", retrier.interval_seconds);
    written.put_some("MaxAttempts", retrier.max_attempts);
    written.put_some("BackoffRate", retrier.backoff_rate.clone());
    written.put_some("MaxDelaySeconds", retrier.max_delay_seconds);
    written.put_some(
        "JitterStrategy",
        retrier.jitter_strategy.map(JitterStrategy::as_str),
    );
    written.with(&retrier.unknown)
}

pub(super) fn read_catcher(value: &Value) -> Option<Catcher> {
    let mut unread = Unread::of(value)?;
    Some(Catcher {
        comment: unread.text("Comment"),
        error_equals: unread.texts("ErrorEquals")?,
        result_path: unread.selection("ResultPath"),
        assign: unread.object("Assign"),
        output: unread.any("Output"),
        next: unread.text("Next")?,
        unknown: unread.rest(),
    })
}

pub(super) fn write_catcher(catcher: &Catcher) -> Value {
    let mut written = Written::default();
    written.put_some("Comment", catcher.comment.as_deref());
    written.put("ErrorEquals", catcher.error_equals.as_slice());
    written.put_selection("ResultPath", catcher.result_path.as_ref());
    written.put_some("Assign", catcher.assign.clone());
    written.put_some("Output", catcher.output.clone());
    written.put("Next", catcher.next.as_str());
    written.with(&catcher.unknown)
}
