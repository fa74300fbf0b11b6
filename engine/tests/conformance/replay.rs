//! Runs a case in virtual time and answers its tasks from the recording.

use std::sync::Arc;

use comanda_asl::{Pattern, Resource, WorkflowKind};
use comanda_engine::virtual_time::{Account, Answer, TaskCall, TaskError, VirtualTime};
use comanda_engine::{Definition, Json, Outcome};
use jiff::Timestamp;
use serde_json::Value;

use crate::case::{ACTIVITY, Case};
use crate::compare::same;
use crate::fixtures;

/// What became of a case here.
pub struct Ran {
    pub outcome: Option<Outcome>,
    pub history: Vec<Value>,
}

/// The recorder replaced the names of the machine and its execution, so any will do.
const MACHINE: &str = "machine";
const EXECUTION: &str = "execution";

pub fn run(case: &Case, input_text: &str) -> Result<Ran, String> {
    let machine =
        comanda_asl::from_value(&case.definition).ok_or("the definition is no machine")?;
    let definition = Definition::compile(&machine).map_err(|error| error.to_string())?;
    let account = Account {
        region: "us-east-1".to_owned(),
        id: "111111111111".to_owned(),
        role_arn: Arc::from(role(case)),
    };
    let begin: Timestamp = "2026-01-01T00:00:00Z".parse().map_err(|_| "no time")?;
    let mut world = VirtualTime::in_account(account, begin, 1);
    let kind = if case.express {
        WorkflowKind::Express
    } else {
        WorkflowKind::Standard
    };
    world.register(MACHINE, kind, Arc::new(definition));
    let input =
        Json::from_text(input_text).map_err(|error| format!("the input is no JSON: {error}"))?;
    let side_calls = case.fixtures["side_calls"].as_array();
    if side_calls
        .into_iter()
        .flatten()
        .any(|call| call["op"] == "delete_activity")
    {
        world.activity_exists(ACTIVITY.1, false);
    }
    let arn = world
        .start(MACHINE, EXECUTION, input)
        .map_err(|error| error.to_string())?;
    if case.needs.iter().any(|need| need == "external_stop") {
        world.stop(&arn, None, None);
    }
    let mut recording = Recording {
        case,
        used: vec![false; case.invocations.len()],
        lost: 0,
    };
    loop {
        while let Some(call) = world.next_call() {
            recording.answer(&mut world, &call);
        }
        if !world.fire_next_timer() {
            break;
        }
    }
    let history = world
        .history(&arn)
        .iter()
        .map(|event| serde_json::to_value(event).map_err(|error| error.to_string()))
        .collect::<Result<Vec<_>, _>>()?;
    let outcome = world
        .execution(&arn)
        .and_then(|execution| execution.outcome().cloned());
    Ok(Ran { outcome, history })
}

fn role(case: &Case) -> &str {
    let started = case.events().and_then(|events| events.first());
    started
        .and_then(|event| event["executionStartedEventDetails"]["roleArn"].as_str())
        .unwrap_or("snf_role_arn")
}

struct Recording<'case> {
    case: &'case Case,
    used: Vec<bool>,
    /// How many results were looked up among the events.
    lost: usize,
}

