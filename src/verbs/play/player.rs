//! Plays executions in virtual time and answers their tasks from the mocks.

use std::{collections::BTreeMap, sync::Arc};

use comanda_asl::{Integration, Pattern, Resource};
use comanda_engine::{
    Json, TaskToken,
    virtual_time::{TaskCall, TaskError, TaskRef, TaskResult, VirtualTime},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{
    mocks::{Answer, Found, Heartbeats, Mocks, What, evaluate},
    objects,
    story::{Story, short},
    trouble,
};
use crate::{failure::Failure, report::Source};

/// Executions that start one another without end are stopped here.
const EXECUTIONS_MAX: usize = 10_000;

/// Data on a line is cut to this.
const CALL_CHARACTERS: usize = 60;

/// The executions, and what they are answered when.
pub struct Player {
    /// Where the executions run.
    pub time: VirtualTime,
    /// What tasks are answered.
    pub mocks: Mocks,
    /// The definitions' texts by workflow, for mistakes to point into.
    pub sources: BTreeMap<String, Source>,
    /// What happened.
    pub story: Story,
    /// How often each state asked.
    pub asked: BTreeMap<Arc<str>, u64>,
    due: BTreeMap<(Timestamp, u64), Due>,
    numbered: u64,
}

/// Something that outside parties do later.
#[derive(Debug)]
enum Due {
    Answer(TaskRef, TaskResult),
    Heartbeat(TaskToken, Heartbeats),
}

impl Player {
    pub fn new(time: VirtualTime, mocks: Mocks, sources: BTreeMap<String, Source>) -> Player {
        Player {
            time,
            mocks,
            sources,
            story: Story::default(),
            asked: BTreeMap::new(),
            due: BTreeMap::new(),
            numbered: 0,
        }
    }

    /// Plays until nothing is left to do.
    pub fn play(&mut self) -> Result<(), Failure> {
        loop {
            while let Some(call) = self.time.next_call() {
                self.answer(&call)?;
            }
            if self.time.executions().count() > EXECUTIONS_MAX {
                return Err(Failure::new(format!(
                    "more than {EXECUTIONS_MAX} executions were started"
                ))
                .help("does a workflow start itself?"));
            }
            self.story.catch_up(&self.time);
            let timer = self.time.next_timer();
            let due = self.due.first_key_value().map(|((at, _), _)| *at);
            match (due, timer) {
                (None, None) => return Ok(()),
                // What happens in the same moment as a timeout has just come in time.
                (Some(due), timer) if timer.is_none_or(|timer| due <= timer) => self.do_next(due),
                _ => {
                    self.time.fire_next_timer();
                }
            }
        }
    }

    fn do_next(&mut self, at: Timestamp) {
        self.time.wait_until(at);
        let Some((_, due)) = self.due.pop_first() else {
            return;
        };
        match due {
            // Whoever comes too late has called for nothing: the execution has gone on.
            Due::Answer(task, result) => {
                let _ = self.time.complete(&task, result);
            }
            Due::Heartbeat(token, heartbeats) => {
                if self.time.heartbeat_token(token.as_str()).is_ok() {
                    self.beat(token, heartbeats);
                }
            }
        }
    }

    fn answer(&mut self, call: &TaskCall) -> Result<(), Failure> {
        let request = &call.request;
        *self
            .asked
            .entry(Arc::clone(&request.state_name))
            .or_default() += 1;
        self.story.catch_up(&self.time);
        self.story.call(
            self.time.now(),
            &call.state_machine,
            &request.state_name,
            format!(
                "calls {} with {}",
                request.resource,
                short(request.arguments.text(), CALL_CHARACTERS)
            ),
        );
        if let Some(result) = objects::answer(&self.mocks.files, call)? {
            let _ = self.time.complete(&call.task, result);
            return Ok(());
        }
        let (span, words) = match self.mocks.find(call) {
            Found::Answer(answer) => {
                let given = Given::of(answer, call);
                match given {
                    Ok(given) => {
                        self.give(call, given);
                        return Ok(());
                    }
                    Err(broken) => broken,
                }
            }
            Found::Nothing if objects::is_write(call) => {
                let _ = self.time.complete(&call.task, Ok(Json::new(json!({}))));
                return Ok(());
            }
            Found::Nothing => return Err(trouble::no_mock(self, call)),
            Found::UsedUp(span) => return Err(trouble::used_up(self, call, span)),
            Found::Broken(span, words) => (span, words),
        };
        Err(trouble::broken(self, span, &words))
    }

    fn give(&mut self, call: &TaskCall, given: Given) {
        let target = call.request.target();
        if matches!(target, Resource::Activity { .. }) {
            let _ = self
                .time
                .activity_started(&call.task, Some("mock".to_owned()));
        } else if target.pattern() != Pattern::RequestResponse
            && let Some(accepted) = given.accepted
        {
            let _ = self.time.submitted(&call.task, Json::new(accepted));
        }
        if let (Some(heartbeats), Some(token)) = (given.heartbeats, &call.request.token) {
            self.beat(token.clone(), heartbeats);
        }
        let Some(result) = given.result else {
            return;
        };
        if given.after.is_zero() {
            let _ = self.time.complete(&call.task, result);
        } else {
            let due = Due::Answer(call.task.clone(), result);
            self.later(given.after, due);
        }
    }

    fn beat(&mut self, token: TaskToken, heartbeats: Heartbeats) {
        let left = match heartbeats.times {
            Some(0) => return,
            Some(times) => Some(times - 1),
            None => None,
        };
        let next = Heartbeats {
            times: left,
            ..heartbeats
        };
        self.later(heartbeats.every, Due::Heartbeat(token, next));
    }

    fn later(&mut self, after: SignedDuration, due: Due) {
        let at = self.time.now().saturating_add(after);
        self.numbered += 1;
        // A length of time that ends after the year 9999 never ends.
        if let Ok(at) = at {
            self.due.insert((at, self.numbered), due);
        }
    }
}

/// An answer made ready for one call.
struct Given {
    /// None where nothing is ever said.
    result: Option<TaskResult>,
    after: SignedDuration,
    accepted: Option<Value>,
    heartbeats: Option<Heartbeats>,
}

impl Given {
    fn of(answer: &Answer, call: &TaskCall) -> Result<Given, (comanda_asl::json::Span, String)> {
        let input = call.request.arguments.value();
        let computed = |value: &Value| evaluate(value, input).map_err(|words| (answer.span, words));
        let result = match &answer.what {
            What::Result(value) => Some(Ok(Json::new(computed(value)?))),
            What::Payload(value) => {
                let payload = computed(value)?;
                Some(Ok(Json::new(returned(payload, &call.request.target()))))
            }
            What::Error { error, cause } => Some(Err(TaskError {
                error: error.clone(),
                cause: cause.clone(),
            })),
            What::Never => None,
        };
        Ok(Given {
            result,
            after: answer.after,
            accepted: answer.accepted.clone(),
            heartbeats: answer.heartbeats,
        })
    }
}

/// What `lambda:invoke` makes of a function's payload. By its own ARN, or with a token, it is the payload alone.
fn returned(payload: Value, target: &Resource) -> Value {
    match target {
        Resource::Service(Integration {
            service,
            action,
            pattern: Pattern::RequestResponse,
            ..
        }) if service == "lambda" && action == "invoke" => {
            json!({ "ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": 200 })
        }
        _ => payload,
    }
}
