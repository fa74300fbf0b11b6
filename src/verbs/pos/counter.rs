//! The counter's line to AWS: receive from the store's queue, answer by task token, else by the events queue.

use aws_sdk_sfn::error::SdkError;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{
    ListenArguments,
    message::{CustomerNews, StoreMessage, StoreOrder},
};
use crate::failure::Failure;

/// The queues and the client for task tokens.
pub struct Counter {
    sqs: aws_sdk_sqs::Client,
    sfn: aws_sdk_sfn::Client,
    store_queue: String,
    events_queue: String,
    tenant: String,
    store: String,
}

/// A message of the store's queue and how to take it off the queue.
pub struct Delivery {
    /// What it says, or `None` where it cannot be read.
    pub message: Option<StoreMessage>,
    receipt: String,
}

/// How a decision reached the workflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// By its task token.
    Token,
    /// The token was used up, timed out or missing: by the events queue.
    Events,
}

impl Counter {
    /// Finds the two queues.
    pub async fn connect(arguments: &ListenArguments) -> Result<Self, Failure> {
        let config = super::super::aws::config(&arguments.endpoint, &arguments.region).await;
        let sqs = aws_sdk_sqs::Client::new(&config);
        let name = format!("comanda-{}-{}.fifo", arguments.tenant, arguments.store);
        let store_queue = queue_url(&sqs, &name, arguments).await?;
        let events_queue = queue_url(&sqs, "comanda-events.fifo", arguments).await?;
        Ok(Self {
            sfn: aws_sdk_sfn::Client::new(&config),
            sqs,
            store_queue,
            events_queue,
            tenant: arguments.tenant.clone(),
            store: arguments.store.clone(),
        })
    }

    /// Waits up to ten seconds for messages.
    pub async fn receive(&self) -> Result<Vec<Delivery>, Failure> {
        let answer = self
            .sqs
            .receive_message()
            .queue_url(&self.store_queue)
            .max_number_of_messages(10)
            .wait_time_seconds(10)
            .send()
            .await
            .map_err(|error| {
                Failure::new(format!(
                    "the store's queue did not answer: {}",
                    reason(&error)
                ))
            })?;
        let deliveries = answer
            .messages
            .unwrap_or_default()
            .into_iter()
            .filter_map(|message| {
                let receipt = message.receipt_handle?;
                Some(Delivery {
                    message: message
                        .body
                        .and_then(|body| serde_json::from_str(&body).ok()),
                    receipt,
                })
            });
        Ok(deliveries.collect())
    }

    /// Takes a message off the queue: it was shown, and its order's next message may come.
    pub async fn acknowledge(&self, delivery: &Delivery) -> Result<(), Failure> {
        let request = self
            .sqs
            .delete_message()
            .queue_url(&self.store_queue)
            .receipt_handle(&delivery.receipt);
        request.send().await.map(|_| ()).map_err(|error| {
            Failure::new(format!(
                "the store's queue did not answer: {}",
                reason(&error)
            ))
        })
    }

    /// Answers an order: by its token, and where the token no longer counts, by the events queue.
    pub async fn decide(&self, order: &StoreOrder, decision: &Value) -> Result<Route, Failure> {
        if let Some(token) = &order.task_token {
            match self
                .sfn
                .send_task_success()
                .task_token(token)
                .output(decision.to_string())
                .send()
                .await
            {
                Ok(_) => return Ok(Route::Token),
                // A refused token is a normal answer; a network failure is not, but the events queue is as good.
                Err(SdkError::ServiceError(_)) => {}
                Err(error) => {
                    return Err(Failure::new(format!(
                        "Step Functions did not answer: {}",
                        reason(&error)
                    )));
                }
            }
        }
        let event = json!({ "type": "ORDER_DECISION", "decision": decision });
        self.post_of_order(order, "decision", event).await?;
        Ok(Route::Events)
    }

    /// Reports a status of a confirmed order.
    pub async fn report(
        &self,
        order: &StoreOrder,
        status: &str,
        reason: Option<&str>,
    ) -> Result<(), Failure> {
        let event = json!({ "type": "ORDER_STATUS", "status": status, "reason": reason });
        self.post_of_order(order, status, event).await
    }

    /// Says that this POS has what it was told of a customer.
    pub async fn acknowledge_customer(&self, customer: &CustomerNews) -> Result<(), Failure> {
        let event = json!({ "type": "CUSTOMER_ACKNOWLEDGED", "customerId": customer.customer_id });
        let (group, event_id) = (&customer.customer_id, customer.event_id.clone());
        self.post(group, event_id, event).await
    }

    async fn post_of_order(
        &self,
        order: &StoreOrder,
        what: &str,
        mut event: Value,
    ) -> Result<(), Failure> {
        if let Some(event) = event.as_object_mut() {
            event.insert("orderId".into(), json!(order.order_id));
        }
        // One event of a kind per order and version: repeating it is the same event.
        let event_id = format!("{}-{}-{what}", order.order_id, order.version);
        self.post(&order.order_id, event_id, event).await
    }

    async fn post(&self, group: &str, event_id: String, mut event: Value) -> Result<(), Failure> {
        if let Some(event) = event.as_object_mut() {
            event.insert("clientId".into(), json!(self.tenant));
            event.insert("storeId".into(), json!(self.store));
            event.insert("eventId".into(), json!(event_id));
        }
        let request = self
            .sqs
            .send_message()
            .queue_url(&self.events_queue)
            .message_body(event.to_string())
            .message_group_id(group)
            .message_deduplication_id(deduplication_id(&self.tenant, group, &event_id));
        request.send().await.map(|_| ()).map_err(|error| {
            Failure::new(format!(
                "the events queue did not answer: {}",
                reason(&error)
            ))
        })
    }
}

/// The queue is one for all tenants, and an event's id may be a POS' own: of any length that it likes, and another's too.
fn deduplication_id(tenant: &str, group: &str, event_id: &str) -> String {
    let parts = [tenant, group, event_id].map(|part| format!("{}:{part}", part.len()));
    hex::encode(Sha256::digest(parts.concat()))
}

async fn queue_url(
    sqs: &aws_sdk_sqs::Client,
    name: &str,
    arguments: &ListenArguments,
) -> Result<String, Failure> {
    match sqs.get_queue_url().queue_name(name).send().await {
        Ok(answer) => answer
            .queue_url
            .ok_or_else(|| Failure::new(format!("queue {name} has no address"))),
        Err(SdkError::ServiceError(_)) => Err(Failure::new(format!("there is no queue {name}"))
            .help("the stores of a tenant are shown by: comanda tenant show")),
        Err(error) => Err(Failure::usage(format!(
            "nothing answers at {}: {}",
            arguments.endpoint,
            reason(&error)
        ))
        .help("start the stack in another terminal: cargo run -- up")),
    }
}

/// The innermost words of an SDK error: the outer ones only say "dispatch failure".
fn reason(error: &dyn std::error::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::deduplication_id;

    #[test]
    fn an_event_is_told_from_all_others_within_what_a_queue_takes() {
        let long = "1".repeat(200);
        let ids = [
            deduplication_id("sabor", "cust_1", "1"),
            deduplication_id("outro", "cust_1", "1"),
            deduplication_id("sabor", "cust_2", "1"),
            deduplication_id("sabor", "cust_1", &long),
            deduplication_id("sabor", "cust_11", ""),
        ];
        for (place, id) in ids.iter().enumerate() {
            assert!(id.len() <= 128, "{id}");
            assert!(!ids[..place].contains(id), "{place}");
        }
        assert_eq!(ids[0], deduplication_id("sabor", "cust_1", "1"));
    }
}
