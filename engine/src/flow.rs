//! How data comes into a state and goes out of it, the same for all kinds of states.

use std::cell::Cell;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::context::{ContextSource, MapItem};
use crate::definition::{Computed, Flow, Next, PathFlow, ResultPlace, Selector, StatePlan};
use crate::failure::{Failure, names};
use crate::json::Json;
use crate::jsonata::Surroundings;
use crate::payload_template::{Lookup, Template};
use crate::scope::{Scope, Variables};
use crate::seed::Chance;

/// What a state can see.
pub(crate) struct View<'run> {
    pub(crate) context: ContextSource<'run>,
    pub(crate) input: &'run Json,
    pub(crate) variables: &'run Variables,
    pub(crate) chance: &'run Cell<Chance>,
    pub(crate) now: Timestamp,
}

/// What a state that is done leaves behind.
pub(crate) struct Completion {
    pub(crate) output: Json,
    pub(crate) assigned: Vec<(Arc<str>, Json)>,
    pub(crate) next: Next,
}

impl<'run> View<'run> {
    /// The same, inside an iteration of the state.
    pub(crate) fn inside<'item>(&'item self, item: &'item MapItem) -> View<'item> {
        View {
            context: ContextSource {
                item: Some(item),
                ..self.context
            },
            ..*self
        }
    }

    /// For paths: `$` is the given data.
    pub(crate) fn scope<'view>(&'view self, data: &'view Value) -> Scope<'view> {
        Scope::new(data, &self.context, self.variables, self.chance)
    }

