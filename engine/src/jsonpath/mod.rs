//! JSONPath as AWS evaluates it: the dialect, the results and the words of Jayway JsonPath.
//! Intrinsic functions, which may stand where a path may, are the business of `intrinsic`.

mod compile;
mod filter;
mod reference;
mod select;

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

pub use compile::PathSyntaxError;
pub use reference::ReferencePath;

use filter::Filter;

/// A compiled path.
#[derive(Debug, Clone)]
pub struct JsonPath {
    text: Arc<str>,
    root: Root,
    segments: Vec<Segment>,
}

/// What a path starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `$`: the data at hand.
    Data,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(Arc<str>),
}

#[derive(Debug, Clone)]
pub(crate) enum Segment {
    Field(Box<str>),
    Fields(Vec<Box<str>>),
    Index(i64),
    Indices(Vec<i64>),
    /// From, to, and every how many.
    Slice(Option<i64>, Option<i64>, usize),
    Wildcard,
    Descend(Box<Segment>),
    Filter(Filter),
}

/// A path that leads nowhere, in Jayway's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PathNotFound(pub String);

impl JsonPath {
    /// Compiles a path.
    pub fn parse(text: &str) -> Result<JsonPath, PathSyntaxError> {
        compile::path(text)
    }

    /// Compiles a path that has been read.
    pub(crate) fn of(read: &comanda_asl::jsonpath::JsonPath) -> Result<JsonPath, PathSyntaxError> {
        compile::read_path(read)
    }

    /// The path as written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the path starts from.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Whether the path is its root alone.
    pub fn is_root(&self) -> bool {
        self.segments.is_empty()
    }

    /// Whether the path can lead to one place at most.
    pub fn is_definite(&self) -> bool {
        self.segments
            .iter()
            .all(|segment| matches!(segment, Segment::Field(_) | Segment::Index(_)))
    }

    /// Whether the path's last step goes to an index that an array in the data does not have.
    pub(crate) fn leads_behind_an_array(&self, data: &Value) -> bool {
        let Some((Segment::Index(index), before)) = self.segments.split_last() else {
            return false;
        };
        *index >= 0
            && self.root == Root::Data
            && self.is_definite()
            && select::one(before, data).is_ok_and(Value::is_array)
    }

    /// The first two fields that a definite path goes through; nothing else of its root matters to it.
    pub(crate) fn leading_fields(&self) -> (Option<&str>, Option<&str>) {
        let field = |place: usize| match self.segments.get(place) {
            Some(Segment::Field(name)) => Some(&**name),
            _ => None,
        };
        match self.is_definite() {
            true => (field(0), field(1)),
            false => (None, None),
        }
    }

    /// The same out of something that nobody else needs.
    pub(crate) fn select_from(&self, mut root: Value) -> Result<Value, PathNotFound> {
        if !self.is_definite() {
            return Ok(self.select(&root)?.into_owned());
        }
        self.select(&root)?;
        for segment in &self.segments {
            let inner = match segment {
                Segment::Field(name) => root.get_mut(&**name).map(Value::take),
                other => select::step(other, &root).cloned(),
            };
            root = inner.unwrap_or_default();
        }
        Ok(root)
    }

    /// What the path leads to: the one place of a definite path, a list of all places of any other.
    pub fn select<'value>(&self, root: &'value Value) -> Result<Cow<'value, Value>, PathNotFound> {
        if self.is_definite() {
            select::one(&self.segments, root).map(Cow::Borrowed)
        } else if let Some((Segment::Fields(names), before)) = self.segments.split_last() {
            // Several names at the end make one object of the members they name.
            select::merged(names, before, root).map(Cow::Owned)
        } else {
            let walk = select::Walk::new(root);
            let found = walk.many(&self.segments, root);
            walk.came_to_its_end()?;
            Ok(Cow::Owned(Value::Array(
                found.into_iter().cloned().collect(),
            )))
        }
    }
}
