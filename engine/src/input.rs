//! The input an execution is started with, as the service reads it.

use comanda_asl::json;

use crate::json::Json;

/// Reads the input of an execution; what is said about one that is not JSON is the message of `InvalidExecutionInput`.
pub fn read(text: &str) -> Result<Json, String> {
    Json::from_text(text).map_err(|_| {
        let words = match json::read(text) {
            Err(error) if error.mistake != json::Mistake::Empty => error.sentence(),
            _ => "Invalid execution input.".to_owned(),
        };
        format!("Invalid State Machine Execution Input: '{words}'")
    })
}
