//! Where a customer writes from: an opaque text that is answered exactly as it came.
//!
//! `whatsapp:+5511987654321`, `whatsapp:BR.1502576394655843` (a customer who hides the phone, providers §2.2),
//! `messenger:<psid>`, `instagram:<igsid>`. Never assume that it holds a phone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Phone;

/// An address on a channel. Opaque: compared whole, answered verbatim.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct ChannelAddress(String);

/// A text that is no channel address. Does not hold the text: it may be a person's phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a channel address is `whatsapp:`, `messenger:` or `instagram:` and 1 to 140 letters, digits or `+.-_`"
)]
pub struct InvalidChannelAddressError;

impl ChannelAddress {
    /// Checks the channel's name and the characters.
    pub fn new(value: impl Into<String>) -> Result<Self, InvalidChannelAddressError> {
        let value = value.into();
        let (channel, rest) = value.split_once(':').ok_or(InvalidChannelAddressError)?;
        let known = matches!(channel, "whatsapp" | "messenger" | "instagram");
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-' | '_');
        if known && (1..=140).contains(&rest.len()) && rest.chars().all(allowed) {
            Ok(Self(value))
        } else {
            Err(InvalidChannelAddressError)
        }
    }

    /// The address exactly as it came.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `whatsapp`, `messenger` or `instagram`.
    #[must_use]
    pub fn channel(&self) -> &str {
        self.0.split_once(':').map_or("", |(channel, _)| channel)
    }

    /// The phone, where the address is one that shows it.
    #[must_use]
    pub fn phone(&self) -> Option<Phone> {
        let (channel, rest) = self.0.split_once(':')?;
        if channel == "whatsapp" && rest.starts_with('+') {
            Phone::parse(rest).ok()
        } else {
            None
        }
    }

    /// The addresses that show a phone: WhatsApp may know a Brazilian mobile by its digits from before the ninth (F100).
    #[must_use]
    pub fn of_phone(phone: &Phone) -> Vec<Self> {
        let digits = phone.e164();
        let before_the_ninth = digits.strip_prefix("+55").and_then(|national| {
            let (area, mobile) = national.split_at_checked(2)?;
            let mobile = mobile.strip_prefix('9').filter(|rest| rest.len() == 8)?;
            Some(format!("+55{area}{mobile}"))
        });
        let numbers = std::iter::once(digits.to_owned()).chain(before_the_ninth);
        let addresses = numbers.map(|number| Self::new(format!("whatsapp:{number}")));
        addresses.flatten().collect()
    }

    /// For logs and pages: the channel and the last four characters.
    #[must_use]
    pub fn masked(&self) -> String {
        let tail: String = self.0.chars().rev().take(4).collect();
        let tail: String = tail.chars().rev().collect();
        format!("{}:…{tail}", self.channel())
    }
}

impl std::fmt::Debug for ChannelAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChannelAddress({}:…)", self.channel())
    }
}

impl TryFrom<String> for ChannelAddress {
    type Error = InvalidChannelAddressError;
    fn try_from(value: String) -> Result<Self, Self::Error> {
        Self::new(value)
    }
}

impl From<ChannelAddress> for String {
    fn from(address: ChannelAddress) -> Self {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::ChannelAddress;

    #[test]
    fn knows_the_channels_and_keeps_the_text() {
        for valid in [
            "whatsapp:+5511987654321",
            "whatsapp:BR.1502576394655843",
            "messenger:7163528390012345",
            "instagram:17841400000000000",
        ] {
            assert_eq!(ChannelAddress::new(valid).expect(valid).as_str(), valid);
        }
        for invalid in [
            "",
            "whatsapp:",
            "sms:+5511987654321",
            "+5511987654321",
            "whatsapp:a#b",
        ] {
            assert!(ChannelAddress::new(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn finds_the_phone_only_where_it_is_shown() {
        let phone = |text| ChannelAddress::new(text).expect(text).phone();
        let shown = phone("whatsapp:+556298765432").expect("a phone");
        assert_eq!(shown.e164(), "+5562998765432");
        assert!(phone("whatsapp:BR.1502576394655843").is_none());
        assert!(phone("messenger:5511987654321").is_none());
    }

    #[test]
    fn debug_shows_no_number() {
        let address = ChannelAddress::new("whatsapp:+5511987654321").expect("valid");
        assert_eq!(format!("{address:?}"), "ChannelAddress(whatsapp:…)");
        assert_eq!(address.masked(), "whatsapp:…4321");
    }
}
