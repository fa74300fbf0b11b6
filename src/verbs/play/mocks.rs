//! What tasks are answered while a definition is played: by state, else by resource. How it is written is `read.rs`'s business,
//! and for the format of Step Functions Local, `local.rs`'s.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use comanda_asl::{Resource, WorkflowKind, json::Span};
use comanda_engine::{
    test_state::{TestWorld, read_request, test_state},
    virtual_time::TaskCall,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::report::Source;

/// Everything a mock file says.
#[derive(Debug, Default)]
pub struct Mocks {
    /// The file, for mistakes to point into.
    pub source: Option<Source>,
    /// When the play begins.
    pub start: Option<Timestamp>,
    /// Answers by the name of the state that asks.
    pub states: BTreeMap<String, Answers>,
    /// Answers by resource: its ARN, the function's name, or `service:action`.
    pub resources: BTreeMap<String, Answers>,
    /// Definitions of other workflows, by their names.
    pub workflows: BTreeMap<String, Workflow>,
    /// Local files that stand for objects, by `s3://bucket/key`.
    pub files: BTreeMap<String, PathBuf>,
    /// What stands for `${Name}` in definitions.
    pub values: BTreeMap<String, String>,
}

/// Another workflow, which tasks may start.
#[derive(Debug)]
pub struct Workflow {
    /// What tasks start it by: an ARN, or its name.
    pub arn: String,
    /// Its file.
    pub definition: PathBuf,
    /// Standard or Express.
    pub kind: WorkflowKind,
    /// Answers for its own states.
    pub states: BTreeMap<String, Answers>,
}

/// Answers to one state or resource. The first that fits and is not used up is given.
#[derive(Debug, Default)]
pub struct Answers {
    /// In order.
    pub list: Vec<Answer>,
    /// Where the state's or resource's name stands in the mock file.
    pub name_span: Span,
    /// How many calls asked here.
    pub calls: u64,
}

/// One answer.
#[derive(Debug)]
pub struct Answer {
    /// Only to calls for which this expression over `$states.input` is true.
    pub when: Option<String>,
    /// What is said.
    pub what: What,
    /// How long it takes.
    pub after: SignedDuration,
    /// How many calls it serves; none is without end.
    pub times: Option<u64>,
    /// How many it has served.
    pub used: u64,
    /// What the service answers at once, where the result comes by token or at the job's end; none where it refuses.
    pub accepted: Option<Value>,
    /// Signs of life until then.
    pub heartbeats: Option<Heartbeats>,
    /// Where it stands in the mock file.
    pub span: Span,
}

/// What is said.
#[derive(Debug, Clone)]
pub enum What {
    /// The task succeeds with this.
    Result(Value),
    /// The function returns this; `lambda:invoke` wraps it.
    Payload(Value),
    /// The task fails.
    Error {
        /// The error's name.
        error: Option<String>,
        /// What is said about it.
        cause: Option<String>,
    },
    /// Nothing, ever.
    Never,
}

/// Signs of life.
#[derive(Debug, Clone, Copy)]
pub struct Heartbeats {
    /// How far apart.
    pub every: SignedDuration,
    /// How many; none goes on until the answer.
    pub times: Option<u64>,
}

/// What was found for a call.
pub enum Found<'mocks> {
    /// An answer.
    Answer(&'mocks mut Answer),
    /// There are answers, and none is left or none fits.
    UsedUp(Span),
    /// Nobody thought of this call.
    Nothing,
    /// A `when` or a computed result cannot be evaluated.
    Broken(Span, String),
}

impl Mocks {
    /// The answer to a call, which is used by this.
    pub fn find(&mut self, call: &TaskCall) -> Found<'_> {
        let request = &call.request;
        let own = self
            .workflows
            .get_mut(&*call.state_machine)
            .and_then(|workflow| workflow.states.get_mut(&*request.state_name));
        let answers = match own {
            Some(answers) => Some(answers),
            None => match self.states.get_mut(&*request.state_name) {
                Some(answers) => Some(answers),
                None => resource_keys(call)
                    .into_iter()
                    .find(|key| self.resources.contains_key(key))
                    .and_then(|key| self.resources.get_mut(&key)),
            },
        };
        match answers {
            Some(answers) => answers.next(request.arguments.value()),
            None => Found::Nothing,
        }
    }

    /// Answers that no call asked for: name and place.
    pub fn unused(&self) -> Vec<&str> {
        let own = self
            .workflows
            .values()
            .flat_map(|workflow| &workflow.states);
        self.states
            .iter()
            .chain(&self.resources)
            .chain(own)
            .filter(|(_, answers)| answers.calls == 0)
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

impl Answers {
    fn next(&mut self, input: &Value) -> Found<'_> {
        self.calls += 1;
        let mut place = None;
        for (index, answer) in self.list.iter().enumerate() {
            if answer.times.is_some_and(|times| answer.used >= times) {
                continue;
            }
            let fits = match &answer.when {
                None => Ok(Value::Bool(true)),
                Some(when) => evaluate(&Value::from(when.as_str()), input),
            };
            match fits {
                Ok(Value::Bool(true)) => {
                    place = Some(index);
                    break;
                }
                Ok(_) => {}
                Err(words) => return Found::Broken(answer.span, words),
            }
        }
        match place.and_then(|index| self.list.get_mut(index)) {
            Some(answer) => {
                answer.used += 1;
                Found::Answer(answer)
            }
            None => Found::UsedUp(self.name_span),
        }
    }
}

/// The names by which `resources` may know what is called, as exact as possible first.
fn resource_keys(call: &TaskCall) -> Vec<String> {
    let request = &call.request;
    let mut keys = vec![request.resource.to_string()];
    let mut function = |name: &str| {
        keys.push(name.to_owned());
        // arn:aws:lambda:region:account:function:NAME, perhaps with a version behind it
        keys.extend(name.split(':').nth(6).map(str::to_owned));
    };
    match request.target() {
        Resource::Lambda { arn } => function(&arn),
        Resource::Activity { arn } => keys.extend(arn.split(':').nth(6).map(str::to_owned)),
        Resource::Service(integration) => {
            if let Some(name) = request.arguments.value()["FunctionName"].as_str() {
                function(name);
            }
            keys.push(format!("{}:{}", integration.service, integration.action));
        }
        Resource::Sdk(integration) => keys.push(format!(
            "aws-sdk:{}:{}",
            integration.service, integration.action
        )),
        _ => {}
    }
    keys
}

/// A value with its `{% … %}` replaced by what they give; `$states.input` is what the task was given.
pub fn evaluate(template: &Value, input: &Value) -> Result<Value, String> {
    if !has_expression(template) {
        return Ok(template.clone());
    }
    let pass = json!({
        "QueryLanguage": "JSONata",
        "StartAt": "mock",
        "States": { "mock": { "Type": "Pass", "Output": template, "End": true } },
    });
    let world = TestWorld {
        region: Arc::from("us-east-1"),
        account_id: Arc::from("000000000000"),
        now: Timestamp::UNIX_EPOCH,
        seed: 1,
    };
    let body = json!({ "definition": pass.to_string(), "input": input.to_string() });
    let tested = read_request(&body, &world)
        .and_then(|test| test_state(&test))
        .map_err(|error| error.to_string())?;
    match tested.output {
        Some(output) => Ok(output.into_value()),
        None => Err(tested.cause.as_deref().unwrap_or_default().to_owned()),
    }
}

fn has_expression(value: &Value) -> bool {
    match value {
        Value::String(text) => text.starts_with("{%"),
        Value::Array(elements) => elements.iter().any(has_expression),
        Value::Object(members) => members.values().any(has_expression),
        _ => false,
    }
}
