//! Orders in bad weather: no invariant breaks, the same seed tells the same story, and a broken world is made small.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use std::collections::BTreeMap;

use comanda_simulation::{
    storm::{Accident, End, Setting, live},
    trials::{Trial, run},
};

/// More of them: `comanda simulate --seeds N`.
const SEEDS: u64 = 100;

#[test]
fn no_invariant_breaks() {
    let setting = Setting::new(1, 4);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let trial = Trial {
        setting,
        seeds: SEEDS,
        threads,
        goes_on: false,
    };
    let report = run(&trial, &|_| true).unwrap();
    assert!(
        report.broken.is_empty(),
        "{:?}: the story is told by comanda simulate --seed N",
        report.broken
    );
    assert_eq!(report.worlds, SEEDS);
    assert!(
        report.accidents > SEEDS * 5,
        "fair weather: {}",
        report.accidents
    );
    for end in [
        End::Served,
        End::Cancelled,
        End::Refunded,
        End::WithPerson,
        End::Refused,
    ] {
        assert!(
            report.ends.contains_key(&end),
            "no order was {}",
            end.as_str()
        );
    }
}

#[test]
fn one_seed_is_one_story() {
    for seed in 1..=5 {
        let setting = Setting {
            tells: true,
            ..Setting::new(seed, 3)
        };
        let (once, again) = (live(&setting).unwrap(), live(&setting).unwrap());
        assert_eq!(once.digest, again.digest, "seed {seed}");
        assert_eq!(once.lines, again.lines, "seed {seed}");
        let untold = live(&Setting {
            tells: false,
            ..setting.clone()
        })
        .unwrap();
        assert_eq!(
            once.digest, untold.digest,
            "telling changes the story of seed {seed}"
        );
        let other = live(&Setting {
            seed: seed + 100,
            ..setting
        })
        .unwrap();
        assert_ne!(once.digest, other.digest, "seed {seed}");
    }
}

/// What one customer does and meets does not depend on who else is there.
#[test]
fn leaving_customers_out_leaves_the_others_as_they_are() {
    let of = |seed, only: Option<usize>| {
        let setting = Setting {
            tells: true,
            accidents: vec![Accident::LostAfter, Accident::CrashBefore],
            tenants: 3,
            only_orders: only.map(|order| [order].into()),
            ..Setting::new(seed, 3)
        };
        let mut stories: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in live(&setting).unwrap().lines {
            // The numbers that the provider and the world give are other numbers then.
            let says = line
                .says
                .split("pay_")
                .next()
                .unwrap_or_default()
                .to_owned();
            let says = says.split("00020101").next().unwrap_or_default().to_owned();
            let says = says.split("/i/").next().unwrap_or_default().to_owned();
            stories
                .entry(line.who)
                .or_default()
                .push(format!("{} {says}", line.at));
        }
        stories
    };
    for seed in 1..=4 {
        let all = of(seed, None);
        let one = of(seed, Some(1));
        assert!(one.contains_key("order 2"));
        assert_eq!(all.get("order 2"), one.get("order 2"), "seed {seed}");
    }
}
