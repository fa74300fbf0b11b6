//! Many executions in virtual time: waiting costs nothing, and one seed decides everything.
//!
//! Tasks queue up as [`TaskCall`]s; whoever does them takes them ([`VirtualTime::next_call`]) and answers at once or later
//! ([`VirtualTime::complete`], [`VirtualTime::complete_token`]). Nested executions (`states:startExecution`) of machines
//! known here are started here. Time moves only when told to ([`VirtualTime::fire_next_timer`], [`VirtualTime::wait_until`]).

mod account;
mod answer;
mod call;
mod children;
mod digest;
mod drive;
mod nested;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;

use comanda_asl::WorkflowKind;
use jiff::Timestamp;

use crate::definition::Definition;
use crate::event::{Effect, Event, TaskId, TimerId};
use crate::execution::{Execution, Start};
use crate::history::HistoryEvent;
use crate::json::Json;
use crate::seed::Chance;
use crate::step::step;
use nested::Parent;

pub use account::Account;
pub use call::{StartError, TaskCall, TaskError, TaskGone, TaskRef, TaskResult, TokenError};
pub use children::Child;
pub use drive::{Answer, Tasks};

/// Executions, the time they share, and the tasks they wait for.
#[derive(Debug, Clone)]
pub struct VirtualTime {
    now: Timestamp,
    account: Account,
    chance: Chance,
    machines: BTreeMap<Arc<str>, Machine>,
    executions: Vec<Running>,
    by_arn: BTreeMap<Arc<str>, usize>,
    timers: BinaryHeap<Reverse<(Timestamp, u64, usize, TimerId)>>,
    cancelled_timers: BTreeSet<(usize, TimerId)>,
    timers_set: u64,
    calls: VecDeque<TaskCall>,
    tokens: BTreeMap<Arc<str>, TaskRef>,
    /// The nested executions that tasks wait for.
    nested: BTreeMap<TaskRef, usize>,
    ended: VecDeque<Arc<str>>,
    missing_activities: BTreeSet<Arc<str>>,
    /// The child executions of distributed Maps.
    children: BTreeMap<Arc<str>, Child>,
    /// Events on their way. One is worked off after the other, so that effects are done in order.
    inbox: VecDeque<(usize, Event)>,
    delivering: bool,
    /// Whether histories are kept.
    remembers: bool,
}

#[derive(Debug, Clone)]
struct Machine {
    name: Arc<str>,
    kind: WorkflowKind,
    definition: Arc<Definition>,
}

#[derive(Debug, Clone)]
struct Running {
    execution: Execution,
    history: Vec<HistoryEvent>,
    parent: Option<Parent>,
}

impl VirtualTime {
    /// No machines, no executions, and the time it is.
    pub fn new(now: Timestamp, seed: u64) -> VirtualTime {
        VirtualTime::in_account(Account::default(), now, seed)
    }

    /// The same, in another account or region.
    pub fn in_account(account: Account, now: Timestamp, seed: u64) -> VirtualTime {
        VirtualTime {
            now,
            account,
            chance: Chance::new(seed),
            machines: BTreeMap::new(),
            executions: Vec::new(),
            by_arn: BTreeMap::new(),
            timers: BinaryHeap::new(),
            cancelled_timers: BTreeSet::new(),
            timers_set: 0,
            calls: VecDeque::new(),
            tokens: BTreeMap::new(),
            nested: BTreeMap::new(),
            ended: VecDeque::new(),
            missing_activities: BTreeSet::new(),
            children: BTreeMap::new(),
            inbox: VecDeque::new(),
            delivering: false,
            remembers: true,
        }
    }

    /// Makes a machine known; its ARN is what comes back.
    pub fn register(
        &mut self,
        name: &str,
        kind: WorkflowKind,
        definition: Arc<Definition>,
    ) -> Arc<str> {
        self.register_at(name, name, kind, definition)
    }

    /// The same for a machine that is known elsewhere: `arn` is its ARN there, or its name where it has none.
    pub fn register_at(
        &mut self,
        arn: &str,
        name: &str,
        kind: WorkflowKind,
        definition: Arc<Definition>,
    ) -> Arc<str> {
        let arn: Arc<str> = if arn.starts_with("arn:") {
            Arc::from(arn)
        } else {
            Arc::from(self.arn("stateMachine", arn))
        };
        self.machines.insert(
            Arc::clone(&arn),
            Machine {
                name: Arc::from(name),
                kind,
                definition,
            },
        );
        arn
    }

