//! The customer, the payment provider and the store, played over the wire by whoever clicks: each action is the request
//! that the real party would make, so that what the console shows is what the world would get.

use comanda_domain::order::{Actor, Order, OrderStatus, WaitKind};
use comanda_workflows::contracts::{StoreDecision, StoreEvent};
use serde_json::{Value, json};

use super::{action::Action, data::DataError};
use crate::simulators::Client;

/// Where the parties' requests go.
#[derive(Debug, Clone)]
pub struct Parties {
    /// The HTTP client.
    pub client: Client,
    /// The console port, which has the API and the simulators.
    pub url: String,
    /// The AWS port.
    pub aws_url: String,
    /// Our events queue.
    pub events_queue_url: String,
}

impl Parties {
    /// Does what was clicked; says what was done, or why it cannot be done.
    pub async fn play(&self, order: &Order, action: Action) -> Result<String, DataError> {
        match action {
            Action::Pay => {
                self.provider(order, "pay").await?;
                Ok("The customer paid.".into())
            }
            Action::Expire => {
                self.provider(order, "expire").await?;
                Ok("The charge ran out at the provider.".into())
            }
            Action::FailPayment => {
                self.provider(order, "fail").await?;
                Ok("The card was refused.".into())
            }
            Action::ChooseMethod(method) => {
                let body = json!({ "paymentMethod": method });
                self.api(order, "payment-method", &body).await?;
                Ok(format!("The customer chose {method}."))
            }
            Action::Cancel => {
                let body = json!({ "by": Actor::Customer });
                self.api(order, "cancel", &body).await?;
                Ok("The customer called the order off.".into())
            }
            Action::Confirm { ready_in_minutes } => {
                let decision = StoreDecision::Confirmed {
                    ready_in_minutes: Some(ready_in_minutes),
                };
                self.decide(order, decision).await?;
                Ok("The store confirmed the order.".into())
            }
            Action::Reject { reason } => {
                let reason = (!reason.is_empty()).then_some(reason);
                self.decide(order, StoreDecision::Rejected { reason })
                    .await?;
                Ok("The store rejected the order.".into())
            }
            Action::Advance(status) => {
                self.report(order, status).await?;
                Ok("The store reported it.".into())
            }
        }
    }

    async fn provider(&self, order: &Order, what: &str) -> Result<(), DataError> {
        let charge = order
            .payment_id
            .as_ref()
            .ok_or_else(|| DataError::Refused("The order has no charge yet.".into()))?;
        let address = format!(
            "{}/simulators/asaas/control/payments/{charge}/{what}",
            self.url
        );
        self.post(self.client.post(&address), &json!({})).await
    }

    async fn api(&self, order: &Order, what: &str, body: &Value) -> Result<(), DataError> {
        let address = format!(
            "{}/api/orders/{}/{what}?clientId={}&storeId={}",
            self.url, order.order_id, order.client_id, order.store_id
        );
        self.post(self.client.post(&address), body).await
    }

    /// As a POS does: it completes the token that came with the order.
    async fn decide(&self, order: &Order, decision: StoreDecision) -> Result<(), DataError> {
        let waiting = order
            .wait
            .as_ref()
            .filter(|wait| wait.kind == WaitKind::Store);
        let Some(wait) = waiting else {
            return Err(DataError::Refused(
                "The order waits for no decision of the store.".into(),
            ));
        };
        let output = serde_json::to_string(&decision).map_err(unwritable)?;
        let body = json!({ "taskToken": wait.token.expose(), "output": output });
        self.aws(
            "AWSStepFunctions.SendTaskSuccess",
            "application/x-amz-json-1.0",
            &body,
        )
        .await
    }

    /// As a POS does: it posts a status report to our events queue.
    async fn report(&self, order: &Order, status: OrderStatus) -> Result<(), DataError> {
        // One report for a status of a version: clicked twice it is one event.
        let event_id = format!("console-{}-{}", order.version(), order.order_id);
        let event = StoreEvent::OrderStatus {
            client_id: order.client_id.clone(),
            store_id: order.store_id.clone(),
            order_id: order.order_id.clone(),
            event_id: event_id.clone(),
            status,
            reason: None,
            ready_in_minutes: None,
        };
        let body = json!({
            "QueueUrl": self.events_queue_url,
            "MessageBody": serde_json::to_string(&event).map_err(unwritable)?,
            "MessageGroupId": order.order_id,
            "MessageDeduplicationId": event_id,
        });
        self.aws("AmazonSQS.SendMessage", "application/x-amz-json-1.0", &body)
            .await
    }

    async fn aws(&self, target: &str, content_type: &str, body: &Value) -> Result<(), DataError> {
        let request = self
            .client
            .post(&self.aws_url)
            .header("x-amz-target", target)
            .header("content-type", content_type);
        self.post(request, body).await
    }

    async fn post(&self, request: reqwest::RequestBuilder, body: &Value) -> Result<(), DataError> {
        let answer = request
            .json(body)
            .send()
            .await
            .map_err(|error| DataError::Broken(error.without_url().to_string()))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let body: Value = answer.json().await.unwrap_or_default();
        let says = said(&body).unwrap_or_else(|| status.to_string());
        if status.is_client_error() {
            Err(DataError::Refused(says))
        } else {
            Err(DataError::Broken(says))
        }
    }
}

/// The sentence in an error of our API, of the simulators, or of AWS.
fn said(body: &Value) -> Option<String> {
    let text = |pointer: &str| {
        let text = body.pointer(pointer)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    let says = text("/error/message")
        .or_else(|| text("/message"))
        .or_else(|| text("/Message"))?;
    Some(match text("/error/help") {
        Some(help) => format!("{says}: {help}"),
        None => says,
    })
}

fn unwritable(error: serde_json::Error) -> DataError {
    DataError::Broken(error.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::said;

    #[track_caller]
    fn check(body: Value, expected: Option<&str>) {
        assert_eq!(said(&body).as_deref(), expected);
    }

    #[test]
    fn refusals_are_shown_in_their_own_words() {
        check(
            json!({"error": {"code": "CHARGE_DECIDED", "message": "the charge is paid already", "help": "place another"}}),
            Some("the charge is paid already: place another"),
        );
        check(
            json!({"__type": "TaskTimedOut", "message": "Task Timed Out"}),
            Some("Task Timed Out"),
        );
        check(json!({"message": ""}), None);
        check(json!("?"), None);
    }
}
