//! The first standard test: a step that is carried out twice with the same input leaves the world as once.

use super::{
    attending::Plan,
    each, nothing_is_wrong,
    scenarios::{self, Scenario},
    snapshot,
};

#[test]
fn each_step_repeated_leaves_the_world_as_it_was() {
    let scenarios = scenarios::all();
    let wrong = each(&scenarios, repeat_each);
    nothing_is_wrong(&wrong);
}

fn repeat_each(scenario: &Scenario) -> Vec<String> {
    let fair = scenario.live(Plan::Fair);
    let expected = snapshot::of(&fair.world);
    let mut wrong = Vec::new();
    let calls = &fair.seen.calls;
    for (number, called) in calls.iter().enumerate() {
        let lived = scenario.live(Plan::Repeat(number));
        let place = format!("{}: {} repeated", scenario.name, called.state);
        for words in lived.seen.contradictions {
            wrong.push(format!("{place}: {words}"));
        }
        if let Some(words) = snapshot::difference(&expected, &snapshot::of(&lived.world)) {
            wrong.push(format!("{place}: {words}"));
        }
    }
    wrong
}
