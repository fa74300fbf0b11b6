//! Choice: branches on data.

use std::cmp::Ordering;

use comanda_asl::{OperandType, Operator};
use serde_json::Value;

use crate::branch::Branch;
use crate::definition::{
    ChoicePlan, ChoiceRulePlan, ConditionPlan, Flow, Next, Operand, StatePlan,
};
use crate::failure::{Failure, names};
use crate::flow::{Completion, View, evaluate_all, evaluate_or, fill_all};
use crate::json::Json;
use crate::run::{Progress, Run};
use crate::scope::Scope;
use crate::timestamp;

pub(super) fn run(
    run: &Run<'_>,
    plan: &StatePlan,
    choice: &ChoicePlan,
    branch: &Branch,
) -> Result<Progress, Failure> {
    decide(&run.view(plan, branch), plan, choice).map(Progress::Done)
}

/// Where a Choice leads.
pub(crate) fn decide(
    view: &View<'_>,
    plan: &StatePlan,
    choice: &ChoicePlan,
) -> Result<Completion, Failure> {
    let effective = view.effective_input(plan)?;
    for rule in &choice.rules {
        if holds(&rule.condition, view, &view.scope(&effective))? {
            return matched(view, plan, rule, &effective);
        }
    }
    let Some(default) = choice.default else {
        return Err(Failure::misfit(
            names::NO_CHOICE_MATCHED,
            "Failed to transition out of the state. The state does not point to a next state.",
        ));
    };
    let completion = view.pass_through(plan)?;
    Ok(Completion {
        next: Next::State(default),
        ..completion
    })
}

fn matched(
    view: &View<'_>,
    plan: &StatePlan,
    rule: &ChoiceRulePlan,
    effective: &Json,
) -> Result<Completion, Failure> {
    let next = Next::State(rule.next);
    match &plan.flow {
        Flow::Paths(flow) => {
            let assigned = fill_all(&rule.assign, &view.scope(effective))?;
            Ok(Completion {
                output: view.path_output(flow, effective)?,
                assigned,
                next,
            })
        }
        Flow::Jsonata(_) => {
            let surroundings = view.surroundings(None, None);
            let output = evaluate_or(rule.output.as_ref(), &surroundings, view.input)?;
            Ok(Completion {
                output,
                assigned: evaluate_all(&rule.assign, &surroundings)?,
                next,
            })
        }
    }
}

fn holds(condition: &ConditionPlan, view: &View<'_>, scope: &Scope<'_>) -> Result<bool, Failure> {
    Ok(match condition {
        ConditionPlan::Literal(flag) => *flag,
        ConditionPlan::Expression(location, expression) => {
            let value = expression
                .evaluate(&view.surroundings(None, None))
                .map_err(|error| Failure::evaluation(expression, location, error))?;
            match value.value() {
                Value::Bool(flag) => *flag,
                other => {
                    return Err(Failure::unexpected_type(
                        expression, location, "boolean", other,
                    ));
                }
            }
        }
        ConditionPlan::And(all) => {
            for condition in all {
                if !holds(condition, view, scope)? {
                    return Ok(false);
                }
            }
            true
        }
        ConditionPlan::Or(any) => {
            for condition in any {
                if holds(condition, view, scope)? {
                    return Ok(true);
                }
            }
            false
        }
        ConditionPlan::Not(inner) => !holds(inner, view, scope)?,
        ConditionPlan::Compare {
            variable,
            operator,
            operand,
        } => {
            let found = scope.select(variable);
            if *operator == Operator::IsPresent {
                return Ok(found.is_ok() == is_true(operand));
            }
            let value = found.map_err(|_| invalid(variable.text()))?;
            match operand {
                Operand::Literal(literal) => compare(*operator, &value, literal),
                Operand::Path(path) => {
                    let other = scope.select(path).map_err(|_| invalid(path.text()))?;
                    compare(*operator, &value, &other)
                }
            }
        }
    })
}

fn is_true(operand: &Operand) -> bool {
    matches!(operand, Operand::Literal(literal) if literal.value() == &Value::Bool(true))
}

fn invalid(path: &str) -> Failure {
    Failure::runtime(format!(
        "Invalid path '{path}': The choice state's condition path references an invalid value."
    ))
}

fn compare(operator: Operator, value: &Value, operand: &Value) -> bool {
    match operator.operand_type() {
        OperandType::Test => test(operator, value) == (operand == &Value::Bool(true)),
        OperandType::Boolean => value.is_boolean() && value == operand,
        OperandType::Number => match (value, operand) {
            (Value::Number(left), Value::Number(right)) => {
                let exact = left
                    .as_i64()
                    .zip(right.as_i64())
                    .map(|(left, right)| left.cmp(&right));
                let order = exact.or_else(|| left.as_f64()?.partial_cmp(&right.as_f64()?));
                order.is_some_and(|order| ordered(operator, order))
            }
            _ => false,
        },
        OperandType::Text => match (value, operand) {
            (Value::String(text), Value::String(pattern))
                if operator == Operator::StringMatches =>
            {
                matches_pattern(text, pattern)
            }
            (Value::String(left), Value::String(right)) => {
                ordered(operator, left.encode_utf16().cmp(right.encode_utf16()))
            }
            _ => false,
        },
        OperandType::Timestamp => match (time_of(value), time_of(operand)) {
            (Some(left), Some(right)) => ordered(operator, left.cmp(&right)),
            _ => false,
        },
    }
}

fn time_of(value: &Value) -> Option<jiff::Timestamp> {
    timestamp::parse(value.as_str()?)
}

fn test(operator: Operator, value: &Value) -> bool {
    match operator {
        Operator::IsNull => value.is_null(),
        Operator::IsNumeric => value.is_number(),
        Operator::IsString => value.is_string(),
        Operator::IsBoolean => value.is_boolean(),
        Operator::IsTimestamp => time_of(value).is_some(),
        _ => true,
    }
}

fn ordered(operator: Operator, order: Ordering) -> bool {
    use Operator as O;
    match operator {
        O::StringLessThan | O::NumericLessThan | O::TimestampLessThan => order == Ordering::Less,
        O::StringGreaterThan | O::NumericGreaterThan | O::TimestampGreaterThan => {
            order == Ordering::Greater
        }
        O::StringLessThanEquals | O::NumericLessThanEquals | O::TimestampLessThanEquals => {
            order != Ordering::Greater
        }
        O::StringGreaterThanEquals
        | O::NumericGreaterThanEquals
        | O::TimestampGreaterThanEquals => order != Ordering::Less,
        _ => order == Ordering::Equal,
    }
}

/// `StringMatches`: `*` is anything, `\*` the character. Greedy with one place to come back to.
fn matches_pattern(text: &str, pattern: &str) -> bool {
    let pattern = pieces(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut place) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(place) {
            Some(None) => {
                star = Some((place, at));
                place += 1;
            }
            Some(Some(wanted)) if text.get(at) == Some(wanted) => {
                at += 1;
                place += 1;
            }
            _ => match star {
                Some((star_place, star_at)) => {
                    place = star_place + 1;
                    at = star_at + 1;
                    star = Some((star_place, star_at + 1));
                }
                None => return false,
            },
        }
    }
    pattern
        .get(place..)
        .is_none_or(|rest| rest.iter().all(Option::is_none))
}

/// The characters of a pattern; `None` stands for anything.
fn pieces(pattern: &str) -> Vec<Option<char>> {
    let mut pieces = Vec::new();
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        pieces.push(match character {
            '*' => None,
            '\\' => Some(characters.next().unwrap_or('\\')),
            other => Some(other),
        });
    }
    pieces
}
