//! One box for everything a person may have in hand: an order's number or id, a charge, an execution, a phone.

use comanda_domain::order::Order;
use maud::{Markup, html};

use super::encoded;
use crate::console::data::{ConsoleData, DataError, ExecutionLine};

/// How far back the box looks.
const LOOKED_THROUGH: usize = 1_000;
/// Fewer digits than this are an order's number, not a phone.
const PHONE_DIGITS: usize = 8;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The page.
    pub address: String,
    /// What the link says.
    pub says: String,
}

/// Everything that fits, orders first, newest first.
pub async fn find(data: &dyn ConsoleData, text: &str) -> Result<Vec<Found>, DataError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let orders = data.orders(LOOKED_THROUGH).await?;
    let executions = data.executions(LOOKED_THROUGH).await?;
    let orders = orders
        .iter()
        .filter(|order| fits_order(order, text))
        .map(|order| Found {
            address: format!("/orders/{}", encoded(order.order_id.as_str())),
            says: format!(
                "Order {}, {}, {}",
                order.display_number(),
                order.customer_name.first(),
                order.total
            ),
        });
    let executions = executions
        .iter()
        .filter(|execution| fits_execution(execution, text))
        .map(|execution| Found {
            address: format!("/executions/{}", encoded(&execution.name)),
            says: format!("Execution {} of {}", execution.name, execution.workflow),
        });
    let mut found: Vec<Found> = orders.collect();
    // An order's own execution has its name: the order's page shows it already.
    let known: Vec<String> = found
        .iter()
        .map(|found| found.address.replacen("/orders/", "/executions/", 1))
        .collect();
    found.extend(executions.filter(|execution| !known.contains(&execution.address)));
    Ok(found)
}

fn fits_order(order: &Order, text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let only_phone_signs = text
        .chars()
        .all(|c| c.is_ascii_digit() || "+-() ".contains(c));
    let is_number = text.trim_start_matches('#').parse() == Ok(order.order_number);
    let is_phone = only_phone_signs
        && digits.len() >= PHONE_DIGITS
        && order
            .phone_number
            .as_ref()
            .is_some_and(|phone| phone.e164().ends_with(&digits));
    let is_charge = order
        .payment_id
        .as_ref()
        .is_some_and(|charge| charge.as_str() == text);
    is_number || is_phone || is_charge || begins_with(order.order_id.as_str(), text)
}

fn fits_execution(execution: &ExecutionLine, text: &str) -> bool {
    // Names of refunds begin with the charge.
    begins_with(&execution.name, text)
}

/// Whole or in its beginning; a few letters fit too much to be meant.
fn begins_with(name: &str, text: &str) -> bool {
    name == text || (text.len() >= 6 && name.starts_with(text))
}

/// What the page says of several finds, or of none.
pub fn body(text: &str, found: &[Found]) -> Markup {
    html! {
        h1 { "Found for “" (text) "”" }
        @if found.is_empty() {
            p.lead { "Nothing is called so. The box knows order numbers and ids, charge ids, execution names and phone numbers." }
            p.links { a href="/orders" { "All orders" } " " a href="/executions" { "All executions" } }
        } @else {
            ul.found { @for found in found { li { a href=(found.address) { (found.says) } } } }
        }
    }
}
