//! Reads the steps of a path; conditions are read next door.

use super::{Function, JsonPath, ParseError, Problem, Root, Segment, Selector, filter};
use crate::cursor::Cursor;

pub(super) fn parse(text: &str) -> Result<JsonPath, ParseError> {
    let mut cursor = Cursor::new(text);
    let path = parse_prefix(&mut cursor)?;
    if cursor.is_at_end() {
        Ok(path)
    } else {
        Err(error(&cursor, Problem::Trailing))
    }
}

/// Reads a path from the front of a longer text and leaves what follows it.
pub(crate) fn parse_prefix(cursor: &mut Cursor<'_>) -> Result<JsonPath, ParseError> {
    path(cursor, 0)
}

/// The same inside a filter, which may lie in the filter of a path, and so on: the depth is bounded.
pub(super) fn path(cursor: &mut Cursor<'_>, depth: usize) -> Result<JsonPath, ParseError> {
    let start = cursor.offset();
    let root = root(cursor)?;
    let mut segments = Vec::new();
    while let Some(segment) = segment(cursor, depth)? {
        let ends = matches!(segment, Segment::Function(_));
        segments.push(segment);
        if ends {
            break;
        }
    }
    Ok(JsonPath {
        text: cursor.since(start).to_owned(),
        root,
        segments,
    })
}

pub(super) fn error(cursor: &Cursor<'_>, problem: Problem) -> ParseError {
    ParseError {
        offset: cursor.offset(),
        problem,
    }
}

fn root(cursor: &mut Cursor<'_>) -> Result<Root, ParseError> {
    if cursor.eat("@") {
        return Ok(Root::Item);
    }
    if cursor.eat("$$") {
        return Ok(Root::Context);
    }
    if !cursor.eat("$") {
        return Err(error(cursor, Problem::NoRoot));
    }
    // Variables are Unicode identifiers; anything else after `$` is a step or the end of the path.
    match cursor.peek() {
        Some(character) if character.is_alphabetic() || character == '_' => {
            let name =
                cursor.take_while(|character| character.is_alphanumeric() || character == '_');
            Ok(Root::Variable(name.to_owned()))
        }
        _ => Ok(Root::Data),
    }
}

fn segment(cursor: &mut Cursor<'_>, depth: usize) -> Result<Option<Segment>, ParseError> {
    if cursor.eat("..") {
        let selectors = match cursor.peek() {
            Some('[') => bracket(cursor, depth)?,
            Some('*') => wildcard(cursor),
            _ => vec![Selector::Name(name(cursor)?.to_owned())],
        };
        return Ok(Some(Segment::Descendant(selectors)));
    }
    if cursor.eat(".") {
        return match cursor.peek() {
            Some('[') => Ok(Some(Segment::Child(bracket(cursor, depth)?))),
            Some('*') => Ok(Some(Segment::Child(wildcard(cursor)))),
            _ => member_or_function(cursor).map(Some),
        };
    }
    if cursor.peek() == Some('[') {
        return Ok(Some(Segment::Child(bracket(cursor, depth)?)));
    }
    Ok(None)
}

fn wildcard(cursor: &mut Cursor<'_>) -> Vec<Selector> {
    cursor.next();
    vec![Selector::Wildcard]
}

fn member_or_function(cursor: &mut Cursor<'_>) -> Result<Segment, ParseError> {
    let start = cursor.clone();
    let name = name(cursor)?;
    if !cursor.eat("(") {
        return Ok(Segment::Child(vec![Selector::Name(name.to_owned())]));
    }
    let function = Function::parse(name).ok_or_else(|| error(&start, Problem::UnknownFunction))?;
    if cursor.eat(")") {
        Ok(Segment::Function(function))
    } else {
        Err(error(cursor, Problem::Trailing))
    }
}

/// A name after a dot: anything up to what can only be the next step, an operator or the end of an argument.
/// `$.${Attribute}` is a name too: deployments fill it in.
fn name<'text>(cursor: &mut Cursor<'text>) -> Result<&'text str, ParseError> {
    let name = cursor.take_while(|character| {
        !character.is_whitespace() && !".[](),='\"<>!&|?*@".contains(character)
    });
    if name.is_empty() {
        Err(error(cursor, Problem::NoName))
    } else {
        Ok(name)
    }
}

fn bracket(cursor: &mut Cursor<'_>, depth: usize) -> Result<Vec<Selector>, ParseError> {
    cursor.next();
    let mut selectors = Vec::new();
    loop {
        cursor.skip_whitespace();
        selectors.push(selector(cursor, depth)?);
        cursor.skip_whitespace();
        if cursor.eat("]") {
            return if go_together(&selectors) {
                Ok(selectors)
            } else {
                Err(error(cursor, Problem::Mixed))
            };
        }
        if !cursor.eat(",") {
            return Err(error(cursor, Problem::OpenBracket));
        }
    }
}

/// Several must be names, or indices.
fn go_together(selectors: &[Selector]) -> bool {
    let all = |fits: fn(&Selector) -> bool| selectors.iter().all(fits);
    selectors.len() == 1
        || all(|selector| matches!(selector, Selector::Name(_)))
        || all(|selector| matches!(selector, Selector::Index(_)))
}

fn selector(cursor: &mut Cursor<'_>, depth: usize) -> Result<Selector, ParseError> {
    match cursor.peek() {
        Some('*') => {
            cursor.next();
            Ok(Selector::Wildcard)
        }
        Some('\'' | '"') => quoted(cursor).map(Selector::Name),
        Some('?') => {
            cursor.next();
            cursor.skip_whitespace();
            filter::parenthesised(cursor, depth + 1).map(Selector::Filter)
        }
        _ => index_or_slice(cursor),
    }
}

fn index_or_slice(cursor: &mut Cursor<'_>) -> Result<Selector, ParseError> {
    let start = integer(cursor);
    cursor.skip_whitespace();
    if !cursor.eat(":") {
        return start
            .map(Selector::Index)
            .ok_or_else(|| error(cursor, Problem::NoSelector));
    }
    cursor.skip_whitespace();
    let end = integer(cursor);
    cursor.skip_whitespace();
    let step = if cursor.eat(":") {
        integer(cursor)
    } else {
        None
    };
    if step.is_some_and(|step| step <= 0) {
        return Err(error(cursor, Problem::NoStep));
    }
    Ok(Selector::Slice { start, end, step })
}

fn integer(cursor: &mut Cursor<'_>) -> Option<i64> {
    let start = cursor.clone();
    let text = cursor.take_while(|character| character.is_ascii_digit() || character == '-');
    let number = text.parse().ok();
    if number.is_none() {
        *cursor = start;
    }
    number
}

/// A name in quotes. A backslash keeps the quote (and itself) from ending the name; before anything else it is a character
/// of the name, as AWS recorded for `$['Test\"Name']`.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Result<String, ParseError> {
    let quote = cursor.next();
    let mut name = String::new();
    while let Some(character) = cursor.next() {
        if Some(character) == quote {
            return Ok(name);
        }
        let escaped = cursor.peek();
        if character == '\\' && (escaped == quote || escaped == Some('\\')) {
            cursor.next();
            name.extend(escaped);
        } else {
            name.push(character);
        }
    }
    Err(error(cursor, Problem::OpenQuote))
}
