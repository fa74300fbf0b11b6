//! The folded graph as a state machine.

use comanda_asl::model;
use comanda_asl::model::{Source, StateKind as AslKind};
use serde_json::Value;

use super::jsonata::{self, Words};
use super::template::{expression, template};
use crate::draft::{
    Answer, Argument, Draft, Edge, MachineId, Retrier, Role, State, StateId, StateKind, Target,
    TaskState, WaitUntil,
};
use crate::expression::node::NodeRef;

/// A machine or a body.
pub(crate) struct Printed {
    pub(crate) start_at: String,
    pub(crate) states: model::States,
}

/// Prints a folded draft.
pub(crate) fn machine(draft: &Draft) -> model::StateMachine {
    let printed = Printer { draft }.machine(MachineId(0));
    model::StateMachine {
        query_language: Some(model::QueryLanguage::Jsonata),
        states: printed.states,
        ..model::StateMachine::starting_at(printed.start_at)
    }
}

struct Printer<'a> {
    draft: &'a Draft,
}

/// Where an edge leads, and what it leaves as the output.
struct Way {
    next: String,
    output: Option<Value>,
    assign: Option<model::Fields>,
}

impl Printer<'_> {
    fn machine(&self, id: MachineId) -> Printed {
        let start = self
            .draft
            .machine(id)
            .and_then(|machine| self.draft.edge(machine.start));
        let first = start.and_then(|edge| match edge.to {
            Target::State(first) => Some(first),
            _ => None,
        });
        let mut order = Vec::new();
        if let Some(first) = first {
            self.collect(first, &mut order);
        }
        let mut states = model::States::new();
        let end = self.end_name(id);
        let mut ends = false;
        for (state, printed) in order
            .iter()
            .filter_map(|id| Some((*id, self.draft.state(*id)?)))
        {
            states.insert(printed.name.clone(), self.state(state, printed, &end));
            ends |= self
                .draft
                .out(state)
                .any(|(_, edge)| needs_end(printed, edge));
        }
        if ends {
            states.insert(end, model::State::new(model::Succeed));
        }
        let start_at = first
            .and_then(|first| self.draft.state(first))
            .map_or_else(String::new, |state| state.name.clone());
        Printed { start_at, states }
    }

    /// In the order in which a reader meets them: the way on before what is caught.
    fn collect(&self, id: StateId, order: &mut Vec<StateId>) {
        if order.contains(&id) {
            return;
        }
        order.push(id);
        for (_, edge) in self.draft.out(id) {
            if let Target::State(next) = edge.to {
                self.collect(next, order);
            }
        }
    }

    /// A name for the state that what cannot end by itself ends in; no step has it.
    fn end_name(&self, id: MachineId) -> String {
        let machine = self.draft.machine(id);
        let wanted = machine.map_or("Done", |machine| machine.end_name.as_str());
        self.draft.free_name(wanted)
    }

    fn words<'a>(&'a self, answer: &'a str) -> Words<'a> {
        Words::new(&self.draft.variables, answer)
    }

    fn state(&self, id: StateId, state: &State, end: &str) -> model::State {
        let mut printed = match &state.kind {
            StateKind::Join => model::State::new(model::Pass::default()),
            StateKind::Choice => model::State::new(model::Choice::default()),
            StateKind::Wait(until) => model::State::new(self.wait(until)),
            StateKind::Fail { error, cause } => {
                return model::State::new(model::Fail {
                    error: Some(Source::Literal(error.clone())),
                    cause: Some(self.text_source(cause)),
                });
            }
            StateKind::Task(task) => self.task(task),
            StateKind::Parallel(bodies) => {
                let branches = bodies.iter().map(|body| self.branch(*body)).collect();
                model::State::new(model::Parallel { branches })
            }
            StateKind::Map {
                body,
                items,
                at_once,
            } => self.map(*body, items, *at_once),
        };
        let answer = answer_words(&state.kind);
        for (_, edge) in self.draft.out(id) {
            self.edge_of(&mut printed, state, edge, &answer, end);
        }
        printed
    }

    fn edge_of(
        &self,
        printed: &mut model::State,
        state: &State,
        edge: &Edge,
        answer: &str,
        end: &str,
    ) {
        let Way {
            next,
            output,
            assign,
        } = self.way(edge, answer, end);
        match &edge.role {
            Role::When(condition) => {
                if let AslKind::Choice(choice) = &mut printed.kind {
                    let condition = jsonata::print(condition, &self.words(answer));
                    choice.choices.push(model::ChoiceRule {
                        assign,
                        output,
                        ..model::ChoiceRule::when(model::Condition::jsonata(&condition), next)
                    });
                }
            }
            Role::Caught(errors) => printed.catch.push(model::Catcher {
                assign,
                output,
                ..model::Catcher::on(errors.clone(), next)
            }),
            Role::Otherwise => {
                if let AslKind::Choice(choice) = &mut printed.kind {
                    choice.default = Some(next);
                }
                printed.assign = assign;
                printed.output = output;
            }
            Role::Start | Role::Next => {
                printed.assign = assign;
                let ends = matches!(edge.to, Target::Finish(_));
                printed.output = if ends {
                    output
                } else {
                    passed_on(&state.kind, &self.words(answer))
                };
                let transition = if ends && !needs_end(state, edge) {
                    model::Transition::End
                } else {
                    model::Transition::Next(next)
                };
                printed.next = Some(transition);
            }
        }
    }

    fn way(&self, edge: &Edge, answer: &str, end: &str) -> Way {
        let words = self.words(answer);
        let assigns = edge.assigns.iter().filter_map(|(variable, value)| {
            let name = self.draft.variables.get(variable.0 as usize)?;
            Some((name.clone(), template(value, &words)))
        });
        let assign: model::Fields = assigns.collect();
        let assign = (!assign.is_empty()).then_some(assign);
        match &edge.to {
            Target::State(next) => {
                let next = self
                    .draft
                    .state(*next)
                    .map_or_else(String::new, |state| state.name.clone());
                Way {
                    next,
                    output: None,
                    assign,
                }
            }
            Target::Finish(value) => Way {
                next: end.to_owned(),
                output: Some(template(value, &words)),
                assign,
            },
            Target::Open => Way {
                next: String::new(),
                output: None,
                assign,
            },
        }
    }

    fn task(&self, task: &TaskState) -> model::State {
        let words = self.words("$states.result");
        let arguments = task
            .arguments
            .iter()
            .map(|(name, value)| ((*name).to_owned(), argument(value, &words)));
        let timeout_seconds = task.timeout.as_ref().map(|timeout| self.seconds(timeout));
        model::State {
            arguments: Some(Value::Object(arguments.collect())),
            retry: task.retry.iter().map(retrier).collect(),
            ..model::State::new(model::Task {
                timeout_seconds,
                ..model::Task::new(task.resource)
            })
        }
    }

    fn branch(&self, body: MachineId) -> model::Branch {
        let Printed { start_at, states } = self.machine(body);
        model::Branch {
            states,
            ..model::Branch::starting_at(start_at)
        }
    }

    fn map(&self, body: MachineId, items: NodeRef, at_once: u32) -> model::State {
        let items = template(items, &self.words("$states.result"));
        model::State::new(model::Map {
            max_concurrency: Some(Source::Literal(at_once.into())),
            ..model::Map::over(model::ItemsSource::Items(items), self.branch(body))
        })
    }

    fn wait(&self, until: &WaitUntil) -> model::Wait {
        let words = self.words("$states.result");
        match until {
            WaitUntil::Seconds(seconds) => match seconds.kind().constant_u64() {
                Some(seconds) => model::Wait::seconds(seconds),
                None => model::Wait::seconds(Source::jsonata(&jsonata::leaf(seconds, &words))),
            },
            WaitUntil::Instant(instant) => model::Wait::until(self.text_source(instant)),
        }
    }

    /// How long is left until then. At least a second, because AWS refuses less.
    fn seconds(&self, until: &WaitUntil) -> Source<u64> {
        let words = self.words("$states.result");
        match until {
            WaitUntil::Seconds(seconds) => match seconds.kind().constant_u64() {
                Some(seconds) => Source::Literal(seconds.max(1)),
                None => Source::jsonata(&format!("$max([1, {}])", jsonata::leaf(seconds, &words))),
            },
            WaitUntil::Instant(instant) => {
                let instant = jsonata::print(instant, &words);
                Source::jsonata(&format!(
                    "$max([1, $floor(($toMillis({instant}) - $millis()) / 1000)])"
                ))
            }
        }
    }

    fn text_source(&self, of: NodeRef) -> Source<String> {
        match template(of, &self.words("$states.result")) {
            Value::String(text) if of.kind().is_literal() && !text.starts_with("{%") => {
                Source::Literal(text)
            }
            _ => Source::jsonata(&jsonata::leaf(of, &self.words("$states.result"))),
        }
    }
}

