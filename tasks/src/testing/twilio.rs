//! Forms signed as Twilio signs them (providers §2.3): the address, then every name and value by name. And what it reports
//! of a message (providers §2.5).

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use super::Accepted;
use crate::http::WebhookRequest;

/// "Failed to send freeform message because you are outside the allowed window" (providers §2.4).
pub const OUTSIDE_WINDOW: u32 = 63_016;

/// What a template may fail by, which never fails for the window's sake: there is no WhatsApp at the number (providers §2.5).
pub const NOT_ON_WHATSAPP: u32 = 63_024;

/// The fields of a report on a message.
#[must_use]
pub fn report(accepted: &Accepted, word: &str, code: Option<u32>) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("MessageSid", accepted.sent.id.clone()),
        ("MessageStatus", word.to_owned()),
        ("From", accepted.from.clone()),
        ("To", accepted.message.to.clone()),
    ];
    fields.extend(code.map(|code| ("ErrorCode", code.to_string())));
    fields
}

/// A form of the account with this token, as it arrives at this address.
#[must_use]
pub fn signed_form(url: &str, token: &str, fields: &[(&str, impl AsRef<str>)]) -> WebhookRequest {
    let fields = fields.iter().map(|(name, value)| (*name, value.as_ref()));
    let mut fields: Vec<(&str, &str)> = fields.collect();
    fields.sort_unstable();
    let mut signed = url.to_owned();
    for (name, value) in &fields {
        signed.push_str(name);
        signed.push_str(value);
    }
    let signature = <Hmac<Sha1> as KeyInit>::new_from_slice(token.as_bytes())
        .map(|mut mac| {
            mac.update(signed.as_bytes());
            STANDARD.encode(mac.finalize().into_bytes())
        })
        .unwrap_or_default();
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
        .collect();
    WebhookRequest {
        url: url.to_owned(),
        headers: [("x-twilio-signature".to_owned(), signature)].into(),
        body: pairs.join("&").into_bytes(),
    }
}

fn escaped(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}
