//! Who a customer is and where they live: names, documents, phones, addresses, in the forms Brazilians write them.
//!
//! Each type is checked when it is made and shows nothing personal in `Debug`, so that no log line can leak it.

mod address;
mod channel_address;
mod cnpj;
mod cpf;
mod customer;
mod customer_change;
mod customer_event;
mod email;
mod name;
mod phone;
mod preferences;

pub use address::{Address, InvalidPostalCodeError, PostalCode, State, UnknownStateError};
pub use channel_address::{ChannelAddress, InvalidChannelAddressError};
pub use cnpj::{Cnpj, InvalidCnpjError};
pub use cpf::{Cpf, InvalidCpfError};
pub use customer::{Customer, CustomerIdentity, CustomerKey, OrderSummary};
pub use customer_change::{CustomerRefusal, CustomerUpdate, EmailChange};
pub use customer_event::{CustomerEvent, CustomerEventKind};
pub use email::{Email, InvalidEmailError};
pub use name::{InvalidNameError, PersonName};
pub use phone::{InvalidPhoneError, Phone};
pub use preferences::{InvalidTastesError, Preferences, Tastes};

/// The digits of a text, without anything else.
pub(crate) fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}
