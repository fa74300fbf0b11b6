//! CPF, the number that every Brazilian taxpayer has and that an online payment needs (providers §5.3).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::digits_of;

/// A CPF whose check digits are right. `Debug` and `Display` show only the two check digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Cpf(String);

/// A text that is no CPF. Does not hold the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a CPF has 11 digits of which the last two check the others")]
pub struct InvalidCpfError;

impl Cpf {
    /// Reads `529.982.247-25` or `52998224725`.
    pub fn parse(text: &str) -> Result<Self, InvalidCpfError> {
        let text = text.trim();
        let written = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | ' ');
        let digits = digits_of(text);
        if text.len() > 20 || digits.len() != 11 || !text.chars().all(written) {
            return Err(InvalidCpfError);
        }
        let numbers: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(10)).collect();
        let all_equal = numbers.windows(2).all(|pair| pair.first() == pair.last());
        let (base, checks) = numbers.split_at_checked(9).ok_or(InvalidCpfError)?;
        let first = check_digit(base.iter().copied());
        let second = check_digit(base.iter().copied().chain([first]));
        if all_equal || checks != [first, second] {
            return Err(InvalidCpfError);
        }
        Ok(Self(digits))
    }

    /// The eleven digits, for the provider and for nobody else.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

/// Weights fall from (count + 1) to 2; the digit is ten times the sum modulo eleven, ten counting as zero.
fn check_digit(digits: impl Iterator<Item = u32>) -> u32 {
    let digits: Vec<u32> = digits.collect();
    let weights = (2..=digits.len() as u32 + 1).rev();
    let sum: u32 = digits
        .iter()
        .zip(weights)
        .map(|(digit, weight)| digit * weight)
        .sum();
    (sum * 10) % 11 % 10
}

impl std::fmt::Debug for Cpf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cpf(…)")
    }
}

impl std::fmt::Display for Cpf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "***.***.***-{}", self.0.get(9..).unwrap_or_default())
    }
}

impl TryFrom<String> for Cpf {
    type Error = InvalidCpfError;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<Cpf> for String {
    fn from(cpf: Cpf) -> Self {
        cpf.0
    }
}

#[cfg(test)]
mod tests {
    use super::Cpf;

    #[test]
    fn the_check_digits_decide() {
        for valid in [
            "24971563792",
            "529.982.247-25",
            "111.444.777-35",
            " 529 982 247 25 ",
        ] {
            assert!(Cpf::parse(valid).is_ok(), "{valid}");
        }
        for invalid in [
            "",
            "5299822472",
            "529982247255",
            "529.982.247-26",
            "529.982.247-35",
            "11111111111",
            "00000000000",
            "5299822472a",
            "52998224725x",
        ] {
            assert!(Cpf::parse(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn any_one_wrong_digit_is_caught() {
        let right = "52998224725";
        for position in 0..right.len() {
            for digit in '0'..='9' {
                let mut wrong: Vec<char> = right.chars().collect();
                if wrong[position] != digit {
                    wrong[position] = digit;
                    let wrong: String = wrong.into_iter().collect();
                    assert!(Cpf::parse(&wrong).is_err(), "{wrong}");
                }
            }
        }
    }

    #[test]
    fn debug_and_display_are_masked() {
        let cpf = Cpf::parse("52998224725").expect("valid");
        assert_eq!(format!("{cpf:?} {cpf}"), "Cpf(…) ***.***.***-25");
    }
}
