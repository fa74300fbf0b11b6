//! Expressions that need no evaluator: paths through objects, literals, and comparisons, sums and conditions over them.
//! Most of what workflows say is of this kind. Whatever turns out less simple when it runs (a list on the way, a type
//! that JSONata would convert or refuse) is left to the evaluator, so that there is one judge of everything unusual.

use jsonata_core::ast::{AstNode, BinaryOp, PathStep};
use serde_json::Value;

use super::convert::{is_normal, looked_up, number_of};
use super::{EvaluationError, Surroundings};
use crate::json::Json;

/// A simple expression.
#[derive(Debug, Clone)]
pub(super) enum Simple {
    Path { root: Root, fields: Vec<String> },
    Literal(Value),
    Binary(BinaryOp, Box<[Simple; 2]>),
    Exists(Box<Simple>),
    Conditional(Box<[Simple; 3]>),
}

/// Where a path begins.
#[derive(Debug, Clone)]
pub(super) enum Root {
    Input,
    Result,
    ErrorOutput,
    ExecutionId,
    ExecutionName,
    ExecutionInput,
    RetryCount,
    Token,
    Item,
    Variable(String),
}

/// What a part of an expression gives.
enum Found<'run> {
    Nothing,
    Whole(&'run Json),
    Part(&'run Value),
    Made(Value),
}

impl Simple {
    /// The simple form of an expression, if it has one.
    pub(super) fn of(node: &AstNode) -> Option<Simple> {
        Some(match node {
            AstNode::String(text) => Simple::Literal(Value::from(text.as_str())),
            AstNode::Number(number) => Simple::Literal(number_of(*number)),
            AstNode::Boolean(flag) => Simple::Literal(Value::from(*flag)),
            AstNode::Null => Simple::Literal(Value::Null),
            AstNode::Variable(name) if is_variable(name) => Simple::Path {
                root: Root::Variable(name.clone()),
                fields: Vec::new(),
            },
            AstNode::Path { steps } => path(steps)?,
            AstNode::Block(inner) => match inner.as_slice() {
                [only] => Simple::of(only)?,
                _ => return None,
            },
            AstNode::Binary { op, lhs, rhs } if is_simple(*op) => {
                Simple::Binary(*op, Box::new([Simple::of(lhs)?, Simple::of(rhs)?]))
            }
            AstNode::Function {
                name,
                args,
                is_builtin: true,
            } if name == "exists" => match args.as_slice() {
                [only] => Simple::Exists(Box::new(Simple::of(only)?)),
                _ => return None,
            },
            AstNode::Conditional {
                condition,
                then_branch,
                else_branch: Some(otherwise),
            } => Simple::Conditional(Box::new([
                Simple::of(condition)?,
                Simple::of(then_branch)?,
                Simple::of(otherwise)?,
            ])),
            _ => return None,
        })
    }

    /// What the expression gives; `None` where the evaluator has to say it.
    pub(super) fn evaluate(
        &self,
        surroundings: &Surroundings<'_>,
    ) -> Option<Result<Json, EvaluationError>> {
        Some(match self.find(surroundings)? {
            Found::Nothing => Err(EvaluationError::Undefined),
            Found::Whole(json) if is_normal(json.value()) => Ok(json.clone()),
            Found::Whole(json) => Ok(Json::new(looked_up(json.value()))),
            Found::Part(value) => Ok(Json::new(looked_up(value))),
            Found::Made(value) => Ok(Json::new(value)),
        })
    }

    fn find<'run>(&'run self, surroundings: &Surroundings<'run>) -> Option<Found<'run>> {
        match self {
            Simple::Literal(value) => Some(Found::Part(value)),
            Simple::Path { root, fields } => follow(root, fields, surroundings),
            Simple::Binary(op, operands) => {
                let [left, right] = &**operands;
                combine(*op, &left.find(surroundings)?, &right.find(surroundings)?).map(Found::Made)
            }
            Simple::Exists(inner) => {
                // A variable may have taken the function's name.
                let is_function = !surroundings.variables.contains_key("exists");
                let found = inner.find(surroundings).filter(|_| is_function)?;
                Some(Found::Made(Value::from(found.value().is_some())))
            }
            Simple::Conditional(parts) => {
                let [condition, then, otherwise] = &**parts;
                match truth(&condition.find(surroundings)?)? {
                    true => then.find(surroundings),
                    false => otherwise.find(surroundings),
                }
            }
        }
    }
}

impl Found<'_> {
    fn value(&self) -> Option<&Value> {
        match self {
            Found::Nothing => None,
            Found::Whole(json) => Some(json.value()),
            Found::Part(value) => Some(value),
            Found::Made(value) => Some(value),
        }
    }
}

fn is_variable(name: &str) -> bool {
    !name.is_empty() && name != "states"
}

fn is_simple(op: BinaryOp) -> bool {
    use BinaryOp as B;
    matches!(
        op,
        B::Add
            | B::Subtract
            | B::Multiply
            | B::Divide
            | B::Equal
            | B::NotEqual
            | B::LessThan
            | B::LessThanOrEqual
            | B::GreaterThan
            | B::GreaterThanOrEqual
            | B::And
            | B::Or
            | B::Concatenate
    )
}

