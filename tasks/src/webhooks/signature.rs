//! Twilio's request signature (providers §2.3): over the exact public address and, for forms, its sorted parameters.
//!
//! Two ways: `X-Twilio-Signature` with HMAC-SHA1 and the account's token, or, when the shared-key header announces it,
//! HMAC-SHA256. An algorithm that is not known is refused.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::http::WebhookRequest;

/// Where the signature is.
pub(super) const SIGNATURE_HEADER: &str = "x-twilio-signature";
/// What announces a shared-key signature: `key=webhooks_sharedkey_…,algorithm=HMAC_SHA256`.
pub(super) const SETTINGS_HEADER: &str = "x-twilio-webhooks-signature-settings";

/// A form's parameters: each name with its different values, both in byte order.
pub(super) type Form = BTreeMap<String, BTreeSet<String>>;

/// Whether whoever signed the request knows `key`.
pub(super) fn is_authentic(request: &WebhookRequest, form: &Form, key: &SecretString) -> bool {
    let signed = STANDARD.decode(request.header(SIGNATURE_HEADER));
    let Ok(signed) = signed else { return false };
    let settings = request.header(SETTINGS_HEADER);
    // Twilio may sign the address with or without its default port.
    addresses(&request.url).into_iter().any(|address| {
        let message = signed_text(&address, form);
        let expected = match algorithm(settings) {
            Some(Algorithm::Sha1) => digest::<Hmac<Sha1>>(key, &message),
            Some(Algorithm::Sha256) => digest::<Hmac<Sha256>>(key, &message),
            None => None,
        };
        expected.is_some_and(|expected| bool::from(expected.ct_eq(&signed)))
    })
}

enum Algorithm {
    Sha1,
    Sha256,
}

fn algorithm(settings: &str) -> Option<Algorithm> {
    if settings.is_empty() {
        return Some(Algorithm::Sha1);
    }
    settings
        .split(',')
        .filter_map(|part| part.trim().strip_prefix("algorithm="))
        .any(|name| name == "HMAC_SHA256")
        .then_some(Algorithm::Sha256)
}

fn digest<M: Mac + KeyInit>(key: &SecretString, message: &str) -> Option<Vec<u8>> {
    let mut mac = <M as KeyInit>::new_from_slice(key.expose_secret().as_bytes()).ok()?;
    mac.update(message.as_bytes());
    Some(mac.finalize().into_bytes().to_vec())
}

fn signed_text(address: &str, form: &Form) -> String {
    let mut text = address.to_owned();
    for (name, values) in form {
        for value in values {
            text.push_str(name);
            text.push_str(value);
        }
    }
    text
}

fn addresses(url: &str) -> Vec<String> {
    let mut all = vec![url.to_owned()];
    for (scheme, port) in [("https://", ":443"), ("http://", ":80")] {
        let Some(rest) = url.strip_prefix(scheme) else {
            continue;
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        if let Some(bare) = host.strip_suffix(port) {
            all.push(format!("{scheme}{bare}{path}"));
        } else if !host.contains(':') {
            all.push(format!("{scheme}{host}{port}{path}"));
        }
    }
    all
}

/// Reads `application/x-www-form-urlencoded`. Broken escapes are kept as they are, as browsers do.
pub(super) fn parse_form(body: &[u8]) -> Form {
    let mut form = Form::new();
    for pair in body
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
    {
        let mut parts = pair.splitn(2, |byte| *byte == b'=');
        let name = decode(parts.next().unwrap_or_default());
        let value = decode(parts.next().unwrap_or_default());
        form.entry(name).or_default().insert(value);
    }
    form
}

fn decode(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let escaped = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| hex::decode(digits).ok());
        match escaped {
            Some(decoded) => {
                bytes.extend(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "SmsMessageSid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&NumMedia=0&ProfileName=Jo%C3%A3o+da+Silva&MessageType=text&SmsSid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&WaId=5511987654321&SmsStatus=received&Body=Ol%C3%A1%2C+quero+2+X-Salada+%26+1+Coca&To=whatsapp%3A%2B551140028922&NumSegments=1&ReferralNumMedia=0&MessageSid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&AccountSid=ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb&From=whatsapp%3A%2B5511987654321&ApiVersion=2010-04-01";
    const OURS: &str = "https://api.example.com.br/webhooks/twilio/whatsapp";
    const SHARED_KEY: &str = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256";
    const SHA1: &str = "IloBS6DWTwhl/ZUwX8wbdfk5FBU=";
    const SHA256: &str = "rO+Fao9pNpuYuC1sE9oVSFdfLWezApwdjOroOhUozDg=";

    #[track_caller]
    fn check(url: &str, body: &str, signature: &str, settings: &str, expected: bool) {
        let headers = [(SIGNATURE_HEADER, signature), (SETTINGS_HEADER, settings)];
        let request = WebhookRequest {
            url: url.into(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            body: body.into(),
        };
        let form = parse_form(&request.body);
        let key = SecretString::from("12345");
        assert_eq!(is_authentic(&request, &form, &key), expected);
    }

    #[test]
    fn public_vectors() {
        let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
        let body = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
        check(url, body, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "", true);
        let repeated = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
        check(url, repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU=", "", true);
        check(OURS, BODY, SHA1, "", true);
        check(OURS, BODY, SHA256, SHARED_KEY, true);
    }

    #[test]
    fn the_default_port_makes_no_difference() {
        let with_port = OURS.replace(".br/", ".br:443/");
        check(&with_port, BODY, SHA1, "", true);
    }

    #[test]
    fn anything_else_is_refused() {
        let changed = BODY.replace("X-Salada", "X-Tudo");
        check(OURS, &changed, SHA1, "", false);
        check(
            "https://api.example.com.br/webhooks/twilio",
            BODY,
            SHA1,
            "",
            false,
        );
        check(OURS, BODY, "", "", false);
        check(OURS, BODY, "not base64", "", false);
        check(OURS, BODY, SHA1, SHARED_KEY, false);
        check(OURS, BODY, SHA256, "key=a,algorithm=HMAC_SHA1", false);
        check(OURS, BODY, SHA256, "key=a", false);
    }

    #[test]
    fn forms_are_decoded_as_twilio_encodes_them() {
        let form = parse_form(b"a=Ol%C3%A1+voc%C3%AA&b&c=%zz%4");
        let value = |name: &str| form.get(name).and_then(|values| values.first()).cloned();
        assert_eq!(value("a").as_deref(), Some("Olá você"));
        assert_eq!(value("b").as_deref(), Some(""));
        assert_eq!(value("c").as_deref(), Some("%zz%4"));
    }
}
