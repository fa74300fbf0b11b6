//! Filters: `[?(@.price > 10 && @.name)]`.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::Segment;
use super::parse::{Cursor, segments};
use super::select::{self, Walk};

/// A condition on the items of a list.
#[derive(Debug, Clone)]
pub(crate) enum Filter {
    Or(Box<Filter>, Box<Filter>),
    And(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Exists(Operand),
    Compare(Operand, Comparison, Operand),
}

#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Item(Vec<Segment>),
    Root(Vec<Segment>),
    Literal(Value),
    Pattern(Regex),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    SubsetOf,
    AnyOf,
    NoneOf,
    Contains,
    Size,
    Empty,
}

/// The filter after `[?`, its brackets included.
pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Filter, &'static str> {
    cursor.deeper()?;
    cursor.skip_spaces();
    let filter = any(cursor)?;
    cursor.higher();
    Ok(filter)
}

fn any(cursor: &mut Cursor<'_>) -> Result<Filter, &'static str> {
    let mut left = all(cursor)?;
    cursor.skip_spaces();
    while cursor.eat("||") {
        cursor.part()?;
        left = Filter::Or(Box::new(left), Box::new(all(cursor)?));
        cursor.skip_spaces();
    }
    Ok(left)
}

fn all(cursor: &mut Cursor<'_>) -> Result<Filter, &'static str> {
    let mut left = term(cursor)?;
    cursor.skip_spaces();
    while cursor.eat("&&") {
        cursor.part()?;
        left = Filter::And(Box::new(left), Box::new(term(cursor)?));
        cursor.skip_spaces();
    }
    Ok(left)
}

fn term(cursor: &mut Cursor<'_>) -> Result<Filter, &'static str> {
    cursor.skip_spaces();
    if cursor.rest().starts_with('!') && !cursor.rest().starts_with("!=") {
        cursor.next();
        cursor.deeper()?;
        let inner = term(cursor)?;
        cursor.higher();
        return Ok(Filter::Not(Box::new(inner)));
    }
    if cursor.eat("(") {
        cursor.deeper()?;
        let inner = any(cursor)?;
        cursor.higher();
        cursor.skip_spaces();
        return if cursor.eat(")") {
            Ok(inner)
        } else {
            Err("a ')' is missing in a filter")
        };
    }
    let left = operand(cursor)?;
    cursor.skip_spaces();
    match comparison(cursor) {
        Some(comparison) => Ok(Filter::Compare(left, comparison, operand(cursor)?)),
        None => Ok(Filter::Exists(left)),
    }
}

fn comparison(cursor: &mut Cursor<'_>) -> Option<Comparison> {
    const SYMBOLS: [(&str, Comparison); 7] = [
        ("==", Comparison::Equal),
        ("!=", Comparison::NotEqual),
        ("=~", Comparison::Matches),
        ("<=", Comparison::LessOrEqual),
        (">=", Comparison::GreaterOrEqual),
        ("<", Comparison::Less),
        (">", Comparison::Greater),
    ];
    const WORDS: [(&str, Comparison); 8] = [
        ("in", Comparison::In),
        ("nin", Comparison::NotIn),
        ("subsetof", Comparison::SubsetOf),
        ("anyof", Comparison::AnyOf),
        ("noneof", Comparison::NoneOf),
        ("contains", Comparison::Contains),
        ("size", Comparison::Size),
        ("empty", Comparison::Empty),
    ];
    let symbol = SYMBOLS
        .into_iter()
        .find(|(spelling, _)| cursor.eat(spelling));
    let found = symbol.or_else(|| {
        let word = cursor.take_while(|character| character.is_ascii_alphabetic());
        WORDS
            .into_iter()
            .find(|(spelling, _)| spelling.eq_ignore_ascii_case(word))
    });
    found.map(|(_, comparison)| comparison)
}

fn operand(cursor: &mut Cursor<'_>) -> Result<Operand, &'static str> {
    cursor.skip_spaces();
    match cursor.peek() {
        Some('@') => {
            cursor.next();
            segments(cursor).map(Operand::Item)
        }
        Some('$') => {
            cursor.next();
            segments(cursor).map(Operand::Root)
        }
        Some('\'' | '"') => cursor
            .quoted()
            .map(|text| Operand::Literal(Value::String(text)))
            .ok_or("a quote is not closed"),
        Some('[') => {
            cursor.deeper()?;
            let list = list(cursor)?;
            cursor.higher();
            Ok(Operand::Literal(list))
        }
        Some('/') => pattern(cursor).map(Operand::Pattern),
        _ => {
            let word = cursor
                .take_while(|character| character.is_alphanumeric() || "+-.".contains(character));
            serde_json::from_str(word)
                .map(Operand::Literal)
                .map_err(|_| "a filter compares with something unreadable")
        }
    }
}

/// `/pattern/flags`. Jayway wants the whole text to match.
fn pattern(cursor: &mut Cursor<'_>) -> Result<Regex, &'static str> {
    cursor.next();
    let mut source = String::new();
    loop {
        match cursor.next().ok_or("a '/' is not closed")? {
            '/' => break,
            '\\' => match cursor.next() {
                Some('/') => source.push('/'),
                escaped => {
                    source.push('\\');
                    source.extend(escaped);
                }
            },
            other => source.push(other),
        }
    }
    let flags = cursor.take_while(|character| character.is_ascii_alphabetic());
    RegexBuilder::new(&format!("^(?:{source})$"))
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .build()
        .map_err(|_| "a filter's regular expression cannot be read")
}

fn list(cursor: &mut Cursor<'_>) -> Result<Value, &'static str> {
    cursor.next();
    let mut items = Vec::new();
    loop {
        cursor.skip_spaces();
        if cursor.eat("]") {
            return Ok(Value::Array(items));
        }
        match operand(cursor)? {
            Operand::Literal(item) => items.push(item),
            _ => return Err("a list in a filter holds something that is no literal"),
        }
        cursor.skip_spaces();
        cursor.eat(",");
    }
}

impl Filter {
    /// Whether the condition holds for an item of a list in the document that is walked through.
    pub(super) fn holds(&self, item: &Value, walk: &Walk<'_>) -> bool {
        match self {
            Filter::Or(left, right) => left.holds(item, walk) || right.holds(item, walk),
            Filter::And(left, right) => left.holds(item, walk) && right.holds(item, walk),
            Filter::Not(inner) => !inner.holds(item, walk),
            Filter::Exists(operand) => operand.value(item, walk).is_some(),
            Filter::Compare(left, Comparison::Matches, Operand::Pattern(pattern)) => {
                match left.value(item, walk) {
                    Some(Value::String(text)) => pattern.is_match(&text),
                    Some(value @ (Value::Number(_) | Value::Bool(_))) => {
                        pattern.is_match(&value.to_string())
                    }
                    _ => false,
                }
            }
            Filter::Compare(left, comparison, right) => {
                match (left.value(item, walk), right.value(item, walk)) {
                    (Some(left), Some(right)) => comparison.holds(&left, &right),
                    (None, None) => matches!(comparison, Comparison::Equal),
                    _ => matches!(comparison, Comparison::NotEqual | Comparison::NotIn),
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

impl Comparison {
    fn holds(self, left: &Value, right: &Value) -> bool {
        match self {
            Comparison::Equal => equal(left, right),
            Comparison::NotEqual => !equal(left, right),
            Comparison::Less => order(left, right) == Some(Ordering::Less),
            Comparison::LessOrEqual => {
                matches!(order(left, right), Some(Ordering::Less | Ordering::Equal))
            }
            Comparison::Greater => order(left, right) == Some(Ordering::Greater),
            Comparison::GreaterOrEqual => matches!(
                order(left, right),
                Some(Ordering::Greater | Ordering::Equal)
            ),
            Comparison::In => has(right, left),
            Comparison::NotIn => !Comparison::In.holds(left, right),
            Comparison::SubsetOf => {
                left.is_array()
                    && right.is_array()
                    && elements(left).iter().all(|item| has(right, item))
            }
            Comparison::AnyOf => elements(left).iter().any(|item| has(right, item)),
            Comparison::NoneOf => left.is_array() && !Comparison::AnyOf.holds(left, right),
            Comparison::Contains => match (left, right) {
                (Value::String(text), Value::String(part)) => text.contains(part.as_str()),
                _ => has(left, right),
            },
            Comparison::Size => length(left)
                .zip(right.as_u64())
                .is_some_and(|(length, size)| length as u64 == size),
            Comparison::Empty => length(left)
                .zip(right.as_bool())
                .is_some_and(|(length, empty)| (length == 0) == empty),
            // Only with a pattern, which is no value.
            Comparison::Matches => false,
        }
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
