//! Map: runs one branch for every item. Inside the execution that is all; a distributed Map reads, batches and writes besides.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::json;

use super::children::{began, none_running};
use super::map_items::Item;
use super::{child_execution, map_items, map_results};
use crate::branch::{Branch, BranchId, MapChildren, Parent, Phase};
use crate::context::MapItem;
use crate::definition::{Flow, Kind, MapPlan, StatePlan};
use crate::event::{Effect, Status};
use crate::failure::Failure;
use crate::flow::View;
use crate::history::{Details, EventType, MapIteration, MapStateStarted};
use crate::json::Json;
use crate::limits::{DISTRIBUTED_MAP_CONCURRENCY, INLINE_MAP_CONCURRENCY};
use crate::run::{Progress, Run};
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
        let limit = map_items::concurrency(&view, plan, map)?.unwrap_or(INLINE_MAP_CONCURRENCY);
        let items = map_items::from_input(&view, plan, map)?;
        (items, limit)
    };
    record_started(run, branch, items.len());
    let children = MapChildren {
        items: numbered(items),
        again: VecDeque::new(),
        map_run: None,
        effective: map
            .item_selector
            .as_ref()
            .map(|_| run.view(plan, branch).effective_input(plan))
            .transpose()?,
        next: 0,
        limit: limit.min(INLINE_MAP_CONCURRENCY),
        ended: Vec::new(),
    };
    begin(run, plan, map, branch, children)
}

pub(crate) fn numbered(items: Vec<Item>) -> Vec<MapItem> {
    let numbered = items.into_iter().enumerate();
    numbered
        .map(|(index, item)| MapItem {
            index,
            value: item.value,
            key: item.key,
            source: item.source,
        })
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
    items: MapChildren,
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
pub(crate) fn start_more(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    last_event: u64,
) -> Result<Progress, Failure> {
    while let Some(item) = next_item(branch) {
        let index = item.index;
        let parent = Parent {
            branch: branch.id,
            index,
        };
        let child = match branch.map_run {
            // The selector was applied before items were put together.
            Some(map_run) => child_execution::begin(run, plan, map, parent, map_run, item.value),
            None => iterate(run, plan, map, branch, parent, item, last_event)?,
        };
        began(branch, index, child);
    }
    Ok(Progress::Waits)
}

/// Starts an iteration inside the execution.
fn iterate(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &Branch,
    parent: Parent,
    item: MapItem,
    last_event: u64,
) -> Result<BranchId, Failure> {
    let input = select_item(run, plan, map, branch, &item)?;
    let details = Details::MapIterationStartedEventDetails(MapIteration {
        name: Arc::clone(&plan.name),
        index: item.index as u64,
    });
    let previous = if branch.silent {
        0
    } else {
        let event = EventType::MapIterationStarted;
        run.append_to(branch.child.as_deref(), last_event, event, Some(details))
    };
    Ok(run.spawn(Seedling {
        parent: Some(parent),
        machine: map.machine,
        child: branch.child.clone(),
        input,
        variables: Arc::clone(&branch.variables),
        item: Some(Arc::new(item)),
        previous,
        silent: branch.silent,
    }))
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
    if let Some(index) = map.again.pop_front() {
        return map.items.get(index).cloned();
    }
    let item = map.items.get(map.next)?.clone();
    map.next += 1;
    Some(item)
}

/// What `ItemSelector` makes of an item that an iteration begins with.
fn select_item(
    run: &Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &Branch,
    item: &MapItem,
) -> Result<Json, Failure> {
    let view = run.view_of(plan, branch, Some(item));
    let effective = match &branch.phase {
        Phase::Children(children) => children.map.as_ref().and_then(|map| map.effective.as_ref()),
        _ => None,
    };
    selected(&view, plan, map, item, effective.unwrap_or(&branch.input))
}

/// What `ItemSelector` makes of all items.
pub(crate) fn select_all(
    view: &View<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    mut items: Vec<MapItem>,
) -> Result<Vec<MapItem>, Failure> {
    let effective = view.effective_input(plan)?;
    for item in &mut items {
        let value = selected(&view.inside(item), plan, map, item, &effective)?;
        item.value = value;
    }
    Ok(items)
}

fn selected(
    view: &View<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    item: &MapItem,
    effective: &Json,
) -> Result<Json, Failure> {
    let Some(selector) = &map.item_selector else {
        return Ok(match &item.key {
            Some(key) => Json::new(json!({ "Key": &**key, "Value": item.value.value() })),
            None => item.value.clone(),
        });
    };
    match &plan.flow {
        Flow::Paths(_) => selector.fill(&view.scope(effective)),
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

/// What somebody changes about a map run that goes on.
pub(crate) struct Change {
    pub(crate) max_concurrency: Option<u64>,
    pub(crate) tolerated_failure_count: Option<u64>,
    pub(crate) tolerated_failure_percentage: Option<f64>,
}

/// Changes a map run: more children may start at once. A threshold that is exceeded already strikes at the next failure.
pub(crate) fn update(run: &mut Run<'_>, map_run_arn: &str, change: &Change) {
    let definition = run.definition;
    let mut map_runs = run.execution.map_runs.iter_mut().enumerate();
    let known = map_runs.find(|(_, map_run)| &*map_run.map_run_arn == map_run_arn);
    let Some((place, map_run)) = known.filter(|(_, map_run)| map_run.status == Status::Running)
    else {
        return;
    };
    map_run.max_concurrency = change.max_concurrency.unwrap_or(map_run.max_concurrency);
    map_run.tolerated_failure_count = change
        .tolerated_failure_count
        .or(map_run.tolerated_failure_count);
    let percentage = change.tolerated_failure_percentage;
    map_run.tolerated_failure_percentage = percentage.or(map_run.tolerated_failure_percentage);
    let most = map_run.max_concurrency;
    let map_run = Box::new(map_run.clone());
    run.effects.push(Effect::MapRun(map_run));
    let mut branches = run.execution.branches.iter().flatten();
    let Some(id) = branches
        .find(|branch| branch.map_run == Some(place))
        .map(|branch| branch.id)
    else {
        return;
    };
    let Some(mut branch) = run.take(id) else {
        return;
    };
    if let Phase::Children(children) = &mut branch.phase
        && let Some(map) = &mut children.map
        && let Some(plan) = definition.state(branch.machine, branch.state)
        && let Kind::Map(map_plan) = &plan.kind
    {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        map.limit = if most == 0 {
            DISTRIBUTED_MAP_CONCURRENCY
        } else {
            most
        };
        let last_event = branch.previous;
        let progress = start_more(run, plan, map_plan, &mut branch, last_event);
        return run.after(branch, progress);
    }
    run.put_back(branch);
}
