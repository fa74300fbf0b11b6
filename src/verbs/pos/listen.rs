//! The counter's loop: messages in, typed commands in, answers out.

use std::{collections::BTreeMap, process::ExitCode, sync::Arc, time::Duration};

use serde::Deserialize as _;
use serde_json::{Value, json};
use tokio::{io::AsyncBufReadExt as _, time::Instant};

use super::{
    ListenArguments,
    command::Command,
    counter::{Counter, Delivery, Route},
    message::{self, CustomerNews, StoreMessage, StoreOrder},
};
use crate::{failure::Failure, output::Output};

struct Listener<'a> {
    counter: Arc<Counter>,
    arguments: &'a ListenArguments,
    output: &'a Output,
    orders: BTreeMap<u64, StoreOrder>,
    advance_at: BTreeMap<u64, Instant>,
    finished: usize,
}

/// Listens until interrupted, or until `--stop-after` orders are done.
pub async fn run(
    counter: Counter,
    arguments: &ListenArguments,
    output: &Output,
) -> Result<ExitCode, Failure> {
    output.note(&format!(
        "Listening for the orders of {}. Stop with Ctrl-C.",
        arguments.store
    ));
    let counter = Arc::new(counter);
    let mut deliveries = receive_forever(counter.clone());
    let mut listener = Listener {
        counter,
        arguments,
        output,
        orders: BTreeMap::new(),
        advance_at: BTreeMap::new(),
        finished: 0,
    };
    let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    let mut typing = true;
    loop {
        if arguments
            .stop_after
            .is_some_and(|limit| listener.finished >= limit)
        {
            return Ok(ExitCode::SUCCESS);
        }
        let next_advance = listener
            .advance_at
            .iter()
            .min_by_key(|(_, at)| **at)
            .map(|(number, at)| (*number, *at));
        tokio::select! {
            Some(delivery) = deliveries.recv() => listener.deliver(delivery?).await?,
            line = lines.next_line(), if typing => match line {
                Ok(Some(line)) if line.trim().is_empty() => {}
                Ok(Some(line)) => listener.obey(&line).await?,
                // Input ended (a script without a terminal): go on listening.
                _ => typing = false,
            },
            () = sleep_until(next_advance), if next_advance.is_some() => {
                if let Some((number, _)) = next_advance {
                    listener.advance_at.remove(&number);
                    listener.advance(number).await?;
                }
            }
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::from(130)),
        }
    }
}

/// Receives in a task of its own: dropping a long poll half-way would hide its messages until they time out.
fn receive_forever(
    counter: Arc<Counter>,
) -> tokio::sync::mpsc::Receiver<Result<Delivery, Failure>> {
    let (sender, receiver) = tokio::sync::mpsc::channel(10);
    tokio::spawn(async move {
        loop {
            let received = match counter.receive().await {
                Ok(deliveries) => deliveries.into_iter().map(Ok).collect(),
                Err(failure) => vec![Err(failure)],
            };
            for delivery in received {
                if sender.send(delivery).await.is_err() {
                    return;
                }
            }
        }
    });
    receiver
}

async fn sleep_until(next: Option<(u64, Instant)>) {
    if let Some((_, at)) = next {
        tokio::time::sleep_until(at).await;
    }
}

