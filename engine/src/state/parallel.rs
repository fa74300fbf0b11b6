//! Parallel: runs branches side by side.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::branch::{Branch, Children, Parent, Phase};
use crate::definition::{MachineId, StatePlan};
use crate::failure::Failure;
use crate::history::EventType;
use crate::run::{Progress, Run};
use crate::spawn::Seedling;

pub(super) fn run(
    run: &mut Run<'_>,
    plan: &StatePlan,
    machines: &[MachineId],
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    let input = run.view(plan, branch).payload(plan)?;
    run.record(branch, EventType::ParallelStateStarted, None);
    let mut running = BTreeMap::new();
    for (index, machine) in machines.iter().enumerate() {
        let child = run.spawn(Seedling {
            parent: Some(Parent {
                branch: branch.id,
                index,
            }),
            machine: *machine,
            input: input.clone(),
            variables: Arc::clone(&branch.variables),
            item: branch.item.clone(),
            child: branch.child.clone(),
            previous: branch.previous,
            silent: branch.silent,
        });
        running.insert(index, child);
    }
    branch.phase = Phase::Children(Box::new(Children {
        running,
        results: vec![None; machines.len()],
        done: 0,
        map: None,
    }));
    Ok(Progress::Waits)
}
