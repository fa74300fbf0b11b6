//! `X-Twilio-Signature` (providers §2.3).

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The signature of a form post to `url`: over the address as called, then each name and value, sorted by name.
pub(super) fn sign(auth_token: &str, url: &str, form: &[(String, String)]) -> String {
    let mut form: Vec<_> = form.iter().collect();
    form.sort_unstable();
    // A name that comes twice with the same value counts once.
    form.dedup();
    // A key of any length is fine for HMAC, so the error cannot occur; without a signature the receiver refuses.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(auth_token.as_bytes()) else {
        return String::new();
    };
    mac.update(url.as_bytes());
    for (name, value) in form {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::sign;

    #[test]
    fn is_the_one_of_the_published_vectors() {
        let check = |form: &[(&str, &str)], expected: &str| {
            let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let form: Vec<_> = form.iter().map(owned).collect();
            let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
            assert_eq!(sign("12345", url, &form), expected);
        };
        let call = [
            ("CallSid", "CA1234567890ABCDE"),
            ("Caller", "+14158675309"),
            ("Digits", "1234"),
            ("From", "+14158675309"),
            ("To", "+18005551212"),
        ];
        check(&call, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
        let repeated = [
            ("Sid", "CA123"),
            ("SidAccount", "AC123"),
            ("Digits", "5678"),
            ("Digits", "1234"),
            ("Digits", "1234"),
        ];
        check(&repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
    }
}
