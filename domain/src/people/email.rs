//! E-mail addresses: checked for shape only; whether one is read is found out by writing to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An e-mail address in lower case. `Debug` shows its domain only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Email(String);

/// A text that is no e-mail address. Does not hold the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address is written name@domain.tld")]
pub struct InvalidEmailError;

impl Email {
    /// Checks the shape; upper case is not kept.
    pub fn parse(text: &str) -> Result<Self, InvalidEmailError> {
        let text = text.trim().to_lowercase();
        let (name, domain) = text.split_once('@').ok_or(InvalidEmailError)?;
        let plain = |c: char| c.is_ascii_graphic() && !"@,;:<>()[]\\\"#".contains(c);
        let label = |label: &str| {
            let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
            (1..=63).contains(&label.len())
                && label.chars().all(inner)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let name_fits = (1..=64).contains(&name.len()) && name.chars().all(plain);
        let domain_fits = domain.contains('.') && domain.split('.').all(label);
        if text.len() <= 254 && name_fits && domain_fits {
            Ok(Self(text))
        } else {
            Err(InvalidEmailError)
        }
    }

    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let domain = self.0.split_once('@').map_or("", |(_, domain)| domain);
        write!(f, "Email(…@{domain})")
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmailError;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn shapes() {
        let email = Email::parse(" Joao.Silva@Email.com ").expect("valid");
        assert_eq!(email.as_str(), "joao.silva@email.com");
        assert_eq!(format!("{email:?}"), "Email(…@email.com)");
        for wrong in [
            "",
            "joao",
            "joao@",
            "@email.com",
            "joao@email",
            "a b@c.de",
            "a@b..c",
            "a#b@c.de",
            "a@-b.com",
        ] {
            assert!(Email::parse(wrong).is_err(), "{wrong}");
        }
    }
}
