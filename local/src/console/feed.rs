//! What happens to orders, line by line as it happens: the story of the console, for the terminal of `comanda up`.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use comanda_domain::{
    ids::{ClientId, OrderId},
    order::Order,
    tables::{ORDERS, from_item},
};
use comanda_workflows::story::{Line, Told, Went, story, told};
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;

use super::{ConsoleData as _, DataError, StackData};
use crate::scheduler::{Changed, RunningExecution};

/// A step's lines come about in a few writes: they are told together.
const BURST: Duration = Duration::from_millis(150);
/// Lines that were told are remembered for so long, which is longer than a story is put together from behind.
const REMEMBERED: jiff::SignedDuration = jiff::SignedDuration::from_mins(5);

/// One line of an order's story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// The order's number as people say it.
    pub number: String,
    /// What happened.
    pub line: Line,
}

/// A line that was told: when it happened, to which order, and its words.
type Remembered = (Timestamp, String, String);

impl StackData {
    /// Tells `each` of what happens from now on, until the stack closes.
    pub async fn follow(&self, mut each: impl FnMut(Happening)) {
        let since = self.now();
        let mut remembered: BTreeSet<Remembered> = BTreeSet::new();
        let mut changes = self.scheduler.changes();
        let mut closing = self.closing.clone();
        loop {
            let first = tokio::select! {
                _ = closing.wait_for(|closing| *closing) => return,
                received = changes.recv() => received,
            };
            let mut changed: BTreeSet<Arc<str>> = match first {
                Ok(Changed { execution_arn }) => BTreeSet::from([execution_arn]),
                // Too much happened to be told of: what happens next is told again.
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            tokio::time::sleep(BURST).await;
            while let Ok(Changed { execution_arn }) = changes.try_recv() {
                changed.insert(execution_arn);
            }
            let mut happened = Vec::new();
            for execution_arn in &changed {
                let Some(execution) = self.scheduler.find(execution_arn) else {
                    continue;
                };
                // A row that cannot be read is for the page that shows it; this goes on with the next.
                happened.extend(self.lines_of(&execution).await.unwrap_or_default());
            }
            happened.sort_by_key(|happening: &Happening| happening.line.at);
            for happening in happened {
                let Happening { number, line } = &happening;
                let words = format!("{} {}", line.says, line.detail);
                if line.at >= since && remembered.insert((line.at, number.clone(), words)) {
                    each(happening);
                }
            }
            let forgotten = self.now() - REMEMBERED;
            remembered.retain(|(at, ..)| *at > forgotten);
        }
    }

    /// The story of an execution's order, as far as this execution, the order's row and its messages tell it.
    async fn lines_of(
        &self,
        execution: &Arc<RunningExecution>,
    ) -> Result<Vec<Happening>, DataError> {
        // An order's workflows are given its key, or a report with its key.
        let input = execution.facts.start.input.value();
        let input = input.get("order").unwrap_or(input);
        let word = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
        let (Ok(tenant), Ok(order_id)) = (
            ClientId::new(word("clientId")),
            OrderId::new(word("orderId")),
        ) else {
            return Ok(Vec::new());
        };
        let key = Order::key_of(&tenant, &order_id);
        let item = self.store.get(&ORDERS, &key).await;
        let Some(item) = item.map_err(super::stack::broken)? else {
            return Ok(Vec::new());
        };
        let order: Order = from_item(&item).map_err(super::stack::broken)?;
        let events = self.whole(execution).await?.events;
        let mut lines = story(Told {
            histories: &[&events],
            order: Some(&order),
            zone: &self.zone,
        });
        // A message that is on its way is told of when it has arrived, or was refused.
        let mut messages = self.messages(&order).await?;
        messages.retain(|message| message.went != Went::Pending);
        lines.extend(told(&messages));
        let number = order.display_number();
        let happening = |line| Happening {
            number: number.clone(),
            line,
        };
        Ok(lines.into_iter().map(happening).collect())
    }
}
