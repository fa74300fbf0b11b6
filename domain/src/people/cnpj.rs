//! CNPJ, the number of a business; alphanumeric for those registered since July 2026 (providers §5.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A CNPJ whose check digits are right: fourteen characters in upper case.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Cnpj(String);

/// A text that is no CNPJ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a CNPJ has 12 letters or digits and 2 digits that check them, such as 12.ABC.345/01DE-35")]
pub struct InvalidCnpjError;

impl Cnpj {
    /// Reads `12.ABC.345/01DE-35` or `12abc34501de35`.
    pub fn parse(text: &str) -> Result<Self, InvalidCnpjError> {
        let text = text.trim().to_ascii_uppercase();
        let written = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-');
        if text.len() > 20 || !text.chars().all(written) {
            return Err(InvalidCnpjError);
        }
        let number: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
        let (base, checks) = number.split_at_checked(12).ok_or(InvalidCnpjError)?;
        // Letters keep the distance that they have from '0' in ASCII: A is 17.
        let mut values: Vec<u32> = base.bytes().map(|byte| u32::from(byte) - 48).collect();
        let all_equal = values.windows(2).all(|pair| pair.first() == pair.last());
        let first = check_digit(&values);
        values.push(first);
        let second = check_digit(&values);
        if all_equal || checks != format!("{first}{second}") {
            return Err(InvalidCnpjError);
        }
        Ok(Self(number))
    }

    /// The fourteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Weights rise from 2 to 9 from the right, again and again; 11 minus the rest, where 10 and 11 count as zero.
fn check_digit(values: &[u32]) -> u32 {
    let weights = (2..=9).cycle();
    let sum: u32 = values
        .iter()
        .rev()
        .zip(weights)
        .map(|(value, weight)| value * weight)
        .sum();
    match sum % 11 {
        0 | 1 => 0,
        rest => 11 - rest,
    }
}

impl std::fmt::Display for Cnpj {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |from: usize, to: usize| self.0.get(from..to).unwrap_or_default();
        let (first, second, third) = (part(0, 2), part(2, 5), part(5, 8));
        write!(
            f,
            "{first}.{second}.{third}/{}-{}",
            part(8, 12),
            part(12, 14)
        )
    }
}

impl TryFrom<String> for Cnpj {
    type Error = InvalidCnpjError;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<Cnpj> for String {
    fn from(cnpj: Cnpj) -> Self {
        cnpj.0
    }
}

#[cfg(test)]
mod tests {
    use super::Cnpj;

    #[test]
    fn old_and_new_numbers() {
        for valid in [
            "11.222.333/0001-81",
            "00.000.000/0001-91",
            "12.ABC.345/01DE-35",
            "12abc34501de35",
        ] {
            assert!(Cnpj::parse(valid).is_ok(), "{valid}");
        }
        for wrong in [
            "",
            "11.222.333/0001-80",
            "12.ABC.345/01DE-36",
            "12.ABC.345/01DE-3A",
            "00000000000000",
            "1122233300018",
            "112223330001811",
            "11 222 333 0001 81",
        ] {
            assert!(Cnpj::parse(wrong).is_err(), "{wrong}");
        }
        let shown = Cnpj::parse("12abc34501de35").expect("valid").to_string();
        assert_eq!(shown, "12.ABC.345/01DE-35");
    }
}
