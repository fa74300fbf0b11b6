//! Running an expression that needs the evaluator.

use indexmap::IndexMap;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorError, EvaluatorOptions};
use jsonata_core::value::JValue;

use super::convert::{from_jsonata, to_jsonata};
use super::{EvaluationError, Expression, Surroundings, functions};
use crate::json::Json;

/// A guard against expressions that never end; nothing that does useful work comes near it, so that whether
/// it strikes does not depend on the machine.
const TIME_LIMIT_MILLISECONDS: u64 = 10_000;
/// How deep evaluation may nest.
const DEPTH_LIMIT: usize = 3_000;
/// How long a sequence may get; 256 KiB of JSON cannot hold that many items.
pub(super) const SEQUENCE_LIMIT: usize = 300_000;

pub(super) fn run(
    expression: &Expression,
    surroundings: &Surroundings<'_>,
) -> Result<Json, EvaluationError> {
    let options = EvaluatorOptions {
        timeout_ms: Some(TIME_LIMIT_MILLISECONDS),
        max_stack_depth: Some(DEPTH_LIMIT),
        max_sequence_length: Some(SEQUENCE_LIMIT),
        ..EvaluatorOptions::default()
    };
    let mut evaluator = Evaluator::with_options(bindings(expression, surroundings), options);
    let chance = functions::register(&mut evaluator, expression, surroundings).map_err(threw)?;
    let answer = evaluator
        .evaluate(&expression.ast, &JValue::Undefined)
        .map_err(threw);
    if let Some(chance) = chance {
        surroundings.chance.set(chance.get());
    }
    from_jsonata(&answer?).map(Json::new)
}

fn bindings(expression: &Expression, surroundings: &Surroundings<'_>) -> Context {
    let uses = &expression.uses;
    let mut context = Context::new();
    for (name, value) in surroundings
        .variables
        .iter()
        .filter(|(name, _)| uses.name(name))
    {
        context.bind(name.to_string(), to_jsonata(value.value()));
    }
    if uses.name("states") {
        context.bind("states".to_owned(), states(expression, surroundings));
    }
    context
}

fn states(expression: &Expression, surroundings: &Surroundings<'_>) -> JValue {
    let uses = &expression.uses;
    let mut fields = IndexMap::new();
    if uses.field("input") {
        fields.insert("input".to_owned(), to_jsonata(surroundings.input.value()));
    }
    if let Some(result) = surroundings.result.filter(|_| uses.field("result")) {
        fields.insert("result".to_owned(), to_jsonata(result.value()));
    }
    if let Some(error) = surroundings
        .error_output
        .filter(|_| uses.field("errorOutput"))
    {
        fields.insert("errorOutput".to_owned(), to_jsonata(error.value()));
    }
    if uses.field("context") {
        fields.insert(
            "context".to_owned(),
            to_jsonata(&surroundings.context.object()),
        );
    }
    JValue::object(fields)
}

fn threw(error: EvaluatorError) -> EvaluationError {
    let message = error.message();
    // The evaluator adds which function it was; AWS does not.
    let plain = "T1006: Attempted to invoke a non-function";
    EvaluationError::Threw(
        if message.starts_with(plain) {
            plain
        } else {
            message
        }
        .to_owned(),
    )
}
