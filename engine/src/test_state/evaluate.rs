//! Does what the state does, without anybody else.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use comanda_asl::WorkflowKind;
use serde_json::{Value, json};

use super::inspection::Inspection;
use super::request::ALONE;
use super::single::Single;
use super::{StateAnswer, StateTest, TestStateError, TestStatus, TestedState, check};
use crate::catch;
use crate::context::ContextSource;
use crate::definition::{Kind, MapPlan, Next, StatePlan};
use crate::execution::Start;
use crate::failure::{Failure, Reported, names};
use crate::flow::{Completion, View};
use crate::json::Json;
use crate::retry;
use crate::scope::Variables;
use crate::seed::Chance;
use crate::state::{choice, fail, item_batcher, item_reader, map, map_items, pass, task, wait};

pub(super) fn run(test: &StateTest, single: &Single) -> Result<TestedState, TestStateError> {
    seen_by(test, single, |view, plan| {
        let mut inspection = Inspection::new(test);
        let tested = attempt(test, view, plan, &mut inspection);
        conclude(test, single, view, plan, inspection, tested)
    })
}

/// What the state gives to whom it calls; none where that fails, which the test then tells.
pub(super) fn arguments(test: &StateTest, single: &Single) -> Result<Option<Json>, TestStateError> {
    seen_by(test, single, |view, plan| view.payload(plan).ok())
}

