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

    use comanda_tasks::{entry_points::ENTRY_POINTS, registry::ENTRIES};
    use serde_json::Value;

    use super::{ASK_SECONDS, FUNCTIONS};

    #[test]
    fn a_try_ends_when_its_function_does() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../generated/manifest.json");
        let manifest = std::fs::read_to_string(root).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
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
