//! Where the items of a Map come from.

use std::sync::Arc;

use serde_json::Value;

use super::map;
use crate::branch::{Branch, MapRun};
use crate::definition::{Computed, Flow, MapPlan, MapSource, StatePlan};
use crate::failure::{Failure, names};
use crate::flow::View;
use crate::history::{Details, EventType, MapRunStarted};
use crate::json::Json;
use crate::payload_template::{Lookup, Template};
use crate::run::{Progress, Run};

/// How many child executions of a distributed Map run at a time when nothing is said.
const DISTRIBUTED_CONCURRENCY: usize = 10_000;

pub(super) type Items = Vec<(Option<Arc<str>>, Json)>;

/// The items that stand in the state's input or in the definition.
pub(super) fn from_input(
    view: &View<'_>,
    plan: &StatePlan,
    map: &MapPlan,
) -> Result<Items, Failure> {
    let items = match &map.source {
        MapSource::Input => {
            let effective = view.effective_input(plan)?;
            match (effective.value(), &plan.flow) {
                (Value::Array(_), _) => effective.into_value(),
                (other, Flow::Jsonata(_)) => {
                    return Err(Failure::query(format!(
                        "Map state input must be an array but was: {other}"
                    )));
                }
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
                (other, _) => {
                    return Err(Failure::query(format!(
                        "Map state input must be an array but was: {other}"
                    )));
                }
            }
        }
    };
    match items {
        Value::Array(items) => Ok(map::unkeyed(items)),
        _ => Ok(Vec::new()),
    }
}

fn no_array(path: &str) -> Failure {
    Failure::runtime(format!("Reference path \"{path}\" must point to array."))
}

/// How many iterations may run at a time; `None` where nothing is said.
pub(super) fn concurrency(
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

/// A distributed Map begins.
pub(super) fn run(
    run: &mut Run<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    branch: &mut Branch,
) -> Result<Progress, Failure> {
    let items = from_input(&run.view(plan, branch), plan, map)?;
    map::record_started(run, branch, items.len());
    let map_run = prepare(&run.view(plan, branch), plan, map, items)?;
    let arn = map_run_arn(run, plan, map);
    let details = Details::MapRunStartedEventDetails(MapRunStarted { map_run_arn: arn });
    run.record(branch, EventType::MapRunStarted, Some(details));
    map::begin(run, plan, map, branch, map_run)
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

fn prepare(
    view: &View<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    items: Items,
) -> Result<MapRun, Failure> {
    let effective = view.effective_input(plan)?;
    let count = map
        .tolerated_count
        .as_ref()
        .map(|computed| tolerated_count(view, computed, &effective))
        .transpose()?;
    let percentage = map
        .tolerated_percentage
        .as_ref()
        .map(|computed| tolerated_percentage(view, computed, &effective))
        .transpose()?;
    let limit = concurrency(view, plan, map)?.unwrap_or(DISTRIBUTED_CONCURRENCY);
    Ok(MapRun {
        items: map::numbered(items),
        next: 0,
        limit,
        failed: 0,
        tolerated_count: count,
        tolerated_percentage: percentage,
    })
}

fn tolerated_count(
    view: &View<'_>,
    computed: &Computed<u64>,
    effective: &Json,
) -> Result<u64, Failure> {
    match view.integer(computed, effective)? {
        Ok(count) => Ok(count),
        Err(value)
            if value
                .as_f64()
                .is_some_and(|number| number < 0.0 && number.fract() == 0.0) =>
        {
            Err(Failure::runtime(
                "ToleratedFailureCount cannot be negative.",
            ))
        }
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
        Err(Failure::misfit(
            names::RUNTIME,
            "ToleratedFailurePercentage must be between 0 and 100.",
        ))
    }
}
