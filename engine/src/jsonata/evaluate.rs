//! Running an expression that needs the evaluator.

use std::panic::{AssertUnwindSafe, catch_unwind};

use indexmap::IndexMap;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorError, EvaluatorOptions};
use jsonata_core::value::JValue;

use super::convert::{from_jsonata, part_to_jsonata, to_jsonata};
use super::{EvaluationError, Expression, Surroundings, functions};
use crate::json::Json;

/// A guard against expressions that never end; nothing that does useful work comes near it, so that whether
/// it strikes does not depend on the machine.
const TIME_LIMIT_MILLISECONDS: u64 = 10_000;
/// How deep evaluation may nest.
const DEPTH_LIMIT: usize = 3_000;
/// How long a sequence may get; 256 KiB of JSON cannot hold that many items.
pub(super) const SEQUENCE_LIMIT: usize = 300_000;

/// What is said where the evaluator itself broke off.
const UNFORESEEN: &str = "D1014: The evaluator broke off.";

pub(super) fn run(
    expression: &Expression,
    surroundings: &Surroundings<'_>,
) -> Result<Json, EvaluationError> {
    run_over(expression, surroundings, None, TIME_LIMIT_MILLISECONDS)
}

/// The same over data that `$` stands for (in a state machine it stands for nothing), with a guard of one's own.
pub(super) fn run_over(
    expression: &Expression,
    surroundings: &Surroundings<'_>,
    data: Option<JValue>,
    time_limit_milliseconds: u64,
) -> Result<Json, EvaluationError> {
    let options = EvaluatorOptions {
        timeout_ms: Some(time_limit_milliseconds),
        max_stack_depth: Some(DEPTH_LIMIT),
        max_sequence_length: Some(SEQUENCE_LIMIT),
        ..EvaluatorOptions::default()
    };
    let mut evaluator = Evaluator::with_options(bindings(expression, surroundings), options);
    let chance = functions::register(&mut evaluator, expression, surroundings).map_err(threw)?;
    // The evaluator is somebody else's, and what it does not foresee is an expression's failure, not the engine's.
    let data = data.unwrap_or(JValue::Undefined);
    let evaluated = AssertUnwindSafe(|| evaluator.evaluate(&expression.ast, &data));
    let answer = match catch_unwind(evaluated) {
        Ok(answer) => answer.map_err(threw),
        Err(_) => Err(EvaluationError::Threw(UNFORESEEN.to_owned())),
    };
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
        let members = uses.members_of_name(name);
        context.bind(name.to_string(), part_to_jsonata(value.value(), members));
    }
    if uses.name("states") {
        context.bind("states".to_owned(), states(expression, surroundings));
    }
    context
}

fn states(expression: &Expression, surroundings: &Surroundings<'_>) -> JValue {
    let uses = &expression.uses;
    let mut fields = IndexMap::new();
    let documents = [
        ("input", Some(surroundings.input)),
        ("result", surroundings.result),
        ("errorOutput", surroundings.error_output),
    ];
    for (name, document) in documents {
        if let Some(document) = document.filter(|_| uses.field(name)) {
            let members = uses.members_of_field(name);
            fields.insert(name.to_owned(), part_to_jsonata(document.value(), members));
        }
    }
    if uses.field("context") {
        let members = uses.members_of_field("context");
        let is_wanted =
            |name: &str| members.is_none_or(|members| members.iter().any(|member| member == name));
        let context = surroundings.context.part(is_wanted, true);
        fields.insert("context".to_owned(), to_jsonata(&context));
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
