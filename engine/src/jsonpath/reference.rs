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

    /// Puts a value at the place; objects on the way are made, what else stands in the way is an error.
    pub fn put(&self, document: &mut Value, value: Value) -> Result<(), ()> {
        let mut place = document;
        for segment in &self.0.segments {
            place = match segment {
                Segment::Field(name) => {
                    if place.is_null() {
                        *place = Value::Object(Map::new());
                    }
                    place
                        .as_object_mut()
                        .ok_or(())?
                        .entry(&**name)
                        .or_insert(Value::Null)
                }
                Segment::Index(index) => {
                    let index = usize::try_from(*index).map_err(|_| ())?;
                    place.as_array_mut().ok_or(())?.get_mut(index).ok_or(())?
                }
                _ => return Err(()),
            };
        }
        *place = value;
        Ok(())
    }
}
