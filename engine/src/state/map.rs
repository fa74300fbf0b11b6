//! Map: runs one branch for every item. Inside the execution that is all; a distributed Map reads, batches and writes besides.

use std::sync::Arc;

use super::children::{began, none_running};
use super::{map_items, map_results};
use crate::branch::{Branch, MapRun, Parent, Phase};
use crate::context::{ChildExecution, MapItem};
use crate::definition::{Flow, MapPlan, StatePlan};
use crate::failure::Failure;
use crate::history::{Details, EventType, MapIteration, MapStateStarted};
use crate::json::Json;
use crate::limits::INLINE_MAP_CONCURRENCY;
use crate::run::{Progress, Run};
use crate::scope::Variables;
use crate::spawn::Seedling;

pub(super) fn run(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    if map.distributed {
        return map_items::run(run, plan, map, branch);
    }
    let (items, limit) = {
        let view = run.view(plan, branch);
        let items = map_items::from_input(&view, plan, map)?;
        let limit = map_items::concurrency(&view, plan, map)?.unwrap_or(INLINE_MAP_CONCURRENCY);
        (items, limit)
    };
    record_started(run, branch, items.len());
    let run_of_items = MapRun {
        items: numbered(items),
        next: 0,
        limit: limit.min(INLINE_MAP_CONCURRENCY),
        failed: 0,
        tolerated_count: None,
        tolerated_percentage: None,
    };
    begin(run, plan, map, branch, run_of_items)
}

pub(super) fn numbered(items: Vec<(Option<Arc<str>>, Json)>) -> Vec<MapItem> {
    let numbered = items.into_iter().enumerate();
    numbered
        .map(|(index, (key, value))| MapItem { index, value, key })
        .collect()
}

pub(super) fn record_started(run: &mut Run<'_>, branch: &mut Branch, length: usize) {
    let details = MapStateStarted {
        length: Some(length as u64),
    };
    run.record(
        branch,
        EventType::MapStateStarted,
        Some(Details::MapStateStartedEventDetails(details)),
    );
}

/// Starts as many iterations as may run at a time.
pub(super) fn begin(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    items: MapRun,
) -> Result<Progress, Failure> {
    let mut children = none_running(items.items.len());
    let empty = items.items.is_empty();
    children.map = Some(items);
    branch.phase = Phase::Children(Box::new(children));
    if empty {
        return map_results::finish(run, plan, map, branch);
    }
    let last_event = branch.previous;
    start_more(run, plan, map, branch, last_event)
}

/// Starts iterations until as many run as may.
pub(super) fn start_more(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    last_event: u64,
) -> Result<Progress, Failure> {
    while let Some(item) = next_item(branch) {
        let input = iteration_input(run, plan, map, branch, &item)?;
        let previous = if map.distributed {
            0
        } else {
            let details = MapIteration {
                name: Arc::clone(&plan.name),
                index: item.index as u64,
            };
            let details = Some(Details::MapIterationStartedEventDetails(details));
            if branch.silent {
                0
            } else {
                run.append(last_event, EventType::MapIterationStarted, details)
            }
        };
        let index = item.index;
        let parent = Some(Parent {
            branch: branch.id,
            index,
        });
        let machine = map.machine;
        let seedling = if map.distributed {
            // A child execution knows nothing of its parent: neither variables nor the item it was made for.
            Seedling {
                parent,
                machine,
                child: Some(Arc::new(child_execution(run, plan, map, &input))),
                input,
                variables: Variables::default(),
                item: None,
                previous,
                silent: true,
            }
        } else {
            Seedling {
                parent,
                machine,
                child: branch.child.clone(),
                input,
                variables: Arc::clone(&branch.variables),
                item: Some(Arc::new(item)),
                previous,
                silent: branch.silent,
            }
        };
        let child = run.spawn(seedling);
        began(branch, index, child);
    }
    Ok(Progress::Waits)
}

fn child_execution(run: &Run<'_>, plan: &StatePlan, map: &MapPlan, input: &Json) -> ChildExecution {
    let mut chance = run.execution.chance.get();
    let name = chance.next_uuid();
    run.execution.chance.set(chance);
    let label = Arc::clone(map.label.as_ref().unwrap_or(&plan.name));
    let machine = run
        .start
        .state_machine_arn
        .replacen(":stateMachine:", ":execution:", 1);
    ChildExecution {
        arn: Arc::from(format!("{machine}/{label}:{name}")),
        name: Arc::from(name),
        input: input.clone(),
        started: run.now,
        label,
    }
}

fn next_item(branch: &mut Branch) -> Option<MapItem> {
    let Phase::Children(children) = &mut branch.phase else {
        return None;
    };
    let running = children.running.len();
    let map = children.map.as_mut()?;
    if running >= map.limit {
        return None;
    }
    let item = map.items.get(map.next)?.clone();
    map.next += 1;
    Some(item)
}

/// What an iteration is given: `ItemSelector`, else the item.
fn iteration_input(
    run: &Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &Branch,
    item: &MapItem,
) -> Result<Json, Failure> {
    // In a distributed Map the selector was applied before items were put together.
    if map.distributed {
        Ok(item.value.clone())
    } else {
        select_item(run, plan, map, branch, item)
    }
}

/// What `ItemSelector` makes of an item.
pub(super) fn select_item(
    run: &Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &Branch,
    item: &MapItem,
) -> Result<Json, Failure> {
    let Some(selector) = &map.item_selector else {
        return Ok(item.value.clone());
    };
    let view = run.view_of(plan, branch, Some(item));
    match &plan.flow {
        Flow::Paths(_) => {
            let effective = view.effective_input(plan)?;
            selector.fill(&view.scope(&effective))
        }
        Flow::Jsonata(_) => selector.evaluate(&view.surroundings(None, None)),
    }
}

/// Writes that an iteration began, ended, failed or was called off.
pub(super) fn record_iteration(
    run: &mut Run<'_>,
    plan: &StatePlan,
    child: &Branch,
    index: usize,
    event_type: EventType,
) -> u64 {
    let iteration = MapIteration {
        name: Arc::clone(&plan.name),
        index: index as u64,
    };
    let details = match event_type {
        EventType::MapIterationSucceeded => Details::MapIterationSucceededEventDetails(iteration),
        EventType::MapIterationFailed => Details::MapIterationFailedEventDetails(iteration),
        _ => Details::MapIterationAbortedEventDetails(iteration),
    };
    run.record_aside(child, event_type, Some(details))
}
