//! How long things may take: each function on AWS (providers §4.8), and whoever waits for one.

/// When the function of each service ends whatever it does, in seconds (`timeoutSeconds` in generated/manifest.json). A state that
/// waits for a token hears of it only then; another, and whoever calls from outside, may have given it up before.
const FUNCTIONS: [(&str, i64); 8] = [
    ("conversation", 35),
    ("customers", 20),
    ("notifications", 20),
    ("orders", 65),
    ("payments", 65),
    ("pos", 20),
    ("reconciliation", 305),
    ("webhooks", 20),
];
/// The longest of those that ask.
pub(crate) const ASK_SECONDS: i64 = 65;

/// When a message of the events queue comes again that was not deleted, in seconds (`visibilityTimeoutSeconds` there).
pub(crate) const EVENT_AGAIN_SECONDS: i64 = 120;
/// After so many tries it is a dead letter, which a person finds (`maxReceiveCount` there).
pub(crate) const EVENT_RECEIVES_MAX: u32 = 5;

/// How long a call from outside is waited for, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// The payment provider, with an event (providers §1.8).
    Provider = 10,
    /// The channel (providers §2.1).
    Channel = 15,
    /// API Gateway answers 503 then, to whoever called (providers §4.8).
    Gateway = 30,
    /// Lambda itself, with a message of a queue: as long as the function runs.
    Queue = 900,
}

/// When a function ends whatever it does.
pub(super) fn seconds_of(function: &str) -> i64 {
    let own = FUNCTIONS.iter().find(|(service, _)| *service == function);
    own.map_or(ASK_SECONDS, |(_, seconds)| *seconds)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use comanda_tasks::{entry_points::ENTRY_POINTS, registry::ENTRIES, testing::VISIBILITY};
    use serde_json::Value;

    use super::{ASK_SECONDS, EVENT_AGAIN_SECONDS, EVENT_RECEIVES_MAX, FUNCTIONS};

    fn manifest() -> Value {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../generated/manifest.json");
        let manifest = std::fs::read_to_string(root).unwrap();
        serde_json::from_str(&manifest).unwrap()
    }

    #[test]
    fn queues_bring_messages_again_as_those_that_are_deployed() {
        let manifest = manifest();
        let queues = manifest["queues"].as_array().unwrap();
        let of = |name: &str| {
            let named = |queue: &&Value| queue["name"].as_str() == Some(name);
            let queue = queues.iter().find(named).unwrap();
            let seconds = queue["visibilityTimeoutSeconds"].as_i64().unwrap();
            (seconds, queue["maxReceiveCount"].as_u64())
        };
        let events = (EVENT_AGAIN_SECONDS, Some(EVENT_RECEIVES_MAX.into()));
        assert_eq!(of("comanda-events.fifo"), events);
        let stores = queues.iter().find(|queue| queue["each"] == "store");
        let name = stores.and_then(|queue| queue["name"].as_str());
        assert_eq!(of(name.unwrap()).0, VISIBILITY.as_secs());
    }

    #[test]
    fn a_try_ends_when_its_function_does() {
        let manifest = manifest();
        let functions = manifest["functions"].as_array().unwrap().iter();
        let written = functions.map(|function| {
            let seconds = function["timeoutSeconds"].as_i64().unwrap();
            (function["handler"].as_str().unwrap(), seconds)
        });
        let written: BTreeSet<(&str, i64)> = written.collect();
        let ours = BTreeSet::from(FUNCTIONS);
        assert!(ours.is_subset(&written), "{ours:?} and {written:?}");
        let seconds_of = |service: &str| ours.iter().find(|(name, _)| *name == service);
        let tasks = ENTRIES.iter().map(|entry| entry.function);
        let mut all = tasks.chain(ENTRY_POINTS.iter().map(|entry| entry.function));
        assert!(all.all(|function| seconds_of(function).is_some()));
        let asks = ENTRIES.iter().filter(|entry| entry.is_ask);
        let longest = asks
            .filter_map(|entry| seconds_of(entry.function))
            .map(|(_, seconds)| seconds);
        assert_eq!(longest.max(), Some(&ASK_SECONDS));
    }
}
