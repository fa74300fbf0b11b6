//! Dialogues in bad weather: everybody is on record once, with what they said; the same seed tells the same story.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

use std::collections::{BTreeMap, BTreeSet};

use comanda_simulation::{
    dialogues::{End, Setting, live},
    storm::{Line, StormError},
    trials::{Lived as _, Trial, run},
};

/// People in each world.
const PEOPLE: usize = 6;

fn told(setting: &Setting) -> Result<String, StormError> {
    let tells = true;
    let outcome = live(&Setting {
        tells,
        ..setting.clone()
    })?;
    let line = |line: &Line| format!("{} {:<9} {}", line.at, line.who, line.says);
    let lines: Vec<String> = outcome.lines.iter().map(line).collect();
    Ok(lines.join("\n"))
}

/// More of them: `DIALOGUE_SEEDS=3334`, six people each.
#[test]
fn everybody_is_one_customer_whatever_happens() {
    let seeds = std::env::var("DIALOGUE_SEEDS").ok();
    let runs = Trial {
        setting: Setting::new(1, PEOPLE),
        seeds: seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(60),
        threads: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        goes_on: false,
    };
    let mut report = run(&runs, &|_| true).unwrap();
    if let Some((seed, violation)) = report.broken.pop_first() {
        let story = told(&Setting::new(seed, PEOPLE)).unwrap();
        panic!("seed {seed}: {violation:?}\n{story}");
    }
    assert_eq!(report.worlds, runs.seeds);
    assert!(
        report.accidents > runs.seeds * 5,
        "fair weather: {}",
        report.accidents
    );
    for end in [End::Registered, End::Linked, End::Erased] {
        assert!(
            report.ends.contains_key(&end),
            "nobody was {}",
            end.as_str()
        );
    }
}

#[test]
fn one_seed_is_one_story() {
    for seed in 1..=3 {
        let setting = Setting::new(seed, PEOPLE);
        let (once, again) = (live(&setting).unwrap(), live(&setting).unwrap());
        assert_eq!(once.digest, again.digest, "seed {seed}");
        let tells = true;
        let told = live(&Setting { tells, ..setting }).unwrap();
        assert_eq!(once.digest, told.digest, "telling changes seed {seed}");
        let other = live(&Setting::new(seed + 100, PEOPLE)).unwrap();
        assert_ne!(once.digest, other.digest, "seed {seed}");
    }
}

/// A story is made smaller by leaving people out: who comes is the same person, whoever else does.
#[test]
fn who_stays_away_is_not_missed() {
    for seed in 1..=10 {
        let everybody = Setting::new(seed, PEOPLE);
        for one in 0..PEOPLE {
            let alone = everybody.with_only([one].into(), BTreeSet::new());
            let outcome = live(&alone).unwrap();
            assert_eq!(outcome.violations, [], "seed {seed}, person {one}");
            assert_eq!(outcome.ends.values().sum::<u64>(), 1);
            assert_eq!(outcome.accidents, Vec::<u32>::new());
        }
    }
}

/// What everybody writes and reads, and when.
fn told_to_each(setting: &Setting) -> BTreeMap<String, Vec<String>> {
    let tells = true;
    let outcome = live(&Setting {
        tells,
        ..setting.clone()
    })
    .unwrap();
    assert_eq!(outcome.violations, [], "seed {}", setting.seed);
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in outcome.lines {
        let says = format!("{} {}", line.at, line.says);
        told.entry(line.who).or_default().push(says);
    }
    told
}

/// C2: whatever the people of one restaurant say and have on record, those of another read and are the same.
#[test]
fn one_restaurant_s_people_make_no_difference_to_another_s() {
    let mut compared = 0;
    for seed in 1..=15 {
        // In fair weather: how long a task waits for its next try is drawn for all of them together.
        let everybody = Setting {
            accidents: Vec::new(),
            ..Setting::new(seed, PEOPLE)
        };
        let own: BTreeSet<usize> = (0..PEOPLE)
            .filter(|person| person % everybody.tenants == 0)
            .collect();
        let alone = Setting {
            only_people: Some(own.clone()),
            ..everybody.clone()
        };
        let (together, apart) = (told_to_each(&everybody), told_to_each(&alone));
        for person in own {
            let who = format!("person {}", person + 1);
            let (together, apart) = (together.get(&who), apart.get(&who));
            assert_eq!(together, apart, "seed {seed}, {who}");
            compared += together.map_or(0, Vec::len);
        }
    }
    assert!(compared > 500, "{compared} lines were compared");
}
