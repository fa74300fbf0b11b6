//! Reads calls and their arguments.

use super::{Argument, Call, Function, ParseError, Problem, Text};
use crate::{cursor::Cursor, jsonpath};

/// AWS: "you can nest up to 10 intrinsic functions".
const DEPTH_MAX: usize = 10;

pub(super) fn parse(text: &str) -> Result<Call, ParseError> {
    let mut cursor = Cursor::new(text);
    let call = call(&mut cursor, 1)?;
    // Space may follow, as AWS's own language service has it; none may come before.
    cursor.skip_whitespace();
    if cursor.is_at_end() {
        Ok(call)
    } else {
        Err(error(&cursor, Problem::Trailing))
    }
}

fn error(cursor: &Cursor<'_>, problem: Problem) -> ParseError {
    ParseError {
        offset: cursor.offset(),
        problem,
    }
}

fn call(cursor: &mut Cursor<'_>, depth: usize) -> Result<Call, ParseError> {
    if depth > DEPTH_MAX {
        return Err(error(cursor, Problem::TooDeep));
    }
    let begin = cursor.clone();
    let name = cursor.take_while(|character| character.is_ascii_alphanumeric() || character == '.');
    if name.is_empty() {
        return Err(error(cursor, Problem::NoFunction));
    }
    let function = Function::parse(name)
        .ok_or_else(|| error(&begin, Problem::UnknownFunction(name.to_owned())))?;
    if !cursor.eat("(") {
        return Err(error(cursor, Problem::NoParenthesis));
    }
    let arguments = arguments(cursor, depth)?;
    Ok(Call {
        text: cursor.since(begin.offset()).to_owned(),
        function,
        arguments,
    })
}

fn arguments(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<Argument>, ParseError> {
    let mut arguments = Vec::new();
    cursor.skip_whitespace();
    if cursor.eat(")") {
        return Ok(arguments);
    }
    loop {
        cursor.skip_whitespace();
        arguments.push(argument(cursor, depth)?);
        cursor.skip_whitespace();
        if cursor.eat(")") {
            return Ok(arguments);
        }
        if !cursor.eat(",") {
            return Err(error(cursor, Problem::OpenParenthesis));
        }
    }
}

fn argument(cursor: &mut Cursor<'_>, depth: usize) -> Result<Argument, ParseError> {
    match cursor.peek() {
        Some('\'') => text(cursor).map(Argument::Text),
        Some('$') => jsonpath::parse_prefix(cursor)
            .map(Argument::Path)
            .map_err(|error| ParseError {
                offset: error.offset,
                problem: error.problem.into(),
            }),
        Some('-' | '0'..='9') => cursor
            .number()
            .map(Argument::Number)
            .ok_or_else(|| error(cursor, Problem::NoArgument)),
        _ => word(cursor, depth),
    }
}

fn word(cursor: &mut Cursor<'_>, depth: usize) -> Result<Argument, ParseError> {
    if cursor.rest().starts_with("States.") {
        return call(cursor, depth + 1).map(Argument::Call);
    }
    let begin = cursor.clone();
    match cursor.take_while(char::is_alphanumeric) {
        "null" => Ok(Argument::Null),
        "true" => Ok(Argument::Boolean(true)),
        "false" => Ok(Argument::Boolean(false)),
        _ => Err(error(&begin, Problem::NoArgument)),
    }
}

fn text(cursor: &mut Cursor<'_>) -> Result<Text, ParseError> {
    cursor.next();
    let start = cursor.offset();
    let mut value = String::new();
    loop {
        let end = cursor.clone();
        match cursor.next() {
            Some('\'') => {
                return Ok(Text {
                    value,
                    raw: end.since(start).to_owned(),
                });
            }
            // AWS recorded a refusal of `\"`: a double quote stands for itself here.
            Some('\\') => match cursor.next() {
                Some(escaped @ ('\'' | '{' | '}' | '\\')) => value.push(escaped),
                _ => return Err(error(&end, Problem::Escape)),
            },
            Some(character) => value.push(character),
            None => return Err(error(cursor, Problem::OpenQuote)),
        }
    }
}
