//! Text that is no JSON, or no object.

use super::{Explanation, Suggestion};
use crate::json::Span;

/// Text that is no JSON: `message` is AWS's, `offset` where the reader stopped.
pub(super) fn broken(message: &str, text: &str, offset: usize) -> Explanation {
    // AWS goes on with the whole text after the first line; the place is shown below it anyway.
    let title = message.lines().next().unwrap_or_default();
    let span = read_last(title, text, offset).unwrap_or_else(|| character_at(text, offset));
    Explanation {
        title: title.to_owned(),
        span,
        label: Some("the text is no JSON from here on".to_owned()),
        related: Vec::new(),
        suggestion: superfluous_comma(text, span.start),
        help: None,
    }
}

/// The character that a message names, where the reader has gone past it.
fn read_last(title: &str, text: &str, offset: usize) -> Option<Span> {
    let named = title.split_once("('")?.1.chars().next()?;
    let before = text.get(..offset)?.strip_suffix(named)?;
    Some(Span {
        start: before.len(),
        end: offset,
    })
}

fn character_at(text: &str, offset: usize) -> Span {
    let next = text.get(offset..).and_then(|rest| rest.chars().next());
    let length = next
        .filter(|character| *character != '\n')
        .map_or(0, char::len_utf8);
    Span {
        start: offset,
        end: offset + length,
    }
}

/// A comma in front of a closing brace or bracket.
fn superfluous_comma(text: &str, offset: usize) -> Option<Suggestion> {
    text.get(offset..)?.starts_with(['}', ']']).then_some(())?;
    let comma = text.get(..offset)?.trim_end().strip_suffix(',')?.len();
    Some(Suggestion {
        message: "the last element has no comma behind it".to_owned(),
        span: Span {
            start: comma,
            end: comma + 1,
        },
        replacement: String::new(),
    })
}