    /// Keeps no histories: for those who make many worlds, or copies of one, and look at states only.
    pub fn forget_histories(&mut self) {
        self.remembers = false;
    }

    fn arn(&self, kind: &str, name: &str) -> String {
        format!(
            "arn:aws:states:{}:{}:{kind}:{name}",
            self.account.region, self.account.id
        )
    }

    /// Starts an execution of a machine, which is given by its name or its ARN; the execution's ARN is what comes back.
    pub fn start(
        &mut self,
        machine: &str,
        name: &str,
        input: Json,
    ) -> Result<Arc<str>, StartError> {
        self.start_for(machine, Some(name), input, None)
    }

    fn start_for(
        &mut self,
        machine: &str,
        name: Option<&str>,
        input: Json,
        parent: Option<Parent>,
    ) -> Result<Arc<str>, StartError> {
        let machine_arn = self
            .machine_arn(machine)
            .ok_or_else(|| StartError::NoSuchMachine(machine.to_owned()))?;
        let (definition, kind, machine_name) = match self.machines.get(&machine_arn) {
            Some(machine) => (
                Arc::clone(&machine.definition),
                machine.kind,
                Arc::clone(&machine.name),
            ),
            None => return Err(StartError::NoSuchMachine(machine.to_owned())),
        };
        let name = name.map_or_else(|| self.chance.next_uuid(), str::to_owned);
        let arn: Arc<str> = Arc::from(self.arn("execution", &format!("{machine_name}:{name}")));
        if self.by_arn.contains_key(&arn) {
            return Err(StartError::AlreadyExists(arn.to_string()));
        }
        let execution = Execution::new(
            definition,
            Start {
                execution_arn: Arc::clone(&arn),
                execution_name: Arc::from(name),
                state_machine_arn: machine_arn,
                state_machine_name: machine_name,
                role_arn: Arc::clone(&self.account.role_arn),
                kind,
                input,
                seed: self.chance.next_bits(),
            },
        );
        let index = self.executions.len();
        if let Some(parent) = &parent {
            self.nested.insert(parent.task.clone(), index);
        }
        self.executions.push(Running {
            execution,
            history: Vec::new(),
            parent,
        });
        self.by_arn.insert(Arc::clone(&arn), index);
        for activity in self.missing_activities.clone() {
            let exists = false;
            self.send(index, Event::ActivityExists { activity, exists });
        }
        self.send(index, Event::Begin);
        Ok(arn)
    }

    fn machine_arn(&self, machine: &str) -> Option<Arc<str>> {
        let arn = if machine.starts_with("arn:") {
            machine.to_owned()
        } else {
            self.arn("stateMachine", machine)
        };
        self.machines
            .get_key_value(arn.as_str())
            .map(|(arn, _)| Arc::clone(arn))
    }

