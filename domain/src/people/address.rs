//! Addresses in Brazil (000 §2): street, number, neighbourhood, city, state and CEP.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::digits_of;
use crate::text::folded;

/// Where an order goes. `Debug` shows neighbourhood and city only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Address {
    /// Its id in the customer's list (`addr_…`), if it comes from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_id: Option<String>,
    /// What the customer calls it: `Casa`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Street.
    pub street: String,
    /// Number; `s/n` where there is none.
    pub number: String,
    /// Flat, block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub complement: Option<String>,
    /// Neighbourhood (`bairro`).
    pub neighborhood: String,
    /// City.
    pub city: String,
    /// Federal unit.
    pub state: State,
    /// CEP, where the customer gave it; an order that is delivered needs it only where its zones go by CEP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<PostalCode>,
    /// How to find it: `próximo ao mercado`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Address {
    /// Whether `known` is this place and says all that this says, however either is written. One that has a complement is another
    /// place than one that has none.
    #[must_use]
    pub fn is_told_by(&self, known: &Self) -> bool {
        let same = |said: Option<&str>, known: Option<&str>| {
            said.is_none_or(|said| known.is_some_and(|known| folded(said) == folded(known)))
        };
        same(Some(&self.street), Some(&known.street))
            && same(Some(&self.number), Some(&known.number))
            && same(Some(&self.neighborhood), Some(&known.neighborhood))
            && same(Some(&self.city), Some(&known.city))
            && self.state == known.state
            && same(self.complement.as_deref(), known.complement.as_deref())
            && same(self.reference.as_deref(), known.reference.as_deref())
            && (self.postal_code.is_none() || self.postal_code == known.postal_code)
            && self.complement.is_some() == known.complement.is_some()
    }
}

impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Address")
            .field("neighborhood", &self.neighborhood)
            .field("city", &self.city)
            .finish_non_exhaustive()
    }
}

/// A CEP: eight digits, shown as `01234-567`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct PostalCode(String);

/// A text that is no CEP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a CEP has eight digits, such as 01234-567")]
pub struct InvalidPostalCodeError;

impl PostalCode {
    /// Reads `01234-567` or `01234567`.
    pub fn parse(text: &str) -> Result<Self, InvalidPostalCodeError> {
        let text = text.trim();
        let digits = digits_of(text);
        let (region, rest) = digits.split_at_checked(5).ok_or(InvalidPostalCodeError)?;
        let shown = format!("{region}-{rest}");
        if digits.len() == 8 && (text == digits || text == shown) {
            Ok(Self(shown))
        } else {
            Err(InvalidPostalCodeError)
        }
    }

    /// `01234-567`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The eight digits as a number, for ranges of delivery zones.
    #[must_use]
    pub fn number(&self) -> u32 {
        digits_of(&self.0).parse().unwrap_or(0)
    }
}

impl TryFrom<String> for PostalCode {
    type Error = InvalidPostalCodeError;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<PostalCode> for String {
    fn from(code: PostalCode) -> Self {
        code.0
    }
}

/// One of the 27 federal units (UF), by its two letters.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct State(String);

/// Two letters that are no federal unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a state is one of the 27 federal units by its two letters, such as SP")]
pub struct UnknownStateError;

const STATES: &str =
    "AC AL AM AP BA CE DF ES GO MA MG MS MT PA PB PE PI PR RJ RN RO RR RS SC SE SP TO";

impl State {
    /// Reads `SP` or `sp`.
    pub fn parse(text: &str) -> Result<Self, UnknownStateError> {
        let letters = text.trim().to_ascii_uppercase();
        if STATES.split(' ').any(|state| state == letters) {
            Ok(Self(letters))
        } else {
            Err(UnknownStateError)
        }
    }

    /// `SP`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for State {
    type Error = UnknownStateError;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<State> for String {
    fn from(state: State) -> Self {
        state.0
    }
}

#[cfg(test)]
mod tests {
    use super::{PostalCode, STATES, State};

    #[test]
    fn ceps() {
        for text in ["01234-567", "01234567", " 01234567 "] {
            assert_eq!(PostalCode::parse(text).expect(text).as_str(), "01234-567");
        }
        for text in [
            "",
            "1234567",
            "012345678",
            "01234-56a",
            "012-34567",
            "01234 567",
        ] {
            assert!(PostalCode::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            PostalCode::parse("01234-567").expect("valid").number(),
            1_234_567
        );
    }

    #[test]
    fn states() {
        assert_eq!(STATES.split(' ').count(), 27);
        assert_eq!(State::parse("sp").expect("valid").as_str(), "SP");
        assert!(State::parse("XX").is_err());
        assert!(State::parse("").is_err());
    }
}
