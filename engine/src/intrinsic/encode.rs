//! Base64 and hashes.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose};
use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The longest text these functions take.
const LENGTH_LIMIT: usize = 10_000;

/// Takes what is left at the end for what it can be, as AWS does.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn to_base64(text: &str) -> Option<Value> {
    let encoded = general_purpose::STANDARD.encode(bounded(text)?);
    Some(Value::String(encoded))
}

/// AWS decodes everything: it passes over what is not in the alphabet, and ends at the first `=`.
pub(super) fn from_base64(text: &str) -> Option<Value> {
    let letters = bounded(text)?.bytes().take_while(|byte| *byte != b'=');
    let letters = letters.filter_map(|byte| match byte {
        b'-' => Some(b'+'),
        b'_' => Some(b'/'),
        b'+' | b'/' => Some(byte),
        _ => byte.is_ascii_alphanumeric().then_some(byte),
    });
    let mut letters: Vec<u8> = letters.collect();
    if letters.len() % 4 == 1 {
        // One letter alone is less than a byte.
        letters.pop();
    }
    let bytes = LENIENT.decode(letters).ok()?;
    Some(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
}

pub(super) fn hash(data: &Value, algorithm: &str) -> Option<Value> {
    let text = match data {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let bytes = bounded(&text)?.as_bytes();
    digest(bytes, algorithm).map(Value::String)
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

fn bounded(text: &str) -> Option<&str> {
    (text.chars().count() <= LENGTH_LIMIT).then_some(text)
}
