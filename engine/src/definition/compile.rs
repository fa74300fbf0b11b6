//! From the document to its compiled form.

use std::sync::Arc;

use comanda_asl::{
    Branch, Catcher, Fields, QueryLanguage, Retrier, Selection, Source, State, StateKind,
    StateMachine, States, Transition,
};

use super::plan::{
    Catching, Computed, Flow, JsonataFlow, Machine, MachineId, Next, PathFlow, ResultPlace,
    Retrying,
};
use super::plan::{Selector, StateId, StatePlan};
use super::{CompileError, compile_kind};
use crate::jsonpath::{JsonPath, ReferencePath};
use crate::payload_template::{self, Lookup, Template};

pub(super) type Compiled<T> = Result<T, String>;

/// All machines of a definition, the outermost first.
pub(super) fn machines(machine: &StateMachine) -> Result<Vec<Machine>, CompileError> {
    let mut compiler = Compiler {
        machines: Vec::new(),
    };
    compiler.machine(&machine.start_at, &machine.states, machine.language())?;
    Ok(compiler.machines.into_iter().flatten().collect())
}

/// Collects machines as their states ask for them.
pub(super) struct Compiler {
    machines: Vec<Option<Machine>>,
}

impl Compiler {
    fn machine(
        &mut self,
        start: &str,
        states: &States,
        language: QueryLanguage,
    ) -> Result<MachineId, CompileError> {
        let id = self.machines.len();
        self.machines.push(None);
        let mut compiled = Vec::with_capacity(states.len());
        for (name, state) in states {
            let failed = |reason| CompileError {
                state: name.clone(),
                reason,
            };
            compiled.push(self.state(name, state, states, language)?.map_err(failed)?);
        }
        let start = place(states, start).map_err(|reason| CompileError {
            state: start.to_owned(),
            reason,
        })?;
        if let Some(slot) = self.machines.get_mut(id) {
            *slot = Some(Machine {
                start,
                states: compiled,
            });
        }
        Ok(id)
    }

    /// A machine inside a state of the given language.
    pub(super) fn branch(
        &mut self,
        branch: &Branch,
        language: QueryLanguage,
    ) -> Result<MachineId, CompileError> {
        self.machine(
            &branch.start_at,
            &branch.states,
            branch.query_language.unwrap_or(language),
        )
    }

    fn state(
        &mut self,
        name: &str,
        state: &State,
        states: &States,
        language: QueryLanguage,
    ) -> Result<Compiled<StatePlan>, CompileError> {
        let own = state.language(language);
        let kind = match &state.kind {
            StateKind::Parallel(parallel) => {
                let mut branches = Vec::with_capacity(parallel.branches.len());
                for branch in &parallel.branches {
                    branches.push(self.branch(branch, language)?);
                }
                Ok(super::Kind::Parallel(branches))
            }
            StateKind::Map(map) => {
                let machine = self.branch(&map.processor.branch, language)?;
                compile_kind::map(map, state, machine, own)
            }
            other => compile_kind::simple(other, states, own),
        };
        Ok(kind.and_then(|kind| {
            Ok(StatePlan {
                name: Arc::from(name),
                kind,
                flow: flow(state, own)?,
                retry: state.retry.iter().map(retrying).collect(),
                catch: state
                    .catch
                    .iter()
                    .map(|catcher| catching(catcher, states, own))
                    .collect::<Compiled<_>>()?,
                next: match &state.next {
                    Some(Transition::Next(next)) => Next::State(place(states, next)?),
                    _ => Next::End,
                },
            })
        }))
    }
}

/// The place of a state.
pub(super) fn place(states: &States, name: &str) -> Compiled<StateId> {
    states
        .get_index_of(name)
        .ok_or_else(|| format!("there is no state '{name}' to go to"))
}

fn flow(state: &State, language: QueryLanguage) -> Compiled<Flow> {
    // On a Map, `Parameters` is the older name of `ItemSelector`; that is compiled with the Map.
    let is_map = matches!(state.kind, StateKind::Map(_));
    let template = |template: &Option<serde_json::Value>| {
        template.as_ref().map(Template::of_paths).transpose()
    };
    Ok(match language {
        QueryLanguage::JsonPath => Flow::Paths(PathFlow {
            input_path: selector(state.input_path.as_ref())?,
            parameters: if is_map {
                None
            } else {
                template(&state.parameters)?
            },
            result_selector: template(&state.result_selector)?,
            result_path: result_place(state.result_path.as_ref())?,
            output_path: selector(state.output_path.as_ref())?,
            assign: assign(state.assign.as_ref(), language, "Assign")?,
        }),
        QueryLanguage::Jsonata => Flow::Jsonata(JsonataFlow {
            arguments: jsonata_template(state.arguments.as_ref(), "Arguments")?,
            output: jsonata_template(state.output.as_ref(), "Output")?,
            assign: assign(state.assign.as_ref(), language, "Assign")?,
        }),
    })
}

