//! A person's name as they write it: two to a hundred characters, letters of any script, no machine-made text.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A name that was checked. `Debug` shows its first letter only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct PersonName(String);

/// A text that is no name. Does not hold the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name has 2 to 100 letters, spaces, hyphens, apostrophes or full stops, and begins with a letter"
)]
pub struct InvalidNameError;

impl PersonName {
    /// Checks the characters, trims the ends and makes one space of several.
    pub fn parse(text: &str) -> Result<Self, InvalidNameError> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let allowed = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '’' | '.');
        let letters = name.chars().filter(|c| c.is_alphabetic()).count();
        let begins = name.chars().next().is_some_and(char::is_alphabetic);
        if begins && letters >= 2 && name.chars().count() <= 100 && name.chars().all(allowed) {
            Ok(Self(name))
        } else {
            Err(InvalidNameError)
        }
    }

    /// The whole name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How the customer is greeted.
    #[must_use]
    pub fn first(&self) -> &str {
        self.0.split(' ').next().unwrap_or_default()
    }
}

impl std::fmt::Debug for PersonName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let initial = self.0.chars().next().unwrap_or('?');
        write!(f, "PersonName({initial}…)")
    }
}

impl TryFrom<String> for PersonName {
    type Error = InvalidNameError;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::PersonName;

    #[test]
    fn people_are_called_many_things() {
        for (text, expected) in [
            ("João da Silva", "João da Silva"),
            ("  Ana   Lúcia ", "Ana Lúcia"),
            ("D'Ávila", "D'Ávila"),
            ("Jean-Luc A. Brás", "Jean-Luc A. Brás"),
            ("Lê", "Lê"),
        ] {
            let name = PersonName::parse(text).expect(text);
            assert_eq!(name.as_str(), expected);
        }
        let long = "a".repeat(101);
        for text in ["", "J", "12", "João [ACTION:X]", "-Ana", "a\u{0}b", &long] {
            assert!(PersonName::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn debug_shows_one_letter() {
        let name = PersonName::parse("João da Silva").expect("valid");
        assert_eq!(format!("{name:?}"), "PersonName(J…)");
        assert_eq!(name.first(), "João");
    }
}
