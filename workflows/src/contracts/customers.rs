//! Tasks that enter what a talk comes to in the customer's record; the POS hears of it.
//!
//! Each does its work once for the message that led to it, and answers what is said of it.

use comanda_domain::talk::Preface;
use comanda_dsl::{Handles, Idempotent, NoRefusal, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TalkKey;

/// Makes the customer whose answers the talk holds, or adds them to the record of the same phone.
///
/// Input [`TalkKey`], output [`Preface`]. Idempotent: one customer for an address, by key.
#[derive(Debug, Clone, Copy)]
pub struct RegisterCustomer;

impl Task for RegisterCustomer {
    const NAME: &'static str = "RegisterCustomer";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = TalkKey;
    type Output = Preface;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Enters the name or e-mail that the talk holds.
///
/// Input [`TalkKey`], output [`Preface`]. Idempotent.
#[derive(Debug, Clone, Copy)]
pub struct SaveCustomer;

impl Task for SaveCustomer {
    const NAME: &'static str = "SaveCustomer";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = TalkKey;
    type Output = Preface;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Enters the address that the talk holds, in place of another or as one more, and has orders go there.
///
/// Input [`AddressSave`], output [`Preface`]. Idempotent.
#[derive(Debug, Clone, Copy)]
pub struct SaveAddress;

impl Task for SaveAddress {
    const NAME: &'static str = "SaveAddress";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = AddressSave;
    type Output = Preface;
    type Error = NoRefusal;
    type Licence = Idempotent;
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

/// Has orders go to an address from here on.
///
/// Input [`AddressPick`], output [`Preface`]. Idempotent.
#[derive(Debug, Clone, Copy)]
pub struct ChooseAddress;

impl Task for ChooseAddress {
    const NAME: &'static str = "ChooseAddress";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = AddressPick;
    type Output = Preface;
    type Error = NoRefusal;
    type Licence = Idempotent;
}

/// Takes an address off the record.
///
/// Input [`AddressPick`], output [`Preface`]. Idempotent.
#[derive(Debug, Clone, Copy)]
pub struct RemoveAddress;

impl Task for RemoveAddress {
    const NAME: &'static str = "RemoveAddress";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = AddressPick;
    type Output = Preface;
    type Error = NoRefusal;
    type Licence = Idempotent;
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

/// Records what was said about offers: text version, time, channel.
///
/// Input [`ConsentGiven`], output [`Preface`]. Idempotent.
#[derive(Debug, Clone, Copy)]
pub struct RecordConsent;

impl Task for RecordConsent {
    const NAME: &'static str = "RecordConsent";
    const FUNCTION: &'static str = "conversation";
    const TIMEOUT_SECONDS: u32 = 30;
    type Input = ConsentGiven;
    type Output = Preface;
    type Error = NoRefusal;
    type Licence = Idempotent;
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
