//! From the text of a path to its segments.

use std::sync::Arc;

use super::{JsonPath, Root, Segment, filter};

/// A text that is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{path}' is not a path: {reason}")]
pub struct PathSyntaxError {
    path: String,
    reason: &'static str,
}

/// How deep filters may nest.
const DEPTH_LIMIT: usize = 32;
/// How many conditions a path may have.
const CONDITIONS_LIMIT: usize = 1_000;

/// A cursor over the text of a path.
pub(super) struct Cursor<'text> {
    text: &'text str,
    at: usize,
    depth: usize,
    conditions: usize,
}

impl<'text> Cursor<'text> {
    pub(super) fn new(text: &'text str) -> Cursor<'text> {
        Cursor {
            text,
            at: 0,
            depth: 0,
            conditions: 0,
        }
    }

    /// Goes into something that may nest.
    pub(super) fn deeper(&mut self) -> Result<(), &'static str> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err("a filter nests too deep");
        }
        Ok(())
    }

    pub(super) fn higher(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// One more condition: evaluating a chain of them nests as deep as the chain is long.
    pub(super) fn part(&mut self) -> Result<(), &'static str> {
        self.conditions += 1;
        if self.conditions > CONDITIONS_LIMIT {
            return Err("a filter has too many conditions");
        }
        Ok(())
    }

    pub(super) fn rest(&self) -> &'text str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(super) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    pub(super) fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.next();
        }
    }

    pub(super) fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'text str {
        let start = self.at;
        while self.peek().is_some_and(&keep) {
            self.next();
        }
        self.text.get(start..self.at).unwrap_or("")
    }

    /// A quoted text, its quote at the cursor. A backslash protects the quote and itself; before anything else it is
    /// a character like others, as a recording shows.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let quote = self.next()?;
        let mut out = String::new();
        loop {
            match self.next()? {
                '\\' if self.peek() == Some(quote) || self.peek() == Some('\\') => {
                    out.push(self.next()?)
                }
                end if end == quote => return Some(out),
                other => out.push(other),
            }
        }
    }
}

pub(super) fn path(text: &str) -> Result<JsonPath, PathSyntaxError> {
    let failed = |reason| PathSyntaxError {
        path: text.to_owned(),
        reason,
    };
    let mut cursor = Cursor::new(text);
    if !cursor.eat("$") {
        return Err(failed("it does not begin with '$'"));
    }
    let root = if cursor.eat("$") {
        Root::Context
    } else {
        match cursor.take_while(is_name) {
            "" => Root::Data,
            name => Root::Variable(Arc::from(name)),
        }
    };
    let segments = segments(&mut cursor).map_err(failed)?;
    if cursor.rest().is_empty() {
        Ok(JsonPath {
            text: Arc::from(text),
            root,
            segments,
        })
    } else {
        Err(failed("something follows its end"))
    }
}

/// The segments up to the first character that cannot continue a path.
pub(super) fn segments(cursor: &mut Cursor<'_>) -> Result<Vec<Segment>, &'static str> {
    let mut segments = Vec::new();
    loop {
        if cursor.eat("..") {
            let next = if cursor.peek() == Some('[') {
                bracket(cursor)?
            } else {
                dotted(cursor)?
            };
            segments.push(Segment::Descend(Box::new(next)));
        } else if cursor.eat(".") {
            // Jayway takes `$.[0]` for `$[0]`, and recorded definitions rely on it.
            segments.push(if cursor.peek() == Some('[') {
                bracket(cursor)?
            } else {
                dotted(cursor)?
            });
        } else if cursor.peek() == Some('[') {
            segments.push(bracket(cursor)?);
        } else {
            return Ok(segments);
        }
    }
}

fn dotted(cursor: &mut Cursor<'_>) -> Result<Segment, &'static str> {
    if cursor.eat("*") {
        return Ok(Segment::Wildcard);
    }
    match cursor.take_while(is_name) {
        "" => Err("a name is missing after '.'"),
        // AWS has none of Jayway's functions: what looks like a call is the name of a property that is not there.
        name if cursor.peek() == Some('(') => {
            let arguments = cursor.take_while(|character| character != ')');
            if cursor.eat(")") {
                Ok(Segment::Field(format!("{name}{arguments})").into()))
            } else {
                Err("a ')' is missing")
            }
        }
        name => Ok(Segment::Field(name.into())),
    }
}

/// Characters of a name that needs no quotes: Jayway is generous here.
fn is_name(character: char) -> bool {
    !matches!(
        character,
        '.' | '[' | ']' | '(' | ')' | ',' | '\'' | '"' | '*' | '=' | '<' | '>' | '!' | '&' | '|'
    ) && !character.is_whitespace()
}

fn bracket(cursor: &mut Cursor<'_>) -> Result<Segment, &'static str> {
    cursor.eat("[");
    cursor.skip_spaces();
    let segment = match cursor.peek() {
        Some('*') => {
            cursor.next();
            Segment::Wildcard
        }
        Some('?') => {
            cursor.next();
            Segment::Filter(filter::parse(cursor)?)
        }
        Some('\'' | '"') => names(cursor)?,
        _ => numbers(cursor)?,
    };
    cursor.skip_spaces();
    if cursor.eat("]") {
        Ok(segment)
    } else {
        Err("a ']' is missing")
    }
}

fn names(cursor: &mut Cursor<'_>) -> Result<Segment, &'static str> {
    let mut names = Vec::new();
    loop {
        cursor.skip_spaces();
        if !matches!(cursor.peek(), Some('\'' | '"')) {
            return Err("a quoted name is missing in '[]'");
        }
        names.push(
            cursor
                .quoted()
                .ok_or("a quote is not closed")?
                .into_boxed_str(),
        );
        cursor.skip_spaces();
        if !cursor.eat(",") {
            break;
        }
    }
    if names.len() == 1 {
        names
            .pop()
            .map(Segment::Field)
            .ok_or("a name is missing in '[]'")
    } else {
        Ok(Segment::Fields(names))
    }
}

fn numbers(cursor: &mut Cursor<'_>) -> Result<Segment, &'static str> {
    let first = number(cursor)?;
    cursor.skip_spaces();
    if cursor.eat(":") {
        let last = number(cursor)?;
        cursor.skip_spaces();
        let step = if cursor.eat(":") {
            number(cursor)?
        } else {
            None
        };
        let step = usize::try_from(step.unwrap_or(1)).map_err(|_| "a step is negative")?;
        if step == 0 {
            return Err("a step of 0 is not possible");
        }
        return Ok(Segment::Slice(first, last, step));
    }
    let mut indices = vec![first.ok_or("an index is missing in '[]'")?];
    while cursor.eat(",") {
        indices.push(number(cursor)?.ok_or("an index is missing in '[]'")?);
        cursor.skip_spaces();
    }
    Ok(match indices.as_slice() {
        [index] => Segment::Index(*index),
        _ => Segment::Indices(indices),
    })
}

fn number(cursor: &mut Cursor<'_>) -> Result<Option<i64>, &'static str> {
    cursor.skip_spaces();
    match cursor.take_while(|character| character == '-' || character.is_ascii_digit()) {
        "" => Ok(None),
        digits => digits
            .parse()
            .map(Some)
            .map_err(|_| "an index is not a number"),
    }
}
