//! What the store's queue says (`generated/schemas/pos/`). A POS reads leniently: unknown fields and types are let by.

use serde::Deserialize;
use serde_json::Value;

use crate::verbs::when::when;

/// One message of the store's queue.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoreMessage {
    /// `REMOTE_ORDER_RECEIVED`, `ORDER_CANCELLED`, `ORDER_DECISION_LATE`, `CUSTOMER_CREATED`, `CUSTOMER_UPDATED`,
    /// `CUSTOMER_LOYALTY_UPDATED`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The order's version that the message speaks of; the newest wins.
    #[serde(default)]
    pub version: u64,
    /// The message itself.
    #[serde(default)]
    pub data: Value,
}

/// An order as the POS keeps it.
#[derive(Debug, Clone)]
pub struct StoreOrder {
    /// Its id.
    pub order_id: String,
    /// The number that people say.
    pub number: u64,
    /// The order as it was sent.
    pub order: Value,
    /// The version of the newest message.
    pub version: u64,
    /// Completes the waiting step; absent where no answer is awaited.
    pub task_token: Option<String>,
    /// Until when the answer counts.
    pub answer_by: Option<String>,
    /// The last status that this POS knows.
    pub status: String,
}

/// What a message says of a customer.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomerNews {
    /// The customer.
    pub customer_id: String,
    /// What an acknowledgement names.
    pub event_id: String,
}

/// The number that people say: `"0001"`.
pub fn number(value: &Value) -> u64 {
    let text = value
        .get("orderNumber")
        .and_then(Value::as_str)
        .unwrap_or_default();
    text.parse().unwrap_or_default()
}

impl StoreOrder {
    /// The order of a `REMOTE_ORDER_RECEIVED`, or `None` if the message has no order id.
    pub fn received(message: &StoreMessage) -> Option<Self> {
        let order = message.data.get("order")?;
        let word =
            |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        let awaiting = message
            .data
            .get("awaitingConfirmation")
            .and_then(Value::as_bool)
            .unwrap_or(false);
        Some(Self {
            order_id: word(order, "orderId")?,
            number: number(order),
            version: message.version,
            task_token: word(&message.data, "taskToken"),
            answer_by: word(&message.data, "answerBy"),
            status: if awaiting { "PENDING" } else { "CONFIRMED" }.to_owned(),
            order: order.clone(),
        })
    }

    /// The status after this one, on the way to the customer.
    pub fn next_status(&self) -> Option<&'static str> {
        let pickup = self.order.get("deliveryType").and_then(Value::as_str) == Some("PICKUP");
        match self.status.as_str() {
            "CONFIRMED" => Some("PREPARING"),
            "PREPARING" => Some("READY"),
            "READY" if pickup => Some("COMPLETED"),
            "READY" => Some("DELIVERING"),
            "DELIVERING" => Some("DELIVERED"),
            "DELIVERED" => Some("COMPLETED"),
            _ => None,
        }
    }

    /// Two or more lines for the person at the counter.
    pub fn ticket(&self) -> String {
        let word = |value: &Value, key: &str| {
            value
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let how = match word(&self.order, "deliveryType").as_str() {
            "PICKUP" => "pickup",
            _ => "delivery",
        };
        let total = self
            .order
            .get("total")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        let total = comanda_domain::money::Money::from_centavos(total);
        let mut lines = vec![format!(
            "{:04}  {how}, {total}, {}",
            self.number,
            word(&self.order, "paymentMethod")
        )];
        for item in self
            .order
            .get("items")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let quantity = item.get("quantity").and_then(Value::as_u64).unwrap_or(1);
            lines.push(format!("      {quantity} x {}", word(item, "name")));
        }
        if let Some(answer_by) = &self.answer_by {
            lines.push(format!("      answer by {}", when(answer_by)));
        }
        lines.join("\n")
    }
}
