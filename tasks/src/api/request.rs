//! Reading what a caller sent: a body that cannot be read is answered with what is wrong and where.

use comanda_domain::ids::{ClientId, StoreId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::http::Answer;

/// More than any order needs, and far below what a row bears.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// One store of one tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shop {
    /// The tenant.
    pub client_id: ClientId,
    /// The store.
    pub store_id: StoreId,
}

impl Shop {
    /// Reads both ids; 400 names the one that is none.
    pub fn parse(client_id: &str, store_id: &str) -> Result<Self, Answer> {
        Ok(Self {
            client_id: tenant(client_id)?,
            store_id: StoreId::new(store_id).map_err(|error| malformed("storeId", &error))?,
        })
    }
}

/// Reads a tenant's id.
pub fn tenant(client_id: &str) -> Result<ClientId, Answer> {
    ClientId::new(client_id).map_err(|error| malformed("clientId", &error))
}

/// Reads a JSON body; 400 says what is wrong and where, 413 that it is too large.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Answer> {
    if body.len() > BODY_BYTES_MAX {
        return Err(Answer::error(
            413,
            "TOO_LARGE",
            format!("the body has more than {BODY_BYTES_MAX} bytes"),
            Some("send fewer lines and shorter texts"),
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| at_path(&error))?;
    reader.end().map_err(|error| malformed("", &error))?;
    Ok(value)
}

/// The same for JSON that was read before.
pub(super) fn parse_value<T: DeserializeOwned>(value: Value) -> Result<T, Answer> {
    serde_path_to_error::deserialize(value).map_err(|error| at_path(&error))
}

fn at_path(error: &serde_path_to_error::Error<serde_json::Error>) -> Answer {
    let path = error.path().to_string();
    // `.` is serde's word for the whole.
    let path = if path == "." { "" } else { path.as_str() };
    malformed(path, error.inner())
}

/// 400: what is wrong, and where.
pub(super) fn malformed(place: &str, error: &dyn std::fmt::Display) -> Answer {
    let message = if place.is_empty() {
        error.to_string()
    } else {
        format!("{place}: {error}")
    };
    Answer::error(
        400,
        "MALFORMED_REQUEST",
        message,
        Some("examples/orders has orders that are understood"),
    )
}