impl Listener<'_> {
    async fn deliver(&mut self, delivery: Delivery) -> Result<(), Failure> {
        let Some(message) = &delivery.message else {
            self.output
                .note("a message of the store's queue cannot be read; it was taken off the queue");
            return self.counter.acknowledge(&delivery).await;
        };
        match message.kind.as_str() {
            "REMOTE_ORDER_RECEIVED" => {
                if let Some(order) = StoreOrder::received(message) {
                    self.counter.acknowledge(&delivery).await?;
                    return self.receive(order).await;
                }
            }
            "ORDER_CANCELLED" => self.cancelled(&message.data),
            "ORDER_DECISION_LATE" => self.say(
                &message.data,
                "the answer came too late; the order stands as shown",
            ),
            "CUSTOMER_CREATED" | "CUSTOMER_UPDATED" | "CUSTOMER_LOYALTY_UPDATED" => {
                self.know(message).await?;
            }
            other => self.output.note(&format!(
                "a message of a kind that this POS does not know: {other}"
            )),
        }
        self.counter.acknowledge(&delivery).await
    }

    /// Shows who it is about and what happened, no name or number, and says that the POS has it.
    async fn know(&self, message: &StoreMessage) -> Result<(), Failure> {
        let Ok(news) = CustomerNews::deserialize(&message.data) else {
            self.output
                .note("a message about a customer names none; it was taken off the queue");
            return Ok(());
        };
        self.counter.acknowledge_customer(&news).await?;
        let what = match message.kind.as_str() {
            "CUSTOMER_CREATED" => "is new",
            "CUSTOMER_UPDATED" => "changed",
            _ => "got or used points",
        };
        self.output.event(
            &json!({ "event": "acknowledged", "type": message.kind, "customerId": news.customer_id }),
            &format!("customer {} {what}", news.customer_id),
        );
        Ok(())
    }

    /// Keeps the newest message of an order, and answers it where the arguments say how.
    async fn receive(&mut self, order: StoreOrder) -> Result<(), Failure> {
        let number = order.number;
        if self.orders.get(&number).is_some_and(|known| {
            known.version >= order.version && known.task_token == order.task_token
        }) {
            return Ok(());
        }
        self.output.event(
            &json!({ "event": "received", "order": order.order }),
            &order.ticket(),
        );
        let awaiting = order.status == "PENDING";
        self.orders.insert(number, order);
        if !awaiting {
            self.plan_advance(number);
            return Ok(());
        }
        if let Some(minutes) = self.arguments.confirm {
            self.confirm(number, minutes).await
        } else if let Some(reason) = self.arguments.reject.clone() {
            self.reject(number, &reason).await
        } else {
            self.output.note(&format!(
                "      answer with: confirm {number} 35   or: reject {number} REASON"
            ));
            Ok(())
        }
    }

    fn cancelled(&mut self, data: &Value) {
        self.say(data, "cancelled");
        let number = message::number(data);
        self.advance_at.remove(&number);
        if let Some(order) = self.orders.get_mut(&number) {
            order.status = "CANCELLED".to_owned();
            order.task_token = None;
        }
    }

    fn say(&self, data: &Value, what: &str) {
        let number = message::number(data);
        let reason = data
            .get("reason")
            .and_then(Value::as_str)
            .map(|text| format!(": {text}"))
            .unwrap_or_default();
        self.output.event(
            &json!({ "event": what, "data": data }),
            &format!("{number:04}  {what}{reason}"),
        );
    }

    async fn obey(&mut self, line: &str) -> Result<(), Failure> {
        match Command::parse(line) {
            Ok(Command::Confirm { number, minutes }) => self.confirm(number, minutes).await,
            Ok(Command::Reject { number, reason }) => self.reject(number, &reason).await,
            Ok(Command::Advance { number }) => self.advance(number).await,
            Ok(Command::Cancel { number, reason }) => {
                self.report(number, "CANCELLED", Some(&reason)).await
            }
            Ok(Command::List) => {
                for order in self.orders.values() {
                    self.output.event(
                        &json!({ "order": order.order, "status": order.status }),
                        &format!("{}  {}", order.ticket(), order.status),
                    );
                }
                Ok(())
            }
            Err(advice) => {
                self.output.note(&advice);
                Ok(())
            }
        }
    }

    async fn confirm(&mut self, number: u64, minutes: u32) -> Result<(), Failure> {
        let decision = json!({ "confirmed": { "readyInMinutes": minutes } });
        if self
            .decide(
                number,
                &decision,
                &format!("confirmed, ready in {minutes} min"),
                "CONFIRMED",
            )
            .await?
        {
            self.plan_advance(number);
        }
        Ok(())
    }

    async fn reject(&mut self, number: u64, reason: &str) -> Result<(), Failure> {
        let decision = json!({ "rejected": { "reason": reason } });
        self.decide(
            number,
            &decision,
            &format!("rejected: {reason}"),
            "REJECTED",
        )
        .await?;
        Ok(())
    }

    async fn decide(
        &mut self,
        number: u64,
        decision: &Value,
        what: &str,
        status: &str,
    ) -> Result<bool, Failure> {
        let Some(order) = self.orders.get_mut(&number) else {
            self.output
                .note(&format!("order {number:04} is not known here"));
            return Ok(false);
        };
        let route = self.counter.decide(order, decision).await?;
        order.status = status.to_owned();
        order.task_token = None;
        let how = match route {
            Route::Token => "",
            Route::Events => " (by the events queue: the task token no longer counts)",
        };
        self.output.event(
            &json!({ "event": "decided", "orderId": order.order_id, "decision": decision }),
            &format!("{number:04}  {what}{how}"),
        );
        if self.arguments.advance_every.is_none() {
            self.finished += 1;
        }
        Ok(true)
    }

    fn plan_advance(&mut self, number: u64) {
        if let Some(seconds) = self.arguments.advance_every {
            self.advance_at
                .insert(number, Instant::now() + Duration::from_secs(seconds));
        }
    }

    async fn advance(&mut self, number: u64) -> Result<(), Failure> {
        let Some(next) = self.orders.get(&number).and_then(StoreOrder::next_status) else {
            self.output
                .note(&format!("order {number:04} has no next status here"));
            return Ok(());
        };
        self.report(number, next, None).await?;
        if self
            .orders
            .get(&number)
            .is_some_and(|order| order.next_status().is_some())
        {
            self.plan_advance(number);
        } else if self.arguments.advance_every.is_some() {
            self.finished += 1;
        }
        Ok(())
    }

    async fn report(
        &mut self,
        number: u64,
        status: &str,
        reason: Option<&str>,
    ) -> Result<(), Failure> {
        let Some(order) = self.orders.get_mut(&number) else {
            self.output
                .note(&format!("order {number:04} is not known here"));
            return Ok(());
        };
        self.counter.report(order, status, reason).await?;
        order.status = status.to_owned();
        self.output.event(
            &json!({ "event": "reported", "orderId": order.order_id, "status": status }),
            &format!("{number:04}  {status}"),
        );
        Ok(())
    }
}