    /// For expressions.
    pub(crate) fn surroundings<'view>(
        &'view self,
        result: Option<&'view Json>,
        error_output: Option<&'view Json>,
    ) -> Surroundings<'view> {
        Surroundings {
            input: self.input,
            result,
            error_output,
            context: &self.context,
            variables: self.variables,
            chance: self.chance,
            now: self.now,
        }
    }

    /// The part of the input that a state sees: all of it in JSONata, that of `InputPath` in JSONPath.
    pub(crate) fn effective_input(&self, plan: &StatePlan) -> Result<Json, Failure> {
        match &plan.flow {
            Flow::Paths(flow) => self.select(&flow.input_path, self.input),
            Flow::Jsonata(_) => Ok(self.input.clone()),
        }
    }

    /// What a task is given: `Parameters` or `Arguments`, else the effective input.
    pub(crate) fn payload(&self, plan: &StatePlan) -> Result<Json, Failure> {
        match &plan.flow {
            Flow::Paths(flow) => {
                let effective = self.select(&flow.input_path, self.input)?;
                match &flow.parameters {
                    Some(parameters) => parameters.fill(&self.scope(&effective)),
                    None => Ok(effective),
                }
            }
            Flow::Jsonata(flow) => match &flow.arguments {
                Some(arguments) => arguments.evaluate(&self.surroundings(None, None)),
                None => Ok(self.input.clone()),
            },
        }
    }

    /// A state that got a result is done.
    pub(crate) fn complete(&self, plan: &StatePlan, result: Json) -> Result<Completion, Failure> {
        match &plan.flow {
            Flow::Paths(flow) => {
                let selected = match &flow.result_selector {
                    Some(selector) => selector.fill(&self.scope(&result))?,
                    None => result,
                };
                let assigned = fill_all(&flow.assign, &self.scope(&selected))?;
                let placed = self.place(&flow.result_path, selected)?;
                Ok(Completion {
                    output: self.select(&flow.output_path, &placed)?,
                    assigned,
                    next: plan.next,
                })
            }
            Flow::Jsonata(flow) => {
                let surroundings = self.surroundings(Some(&result), None);
                let output = evaluate_or(flow.output.as_ref(), &surroundings, &result)?;
                let assigned = evaluate_all(&flow.assign, &surroundings)?;
                Ok(Completion {
                    output,
                    assigned,
                    next: plan.next,
                })
            }
        }
    }

    /// A state without a result is done: its input goes on.
    pub(crate) fn pass_through(&self, plan: &StatePlan) -> Result<Completion, Failure> {
        match &plan.flow {
            Flow::Paths(flow) => {
                let effective = self.select(&flow.input_path, self.input)?;
                let assigned = fill_all(&flow.assign, &self.scope(&effective))?;
                Ok(Completion {
                    output: self.select(&flow.output_path, &effective)?,
                    assigned,
                    next: plan.next,
                })
            }
            Flow::Jsonata(flow) => {
                let surroundings = self.surroundings(None, None);
                let output = evaluate_or(flow.output.as_ref(), &surroundings, self.input)?;
                let assigned = evaluate_all(&flow.assign, &surroundings)?;
                Ok(Completion {
                    output,
                    assigned,
                    next: plan.next,
                })
            }
        }
    }

    /// The output of a JSONPath state whose own part of the input goes on.
    pub(crate) fn path_output(&self, flow: &PathFlow, effective: &Json) -> Result<Json, Failure> {
        self.select(&flow.output_path, effective)
    }

    /// Puts a result where `ResultPath` says.
    pub(crate) fn place(&self, place: &ResultPlace, result: Json) -> Result<Json, Failure> {
        match place {
            ResultPlace::Replace => Ok(result),
            ResultPlace::Discard => Ok(self.input.clone()),
            ResultPlace::Path(path) => {
                let mut document = self.input.value().clone();
                if !path.put(&mut document, result.into_value()) {
                    return Err(Failure::misfit(
                        names::RESULT_PATH_MATCH_FAILURE,
                        format!(
                            "Unable to apply ReferencePath {} to input {}",
                            path.text(),
                            self.input.value()
                        ),
                    ));
                }
                Ok(Json::new(document))
            }
        }
    }

    fn select(&self, selector: &Selector, data: &Json) -> Result<Json, Failure> {
        match selector {
            Selector::Everything => Ok(data.clone()),
            Selector::Nothing => Ok(Json::new(Value::Object(Map::new()))),
            Selector::Path(path) => {
                let scope = self.scope(data.value());
                let found = scope
                    .select(path)
                    .map_err(|missing| invalid_path(path.text(), &missing))?;
                Ok(Json::new(found.into_owned()))
            }
        }
    }

    /// What a computed field gives, whatever its type; `Invalid path …` where a path leads nowhere.
    pub(crate) fn computed_value<T>(
        &self,
        computed: &Computed<T>,
        effective: &Json,
    ) -> Result<Value, Failure> {
        match computed {
            Computed::Literal(_) => Ok(Value::Null),
            Computed::Lookup(Lookup::Path(path)) => {
                let scope = self.scope(effective.value());
                let found = scope
                    .select(path)
                    .map_err(|missing| invalid_path(path.text(), &missing))?;
                Ok(found.into_owned())
            }
            Computed::Lookup(call) => call.value("", &self.scope(effective.value())),
            Computed::Expression(location, expression) => expression
                .evaluate(&self.surroundings(None, None))
                .map(Json::into_value)
                .map_err(|error| Failure::evaluation(expression, location, error)),
        }
    }
}

fn invalid_path(path: &str, missing: &crate::jsonpath::PathNotFound) -> Failure {
    Failure::runtime(format!("Invalid path '{path}' : {missing}"))
}

/// The assignments of a JSONPath state; all see what was there before any of them.
pub(crate) fn fill_all(
    assign: &[(Arc<str>, Template)],
    scope: &Scope<'_>,
) -> Result<Vec<(Arc<str>, Json)>, Failure> {
    assign
        .iter()
        .map(|(name, template)| Ok((Arc::clone(name), template.fill(scope)?)))
        .collect()
}

/// The assignments of a JSONata state; all see what was there before any of them.
pub(crate) fn evaluate_all(
    assign: &[(Arc<str>, Template)],
    surroundings: &Surroundings<'_>,
) -> Result<Vec<(Arc<str>, Json)>, Failure> {
    assign
        .iter()
        .map(|(name, template)| Ok((Arc::clone(name), template.evaluate(surroundings)?)))
        .collect()
}

/// What an `Output` gives, or what stands in for it.
pub(crate) fn evaluate_or(
    output: Option<&Template>,
    surroundings: &Surroundings<'_>,
    otherwise: &Json,
) -> Result<Json, Failure> {
    match output {
        Some(output) => output.evaluate(surroundings),
        None => Ok(otherwise.clone()),
    }
}
