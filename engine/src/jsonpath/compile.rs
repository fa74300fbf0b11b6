//! From a path as `comanda_asl` reads it to the steps that are followed.

use std::sync::Arc;

use comanda_asl::jsonpath::{
    self as read, FilterOperand, JsonPath as ReadPath, Segment as ReadSegment, Selector,
};
use regex::{Regex, RegexBuilder};

use super::filter::{Filter, Operand};
use super::{JsonPath, Root, Segment};

/// A text that is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{path}' is not a path: {reason}")]
pub struct PathSyntaxError {
    path: String,
    reason: String,
}

pub(super) fn path(text: &str) -> Result<JsonPath, PathSyntaxError> {
    match ReadPath::parse(text) {
        Ok(read) => read_path(&read),
        Err(error) => Err(refused(text, error.to_string())),
    }
}

pub(super) fn read_path(read: &ReadPath) -> Result<JsonPath, PathSyntaxError> {
    let root = match &read.root {
        read::Root::Data => Root::Data,
        read::Root::Context => Root::Context,
        read::Root::Variable(name) => Root::Variable(Arc::from(name.as_str())),
        read::Root::Item => {
            return Err(refused(&read.text, "it does not begin with '$'".to_owned()));
        }
    };
    let segments = segments(&read.segments);
    Ok(JsonPath {
        text: Arc::from(read.text.as_str()),
        root,
        segments: segments.map_err(|reason| refused(&read.text, reason.to_owned()))?,
    })
}

fn refused(path: &str, reason: String) -> PathSyntaxError {
    PathSyntaxError {
        path: path.to_owned(),
        reason,
    }
}

fn segments(segments: &[ReadSegment]) -> Result<Vec<Segment>, &'static str> {
    segments.iter().map(segment).collect()
}

fn segment(segment: &ReadSegment) -> Result<Segment, &'static str> {
    match segment {
        ReadSegment::Child(selectors) => selected(selectors),
        ReadSegment::Descendant(selectors) => Ok(Segment::Descend(Box::new(selected(selectors)?))),
        // AWS has none of Jayway's functions: what looks like a call is the name of a property that is not there.
        ReadSegment::Function(function) => {
            Ok(Segment::Field(format!("{}()", function.name()).into()))
        }
    }
}

fn selected(selectors: &[Selector]) -> Result<Segment, &'static str> {
    if let [selector] = selectors {
        return Ok(match selector {
            Selector::Name(name) => Segment::Field(name.as_str().into()),
            Selector::Index(index) => Segment::Index(*index),
            Selector::Wildcard => Segment::Wildcard,
            Selector::Slice { start, end, step } => {
                let step = step.map_or(Ok(1), usize::try_from);
                Segment::Slice(*start, *end, step.map_err(|_| "a step is negative")?)
            }
            Selector::Filter(filter) => Segment::Filter(self::filter(filter)?),
        });
    }
    let name = |selector: &Selector| match selector {
        Selector::Name(name) => Some(Box::from(name.as_str())),
        _ => None,
    };
    let index = |selector: &Selector| match selector {
        Selector::Index(index) => Some(*index),
        _ => None,
    };
    let names: Option<Vec<Box<str>>> = selectors.iter().map(name).collect();
    let indices: Option<Vec<i64>> = selectors.iter().map(index).collect();
    names
        .map(Segment::Fields)
        .or(indices.map(Segment::Indices))
        .ok_or("what stands together in brackets must be names, or indices")
}

fn filter(filter: &read::Filter) -> Result<Filter, &'static str> {
    let many = |filters: &[read::Filter]| -> Result<Vec<Filter>, &'static str> {
        filters.iter().map(self::filter).collect()
    };
    Ok(match filter {
        read::Filter::Or(any) => Filter::Or(many(any)?),
        read::Filter::And(all) => Filter::And(many(all)?),
        read::Filter::Not(inner) => Filter::Not(Box::new(self::filter(inner)?)),
        read::Filter::Exists(path) => Filter::Exists(place(path)?),
        read::Filter::Compare {
            left,
            comparator,
            right,
        } => Filter::Compare(operand(left)?, *comparator, operand(right)?),
    })
}

fn operand(operand: &FilterOperand) -> Result<Operand, &'static str> {
    match operand {
        FilterOperand::Path(path) => place(path),
        FilterOperand::Literal(value) => Ok(Operand::Literal(value.clone())),
        FilterOperand::Regex { pattern, flags } => {
            self::pattern(pattern, flags).map(Operand::Pattern)
        }
    }
}

fn place(path: &ReadPath) -> Result<Operand, &'static str> {
    let segments = segments(&path.segments)?;
    match path.root {
        read::Root::Item => Ok(Operand::Item(segments)),
        read::Root::Data => Ok(Operand::Root(segments)),
        read::Root::Context | read::Root::Variable(_) => {
            Err("a filter sees nothing but the document and its items")
        }
    }
}

/// Jayway wants the whole text to match.
fn pattern(pattern: &str, flags: &str) -> Result<Regex, &'static str> {
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .build()
        .map_err(|_| "a filter's regular expression cannot be read")
}
