//! Between the model and JSON, both ways: for each part of the language one file that takes it apart and puts it together.
//!
//! Reading is lenient: a member that is unknown or of the wrong type goes to the part's `unknown` and is printed back from
//! there, so that nothing of a document is lost; saying what is wrong is the validator's work. Writing is canonical: members
//! come in a fixed order, states in theirs.

mod choice;
mod machine;
mod map;
mod map_io;
mod members;
mod retry_catch;
mod state;
mod task;

use serde_json::Value;

use crate::model::StateMachine;

/// Makes a machine of JSON. `None` when something is missing without which there is no machine, such as a state's type.
#[must_use]
pub fn from_value(value: &Value) -> Option<StateMachine> {
    machine::read(value)
}

/// Makes canonical JSON of a machine.
#[must_use]
pub fn to_value(machine: &StateMachine) -> Value {
    machine::write(machine)
}

/// Prints a machine canonically: a fixed order of members, two spaces, a newline at the end, so that a diff is a review.
#[must_use]
pub fn print(machine: &StateMachine) -> String {
    // The alternate form of a JSON value is its pretty form, and writing to a string cannot fail.
    format!("{:#}\n", to_value(machine))
}

#[cfg(test)]
mod tests;