pub(super) fn jsonata_template(
    value: Option<&serde_json::Value>,
    location: &str,
) -> Compiled<Option<Template>> {
    value
        .map(|value| Template::of_expressions(value, location))
        .transpose()
}

/// A template in the language of its state.
pub(super) fn template(
    value: Option<&serde_json::Value>,
    language: QueryLanguage,
    location: &str,
) -> Compiled<Option<Template>> {
    match language {
        QueryLanguage::JsonPath => value.map(Template::of_paths).transpose(),
        QueryLanguage::Jsonata => jsonata_template(value, location),
    }
}

pub(super) fn assign(
    fields: Option<&Fields>,
    language: QueryLanguage,
    location: &str,
) -> Compiled<Vec<(Arc<str>, Template)>> {
    let Some(fields) = fields else {
        return Ok(Vec::new());
    };
    let mut compiled = Vec::with_capacity(fields.len());
    for (name, value) in fields {
        compiled.push(match (language, name.strip_suffix(".$"), value) {
            (QueryLanguage::JsonPath, Some(bare), serde_json::Value::String(text)) => (
                Arc::from(bare),
                Template::Lookup(Arc::from(name.as_str()), Lookup::parse(text)?),
            ),
            (QueryLanguage::JsonPath, ..) => (Arc::from(name.as_str()), Template::of_paths(value)?),
            (QueryLanguage::Jsonata, ..) => (
                Arc::from(name.as_str()),
                Template::of_expressions(value, &format!("{location}/{name}"))?,
            ),
        });
    }
    Ok(compiled)
}

fn selector(selection: Option<&Selection>) -> Compiled<Selector> {
    match selection {
        None => Ok(Selector::Everything),
        Some(Selection::Nothing) => Ok(Selector::Nothing),
        Some(Selection::Path(path)) if path == "$" => Ok(Selector::Everything),
        Some(Selection::Path(path)) => JsonPath::parse(path)
            .map(Selector::Path)
            .map_err(|error| error.to_string()),
    }
}

fn result_place(selection: Option<&Selection>) -> Compiled<ResultPlace> {
    match selection {
        None => Ok(ResultPlace::Replace),
        Some(Selection::Nothing) => Ok(ResultPlace::Discard),
        Some(Selection::Path(path)) => {
            let path = ReferencePath::parse(path).map_err(|error| error.to_string())?;
            Ok(if path.is_root() {
                ResultPlace::Replace
            } else {
                ResultPlace::Path(path)
            })
        }
    }
}

/// A value that is written down, looked up, or computed.
pub(super) fn computed<T, U>(
    source: &Source<T>,
    field: &str,
    literal: impl Fn(&T) -> Compiled<U>,
) -> Compiled<Computed<U>> {
    match source {
        Source::Literal(value) => literal(value).map(Computed::Literal),
        Source::Path(path) => Lookup::parse(path).map(Computed::Lookup),
        Source::Jsonata(text) => {
            let source = comanda_asl::jsonata::expression(text).unwrap_or(text);
            payload_template::compile(source)
                .map(|expression| Computed::Expression(Arc::from(field), expression))
        }
        Source::Substitution(text) => Err(format!("'{text}' in '{field}' has not been replaced")),
    }
}

fn retrying(retrier: &Retrier) -> Retrying {
    Retrying {
        errors: retrier
            .error_equals
            .iter()
            .map(|error| error.as_str().into())
            .collect(),
        interval_seconds: retrier.interval_seconds(),
        max_attempts: retrier.max_attempts(),
        backoff_rate: retrier.backoff_rate(),
        max_delay_seconds: retrier.max_delay_seconds,
        jitter: retrier.jitter_strategy.unwrap_or_default(),
    }
}

fn catching(catcher: &Catcher, states: &States, language: QueryLanguage) -> Compiled<Catching> {
    Ok(Catching {
        errors: catcher
            .error_equals
            .iter()
            .map(|error| error.as_str().into())
            .collect(),
        result_path: result_place(catcher.result_path.as_ref())?,
        assign: assign(catcher.assign.as_ref(), language, "Assign")?,
        output: jsonata_template(catcher.output.as_ref(), "Output")?,
        next: place(states, &catcher.next)?,
    })
}
