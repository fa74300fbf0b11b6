//! The log: one JSON object a line on standard output, which Lambda takes to CloudWatch.
//!
//! INVARIANT: no personal data. Only our own crates are heard, since a library may log what it was handed, and a panic is
//! told by its place and never by its words.

use std::io::Write as _;

use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, filter_fn},
    fmt,
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

/// What Lambda's `LoggingConfig` sets; `INFO` where it says nothing that we know.
const LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

/// Starts it, and sees to it that a panic is told and ends the process.
pub(crate) fn start() {
    let level = std::env::var(LEVEL).ok();
    let level = level
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    let lines = fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_filter(level)
        .with_filter(filter_fn(is_ours));
    tracing_subscriber::registry().with(lines).init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place = place.unwrap_or_default(), "a panic");
        // A build that unwinds would answer with the panic's words, and go on with whatever it left half done.
        std::process::abort();
    }));
}

/// A line that is JSON already: a metric, which CloudWatch reads from the log.
pub(crate) fn line(line: &str) {
    // What takes the log is the platform's; there is nobody to tell that it is gone.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

fn is_ours(line: &tracing::Metadata<'_>) -> bool {
    line.target().starts_with("comanda") || line.target().starts_with("bootstrap")
}