/// Does something with what the state sees.
fn seen_by<T>(
    test: &StateTest,
    single: &Single,
    act: impl FnOnce(&View<'_>, &StatePlan) -> T,
) -> Result<T, TestStateError> {
    let Some(plan) = single.definition.state(0, 0) else {
        return Err(TestStateError::Validation(
            "State not found in definition".to_owned(),
        ));
    };
    let start = start(test);
    let variables: BTreeMap<Arc<str>, Json> = test
        .variables
        .iter()
        .map(|(name, value)| (Arc::from(name.as_str()), Json::new(value.clone())))
        .collect();
    let variables: Variables = Arc::new(variables);
    let chance = Cell::new(Chance::new(test.seed));
    let made_up = made_up_context(test, &start, plan);
    let view = View {
        context: ContextSource {
            start: &start,
            redrives: 0,
            redriven: None,
            started: test.now,
            child: None,
            state_name: ALONE,
            entered: test.now,
            retry_count: None,
            item: None,
            token: None,
            given: Some(test.context.as_ref().unwrap_or(&made_up)),
        },
        input: &test.input,
        variables: &variables,
        chance: &chance,
        now: test.now,
    };
    Ok(act(&view, plan))
}

fn start(test: &StateTest) -> Start {
    let (region, account) = (&test.region, &test.account_id);
    let mut chance = Chance::new(test.seed);
    let (machine, name) = (chance.next_uuid(), chance.next_uuid());
    Start {
        execution_arn: Arc::from(format!(
            "arn:aws:states:{region}:{account}:express:{machine}:{name}"
        )),
        execution_name: Arc::from(name),
        state_machine_arn: Arc::from(format!(
            "arn:aws:states:{region}:{account}:stateMachine:{machine}"
        )),
        state_machine_name: Arc::from(machine),
        role_arn: test.role_arn.clone().unwrap_or_default(),
        kind: WorkflowKind::Express,
        input: test.input.clone(),
        seed: test.seed,
    }
}

/// The context object of a test that brings none: without what has to do with redriving.
fn made_up_context(test: &StateTest, start: &Start, plan: &StatePlan) -> Value {
    let now = crate::timestamp::milliseconds(test.now);
    let mut state = json!({ "Name": ALONE, "EnteredTime": now });
    if let (Kind::Task(_) | Kind::Parallel(_) | Kind::Map(_), Some(fields)) =
        (&plan.kind, state.as_object_mut())
    {
        fields.insert("RetryCount".to_owned(), Value::from(0));
    }
    json!({
        "Execution": {
            "Id": &*start.execution_arn,
            "Input": test.input.value(),
            "Name": &*start.execution_name,
            "RoleArn": test.role_arn.as_deref(),
            "StartTime": now,
        },
        "StateMachine": { "Id": &*start.state_machine_arn, "Name": &*start.state_machine_name },
        "State": state,
    })
}

fn attempt(
    test: &StateTest,
    view: &View<'_>,
    plan: &StatePlan,
    inspection: &mut Inspection,
) -> Result<Completion, Failure> {
    match &plan.kind {
        Kind::Pass(result) => {
            let completion = pass::done(view, plan, result.as_ref())?;
            inspection.pass(view, plan, result.as_ref())?;
            Ok(completion)
        }
        Kind::Choice(choice) => {
            inspection.effective_input(view, plan)?;
            choice::decide(view, plan, choice)
        }
        Kind::Fail { error, cause } => Err(fail::failure(view, error.as_ref(), cause.as_ref())),
        Kind::Wait(wait) => {
            inspection.effective_input(view, plan)?;
            // Nobody waits, but there has to be something to wait for.
            let _ = wait::until(view, plan, wait)??;
            view.pass_through(plan)
        }
        Kind::Succeed => {
            inspection.effective_input(view, plan)?;
            view.pass_through(plan)
        }
        Kind::Task(task) => {
            inspection.effective_input(view, plan)?;
            let prepared = task::prepare(view, plan, task)?;
            inspection.payload(plan, &prepared.arguments);
            task::fits(plan, &task.resource, &prepared.arguments)?;
            let result = answered(test)?;
            inspection.result(&result);
            inspection.selected(view, plan, &result)?;
            view.complete(plan, result)
        }
        Kind::Parallel(_) => {
            view.payload(plan)?;
            let result = answered(test)?;
            inspection.selected(view, plan, &result)?;
            view.complete(plan, result)
        }
        Kind::Map(map) => iterate(test, view, plan, map, inspection),
    }
}

fn iterate(
    test: &StateTest,
    view: &View<'_>,
    plan: &StatePlan,
    map: &MapPlan,
    inspection: &mut Inspection,
) -> Result<Completion, Failure> {
    inspection.effective_input(view, plan)?;
    let concurrency = map_items::concurrency(view, plan, map)?;
    let items = match (&map.reader, &test.map_item_reader_data) {
        (None, _) => map_items::from_input(view, plan, map)?,
        (Some(reader), Some(data)) => item_reader::read_alone(reader, data)
            .map_err(|cause| Failure::reported(names::ITEM_READER_FAILED, Some(&cause)))?,
        (Some(_), None) => Vec::new(),
    };
    inspection.items(map, &items);
    let limits = map_items::Limits::of(view, plan, map, concurrency)?;
    inspection.limits(&limits, concurrency.unwrap_or(0));
    let items = map::numbered(items);
    let selected = match &map.item_selector {
        Some(_) => {
            let selected = map::select_all(view, plan, map, items)?;
            inspection.selected_items(&selected);
            selected
        }
        None => items,
    };
    if let Some(batch) = &map.batch {
        inspection.batches(&item_batcher::batches(view, plan, batch, selected)?);
    }
    if let Some(StateAnswer::Error { .. }) = given(test) {
        answered(test)?;
    }
    let failed = test.map_iteration_failure_count.unwrap_or(0);
    let result = match given(test) {
        Some(StateAnswer::Result(result)) => check::iterations(test, result.value()),
        _ => None,
    };
    let all = result.unwrap_or(0) as f64;
    let exceeds = |percentage: f64| failed as f64 * 100.0 > percentage * all;
    // Without a threshold AWS lets the mock's result stand, whatever the count says.
    if limits
        .tolerated_count
        .is_some_and(|tolerated| failed > tolerated)
        || limits.tolerated_percentage.is_some_and(exceeds)
    {
        let cause = "The specified tolerated failure threshold was exceeded";
        return Err(Failure::reported(
            names::EXCEED_TOLERATED_FAILURE_THRESHOLD,
            Some(cause),
        ));
    }
    let result = answered(test)?;
    inspection.selected(view, plan, &result)?;
    view.complete(plan, result)
}

/// The answer, mocked or real.
fn given(test: &StateTest) -> Option<&StateAnswer> {
    let mocked = test.mock.as_ref().map(|mock| &mock.answer);
    mocked.or(test.answer.as_ref())
}

fn answered(test: &StateTest) -> Result<Json, Failure> {
    match given(test) {
        Some(StateAnswer::Result(result)) => Ok(result.clone()),
        Some(StateAnswer::Error { error, cause }) => Err(Failure::Reported(Reported {
            error: error.clone(),
            cause: cause.clone(),
            ..Reported::default()
        })),
        None => Err(Failure::reported(
            names::TASK_FAILED,
            Some("Nothing is called while a state is tested alone."),
        )),
    }
}

fn conclude(
    test: &StateTest,
    single: &Single,
    view: &View<'_>,
    plan: &StatePlan,
    mut inspection: Inspection,
    tested: Result<Completion, Failure>,
) -> TestedState {
    let name_of = |next: Next| match next {
        Next::State(place) => single
            .definition
            .state(0, place)
            .map(|state| state.name.to_string()),
        Next::End => None,
    };
    let failure = match tested {
        Ok(completion) => {
            inspection.variables(&test.variables, &completion.assigned);
            return TestedState {
                status: TestStatus::Succeeded,
                output: Some(completion.output),
                error: None,
                cause: None,
                next_state: name_of(completion.next),
                inspection: inspection.done(),
            };
        }
        Err(failure) => failure,
    };
    let reported = told(failure);
    let mut counts = Vec::new();
    let rule = if reported.fatal {
        None
    } else {
        retry::rule_for(&plan.retry, &reported)
    };
    if let Some(rule) = rule {
        counts = vec![0; plan.retry.len()];
        if let Some(count) = counts.get_mut(rule) {
            *count = test.retrier_retry_count;
        }
    }
    let mut ended = TestedState {
        status: TestStatus::Failed,
        output: None,
        error: reported.error.clone(),
        cause: reported.cause.clone(),
        next_state: None,
        inspection: serde_json::Map::new(),
    };
    let delay = rule.and_then(|_| retry::delay(&plan.retry, &reported, &mut counts, view.chance));
    if let Some(rule) = rule {
        inspection.retry(rule, delay);
    }
    if delay.is_some() {
        ended.status = TestStatus::Retriable;
    } else if let Some((rule, Ok(completion))) =
        catch::caught(view, plan, &reported).filter(|_| !reported.fatal)
    {
        inspection.catch(rule);
        inspection.variables(&test.variables, &completion.assigned);
        ended.status = TestStatus::CaughtError;
        ended.output = Some(completion.output);
        ended.next_state = name_of(completion.next);
    }
    ended.inspection = inspection.done();
    ended
}

/// A failure in the words of a test, which has no history to point into.
fn told(failure: Failure) -> Reported {
    match failure {
        Failure::Reported(reported) => reported,
        Failure::Query { message, .. } => Reported {
            error: Some(Arc::from(names::QUERY_EVALUATION_ERROR)),
            cause: Some(Arc::from(message)),
            ..Reported::default()
        },
        Failure::Misfit { error, message } => Reported {
            error: Some(Arc::from(error)),
            cause: Some(Arc::from(message)),
            fatal: error == names::RUNTIME,
            ..Reported::default()
        },
    }
}
