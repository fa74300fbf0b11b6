//! The constraints that the service's API puts on a request's members, and the words it refuses with.

use serde_json::Value;

/// Collects what is violated, in the order of asking.
#[derive(Default)]
pub(super) struct Constraints {
    violated: Vec<String>,
}

impl Constraints {
    fn violate(&mut self, value: &str, member: &str, must: &str) {
        self.violated.push(format!(
            "Value {value} at '{member}' failed to satisfy constraint: Member must {must}"
        ));
    }

    pub(super) fn required(&mut self, member: &str, value: &Value) {
        if value.is_null() {
            self.violate("null", member, "not be null");
        }
    }

    /// A text's length, in characters.
    pub(super) fn length(&mut self, member: &str, value: &Value, least: usize, most: usize) {
        let Some(text) = value.as_str() else {
            return;
        };
        let length = text.chars().count();
        // What is too long is not repeated, nor is what may be secret.
        if length < least {
            let must = format!("have length greater than or equal to {least}");
            self.violate(&format!("'{text}'"), member, &must);
        } else if length > most {
            let must = format!("have length less than or equal to {most}");
            self.violate("***", member, &must);
        }
    }

    pub(super) fn one_of(&mut self, member: &str, value: &Value, allowed: &[&str]) {
        if let Some(text) = value.as_str().filter(|text| !allowed.contains(text)) {
            let must = format!("satisfy enum value set: [{}]", allowed.join(", "));
            self.violate(&format!("'{text}'"), member, &must);
        }
    }

    pub(super) fn at_least(&mut self, member: &str, value: &Value, least: i64) {
        if let Some(number) = value.as_i64().filter(|number| *number < least) {
            let must = format!("have value greater than or equal to {least}");
            self.violate(&format!("'{number}'"), member, &must);
        }
    }

    pub(super) fn verdict(self) -> Result<(), String> {
        let errors = match self.violated.len() {
            0 => return Ok(()),
            1 => "1 validation error".to_owned(),
            count => format!("{count} validation errors"),
        };
        Err(format!("{errors} detected: {}", self.violated.join("; ")))
    }
}
