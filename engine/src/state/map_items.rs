//! The items of a Map, and the numbers it goes by.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::Value;

use super::{item_batcher, item_formats, item_reader, map, map_results, numbers};
use crate::branch::{Branch, MapChildren};
use crate::context::MapItem;
use crate::definition::{Computed, Flow, MapPlan, MapSource, StatePlan};
use crate::event::{Effect, Status};
use crate::failure::{Failure, names};
use crate::flow::View;
use crate::history::{Details, EventType, MapRunStarted};
use crate::json::Json;
use crate::limits::{DISTRIBUTED_MAP_CONCURRENCY, check_size};
use crate::map_run::{MapRun, MapRunCounts};
use crate::payload_template::Template;
use crate::run::{Progress, Run};

/// Where items come from that were in the input, in the words of the context object.
const STATE_DATA: &str = "STATE_DATA";

/// One of the things a Map goes over.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) value: Json,
    /// The name, where the items are the members of an object.
    pub(crate) key: Option<Arc<str>>,
    /// Where it comes from; only told of in a distributed Map.
    pub(crate) source: Option<Arc<str>>,
}

/// The items that stand in the state's input or in the definition.
pub(crate) fn from_input(
    view: &View<'_>,
    plan: &StatePlan,
    map: &MapPlan,
) -> Result<Vec<Item>, Failure> {
    // A distributed Map goes over the members of an object too.
    let fits = |value: &Value| value.is_array() || (map.distributed && value.is_object());
    let value = match &map.source {
        MapSource::Input => {
            let effective = view.effective_input(plan)?;
            match (effective.value(), &plan.flow) {
                (value, _) if fits(value) => effective.into_value(),
                (other, Flow::Jsonata(_)) => return Err(no_array_in_jsonata(other)),
                (_, Flow::Paths(_)) => return Err(no_array("$")),
            }
        }
        MapSource::Path(path) => {
            let effective = view.effective_input(plan)?;
            let scope = view.scope(&effective);
            let found = scope.select(path).map_err(|missing| {
                Failure::runtime(format!("Invalid path '{}' : {missing}", path.text()))
            })?;
            if !fits(&found) {
                return Err(no_array(path.text()));
            }
            found.into_owned()
        }
        MapSource::Items(items) => {
            let value = items.template.evaluate(&view.surroundings(None, None))?;
            match (value.value(), &items.template) {
                (fitting, _) if fits(fitting) => value.into_value(),
                (other, Template::Expression(location, expression)) => {
                    return Err(Failure::unexpected_type(
                        expression, location, "array", other,
                    ));
                }
                (other, _) => return Err(no_array_in_jsonata(other)),
            }
        }
    };
    let mut items = item_formats::of_value(value, &Arc::from(STATE_DATA)).unwrap_or_default();
    if !map.distributed {
        for item in &mut items {
            item.source = None;
        }
    }
    Ok(items)
}

fn no_array(path: &str) -> Failure {
    // AWS shows a path into the context object as if it were one into the input.
    let path = path
        .strip_prefix('$')
        .filter(|rest| rest.starts_with('$'))
        .unwrap_or(path);
    Failure::runtime(format!("Reference path \"{path}\" must point to array."))
}

fn no_array_in_jsonata(value: &Value) -> Failure {
    Failure::query(format!("Map state input must be an array but was: {value}"))
}

/// How many iterations may run at a time; `None` where nothing is said.
pub(crate) fn concurrency(
    view: &View<'_>,
    plan: &StatePlan,
    map: &MapPlan,
) -> Result<Option<usize>, Failure> {
    let Some(computed) = &map.max_concurrency else {
        return Ok(None);
    };
    let effective = view.effective_input(plan)?;
    let words = |number| {
        format!("Expected non-negative integer for MaxConcurrency, got '{number}' instead.")
    };
    let most = numbers::not_negative(view, computed, &effective, "MaxConcurrency", words)?;
    Ok(usize::try_from(most).ok().filter(|most| *most > 0))
}

/// A distributed Map begins: it knows its items, or asks for them.
pub(super) fn run(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    // What is said about concurrency is looked at before the items, everything else after the state has started.
    let concurrency = concurrency(&run.view(plan, branch), plan, map)?;
    let items = match &map.reader {
        Some(_) => Vec::new(),
        None => from_input(&run.view(plan, branch), plan, map)?,
    };
    map::record_started(run, branch, items.len());
    let limits = Limits::of(&run.view(plan, branch), plan, map, concurrency)?;
    let arn = map_run_arn(run, plan, map);
    branch.map_run = Some(begin_run(run, branch, Arc::clone(&arn), &limits));
    let details = Details::MapRunStartedEventDetails(MapRunStarted { map_run_arn: arn });
    run.record(branch, EventType::MapRunStarted, Some(details));
    let Some(reader) = &map.reader else {
        return distribute(run, plan, map, branch, &limits, items);
    };
    if limits.max_items.is_some_and(|most| most < 0) {
        let cause = "field MaxItems must be positive";
        let error = names::ITEM_READER_FAILED;
        return Err(map_results::run_failed(run, branch, error, cause));
    }
    item_reader::begin(run, plan, reader, branch)
}

/// Notes that a map run began; its place among the execution's map runs is what comes back.
fn begin_run(run: &mut Run<'_>, branch: &Branch, arn: Arc<str>, limits: &Limits) -> usize {
    let execution = match &branch.child {
        Some(child) => &child.arn,
        None => &run.start.execution_arn,
    };
    let map_run = MapRun {
        map_run_arn: arn,
        execution_arn: Arc::clone(execution),
        status: Status::Running,
        started_at: run.now,
        stopped_at: None,
        redrive_count: 0,
        redriven_at: None,
        max_concurrency: limits.concurrency.unwrap_or(0) as u64,
        tolerated_failure_count: limits.tolerated_count,
        tolerated_failure_percentage: limits.tolerated_percentage,
        item_counts: MapRunCounts::default(),
        execution_counts: MapRunCounts::default(),
    };
    run.effects.push(Effect::MapRun(Box::new(map_run.clone())));
    run.execution.map_runs.push(map_run);
    run.execution.map_runs.len() - 1
}