    /// Stops an execution.
    pub fn stop(&mut self, arn: &str, error: Option<String>, cause: Option<String>) {
        if let Some(index) = self.by_arn.get(arn).copied() {
            self.send(index, Event::Stop { error, cause });
        }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// An execution by its ARN.
    pub fn execution(&self, arn: &str) -> Option<&Execution> {
        self.running(arn).map(|running| &running.execution)
    }

    /// The history of an execution so far.
    pub fn history(&self, arn: &str) -> &[HistoryEvent] {
        self.running(arn).map_or(&[], |running| &running.history)
    }

    fn running(&self, arn: &str) -> Option<&Running> {
        self.executions.get(*self.by_arn.get(arn)?)
    }

    /// All executions, in the order they were started.
    pub fn executions(&self) -> impl Iterator<Item = &Execution> {
        self.executions.iter().map(|running| &running.execution)
    }

    /// The next execution that ended and was not asked for yet.
    pub fn next_ended(&mut self) -> Option<Arc<str>> {
        self.ended.pop_front()
    }

    /// The next task that is to be done, in the order the executions asked.
    pub fn next_call(&mut self) -> Option<TaskCall> {
        loop {
            let call = self.calls.pop_front()?;
            // It may have been called off while it stood here.
            if self.waiting(&call.task).is_some() {
                return Some(call);
            }
        }
    }

    /// The place of the execution that waits for a task.
    fn waiting(&self, task: &TaskRef) -> Option<usize> {
        let index = self.by_arn.get(&task.execution).copied()?;
        let running = self.executions.get(index)?;
        running.execution.is_waiting_for(task.task).then_some(index)
    }

    /// When the next timer is due.
    pub fn next_timer(&mut self) -> Option<Timestamp> {
        while let Some(Reverse((at, _, index, timer))) = self.timers.peek().copied() {
            if !self.cancelled_timers.remove(&(index, timer)) {
                return Some(at);
            }
            self.timers.pop();
        }
        None
    }

    /// Moves time to the next timer and lets its execution go on. False where there is none.
    /// Timers of the same moment fire in the order they were set.
    pub fn fire_next_timer(&mut self) -> bool {
        if self.next_timer().is_none() {
            return false;
        }
        let Some(Reverse((at, _, index, timer))) = self.timers.pop() else {
            return false;
        };
        self.now = self.now.max(at);
        self.send(index, Event::TimerFired { timer });
        true
    }

    /// Moves time to the given moment, but not past the next timer; the time it is then comes back.
    pub fn wait_until(&mut self, moment: Timestamp) -> Timestamp {
        let reachable = self.next_timer().map_or(moment, |timer| timer.min(moment));
        self.now = self.now.max(reachable);
        self.now
    }

    /// Lets an execution react, and does what it wants done; what that leads to in other executions too.
    fn send(&mut self, index: usize, event: Event) {
        self.inbox.push_back((index, event));
        if self.delivering {
            return;
        }
        self.delivering = true;
        let mut effects = Vec::new();
        while let Some((index, event)) = self.inbox.pop_front() {
            if let Some(running) = self.executions.get_mut(index) {
                step(&mut running.execution, event, self.now, &mut effects);
            }
            for effect in effects.drain(..) {
                self.apply(index, effect);
            }
        }
        self.delivering = false;
    }

    fn apply(&mut self, index: usize, effect: Effect) {
        match effect {
            Effect::Record(event) => {
                if self.remembers
                    && let Some(running) = self.executions.get_mut(index)
                {
                    running.history.push(event);
                }
            }
            Effect::SetTimer { timer, at } => {
                self.timers_set += 1;
                self.timers
                    .push(Reverse((at, self.timers_set, index, timer)));
            }
            Effect::CancelTimer { timer } => {
                self.cancelled_timers.insert((index, timer));
            }
            Effect::CancelTask { task } => self.call_off(index, task),
            Effect::ChildStarted(_) | Effect::RecordChild { .. } | Effect::ChildEnded { .. } => {
                self.note_child(effect);
            }
            // The execution itself tells how its map runs stand.
            Effect::MapRun(_) => {}
            Effect::RunTask(request) => self.ask(index, *request),
            Effect::Ended(outcome) => {
                let arn = self
                    .executions
                    .get(index)
                    .map(|running| Arc::clone(&running.execution.start().execution_arn));
                self.ended.extend(arn);
                self.tell_parent(index, &outcome);
            }
        }
    }

    fn ask(&mut self, index: usize, request: crate::event::TaskRequest) {
        let Some(running) = self.executions.get(index) else {
            return;
        };
        let start = running.execution.start();
        let task = TaskRef {
            execution: Arc::clone(&start.execution_arn),
            task: request.task,
        };
        if let Some(token) = &request.token {
            self.tokens.insert(Arc::from(token.as_str()), task.clone());
        }
        let call = TaskCall {
            task,
            state_machine: Arc::clone(&start.state_machine_name),
            request,
        };
        if let Some(call) = self.start_nested(call) {
            self.calls.push_back(call);
        }
    }

    /// Nobody waits for a task any more: a nested execution is stopped.
    fn call_off(&mut self, index: usize, task: TaskId) {
        let Some(running) = self.executions.get(index) else {
            return;
        };
        let execution = Arc::clone(&running.execution.start().execution_arn);
        self.stop_nested(&TaskRef { execution, task });
    }
}
