//! Filters: `[?(@.price > 10 && @.name)]`.

use std::cmp::Ordering;

use comanda_asl::jsonpath::Comparator;
use regex::Regex;
use serde_json::Value;

use super::Segment;
use super::select::{self, Walk};

/// A condition on the items of a list.
#[derive(Debug, Clone)]
pub(crate) enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    Exists(Operand),
    Compare(Operand, Comparator, Operand),
}

#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Item(Vec<Segment>),
    Root(Vec<Segment>),
    Literal(Value),
    Pattern(Regex),
}

impl Filter {
    /// Whether the condition holds for an item of a list in the document that is walked through.
    pub(super) fn holds(&self, item: &Value, walk: &Walk<'_>) -> bool {
        match self {
            Filter::Or(any) => any.iter().any(|filter| filter.holds(item, walk)),
            Filter::And(all) => all.iter().all(|filter| filter.holds(item, walk)),
            Filter::Not(inner) => !inner.holds(item, walk),
            Filter::Exists(operand) => operand.value(item, walk).is_some(),
            Filter::Compare(left, Comparator::Matches, Operand::Pattern(pattern)) => {
                match left.value(item, walk) {
                    Some(Value::String(text)) => pattern.is_match(&text),
                    Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                        pattern.is_match(&value.to_string())
                    }
                    _ => false,
                }
            }
            Filter::Compare(left, comparator, right) => {
                match (left.value(item, walk), right.value(item, walk)) {
                    (Some(left), Some(right)) => holds(*comparator, &left, &right),
                    (None, None) => matches!(comparator, Comparator::Equal),
                    _ => matches!(comparator, Comparator::NotEqual | Comparator::NotIn),
                }
            }
        }
    }
}

impl Operand {
    fn value(&self, item: &Value, walk: &Walk<'_>) -> Option<Value> {
        let (segments, start) = match self {
            Operand::Literal(value) => return Some(value.clone()),
            // A pattern is nothing but what `=~` matches with.
            Operand::Pattern(_) => return None,
            Operand::Item(segments) => (segments, item),
            Operand::Root(segments) => (segments, walk.root),
        };
        let definite = segments
            .iter()
            .all(|segment| matches!(segment, Segment::Field(_) | Segment::Index(_)));
        if definite {
            return select::one(segments, start).ok().cloned();
        }
        let found = walk.many(segments, start);
        (!found.is_empty()).then(|| Value::Array(found.into_iter().cloned().collect()))
    }
}

/// Whether two values are to each other as asked.
fn holds(comparator: Comparator, left: &Value, right: &Value) -> bool {
    match comparator {
        Comparator::Equal => equal(left, right),
        Comparator::NotEqual => !equal(left, right),
        Comparator::Less => order(left, right) == Some(Ordering::Less),
        Comparator::LessOrEqual => {
            matches!(order(left, right), Some(Ordering::Less | Ordering::Equal))
        }
        Comparator::Greater => order(left, right) == Some(Ordering::Greater),
        Comparator::GreaterOrEqual => matches!(
            order(left, right),
            Some(Ordering::Greater | Ordering::Equal)
        ),
        Comparator::In => has(right, left),
        Comparator::NotIn => !has(right, left),
        Comparator::SubsetOf => {
            left.is_array()
                && right.is_array()
                && elements(left).iter().all(|item| has(right, item))
        }
        Comparator::AnyOf => elements(left).iter().any(|item| has(right, item)),
        Comparator::NoneOf => left.is_array() && !holds(Comparator::AnyOf, left, right),
        Comparator::Contains => match (left, right) {
            (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
            _ => has(left, right),
        },
        Comparator::Size => length(left)
            .zip(right.as_u64())
            .is_some_and(|(length, size)| length as u64 == size),
        Comparator::Empty => length(left)
            .zip(right.as_bool())
            .is_some_and(|(length, empty)| (length == 0) == empty),
        // Only with a pattern, which is no value.
        Comparator::Matches => false,
    }
}

fn elements(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn has(list: &Value, wanted: &Value) -> bool {
    elements(list).iter().any(|item| equal(item, wanted))
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.encode_utf16().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(fields) => Some(fields.len()),
        _ => None,
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        _ => left == right,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64()?.partial_cmp(&right.as_f64()?),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}