/// The ARN of a map run: the machine, the Map's label, and an id.
fn map_run_arn(run: &Run<'_>, plan: &StatePlan, map: &MapPlan) -> Arc<str> {
    let mut chance = run.execution.chance.get();
    let id = chance.next_uuid();
    run.execution.chance.set(chance);
    let machine = run
        .start
        .state_machine_arn
        .replacen(":stateMachine:", ":mapRun:", 1);
    let label = map.label.as_deref().unwrap_or(&plan.name);
    Arc::from(format!("{machine}/{label}:{id}"))
}

/// Applies the selector, puts items together, and starts child executions.
pub(super) fn distribute(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    limits: &Limits,
    items: Vec<Item>,
) -> Result<Progress, Failure> {
    let total = items.len();
    let items = map::numbered(items);
    let selected = match map::select_all(&run.view(plan, branch), plan, map, items) {
        Ok(selected) => selected,
        Err(failure) => return Err(given_up(run, branch, failure)),
    };
    let batched = match &map.batch {
        Some(batch) => {
            match item_batcher::batches(&run.view(plan, branch), plan, batch, selected) {
                Ok(batches) => batches,
                Err(failure) => return Err(given_up(run, branch, failure)),
            }
        }
        None => selected,
    };
    if let Some(Err(Failure::Reported(reported))) = batched
        .iter()
        .map(|item: &MapItem| check_size(&item.value, &plan.name))
        .find(Result::is_err)
    {
        let cause = reported.cause.unwrap_or_default();
        return Err(map_results::run_failed(
            run,
            branch,
            names::DATA_LIMIT_EXCEEDED,
            &cause,
        ));
    }
    let map_run = branch
        .map_run
        .and_then(|place| run.execution.map_runs.get_mut(place));
    if let Some(map_run) = map_run {
        map_run.item_counts = MapRunCounts::of(total as u64);
        map_run.execution_counts = MapRunCounts::of(batched.len() as u64);
    }
    let children = MapChildren {
        ended: vec![None; batched.len()],
        items: batched,
        again: VecDeque::new(),
        map_run: branch.map_run,
        effective: None,
        next: 0,
        limit: limits.concurrency.unwrap_or(DISTRIBUTED_MAP_CONCURRENCY),
    };
    map::begin(run, plan, map, branch, children)
}

/// The run ends before it has children, since something about its items could not be computed.
fn given_up(run: &mut Run<'_>, branch: &mut Branch, failure: Failure) -> Failure {
    if let Some(map_run) = branch.map_run.take() {
        run.end_map_run(map_run, Status::Failed);
    }
    failure
}

/// The numbers a distributed Map goes by.
pub(crate) struct Limits {
    /// None where the service decides.
    pub(crate) concurrency: Option<usize>,
    pub(crate) tolerated_count: Option<u64>,
    pub(crate) tolerated_percentage: Option<f64>,
    /// Negative where a path leads to a negative number.
    max_items: Option<i64>,
}

impl Limits {
    /// The most items that are read. Zero is no limit.
    pub(super) fn most_items(&self) -> usize {
        let most = self.max_items.and_then(|most| usize::try_from(most).ok());
        most.filter(|most| *most > 0).unwrap_or(usize::MAX)
    }

    pub(crate) fn of(
        view: &View<'_>,
        plan: &StatePlan,
        map: &MapPlan,
        concurrency: Option<usize>,
    ) -> Result<Limits, Failure> {
        let effective = view.effective_input(plan)?;
        let count = map.tolerated_count.as_ref();
        let percentage = map.tolerated_percentage.as_ref();
        let max_items = map
            .reader
            .as_ref()
            .and_then(|reader| reader.max_items.as_ref());
        Ok(Limits {
            concurrency,
            tolerated_count: count
                .map(|computed| tolerated_count(view, computed, &effective))
                .transpose()?,
            tolerated_percentage: percentage
                .map(|computed| tolerated_percentage(view, computed, &effective))
                .transpose()?,
            max_items: max_items
                .map(|computed| numbers::whole(view, computed, &effective, "MaxItems"))
                .transpose()?,
        })
    }
}

fn tolerated_count(
    view: &View<'_>,
    computed: &Computed<u64>,
    effective: &Json,
) -> Result<u64, Failure> {
    let words = |_| "ToleratedFailureCount cannot be negative.".to_owned();
    numbers::not_negative(view, computed, effective, "ToleratedFailureCount", words)
}

fn tolerated_percentage(
    view: &View<'_>,
    computed: &Computed<f64>,
    effective: &Json,
) -> Result<f64, Failure> {
    let percentage = match computed {
        Computed::Literal(percentage) => *percentage,
        other => {
            let value = view.computed_value(other, effective)?;
            value.as_f64().ok_or_else(|| match computed {
                Computed::Expression(location, expression) => {
                    Failure::unexpected_type(expression, location, "number", &value)
                }
                _ => numbers::wrong_path(computed, &value, "ToleratedFailurePercentage", "float"),
            })?
        }
    };
    if (0.0..=100.0).contains(&percentage) {
        Ok(percentage)
    } else {
        let words = "ToleratedFailurePercentage must be between 0 and 100.";
        Err(numbers::unfit(computed, words.to_owned()))
    }
}
