//! What a customer likes, does not eat and must not eat (000 §2.1): a fixed set of short lists. What is eaten may tell of
//! health or faith, so it stays with the record, shows nothing in `Debug`, and is erased with the person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most entries of a list.
const ENTRIES_MAX: usize = 20;
/// The longest entry.
const CHARACTERS_MAX: usize = 60;

/// A customer's preferences. A list that is empty says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Preferences {
    /// What must not be in their food: `amendoim`.
    #[serde(default, skip_serializing_if = "Tastes::is_empty")]
    pub allergies: Tastes,
    /// What they do not eat: `carne`, `glúten`.
    #[serde(default, skip_serializing_if = "Tastes::is_empty")]
    pub restrictions: Tastes,
    /// What they like best: `X-Salada sem cebola`.
    #[serde(default, skip_serializing_if = "Tastes::is_empty")]
    pub favorites: Tastes,
}

impl Preferences {
    /// Whether nothing is known of them.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.allergies.is_empty() && self.restrictions.is_empty() && self.favorites.is_empty()
    }
}

/// At most twenty short texts, each once. `Debug` shows how many.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
#[schemars(with = "Vec<String>")]
pub struct Tastes(Vec<String>);

/// A list that is none of tastes. Does not hold the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a list of preferences has at most 20 entries of 1 to 60 letters, digits, spaces, hyphens, apostrophes, commas, full stops, \
     slashes, percent signs or brackets"
)]
pub struct InvalidTastesError;

impl Tastes {
    /// Checks each entry and leaves out what is there twice.
    pub fn parse(entries: impl IntoIterator<Item = String>) -> Result<Self, InvalidTastesError> {
        let mut tastes: Vec<String> = Vec::new();
        for entry in entries {
            let entry = entry.split_whitespace().collect::<Vec<_>>().join(" ");
            if !is_taste(&entry) {
                return Err(InvalidTastesError);
            }
            if !tastes.contains(&entry) {
                tastes.push(entry);
            }
        }
        match tastes.len() <= ENTRIES_MAX {
            true => Ok(Self(tastes)),
            false => Err(InvalidTastesError),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn is_taste(entry: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || " -'’.,/%()".contains(c);
    entry.chars().any(char::is_alphabetic)
        && entry.chars().count() <= CHARACTERS_MAX
        && entry.chars().all(allowed)
}

impl std::fmt::Debug for Tastes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tastes({})", self.0.len())
    }
}

impl TryFrom<Vec<String>> for Tastes {
    type Error = InvalidTastesError;
    fn try_from(entries: Vec<String>) -> Result<Self, Self::Error> {
        Self::parse(entries)
    }
}

impl From<Tastes> for Vec<String> {
    fn from(tastes: Tastes) -> Self {
        tastes.0
    }
}

#[cfg(test)]
mod tests {
    use super::Preferences;

    #[track_caller]
    fn check(body: &str, expected: Option<&str>) {
        let read = serde_json::from_str::<Preferences>(body);
        let written = read.ok().map(|read| serde_json::to_string(&read));
        let written = written.map(|written| written.expect("JSON"));
        assert_eq!(written.as_deref(), expected, "{body}");
    }

    #[test]
    fn only_what_is_listed_is_kept() {
        check("{}", Some("{}"));
        check(
            r#"{"allergies": ["amendoim", " frutos  do mar ", "amendoim"], "favorites": []}"#,
            Some(r#"{"allergies":["amendoim","frutos do mar"]}"#),
        );
        check(
            r#"{"restrictions": ["carne (vegetariana)"], "favorites": ["X-Salada s/ cebola"]}"#,
            Some(r#"{"restrictions":["carne (vegetariana)"],"favorites":["X-Salada s/ cebola"]}"#),
        );
        check(r#"{"cpf": ["52998224725"]}"#, None);
        check(r#"{"allergies": [""]}"#, None);
        check(r#"{"allergies": ["529.982.247-25"]}"#, None);
        check(r#"{"allergies": ["<b>soja</b>"]}"#, None);
        check(&format!(r#"{{"allergies": ["{}"]}}"#, "a".repeat(61)), None);
        let many: Vec<String> = (0..21).map(|number| format!("a{number}")).collect();
        let many = serde_json::json!({ "allergies": many });
        check(&many.to_string(), None);
    }

    #[test]
    fn debug_gives_nothing_away() {
        let body = r#"{"allergies": ["amendoim"]}"#;
        let read: Preferences = serde_json::from_str(body).expect("preferences");
        assert!(!format!("{read:?}").contains("amendoim"));
    }
}
