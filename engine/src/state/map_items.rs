//! The items of a Map, and the numbers it goes by.

use std::sync::Arc;

use serde_json::Value;

use super::{map, map_results, map_source};
use crate::branch::{Branch, MapRun, TaskPurpose};
use crate::definition::{Computed, Flow, MapPlan, MapSource, ReaderPlan, StatePlan};
use crate::failure::{Failure, names};
use crate::flow::View;
use crate::history::{Details, EventType, MapRunStarted};
use crate::json::Json;
use crate::payload_template::{Lookup, Template};
use crate::run::{Progress, Run};

/// How many child executions of a distributed Map run at a time when nothing is said.
const DISTRIBUTED_CONCURRENCY: usize = 10_000;

pub(crate) type Items = Vec<(Option<Arc<str>>, Json)>;

/// The items that stand in the state's input or in the definition.
pub(crate) fn from_input(
    view: &View<'_>,
    plan: &StatePlan,
    map: &MapPlan,
) -> Result<Items, Failure> {
    let items = match &map.source {
        MapSource::Input => {
            let effective = view.effective_input(plan)?;
            match (effective.value(), &plan.flow) {
                (Value::Array(_), _) => effective.into_value(),
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
            if !found.is_array() {
                return Err(no_array(path.text()));
            }
            found.into_owned()
        }
        MapSource::Items(items) => {
            let value = items.template.evaluate(&view.surroundings(None, None))?;
            match (value.value(), &items.template) {
                (Value::Array(_), _) => value.into_value(),
                (other, Template::Expression(location, expression)) => {
                    return Err(Failure::unexpected_type(
                        expression, location, "array", other,
                    ));
                }
                (other, _) => return Err(no_array_in_jsonata(other)),
            }
        }
    };
    match items {
        Value::Array(items) => Ok(map_source::unkeyed(items)),
        _ => Ok(Vec::new()),
    }
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
    match view.integer(computed, &effective)? {
        Ok(0) => Ok(None),
        Ok(limit) => Ok(usize::try_from(limit).ok()),
        Err(value) => Err(wrong_number(computed, &value, "MaxConcurrency", "integer")),
    }
}

/// The words for a field that should hold a number and does not.
pub(super) fn wrong_number<T>(
    computed: &Computed<T>,
    value: &Value,
    field: &str,
    expected: &str,
) -> Failure {
    match computed {
        Computed::Expression(location, expression) => {
            Failure::unexpected_type(expression, location, "number", value)
        }
        Computed::Lookup(lookup) => {
            let path = match lookup {
                Lookup::Path(path) => path.text(),
                Lookup::Call(call) => call.text(),
            };
            let shown = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            Failure::runtime(format!(
                "The {field}Path field refers to value \"{shown}\" which is not a valid {expected}: {path}"
            ))
        }
        Computed::Literal(_) => Failure::runtime(format!("{field} is not a valid {expected}.")),
    }
}

/// A distributed Map begins: it knows its items, or asks for them.
pub(super) fn run(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    let items = match &map.reader {
        Some(_) => Vec::new(),
        None => from_input(&run.view(plan, branch), plan, map)?,
    };
    map::record_started(run, branch, items.len());
    let limits = Limits::of(&run.view(plan, branch), plan, map)?;
    let arn = map_run_arn(run, plan, map);
    branch.map_run = Some(Arc::clone(&arn));
    let details = Details::MapRunStartedEventDetails(MapRunStarted { map_run_arn: arn });
    run.record(branch, EventType::MapRunStarted, Some(details));
    match &map.reader {
        None => distribute(run, plan, map, branch, &limits, items),
        Some(reader) => ask_for_items(run, plan, reader, branch, &limits),
    }
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

fn ask_for_items(
    run: &mut Run<'_>,
    plan: &StatePlan,
    reader: &ReaderPlan,
    branch: &mut Branch,
    limits: &Limits,
) -> Result<Progress, Failure> {
    if limits.max_items.is_some_and(|most| most < 0) {
        let cause = "field MaxItems must be positive";
        return Err(map_results::run_failed(
            run,
            branch,
            names::ITEM_READER_FAILED,
            cause,
        ));
    }
    let arguments =
        map_source::arguments(&run.view(plan, branch), plan, reader.arguments.as_ref())?;
    map_source::call(
        run,
        plan,
        &reader.resource,
        branch,
        arguments,
        TaskPurpose::ReadItems,
    );
    Ok(Progress::Waits)
}

/// The items of a distributed Map have been read.
pub(crate) fn read(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    answer: &Json,
) -> Result<Progress, Failure> {
    let Some(reader) = &map.reader else {
        return Ok(Progress::Waits);
    };
    let limits = Limits::of(&run.view(plan, branch), plan, map)?;
    match map_source::items(reader, answer, limits.max_items) {
        Ok(items) => distribute(run, plan, map, branch, &limits, items),
        Err(cause) => Err(map_results::run_failed(
            run,
            branch,
            names::ITEM_READER_FAILED,
            &cause,
        )),
    }
}

/// Applies the selector, puts items together, and starts child executions.
fn distribute(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
    limits: &Limits,
    items: Items,
) -> Result<Progress, Failure> {
    let mut selected = map::numbered(items);
    for item in &mut selected {
        item.value = map::select_item(run, plan, map, branch, item)?;
    }
    let batched = match &map.batch {
        Some(batch) => map_source::batches(&run.view(plan, branch), plan, batch, selected)?,
        None => selected,
    };
    let map_run = MapRun {
        items: batched,
        next: 0,
        limit: limits.concurrency,
        failed: 0,
        tolerated_count: limits.tolerated_count,
        tolerated_percentage: limits.tolerated_percentage,
    };
    map::begin(run, plan, map, branch, map_run)
}

/// The numbers a distributed Map goes by.
pub(crate) struct Limits {
    pub(crate) concurrency: usize,
    pub(crate) tolerated_count: Option<u64>,
    pub(crate) tolerated_percentage: Option<f64>,
    /// Negative where a path leads to a negative number.
    max_items: Option<i64>,
}

impl Limits {
    pub(crate) fn of(view: &View<'_>, plan: &StatePlan, map: &MapPlan) -> Result<Limits, Failure> {
        let effective = view.effective_input(plan)?;
        let count = map.tolerated_count.as_ref();
        let percentage = map.tolerated_percentage.as_ref();
        let max_items = map
            .reader
            .as_ref()
            .and_then(|reader| reader.max_items.as_ref());
        Ok(Limits {
            concurrency: concurrency(view, plan, map)?.unwrap_or(DISTRIBUTED_CONCURRENCY),
            tolerated_count: count
                .map(|computed| tolerated_count(view, computed, &effective))
                .transpose()?,
            tolerated_percentage: percentage
                .map(|computed| tolerated_percentage(view, computed, &effective))
                .transpose()?,
            max_items: max_items
                .map(|computed| self::max_items(view, computed, &effective))
                .transpose()?,
        })
    }
}

fn max_items(view: &View<'_>, computed: &Computed<u64>, effective: &Json) -> Result<i64, Failure> {
    match view.integer(computed, effective)? {
        Ok(most) => Ok(i64::try_from(most).unwrap_or(i64::MAX)),
        Err(value) => value
            .as_i64()
            .ok_or_else(|| wrong_number(computed, &value, "MaxItems", "integer")),
    }
}

fn tolerated_count(
    view: &View<'_>,
    computed: &Computed<u64>,
    effective: &Json,
) -> Result<u64, Failure> {
    match view.integer(computed, effective)? {
        Ok(count) => Ok(count),
        Err(value) if value.as_i64().is_some() => Err(Failure::runtime(
            "ToleratedFailureCount cannot be negative.",
        )),
        Err(value) => Err(wrong_number(
            computed,
            &value,
            "ToleratedFailureCount",
            "integer",
        )),
    }
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
            let number = value.as_f64();
            number.ok_or_else(|| {
                wrong_number(computed, &value, "ToleratedFailurePercentage", "float")
            })?
        }
    };
    if (0.0..=100.0).contains(&percentage) {
        Ok(percentage)
    } else {
        Err(Failure::runtime(
            "ToleratedFailurePercentage must be between 0 and 100.",
        ))
    }
}
