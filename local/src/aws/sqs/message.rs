//! A message as the queue keeps it, and the checksums that the SDKs verify.

use std::collections::BTreeMap;

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

/// A message in a queue. `Debug` leaves the body out: it has names, addresses and task tokens in it.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its place in the queue; given by the queue.
    pub sequence: u64,
    /// `MessageId`.
    pub id: String,
    /// The text.
    pub body: String,
    /// The sender's own attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Attribute>,
    /// Attributes that AWS knows (`AWSTraceHeader`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub system_attributes: BTreeMap<String, Attribute>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// From when on consumers see it.
    pub visible_at: Timestamp,
    /// `MessageGroupId`.
    pub group: Option<String>,
    /// `MessageDeduplicationId`, or the hash of the body.
    pub deduplication_id: Option<String>,
    /// How often it was received.
    pub receive_count: u32,
    /// When it was received first.
    pub first_received_at: Option<Timestamp>,
    /// The secret part of the current receipt handle.
    pub receipt: Option<String>,
    /// The queue it was a dead letter of.
    pub dead_letter_source: Option<String>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("sequence", &self.sequence)
            .field("id", &self.id)
            .field("visible_at", &self.visible_at)
            .field("receive_count", &self.receive_count)
            .finish_non_exhaustive()
    }
}

/// One attribute of a message, as it travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, with an optional label after a dot.
    #[serde(default)]
    pub data_type: String,
    /// The value of a string or a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of bytes, in base 64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

impl Attribute {
    /// The value's bytes; none if it says binary and is not base 64.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        match (&self.string_value, &self.binary_value) {
            (Some(text), None) => Some(text.clone().into_bytes()),
            (None, Some(encoded)) => BASE64_STANDARD.decode(encoded).ok(),
            _ => None,
        }
    }
}

/// The MD5 of a body, in hexadecimal.
#[must_use]
pub fn checksum_of_body(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// The MD5 of attributes, in AWS' encoding: sorted by name; name, type and value each with its length in front, and a
/// byte that says whether the value is text (1) or bytes (2). None where there are no attributes.
#[must_use]
pub fn checksum_of_attributes(attributes: &BTreeMap<String, Attribute>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    let mut part = |bytes: &[u8], tag: Option<u8>| {
        digest.update(tag.as_slice());
        digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        digest.update(bytes);
    };
    for (name, attribute) in attributes {
        part(name.as_bytes(), None);
        part(attribute.data_type.as_bytes(), None);
        let tag = if attribute.data_type.starts_with("Binary") {
            2
        } else {
            1
        };
        part(&attribute.bytes().unwrap_or_default(), Some(tag));
    }
    Some(hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Attribute, checksum_of_attributes, checksum_of_body};

    /// Expected values come from Python's hashlib over the encoding that AWS documents.
    #[test]
    fn checksums_are_those_the_sdks_compute() {
        assert_eq!(
            checksum_of_body("hello world"),
            "5eb63bbbe01eeed093cb22bb8f5acdc3"
        );
        let attribute = Attribute {
            data_type: "String".to_owned(),
            string_value: Some("Jane".to_owned()),
            binary_value: None,
        };
        let attributes = BTreeMap::from([("name".to_owned(), attribute)]);
        let checksum = checksum_of_attributes(&attributes);
        assert_eq!(
            checksum.as_deref(),
            Some("53caf9f100dfc921f5a640741057d182")
        );
        assert_eq!(checksum_of_attributes(&BTreeMap::new()), None);
    }
}