impl Recording<'_> {
    fn answer(&mut self, world: &mut VirtualTime, call: &TaskCall) {
        let Some(invocation) = self.find(call) else {
            if let Some(result) =
                fixtures::answer(&self.case.fixtures, &self.case.expected["output"], call)
            {
                let _ = world.complete(&call.task, result);
            }
            return;
        };
        if call.request.resource.contains(":activity:") {
            let _ = world.activity_started(&call.task, self.worker());
        }
        if !invocation["submitted"].is_null() {
            let _ = world.submitted(&call.task, document(&invocation["submitted"]["output"]));
        }
        let result = self.result(&invocation);
        let text = |field: &str| match &result[field] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let answer = match result["type"].as_str() {
            Some(kind) if kind.ends_with("Succeeded") => {
                Answer::Now(Ok(document(&result["output"])))
            }
            Some(kind) if kind.ends_with("Failed") && !is_too_large(&result) => {
                Answer::Now(Err(TaskError {
                    error: text("error"),
                    cause: text("cause"),
                }))
            }
            Some(kind) if kind.ends_with("Failed") => Answer::Now(Ok(too_large())),
            // A timeout is for the engine to find.
            _ => Answer::Later,
        };
        if let Answer::Now(result) = answer {
            let _ = world.complete(&call.task, result);
        }
    }

    /// The first recorded call of this kind that was not used yet, preferring one with the same request.
    fn find(&mut self, call: &TaskCall) -> Option<Value> {
        let (service, action) = name(&call.request.target());
        let fits = |invocation: &Value| {
            invocation["service"] == service
                && same(&invocation["action"], &Value::from(action.as_str()), "").is_ok()
        };
        let given = call.request.arguments.value();
        let open = |(place, invocation): &(usize, &Value)| !self.used[*place] && fits(invocation);
        let all = || self.case.invocations.iter().enumerate();
        let exact = all()
            .filter(open)
            .find(|(_, invocation)| same(&invocation["request"], given, "").is_ok());
        let (place, invocation) = exact.or_else(|| all().find(open))?;
        let invocation = invocation.clone();
        self.used[place] = true;
        Some(invocation)
    }

    /// What came of a call. Where the recorder sorted the events of a Parallel, it lost which call they belong to.
    fn result(&mut self, invocation: &Value) -> Value {
        if !invocation["result"].is_null() {
            return invocation["result"].clone();
        }
        let known = self
            .case
            .invocations
            .iter()
            .filter(|invocation| !invocation["result"].is_null())
            .count();
        let ends = [
            "TaskSucceeded",
            "TaskFailed",
            "LambdaFunctionSucceeded",
            "LambdaFunctionFailed",
        ];
        let mut over = self
            .case
            .events()
            .into_iter()
            .flatten()
            .filter(|event| ends.iter().any(|kind| event["type"] == *kind));
        let Some(event) = over.nth(known + self.lost) else {
            return Value::Null;
        };
        self.lost += 1;
        let details = event
            .as_object()
            .and_then(|fields| fields.iter().find(|(key, _)| key.ends_with("Details")));
        let mut result = details.map_or(Value::Null, |(_, details)| details.clone());
        result["type"] = event["type"].clone();
        result
    }

    fn worker(&self) -> Option<String> {
        let started = self
            .case
            .events()?
            .iter()
            .find_map(|event| event["activityStartedEventDetails"]["workerName"].as_str());
        started.map(str::to_owned)
    }
}

/// The engine itself finds that a result is too large; the recording only tells that it did.
fn is_too_large(result: &Value) -> bool {
    result["error"] == "States.DataLimitExceeded"
}

fn too_large() -> Json {
    Json::new(Value::from("x".repeat(300 * 1024)))
}

/// An output as the recorder left it: objects are parsed, everything else is text.
fn document(output: &Value) -> Json {
    match output {
        Value::String(text) => Json::from_text(text).unwrap_or_else(|_| Json::new(output.clone())),
        other => Json::new(other.clone()),
    }
}

/// The service and the action as the recorder names them.
fn name(resource: &Resource) -> (String, String) {
    let pattern = |pattern: Pattern| match pattern {
        Pattern::RequestResponse => "",
        Pattern::Sync => ".sync",
        Pattern::Sync2 => ".sync:2",
        Pattern::WaitForTaskToken => ".waitForTaskToken",
    };
    match resource {
        Resource::Service(call) => (
            call.service.clone(),
            format!("{}{}", call.action, pattern(call.pattern)),
        ),
        Resource::Sdk(call) => (
            format!("aws-sdk:{}", call.service),
            format!("{}{}", call.action, pattern(call.pattern)),
        ),
        Resource::Activity { .. } => ("activity".to_owned(), ACTIVITY.0.to_owned()),
        Resource::Lambda { arn } => ("lambda".to_owned(), arn.clone()),
        other => (String::new(), other.to_string()),
    }
}
