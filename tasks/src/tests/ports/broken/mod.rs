//! Parts that break their contract in one way each: every case of every suite must find out at least one of them, else the
//! case proves nothing.

mod channel;
mod provider;
mod queue;
mod small;
mod store;
mod workflows;

use std::{collections::BTreeSet, fmt::Debug};

use crate::testing::contract::Broken;

/// Each fault, and the cases that must find it out. All cases must be named.
#[track_caller]
fn check<F: Copy + Debug>(
    cases: &[&[&'static str]],
    faults: &[(F, &[&'static str])],
    run: impl Fn(F) -> Vec<Broken>,
) {
    let mut unused: BTreeSet<&str> = cases.iter().copied().flatten().copied().collect();
    for (fault, expected) in faults {
        let broken = run(*fault);
        let found: BTreeSet<&str> = broken.iter().map(|broken| broken.case).collect();
        for case in *expected {
            assert!(found.contains(case), "{fault:?} passes {case}: {broken:#?}");
            unused.remove(case);
        }
    }
    assert!(
        unused.is_empty(),
        "nothing was ever found out by {unused:?}"
    );
}
