//! Executions and task tokens in memory, with Step Functions' rules about names and tokens (providers §4.5): records what was
//! started and completed, runs nothing.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Mutex,
};

use serde_json::Value;

use super::lock;
use crate::ports::{Answer, Completion, OutageError, Started, SyncEnd, Workflows};

/// One execution that was started.
#[derive(Debug, Clone, PartialEq)]
pub struct StartedExecution {
    /// Which workflow.
    pub workflow: String,
    /// Under which name.
    pub name: String,
    /// With what.
    pub input: Value,
    /// Whether it still runs; the test ends it.
    pub running: bool,
}

/// Where a task token stands.
#[derive(Debug, Clone, PartialEq)]
pub enum TokenState {
    /// A step waits for it.
    Open,
    /// Completed with this.
    Succeeded(Value),
    /// Completed with this error name.
    Failed(String),
    /// The step timed out or its execution ended.
    Closed,
}

/// Records starts and completions.
#[derive(Default)]
pub struct MemoryWorkflows {
    state: Mutex<State>,
}

/// What a workflow that runs at once comes to.
pub type Run = fn(&Value) -> SyncEnd;

#[derive(Default)]
struct State {
    /// The workflows that there are; any, where none was defined.
    defined: BTreeMap<String, Run>,
    started: Vec<StartedExecution>,
    tokens: BTreeMap<String, TokenState>,
    sync_ends: VecDeque<SyncEnd>,
}

impl MemoryWorkflows {
    /// There is this workflow, and from now on no other but those that are defined.
    pub fn define(&self, workflow: impl Into<String>, run: Run) {
        lock(&self.state).defined.insert(workflow.into(), run);
    }

    /// A step begins to wait with this token.
    pub fn open_token(&self, token: impl Into<String>) {
        lock(&self.state)
            .tokens
            .insert(token.into(), TokenState::Open);
    }

    /// The step of this token times out, if it still waits.
    pub fn close_token(&self, token: &str) {
        if let Some(state) = lock(&self.state).tokens.get_mut(token)
            && *state == TokenState::Open
        {
            *state = TokenState::Closed;
        }
    }

    /// Where a token stands, or `None` if it was never opened.
    #[must_use]
    pub fn token(&self, token: &str) -> Option<TokenState> {
        lock(&self.state).tokens.get(token).cloned()
    }

    /// All that was started, in order; a repeated start is not here twice.
    #[must_use]
    pub fn started(&self) -> Vec<StartedExecution> {
        lock(&self.state).started.clone()
    }

    /// The execution of this name ends.
    pub fn end(&self, workflow: &str, name: &str) {
        for execution in &mut lock(&self.state).started {
            if execution.workflow == workflow && execution.name == name {
                execution.running = false;
            }
        }
    }

    /// AWS forgets the name: 90 days after its execution closed it may be used again.
    pub fn forget(&self, workflow: &str, name: &str) {
        let is_it = |execution: &StartedExecution| {
            execution.workflow == workflow && execution.name == name && !execution.running
        };
        lock(&self.state)
            .started
            .retain(|execution| !is_it(execution));
    }

    /// The next synchronous execution ends like this; without one prepared it succeeds with `null`.
    pub fn next_sync_end(&self, end: SyncEnd) {
        lock(&self.state).sync_ends.push_back(end);
    }

    fn complete(&self, token: &str, end: TokenState) -> Completion {
        match lock(&self.state).tokens.get_mut(token) {
            None => Completion::Invalid,
            Some(state) if *state == TokenState::Open => {
                *state = end;
                Completion::Accepted
            }
            Some(_) => Completion::TooLate,
        }
    }
}

impl State {
    /// What the workflow comes to at once, where it was defined. An error where there is no such workflow.
    fn run(&self, workflow: &str) -> Result<Option<Run>, OutageError> {
        let run = self.defined.get(workflow).copied();
        if run.is_none() && !self.defined.is_empty() {
            return Err(OutageError::NotDone {
                party: "step functions",
                detail: "StateMachineDoesNotExist".to_owned(),
            });
        }
        Ok(run)
    }

    fn start(&mut self, workflow: &str, name: &str, input: Value, running: bool) -> Started {
        let same = self
            .started
            .iter()
            .find(|execution| execution.workflow == workflow && execution.name == name);
        match same {
            Some(execution) if execution.running && execution.input == input => Started::Running,
            Some(_) => Started::AlreadyExists,
            None => {
                self.started.push(StartedExecution {
                    workflow: workflow.into(),
                    name: name.into(),
                    input,
                    running,
                });
                Started::Running
            }
        }
    }
}

impl Workflows for MemoryWorkflows {
    fn start<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, Started, OutageError> {
        Box::pin(async move {
            let mut state = lock(&self.state);
            state.run(workflow)?;
            Ok(state.start(workflow, name, input, true))
        })
    }

    fn start_sync<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, SyncEnd, OutageError> {
        Box::pin(async move {
            let mut state = lock(&self.state);
            let defined = state.run(workflow)?.map(|run| run(&input));
            // Express executions of one name are independent of each other: the name decides nothing.
            state.started.push(StartedExecution {
                workflow: workflow.into(),
                name: name.into(),
                input,
                running: false,
            });
            let prepared = state.sync_ends.pop_front();
            let end = prepared.or(defined);
            Ok(end.unwrap_or(SyncEnd::Succeeded(Value::Null)))
        })
    }

    fn succeed<'a>(&'a self, token: &'a str, output: Value) -> Answer<'a, Completion, OutageError> {
        Box::pin(async move { Ok(self.complete(token, TokenState::Succeeded(output))) })
    }

    fn fail<'a>(
        &'a self,
        token: &'a str,
        error: &'a str,
        _cause: &'a str,
    ) -> Answer<'a, Completion, OutageError> {
        Box::pin(async move { Ok(self.complete(token, TokenState::Failed(error.into()))) })
    }
}
