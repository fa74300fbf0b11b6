//! Counts, and the list of what is known to differ.

use std::collections::{BTreeMap, BTreeSet};

const FAILURES_SHOWN_MAX: usize = 40;

/// The cases of one family.
pub struct Report {
    pub family: &'static str,
    passed: BTreeSet<String>,
    listed: usize,
    failures: Vec<(String, String)>,
}

impl Report {
    pub fn new(family: &'static str) -> Report {
        Report {
            family,
            passed: BTreeSet::new(),
            listed: 0,
            failures: Vec::new(),
        }
    }

    /// Counts a case: `Err` says how it differs.
    pub fn case(&mut self, name: &str, result: Result<(), String>) {
        match result {
            Ok(()) => {
                self.passed.insert(name.to_owned());
            }
            Err(difference) => self.failures.push((name.to_owned(), difference)),
        }
    }

    /// Whether there was no case.
    pub fn is_empty(&self) -> bool {
        self.passed.is_empty() && self.failures.is_empty()
    }

    /// Prints the family and returns how many failed without being listed.
    pub fn close(&mut self, exceptions: &Exceptions) -> usize {
        self.failures.retain(|(name, _)| {
            let is_listed = exceptions.has(self.family, name);
            self.listed += usize::from(is_listed);
            !is_listed
        });
        for (name, difference) in self.failures.iter().take(FAILURES_SHOWN_MAX) {
            println!(
                "  {}: {name}\n    {}",
                self.family,
                difference.replace('\n', "\n    ")
            );
        }
        let listed = if self.listed > 0 {
            format!(", {} listed as exceptions", self.listed)
        } else {
            String::new()
        };
        println!(
            "{}: {} passed, {} failed{listed}",
            self.family,
            self.passed.len(),
            self.failures.len()
        );
        self.failures.len()
    }
}

/// What is known to differ, by family and case, with the reason.
pub struct Exceptions(BTreeMap<String, BTreeMap<String, String>>);

impl Exceptions {
    pub fn read() -> Exceptions {
        Exceptions(
            serde_json::from_str(include_str!("exceptions.json")).expect("exceptions.json is JSON"),
        )
    }

    fn has(&self, family: &str, name: &str) -> bool {
        self.0
            .get(family)
            .is_some_and(|names| names.contains_key(name))
    }

    /// Counts the exceptions that are not needed any more. Other directories may lack the case altogether.
    pub fn stale(&self, reports: &[Report]) -> usize {
        let mut count = 0;
        for report in reports {
            for name in report
                .passed
                .iter()
                .filter(|name| self.has(report.family, name))
            {
                println!(
                    "  {}: {name}\n    is listed as an exception and passes",
                    report.family
                );
                count += 1;
            }
        }
        count
    }
}
