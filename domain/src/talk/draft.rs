//! What was said so far and is saved nowhere else yet. A question whose answer is here is not asked again.

use serde::{Deserialize, Serialize};

use super::{Field, reading::AddressParts};
use crate::people::{Address, Email, PersonName};

/// Answers, each checked.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<PersonName>,
    /// The e-mail, or that there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAnswer>,
    /// The address, or that none is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressAnswer>,
    /// An address that lacks something.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parts: Option<AddressParts>,
}

/// What was said about an e-mail.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EmailAnswer {
    /// This one.
    Given(Email),
    /// They would rather not.
    Declined,
    /// The one on record is to go.
    Removed,
}

/// What was said about an address.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AddressAnswer {
    /// This one.
    Given(Box<Address>),
    /// They would rather not.
    Declined,
}

impl Draft {
    /// Whether a field was answered.
    #[must_use]
    pub fn knows(&self, field: Field) -> bool {
        match field {
            Field::Name => self.name.is_some(),
            Field::Email => self.email.is_some(),
            Field::Address => self.address.is_some(),
        }
    }

    /// Forgets a field, so that it is asked for again.
    pub fn forget(&mut self, field: Field) {
        match field {
            Field::Name => self.name = None,
            Field::Email => self.email = None,
            Field::Address => {
                self.address = None;
                self.parts = None;
            }
        }
    }

    /// The e-mail, if one was given.
    #[must_use]
    pub fn given_email(&self) -> Option<&Email> {
        match self.email.as_ref()? {
            EmailAnswer::Given(email) => Some(email),
            EmailAnswer::Declined | EmailAnswer::Removed => None,
        }
    }

    /// The address, if one was given.
    #[must_use]
    pub fn given_address(&self) -> Option<&Address> {
        match self.address.as_ref()? {
            AddressAnswer::Given(address) => Some(address),
            AddressAnswer::Declined => None,
        }
    }
}

/// Says which answers there are and shows none.
impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft")
            .field("name", &self.name.is_some())
            .field("email", &self.email.is_some())
            .field("address", &self.address.is_some())
            .finish()
    }
}
