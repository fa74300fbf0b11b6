//! Reads the conditions inside `[?( … )]`.

use serde_json::Value;

use super::{Comparator, Filter, FilterOperand, ParseError, Problem, parser};
use crate::cursor::Cursor;

/// Parentheses and paths inside conditions nest; real ones stay below three.
const DEPTH_MAX: usize = 32;

/// Longer operators before those that begin alike.
const COMPARATORS: &[(&str, Comparator)] = &[
    ("==", Comparator::Equal),
    ("!=", Comparator::NotEqual),
    ("<=", Comparator::LessOrEqual),
    (">=", Comparator::GreaterOrEqual),
    ("<", Comparator::Less),
    (">", Comparator::Greater),
    ("=~", Comparator::Matches),
    ("in ", Comparator::In),
    ("in[", Comparator::In),
    ("nin ", Comparator::NotIn),
    ("nin[", Comparator::NotIn),
    ("subsetof ", Comparator::SubsetOf),
    ("anyof ", Comparator::AnyOf),
    ("noneof ", Comparator::NoneOf),
    ("contains ", Comparator::Contains),
    ("size ", Comparator::Size),
    ("empty ", Comparator::Empty),
];

pub(super) fn parenthesised(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, ParseError> {
    if depth > DEPTH_MAX {
        return Err(parser::error(cursor, Problem::TooDeep));
    }
    if !cursor.eat("(") {
        return Err(parser::error(cursor, Problem::NoSelector));
    }
    let filter = any_of(cursor, depth)?;
    cursor.skip_whitespace();
    if cursor.eat(")") {
        Ok(filter)
    } else {
        Err(parser::error(cursor, Problem::OpenBracket))
    }
}

fn any_of(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, ParseError> {
    joined(cursor, depth, "||", all_of, Filter::Or)
}

fn all_of(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, ParseError> {
    joined(cursor, depth, "&&", term, Filter::And)
}

fn joined(
    cursor: &mut Cursor<'_>,
    depth: usize,
    operator: &str,
    part: impl Fn(&mut Cursor<'_>, usize) -> Result<Filter, ParseError>,
    join: impl Fn(Vec<Filter>) -> Filter,
) -> Result<Filter, ParseError> {
    let first = part(cursor, depth)?;
    let mut more = Vec::new();
    loop {
        cursor.skip_whitespace();
        if !cursor.eat(operator) {
            break;
        }
        more.push(part(cursor, depth)?);
    }
    if more.is_empty() {
        return Ok(first);
    }
    more.insert(0, first);
    Ok(join(more))
}

fn term(cursor: &mut Cursor<'_>, depth: usize) -> Result<Filter, ParseError> {
    if depth > DEPTH_MAX {
        return Err(parser::error(cursor, Problem::TooDeep));
    }
    cursor.skip_whitespace();
    if cursor.peek() == Some('(') {
        return parenthesised(cursor, depth + 1);
    }
    if cursor.eat("!") {
        return term(cursor, depth + 1).map(|filter| Filter::Not(Box::new(filter)));
    }
    let left = operand(cursor, depth)?;
    cursor.skip_whitespace();
    match comparator(cursor) {
        Some(comparator) => {
            cursor.skip_whitespace();
            let right = operand(cursor, depth)?;
            Ok(Filter::Compare {
                left,
                comparator,
                right,
            })
        }
        None => match left {
            FilterOperand::Path(path) => Ok(Filter::Exists(path)),
            FilterOperand::Literal(_) | FilterOperand::Regex { .. } => {
                Err(parser::error(cursor, Problem::NoOperand))
            }
        },
    }
}

fn comparator(cursor: &mut Cursor<'_>) -> Option<Comparator> {
    let rest = cursor.rest();
    let (text, comparator) = COMPARATORS.iter().find(|(text, _)| {
        rest.get(..text.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(text))
    })?;
    // The character after a word only ends it; the bracket of a list still has to be read.
    cursor.eat(rest.get(..text.trim_end_matches([' ', '[']).len())?);
    Some(*comparator)
}

fn operand(cursor: &mut Cursor<'_>, depth: usize) -> Result<FilterOperand, ParseError> {
    match cursor.peek() {
        Some('@' | '$') => parser::path(cursor, depth).map(FilterOperand::Path),
        Some('/') => regex(cursor),
        _ => literal(cursor, depth).map(FilterOperand::Literal),
    }
}

fn literal(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value, ParseError> {
    match cursor.peek() {
        Some('\'' | '"') => parser::quoted(cursor).map(Value::String),
        Some('[') if depth <= DEPTH_MAX => list(cursor, depth + 1).map(Value::Array),
        _ => {
            for (word, value) in [
                ("true", Value::Bool(true)),
                ("false", Value::Bool(false)),
                ("null", Value::Null),
            ] {
                if cursor.eat(word) {
                    return Ok(value);
                }
            }
            cursor
                .number()
                .map(Value::Number)
                .ok_or_else(|| parser::error(cursor, Problem::NoOperand))
        }
    }
}

fn list(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<Value>, ParseError> {
    cursor.next();
    let mut values = Vec::new();
    loop {
        cursor.skip_whitespace();
        if cursor.eat("]") {
            return Ok(values);
        }
        values.push(literal(cursor, depth)?);
        cursor.skip_whitespace();
        if !cursor.eat(",") && cursor.peek() != Some(']') {
            return Err(parser::error(cursor, Problem::OpenBracket));
        }
    }
}

fn regex(cursor: &mut Cursor<'_>) -> Result<FilterOperand, ParseError> {
    cursor.next();
    let mut pattern = String::new();
    while let Some(character) = cursor.next() {
        match character {
            '/' => {
                let flags = cursor
                    .take_while(|character| character.is_ascii_alphabetic())
                    .to_owned();
                return Ok(FilterOperand::Regex { pattern, flags });
            }
            '\\' => match cursor.next() {
                Some('/') => pattern.push('/'),
                escaped => {
                    pattern.push('\\');
                    pattern.extend(escaped);
                }
            },
            _ => pattern.push(character),
        }
    }
    Err(parser::error(cursor, Problem::OpenQuote))
}
