//! A clock and secrets that are not what they should be.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};

use super::check;
use crate::{
    ports::{Answer, Clock, OutageError, Secrets},
    testing::{
        MemorySecrets, block_on,
        contract::{clock, secrets},
    },
    tests::ports::noon,
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    GoesBack,
    Repeats,
    Trims,
    Invents,
}

struct BrokenClock(Fault, AtomicI64);

impl Clock for BrokenClock {
    fn now(&self) -> Timestamp {
        let steps = self.1.fetch_add(1, Ordering::Relaxed);
        let back = if self.0 == Fault::GoesBack { steps } else { 0 };
        noon() - SignedDuration::from_secs(back)
    }

    fn fresh_id(&self) -> String {
        let number = self.1.fetch_add(1, Ordering::Relaxed);
        format!("{:032x}", if self.0 == Fault::Repeats { 7 } else { number })
    }
}

struct BrokenSecrets(Arc<MemorySecrets>, Fault);

impl Secrets for BrokenSecrets {
    fn get<'a>(&'a self, reference: &'a str) -> Answer<'a, Option<SecretString>, OutageError> {
        Box::pin(async move {
            let found = self.0.get(reference).await?;
            Ok(match (self.1, found) {
                (Fault::Invents, None) => Some(SecretString::from("")),
                (Fault::Trims, Some(secret)) => {
                    let letters = secret.expose_secret().chars();
                    let ascii: String = letters.filter(char::is_ascii).collect();
                    Some(ascii.into())
                }
                (_, found) => found,
            })
        })
    }
}

#[test]
fn clocks_and_secrets_that_break_a_rule_are_found_out() {
    let clocks: &[(Fault, &[&str])] = &[
        (Fault::GoesBack, &["time_does_not_go_back"]),
        (Fault::Repeats, &["identifiers_are_128_bits_and_differ"]),
    ];
    check(&[clock::CASES], clocks, |fault| {
        block_on(clock::broken(&BrokenClock(fault, AtomicI64::new(0))))
    });
    let stores: &[(Fault, &[&str])] = &[
        (Fault::Trims, &["a_known_one_is_told_as_it_is"]),
        (Fault::Invents, &["an_unknown_one_is_none"]),
    ];
    check(&[secrets::CASES], stores, |fault| {
        let known = Arc::new(MemorySecrets::default());
        known.set(secrets::KNOWN.0, secrets::KNOWN.1);
        block_on(secrets::broken(&BrokenSecrets(known, fault)))
    });
}
