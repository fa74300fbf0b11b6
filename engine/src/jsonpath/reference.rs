//! Reference paths: where `ResultPath` puts a result into a document.

use serde_json::{Map, Value};

use super::{JsonPath, PathSyntaxError, Segment};

/// A path that names one place, which need not exist yet.
#[derive(Debug, Clone)]
pub struct ReferencePath(JsonPath);

impl ReferencePath {
    /// Compiles a reference path.
    pub fn parse(text: &str) -> Result<ReferencePath, PathSyntaxError> {
        JsonPath::parse(text).map(ReferencePath)
    }

    /// The path as written.
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// Whether the whole document is the place.
    pub fn is_root(&self) -> bool {
        self.0.is_root()
    }

    /// Puts a value at the place, and makes objects on the way; false where something else stands in the way.
    #[must_use]
    pub fn put(&self, document: &mut Value, value: Value) -> bool {
        match self.place(document) {
            Some(place) => {
                *place = value;
                true
            }
            None => false,
        }
    }

    fn place<'document>(&self, document: &'document mut Value) -> Option<&'document mut Value> {
        let mut place = document;
        for segment in &self.0.segments {
            place = match segment {
                Segment::Field(name) => {
                    if place.is_null() {
                        *place = Value::Object(Map::new());
                    }
                    place.as_object_mut()?.entry(&**name).or_insert(Value::Null)
                }
                Segment::Index(index) => {
                    let index = usize::try_from(*index).ok()?;
                    place.as_array_mut()?.get_mut(index)?
                }
                _ => return None,
            };
        }
        Some(place)
    }
}