/// Only Task, Map, Parallel and Pass end by themselves; a Choice and a Catch lead to a state that does.
fn needs_end(state: &State, edge: &Edge) -> bool {
    let ends = matches!(edge.to, Target::Finish(_));
    let by_itself = matches!(edge.role, Role::Next)
        && matches!(
            state.kind,
            StateKind::Task(_)
                | StateKind::Map { .. }
                | StateKind::Parallel(_)
                | StateKind::Join
                | StateKind::Wait(_)
        );
    ends && !by_itself
}

/// The words for a step's answer on its own edges.
fn answer_words(kind: &StateKind) -> String {
    match kind {
        StateKind::Task(task) => match &task.answer {
            Answer::Whole | Answer::Signal(_) => "$states.result".to_owned(),
            Answer::Member(member) => format!("$states.result.{member}"),
            Answer::Jsonata(expression) => expression.clone(),
        },
        _ => "$states.result".to_owned(),
    }
}

/// What a step that goes on leaves as output. Nothing reads it but people, in the history: the answer without the service's
/// wrapping. A signal is checked here, because anybody who has the token may have sent it.
fn passed_on(kind: &StateKind, words: &Words<'_>) -> Option<Value> {
    let StateKind::Task(task) = kind else {
        return None;
    };
    match &task.answer {
        Answer::Whole | Answer::Jsonata(_) => None,
        Answer::Member(_) => Some(expression(words.answer)),
        Answer::Signal(shape) => {
            let condition = jsonata::is_any(words.answer, shape);
            let complaint = Value::from(format!("the signal is not a {}", shape.name));
            Some(expression(&format!(
                "({condition}) ? {} : $error({complaint})",
                words.answer
            )))
        }
    }
}

fn argument(argument_: &Argument, words: &Words<'_>) -> Value {
    match argument_ {
        Argument::Node(node) => template(node, words),
        Argument::Fixed(text) => Value::from(text.as_str()),
        Argument::Members(members) => {
            let members = members
                .iter()
                .map(|(name, member)| (name.clone(), argument(member, words)));
            Value::Object(members.collect())
        }
    }
}

fn retrier(retrier: &Retrier) -> model::Retrier {
    let errors = retrier.errors.clone();
    match retrier.policy {
        None => model::Retrier {
            max_attempts: Some(0),
            ..model::Retrier::on(errors)
        },
        Some(policy) => model::Retrier {
            interval_seconds: Some(policy.first_pause_seconds().into()),
            max_attempts: Some(policy.attempts().into()),
            backoff_rate: Some(2.into()),
            max_delay_seconds: Some(policy.longest_pause_seconds().into()),
            jitter_strategy: Some(model::JitterStrategy::Full),
            ..model::Retrier::on(errors)
        },
    }
}
