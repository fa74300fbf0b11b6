//! The pages, one file each, and the parts that they share.

pub mod alarms;
pub mod execution;
pub mod executions;
mod graph;
mod history;
mod json;
pub mod order;
pub mod orders;
pub mod phone;
pub mod search;
mod step;
mod story;
mod when;

use axum::{http::StatusCode, response::Response};

use super::{data::DataError, shell::notice};

/// A page about what could not be read.
pub fn broken(error: &DataError) -> Response {
    notice(
        StatusCode::INTERNAL_SERVER_ERROR,
        "The stack did not answer",
        &error.to_string(),
        &[("", "Try again")],
    )
}

/// Text for an address: what is not plain is percent-encoded.
pub fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
