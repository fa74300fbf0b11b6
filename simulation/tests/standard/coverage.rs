//! Which states of which workflows the stories visit.

use std::collections::{BTreeMap, BTreeSet};

use comanda_asl::{State, StateKind};
use comanda_engine::Details;
use comanda_simulation::world::World;

use super::{
    attending::Plan,
    failing::{finds, visited_by_failures},
    scenarios,
};

/// States by workflow.
pub type States = BTreeMap<String, BTreeSet<String>>;

/// Every state of every workflow.
fn all() -> States {
    let workflows = comanda_workflows::all().expect("the workflows can be built");
    let mut all = States::new();
    for workflow in workflows {
        let mut names = BTreeSet::new();
        enter(&workflow.machine.states, &mut names);
        all.insert(workflow.name.to_owned(), names);
    }
    all
}

fn enter<'a>(
    states: impl IntoIterator<Item = (&'a String, &'a State)>,
    names: &mut BTreeSet<String>,
) {
    for (name, state) in states {
        names.insert(name.clone());
        match &state.kind {
            StateKind::Map(map) => enter(&map.processor.branch.states, names),
            StateKind::Parallel(parallel) => {
                for branch in &parallel.branches {
                    enter(&branch.states, names);
                }
            }
            _ => {}
        }
    }
}

/// The states that the executions of a world entered.
pub fn visited(world: &World) -> States {
    let time = world.time();
    let mut visited = States::new();
    for execution in time.executions() {
        let start = execution.start();
        let names = visited
            .entry(start.state_machine_name.to_string())
            .or_default();
        for event in time.history(&start.execution_arn) {
            if let Some(Details::StateEnteredEventDetails(entered)) = &event.details {
                names.insert(entered.name.to_string());
            }
        }
    }
    visited
}

pub fn join(all: &mut States, more: States) {
    for (workflow, names) in more {
        all.entry(workflow).or_default().extend(names);
    }
}

fn missing(visited: &States) -> Vec<String> {
    let mut missing = Vec::new();
    for (workflow, names) in all() {
        for name in names {
            if !visited
                .get(&workflow)
                .is_some_and(|seen| seen.contains(&name))
            {
                missing.push(format!("{workflow}: {name}"));
            }
        }
    }
    missing
}

#[test]
fn every_state_is_visited() {
    let mut all = States::new();
    for states in fair().into_iter().chain(visited_by_failures().cloned()) {
        join(&mut all, states);
    }
    let none: [&str; 0] = [];
    assert_eq!(missing(&all), none, "no story visits these");
}

/// What each story visits. In fair weather it comes to rest, and its slate is clean.
fn fair() -> Vec<States> {
    let stories = scenarios::all();
    let lived = stories.iter().map(|scenario| {
        let lived = scenario.live(Plan::Fair);
        assert!(lived.rested, "{}: it never comes to rest", scenario.name);
        let none: [String; 0] = [];
        assert_eq!(finds(&lived, scenario.name), none);
        visited(&lived.world)
    });
    lived.collect()
}

/// A workflow that is written and not listed would be tried by nobody.
#[test]
fn every_workflow_of_the_folder_is_listed() {
    let folder = format!("{}/../workflows/src", env!("CARGO_MANIFEST_DIR"));
    let mut written = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            for word in ["Process::standard(\"", "Process::express(\""] {
                let names = flat.split(word).skip(1);
                written.extend(names.filter_map(|rest| rest.split('"').next().map(str::to_owned)));
            }
        }
    }
    let listed: BTreeSet<String> = all().into_keys().collect();
    assert_eq!(written, listed);
    assert!(listed.len() >= 5);
}