fn path(steps: &[PathStep]) -> Option<Simple> {
    let is_plain = |step: &PathStep| {
        step.stages.is_empty()
            && step.focus.is_none()
            && step.index_var.is_none()
            && step.ancestor_label.is_none()
            && !step.is_tuple
    };
    let (first, rest) = steps.split_first()?;
    let AstNode::Variable(variable) = &first.node else {
        return None;
    };
    if !steps.iter().all(is_plain) {
        return None;
    }
    let names = rest.iter().map(|step| match &step.node {
        AstNode::Name(name) => Some(name.as_str()),
        _ => None,
    });
    let names: Vec<&str> = names.collect::<Option<_>>()?;
    let (root, fields) = match (variable.as_str(), names.as_slice()) {
        ("states", ["input", fields @ ..]) => (Root::Input, fields),
        ("states", ["result", fields @ ..]) => (Root::Result, fields),
        ("states", ["errorOutput", fields @ ..]) => (Root::ErrorOutput, fields),
        ("states", ["context", "Execution", "Id"]) => (Root::ExecutionId, [].as_slice()),
        ("states", ["context", "Execution", "Name"]) => (Root::ExecutionName, [].as_slice()),
        ("states", ["context", "Execution", "Input", fields @ ..]) => {
            (Root::ExecutionInput, fields)
        }
        ("states", ["context", "Map", "Item", "Value", fields @ ..]) => (Root::Item, fields),
        ("states", ["context", "State", "RetryCount"]) => (Root::RetryCount, [].as_slice()),
        ("states", ["context", "Task", "Token"]) => (Root::Token, [].as_slice()),
        (name, fields) if is_variable(name) => (Root::Variable(name.to_owned()), fields),
        _ => return None,
    };
    Some(Simple::Path {
        root,
        fields: fields.iter().map(|&name| name.to_owned()).collect(),
    })
}

fn follow<'run>(
    root: &Root,
    fields: &[String],
    surroundings: &Surroundings<'run>,
) -> Option<Found<'run>> {
    let context = surroundings.context;
    let json = match root {
        Root::Input => surroundings.input,
        Root::Result => surroundings.result?,
        Root::ErrorOutput => surroundings.error_output?,
        Root::Variable(name) => surroundings.variables.get(name.as_str())?,
        _ if context.given.is_some() => return None,
        Root::ExecutionId => return Some(Found::Made(Value::from(context.execution_arn()))),
        Root::ExecutionName => return Some(Found::Made(Value::from(context.execution_name()))),
        Root::RetryCount => return Some(Found::Made(Value::from(context.retry_count?))),
        Root::Token => return Some(Found::Made(Value::from(context.token?.as_str()))),
        Root::ExecutionInput => return members(context.execution_input().value(), fields),
        Root::Item => return members(context.item?.value.value(), fields),
    };
    match fields {
        [] => Some(Found::Whole(json)),
        fields => members(json.value(), fields),
    }
}

/// Goes into objects only: lists on the way are the evaluator's.
fn members<'run>(mut value: &'run Value, fields: &[String]) -> Option<Found<'run>> {
    for field in fields {
        value = match value {
            Value::Object(members) => match members.get(field) {
                Some(member) => member,
                None => return Some(Found::Nothing),
            },
            Value::Array(_) => return None,
            _ => return Some(Found::Nothing),
        };
    }
    Some(Found::Part(value))
}

fn combine(op: BinaryOp, left: &Found<'_>, right: &Found<'_>) -> Option<Value> {
    use BinaryOp as B;
    Some(match op {
        B::Equal => Value::from(equal(left, right)?),
        B::NotEqual => match (left.value(), right.value()) {
            (Some(_), Some(_)) => Value::from(!equal(left, right)?),
            // JSONata finds nothing neither equal nor unequal.
            _ => Value::from(false),
        },
        // Both sides are looked at, as the evaluator does: one that fails must fail here too.
        B::And => Value::from(truth(left)? & truth(right)?),
        B::Or => Value::from(truth(left)? | truth(right)?),
        B::Concatenate => match (left.value()?, right.value()?) {
            (Value::String(left), Value::String(right)) => Value::from(format!("{left}{right}")),
            _ => return None,
        },
        op => calculate(op, left.value()?.as_f64()?, right.value()?.as_f64()?)?,
    })
}

fn calculate(op: BinaryOp, left: f64, right: f64) -> Option<Value> {
    use BinaryOp as B;
    let number = match op {
        B::Add => left + right,
        B::Subtract => left - right,
        B::Multiply => left * right,
        B::Divide => left / right,
        B::LessThan => return Some(Value::from(left < right)),
        B::LessThanOrEqual => return Some(Value::from(left <= right)),
        B::GreaterThan => return Some(Value::from(left > right)),
        B::GreaterThanOrEqual => return Some(Value::from(left >= right)),
        _ => return None,
    };
    number.is_finite().then(|| number_of(number))
}

/// What a condition takes for true; `None` for what has to be converted first.
fn truth(found: &Found<'_>) -> Option<bool> {
    match found.value() {
        None => Some(false),
        Some(Value::Bool(flag)) => Some(*flag),
        Some(_) => None,
    }
}

/// Whether two values are the same; `None` where both have parts, or one is a list.
fn equal(left: &Found<'_>, right: &Found<'_>) -> Option<bool> {
    Some(match (left.value(), right.value()) {
        (None, _) | (_, None) => false,
        (Some(Value::Number(left)), Some(Value::Number(right))) => left.as_f64() == right.as_f64(),
        (Some(Value::Array(_)), _) | (_, Some(Value::Array(_))) => return None,
        (Some(Value::Object(_)), Some(Value::Object(_))) => return None,
        (Some(left), Some(right)) => left == right,
    })
}

#[cfg(test)]
mod tests;
