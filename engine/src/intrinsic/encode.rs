//! Base64 and hashes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The longest text these functions take.
const LENGTH_LIMIT: usize = 10_000;

pub(super) fn to_base64(text: &str) -> Result<Value, String> {
    bounded(text).map(|text| Value::String(STANDARD.encode(text)))
}

pub(super) fn from_base64(text: &str) -> Result<Value, String> {
    let bytes = STANDARD
        .decode(bounded(text)?)
        .map_err(|error| format!("The text is not Base64: {error}"))?;
    Ok(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
}

pub(super) fn hash(data: &Value, algorithm: &str) -> Result<Value, String> {
    let text = match data {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let bytes = bounded(&text)?.as_bytes();
    digest(bytes, algorithm).map(Value::String).ok_or_else(|| {
        format!(
            "The algorithm '{algorithm}' is not one of MD5, SHA-1, SHA-256, SHA-384 and SHA-512."
        )
    })
}

/// The hash of some bytes, in hexadecimal.
pub(crate) fn digest(bytes: &[u8], algorithm: &str) -> Option<String> {
    Some(match algorithm {
        "MD5" => hex::encode(Md5::digest(bytes)),
        "SHA-1" => hex::encode(Sha1::digest(bytes)),
        "SHA-256" => hex::encode(Sha256::digest(bytes)),
        "SHA-384" => hex::encode(Sha384::digest(bytes)),
        "SHA-512" => hex::encode(Sha512::digest(bytes)),
        _ => return None,
    })
}

fn bounded(text: &str) -> Result<&str, String> {
    if text.chars().count() > LENGTH_LIMIT {
        return Err(format!(
            "The text is longer than {LENGTH_LIMIT} characters."
        ));
    }
    Ok(text)
}
