//! Tasks that enter what a talk comes to in the customer's record; the POS hears of it.
//!
//! Each does its work once for the message that led to it, and answers what is said of it.

use comanda_domain::talk::Preface;
use comanda_dsl::{Handles, Idempotent, NoRefusal, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TalkKey;

/// Tasks that differ in what they enter alone: the input, and how it is done.
macro_rules! enters {
    ($($(#[$doc:meta])* $name:ident($input:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;

        impl Task for $name {
            const NAME: &'static str = stringify!($name);
            const FUNCTION: &'static str = "conversation";
            const TIMEOUT_SECONDS: u32 = 30;
            type Input = $input;
            type Output = Preface;
            type Error = NoRefusal;
            type Licence = Idempotent;
        }
    )*};
}

enters! {
    /// Makes the customer whose answers the talk holds, or adds them to the record of the same phone.
    ///
    /// Input [`TalkKey`], output [`Preface`]. Idempotent: one customer for an address, by key.
    RegisterCustomer(TalkKey);

    /// Enters the name or e-mail that the talk holds.
    ///
    /// Input [`TalkKey`], output [`Preface`]. Idempotent.
    SaveCustomer(TalkKey);

    /// Enters the address that the talk holds, in place of another or as one more, and has orders go there.
    ///
    /// Input [`AddressSave`], output [`Preface`]. Idempotent.
    SaveAddress(AddressSave);

    /// Has orders go to an address from here on.
    ///
    /// Input [`AddressPick`], output [`Preface`]. Idempotent.
    ChooseAddress(AddressPick);

    /// Takes an address off the record.
    ///
    /// Input [`AddressPick`], output [`Preface`]. Idempotent.
    RemoveAddress(AddressPick);

    /// Records what was said about offers: text version, time, channel.
    ///
    /// Input [`ConsentGiven`], output [`Preface`]. Idempotent.
    RecordConsent(ConsentGiven);
}

/// Where an address is entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct AddressSave {
    /// Whose.
    pub talk: TalkKey,
    /// The id of the address that it replaces.
    pub replaces: Option<String>,
}

/// One of a customer's addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct AddressPick {
    /// Whose.
    pub talk: TalkKey,
    /// Its id.
    pub address_id: String,
}

/// A consent, or its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Handles)]
#[serde(rename_all = "camelCase")]
pub struct ConsentGiven {
    /// Whose.
    pub talk: TalkKey,
    /// Yes, or not any more.
    pub given: bool,
}
