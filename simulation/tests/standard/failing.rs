//! The second and the third standard test: whatever step fails, and however, the slate is clean in the end; and repeating
//! what was done about it changes nothing.

use std::{collections::BTreeMap, sync::LazyLock};

use comanda_simulation::{slate::Slate, world::attendant::Called};
use jiff::SignedDuration;

use super::{
    attending::{Failure, Plan},
    coverage::{States, visited},
    each, nothing_is_wrong,
    scenarios::{self, Lived, Scenario},
    snapshot,
};

/// After so long a sweep has no reason to wait for anything.
const FOUR_DAYS: SignedDuration = SignedDuration::from_hours(4 * 24);
const A_SWEEP_OF_NO_STORY: u32 = 9;
/// Who calls a person for an order, dies, and calls again after the order was called off meanwhile, puts it before a person once
/// more, although its refund goes on by itself. Nothing but that call may be different.
const KNOWN: &str = "Read what came in between";
/// Where a step stands in a story makes a difference to what its failure leads to.
const STORIES_EACH: usize = 3;

/// One call of one story, failed in one way.
struct Case {
    scenario: usize,
    call: usize,
    state: String,
    failure: Failure,
}

/// What came of one.
struct Came {
    states: States,
    unclean: Vec<String>,
    repeated: Vec<String>,
}

/// Lived once for all tests.
static CAME: LazyLock<Vec<Came>> = LazyLock::new(|| {
    let scenarios = scenarios::all();
    each(&cases(&scenarios), |case| vec![fail(&scenarios, case)])
});

#[test]
fn whatever_step_fails_the_slate_is_clean() {
    assert!(CAME.len() > 600, "only {} failures", CAME.len());
    let wrong = CAME.iter().flat_map(|came| came.unclean.clone());
    nothing_is_wrong(&wrong.collect::<Vec<_>>());
}

#[test]
fn each_compensation_repeated_leaves_the_world_as_it_was() {
    let wrong = CAME.iter().flat_map(|came| came.repeated.clone());
    nothing_is_wrong(&wrong.collect::<Vec<_>>());
}

/// The states that the failures lead to.
pub fn visited_by_failures() -> impl Iterator<Item = &'static States> {
    CAME.iter().map(|came| &came.states)
}

fn fail(scenarios: &[Scenario], case: &Case) -> Came {
    let Some(scenario) = scenarios.get(case.scenario) else {
        panic!("there is no story {}", case.scenario);
    };
    let place = format!("{}: {}: {}", scenario.name, case.state, case.failure);
    let lived = scenario.live(Plan::Fail(case.call, case.failure.clone()));
    let states = visited(&lived.world);
    let mut repeated = Vec::new();
    // What follows a step that never works again is its compensation.
    if case.failure.for_good {
        let once = snapshot::of(&lived.world);
        let twice = scenario.live(Plan::FailAndRepeat(case.call, case.failure.clone()));
        repeated = twice.seen.contradictions;
        let twice = snapshot::of(&twice.world);
        let different = snapshot::difference(&once, &twice);
        repeated.extend(different.and_then(|found| match case.state.as_str() {
            KNOWN => {
                let [once, twice] = [once, twice].map(snapshot::without_a_person_s_call);
                snapshot::difference(&once, &twice)
            }
            _ => Some(found),
        }));
    }
    let repeated = repeated.iter().map(|words| format!("{place}: {words}"));
    Came {
        states,
        repeated: repeated.collect(),
        unclean: unclean(lived, &place)
            .into_iter()
            .filter(|found| !(case.failure.for_good && is_last_resort(found)))
            .collect(),
    }
}

/// Where the last resort itself never works again, an execution fails and says by which: its alarm is what is left.
fn is_last_resort(found: &str) -> bool {
    let errors = [
        "NobodyTold",
        "NobodyCalled",
        "NotClosed",
        "NoPlan",
        "NoReport",
    ];
    errors
        .iter()
        .any(|error| found.ends_with(&format!("failed: {error}")))
}

/// What the clean slate finds wrong with a story that was lived, where the sweep that comes by in the end does not put it right.
fn unclean(mut lived: Lived, place: &str) -> Vec<String> {
    if !lived.rested {
        return vec![format!("{place}: it never comes to rest")];
    }
    if !finds(&lived, place).is_empty() {
        lived.world.pass(FOUR_DAYS).unwrap();
        let came_to_rest = scenarios::sweep(&mut lived.world, A_SWEEP_OF_NO_STORY);
        assert!(came_to_rest, "{place}: the sweep does not end");
    }
    finds(&lived, place)
}

pub fn finds(lived: &Lived, place: &str) -> Vec<String> {
    let time = lived.world.time();
    let breaches = Slate::of(&lived.world.outside).at_rest(&time);
    let words = breaches
        .iter()
        .map(|found| format!("{place}: {}: {}", found.invariant, found.detail));
    words.collect()
}

/// Every way in which every step can fail, in the first stories that come to it.
fn cases(scenarios: &[Scenario]) -> Vec<Case> {
    let refusals = refusals();
    let mut tried: BTreeMap<Called, usize> = BTreeMap::new();
    let mut cases = Vec::new();
    for (number, scenario) in scenarios.iter().enumerate() {
        let calls = scenario.live(Plan::Fair).seen.calls;
        for (call, called) in calls.iter().enumerate() {
            let stories = tried.entry(called.clone()).or_default();
            *stories += 1;
            if *stories > STORIES_EACH {
                continue;
            }
            let declared = refusals.get(&called.task).into_iter().flatten();
            for failure in failures(declared) {
                cases.push(Case {
                    scenario: number,
                    call,
                    state: called.state.clone(),
                    failure,
                });
            }
        }
    }
    cases
}

/// A process that dies once, a fault for good and silence, each before and after its effect; and what the task declares, which
/// has no effect.
fn failures<'a>(declared: impl Iterator<Item = &'a String>) -> Vec<Failure> {
    let failure = |error: Option<&str>, after, for_good| Failure {
        error: error.map(str::to_owned),
        after,
        for_good,
    };
    let mut failures: Vec<Failure> = declared
        .map(|name| failure(Some(name), false, false))
        .collect();
    for after in [false, true] {
        failures.push(failure(Some("Lambda.Unknown"), after, false));
        failures.push(failure(Some("Unexpected"), after, true));
        failures.push(failure(None, after, false));
    }
    failures
}

/// The refusals that each task declares.
fn refusals() -> BTreeMap<String, Vec<String>> {
    let workflows = comanda_workflows::all().expect("the workflows can be built");
    let tasks = workflows.iter().flat_map(|workflow| &workflow.tasks);
    let named = tasks.map(|task| {
        let errors = task.errors.iter().map(|error| error.name.to_owned());
        (task.name.to_owned(), errors.collect())
    });
    named.collect()
}
