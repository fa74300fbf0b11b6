//! Phones: what was written, and one canonical form to find the customer by (E.164, with the ninth digit).
//!
//! WhatsApp ids made before the ninth digit keep eight digits; libraries call those invalid (providers §5.1). Answer the
//! address that wrote; compare the canonical form.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::digits_of;
use crate::planted::{CustomerFault as Planted, planted};

/// A phone number in E.164. Brazilian numbers are checked and carry the ninth digit; others are only well formed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Phone(String);

/// A text that is no phone number. Does not hold the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a Brazilian phone has a valid area code and 8 or 9 digits, such as (11) 98765-4321")]
pub struct InvalidPhoneError;

impl Phone {
    /// Reads a phone as people write it: `(11) 98765-4321`, `011 98765 4321`, `+55 11 8765-4321`, `5511987654321`.
    /// A number without a country is Brazilian.
    pub fn parse(text: &str) -> Result<Self, InvalidPhoneError> {
        let text = text.trim();
        let written = |c: char| c.is_ascii_digit() || " +()-./".contains(c);
        if text.len() > 40 || !text.chars().all(written) || text.rfind('+').is_some_and(|at| at > 0)
        {
            return Err(InvalidPhoneError);
        }
        let digits = digits_of(text);
        let national = if text.starts_with('+') {
            match digits.strip_prefix("55") {
                Some(national) => national,
                None => return Self::foreign(&digits),
            }
        } else {
            match digits.strip_prefix("55") {
                // Area code 55 exists (Santa Maria): only 12 and 13 digits can have the country in front.
                Some(national) if digits.len() >= 12 => national,
                _ => digits.strip_prefix('0').unwrap_or(&digits),
            }
        };
        Self::brazilian(national)
    }

    fn foreign(digits: &str) -> Result<Self, InvalidPhoneError> {
        let well_formed = (8..=15).contains(&digits.len()) && !digits.starts_with('0');
        if well_formed {
            Ok(Self(format!("+{digits}")))
        } else {
            Err(InvalidPhoneError)
        }
    }

    fn brazilian(national: &str) -> Result<Self, InvalidPhoneError> {
        let (area, subscriber) = national.split_at_checked(2).ok_or(InvalidPhoneError)?;
        if !is_area_code(area) {
            return Err(InvalidPhoneError);
        }
        let first = subscriber.chars().next().ok_or(InvalidPhoneError)?;
        match (subscriber.len(), first) {
            (9, '9') | (8, '2'..='5') => Ok(Self(format!("+55{area}{subscriber}"))),
            (8, '6'..='9') if !planted(Planted::PhoneAsTyped) => {
                Ok(Self(format!("+55{area}9{subscriber}")))
            }
            (8, '6'..='9') => Ok(Self(format!("+55{area}{subscriber}"))),
            _ => Err(InvalidPhoneError),
        }
    }

    /// `+5511987654321`: what customers are found by.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.0
    }

    /// For logs and pages: the last four digits.
    #[must_use]
    pub fn masked(&self) -> String {
        let tail = self.0.len().saturating_sub(4);
        format!("…{}", self.0.get(tail..).unwrap_or_default())
    }
}

/// The 67 area codes that exist (Anatel Res. 749/2022).
fn is_area_code(area: &str) -> bool {
    let Ok(code) = area.parse::<u8>() else {
        return false;
    };
    matches!(code, 11..=19 | 21 | 22 | 24 | 27 | 28 | 31..=35 | 37 | 38 | 41..=49 | 51 | 53..=55)
        || matches!(code, 61..=69 | 71 | 73..=75 | 77 | 79 | 81..=89 | 91..=99)
}

impl std::fmt::Debug for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Phone(…)")
    }
}

impl std::fmt::Display for Phone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.masked())
    }
}

impl TryFrom<String> for Phone {
    type Error = InvalidPhoneError;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::parse(&value)
    }
}

impl From<Phone> for String {
    fn from(phone: Phone) -> Self {
        phone.0
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidPhoneError, Phone, is_area_code};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let canonical = Phone::parse(text).map(|phone| phone.e164().to_owned());
        let expected = match expected {
            "" => Err(InvalidPhoneError),
            expected => Ok(expected.to_owned()),
        };
        assert_eq!(canonical, expected, "{text}");
    }

    #[test]
    fn every_way_to_write_it_is_one_number() {
        for text in [
            "+5511987654321",
            "5511987654321",
            "11987654321",
            "(11) 98765-4321",
            "011 98765-4321",
            "+55 (11) 98765-4321",
            "11.98765.4321",
            // Before the ninth digit.
            "+551187654321",
            "551187654321",
            "(11) 8765-4321",
        ] {
            check(text, "+5511987654321");
        }
    }

    #[test]
    fn landlines_and_foreign_numbers_stay_as_they_are() {
        check("(11) 3456-7890", "+551134567890");
        check("+1 415 523 8886", "+14155238886");
        check("+351912345678", "+351912345678");
        // Santa Maria has area code 55.
        check("55 99123-4567", "+5555991234567");
        check("55 55 99123-4567", "+5555991234567");
    }

    #[test]
    fn what_is_no_phone_is_refused() {
        for text in [
            "",
            "123",
            "(20) 98765-4321",
            "11 08765-4321",
            "11 987654321234",
            "+55",
            "+0123456789",
            "11 9876A-4321",
            "11+987654321",
            "(11) 88765-4321",
        ] {
            check(text, "");
        }
    }

    #[test]
    fn there_are_67_area_codes() {
        let count = (0..=99)
            .filter(|code| is_area_code(&format!("{code:02}")))
            .count();
        assert_eq!(count, 67);
    }

    #[test]
    fn debug_and_display_show_no_number() {
        let phone = Phone::parse("11987654321").expect("valid");
        assert_eq!(format!("{phone:?} {phone}"), "Phone(…) …4321");
    }
}
