//! What a person may do with an order from its page, and when: played parts of the customer, the provider and the store.
//!
//! An action goes the way that the real party's would go (the provider's webhook, the store's task token), so that the
//! console proves nothing that the world could not do. Whether the action still fits is decided there, not here.

use comanda_domain::order::{Order, OrderStatus, PaymentMethod, WaitKind, WaitingFor};
use serde::Deserialize;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The customer pays the live charge.
    Pay,
    /// The charge's time runs out at the provider.
    Expire,
    /// The provider refuses the card.
    FailPayment,
    /// The customer chooses another way to pay.
    ChooseMethod(PaymentMethod),
    /// The store takes the order.
    Confirm {
        /// Its estimate.
        ready_in_minutes: u32,
    },
    /// The store does not take the order.
    Reject {
        /// Why, in its words.
        reason: String,
    },
    /// The store reports that the order is one step further.
    Advance(OrderStatus),
    /// The customer calls the order off.
    Cancel,
}

/// The fields of the page's forms. A form has the ones that its action needs.
#[derive(Debug, Default, Deserialize)]
pub struct ActionForm {
    #[serde(default)]
    ready_in_minutes: Option<u32>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    method: Option<PaymentMethod>,
    #[serde(default)]
    status: Option<OrderStatus>,
}

/// The form was not one that the page makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the form is not one of this page")]
pub struct FormError;

impl Action {
    /// Reads the action's name in the address and its form.
    pub fn read(name: &str, form: ActionForm) -> Result<Self, FormError> {
        Ok(match name {
            "pay" => Self::Pay,
            "expire" => Self::Expire,
            "fail" => Self::FailPayment,
            "method" => Self::ChooseMethod(form.method.ok_or(FormError)?),
            "confirm" => Self::Confirm {
                ready_in_minutes: form.ready_in_minutes.ok_or(FormError)?,
            },
            "reject" => Self::Reject {
                reason: form.reason.trim().to_owned(),
            },
            "advance" => Self::Advance(form.status.ok_or(FormError)?),
            "cancel" => Self::Cancel,
            _ => return Err(FormError),
        })
    }
}

/// An action that is possible now, as the page offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// A button: its name in the address, what it says.
    Button {
        /// Name in the address.
        name: &'static str,
        /// What it says.
        says: &'static str,
    },
    /// A choice among the other ways to pay online.
    Methods,
    /// A yes with an estimate.
    Confirm,
    /// A no with a reason.
    Reject,
    /// One step further.
    Advance(OrderStatus),
    /// The end, by the customer.
    Cancel,
}

/// What is possible with an order now.
#[must_use]
pub fn offers(order: &Order) -> Vec<Offer> {
    let mut offers = Vec::new();
    match (
        order.waiting_for,
        order.wait.as_ref().map(|wait| &wait.kind),
    ) {
        (Some(WaitingFor::Payment), Some(WaitKind::Method { .. })) => offers.push(Offer::Methods),
        (Some(WaitingFor::Payment), _) => {
            offers.push(Offer::Button {
                name: "pay",
                says: "Pay",
            });
            // A card is refused by its bank; a PIX code can only run out.
            offers.push(if order.payment_method == PaymentMethod::Pix {
                Offer::Button {
                    name: "expire",
                    says: "Let it expire",
                }
            } else {
                Offer::Button {
                    name: "fail",
                    says: "Refuse the card",
                }
            });
        }
        (Some(WaitingFor::Store), _) => offers.extend([Offer::Confirm, Offer::Reject]),
        _ => {}
    }
    if let Some(next) = next_status(order.status()) {
        offers.push(Offer::Advance(next));
    }
    if cancellable(order) {
        offers.push(Offer::Cancel);
    }
    offers
}

/// The next status of a good life, from the store's side.
fn next_status(status: OrderStatus) -> Option<OrderStatus> {
    match status {
        OrderStatus::Confirmed => Some(OrderStatus::Preparing),
        OrderStatus::Preparing => Some(OrderStatus::Ready),
        OrderStatus::Ready => Some(OrderStatus::Delivering),
        OrderStatus::Delivering => Some(OrderStatus::Delivered),
        OrderStatus::Delivered => Some(OrderStatus::Completed),
        OrderStatus::Pending
        | OrderStatus::Completed
        | OrderStatus::Cancelled
        | OrderStatus::Refunded => None,
    }
}

/// Before delivery, and not while money is already going back.
fn cancellable(order: &Order) -> bool {
    order.waiting_for != Some(WaitingFor::Refund)
        && matches!(
            order.status(),
            OrderStatus::Pending
                | OrderStatus::Confirmed
                | OrderStatus::Preparing
                | OrderStatus::Ready
                | OrderStatus::Delivering
        )
}
