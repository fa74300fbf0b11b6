//! The Pass state: passes its input on, or makes data.

/// What only a Pass has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pass {
    /// JSONPath: what stands in for the result, as it is. `Some(Null)` is a `null` that was written.
    pub result: Option<serde_json::Value>,
}
