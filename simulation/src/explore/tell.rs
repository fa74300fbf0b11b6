//! A way through the states, told: what happened, and what changed by it.

use comanda_domain::{invariants::Breach, order::Order};

use super::{
    State,
    live::{Live, Posted},
    step::{How, Step, What},
};
use crate::world::{executor, lock};

/// The shortest way that was found to a broken invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// What happened, in order; what it changed is indented below it.
    pub lines: Vec<String>,
    /// The invariants that are broken at its end: name and detail.
    pub broken: Vec<(String, String)>,
}

/// Tells a way.
pub(super) fn tell(way: Vec<(State, Option<Step>)>) -> Story {
    let mut lines = Vec::new();
    let mut broken = Vec::new();
    let mut states = way.iter().map(|(state, _)| &state.live).skip(1);
    for (state, step) in &way {
        let Some(step) = step else {
            broken.extend(state.live.breaches.iter().map(named));
            break;
        };
        lines.push(format!(
            "{}  {}",
            state.live.now().strftime("%d %H:%M:%S"),
            words(&state.live, step)
        ));
        if let Some(next) = states.next() {
            let changed = changes(&state.live, next).into_iter();
            lines.extend(changed.map(|line| format!("               {line}")));
        }
    }
    Story { lines, broken }
}

fn named(breach: &Breach) -> (String, String) {
    (breach.invariant.to_owned(), breach.detail.clone())
}

fn words(live: &Live, step: &Step) -> String {
    let what = what(live, step.what);
    match step.how {
        How::Well => what,
        How::DiesAfter(0) => format!("{what}; its process dies before it has any effect"),
        How::DiesAfter(effects) => {
            format!("{what}; its process dies after effect {effects}, and nobody is answered")
        }
        How::Overtaken(call, other) => {
            let other = self::what(live, other);
            format!("{what}; before its call {}: {other}", call + 1)
        }
    }
}

fn what(live: &Live, what: What) -> String {
    match what {
        What::Task(position) => task(live, position),
        What::Delivery(position) => format!("{} is delivered", post(live, position)),
        What::DeliveryAndAgain(position) => {
            format!(
                "{} is delivered, and will be once more",
                post(live, position)
            )
        }
        What::Pays => "the customer pays".to_owned(),
        What::Cancels => "the customer cancels".to_owned(),
        What::SaysYes => "the store says yes".to_owned(),
        What::SaysNo => "the store says no".to_owned(),
        What::GivesBack => "the provider gives the money back".to_owned(),
        What::RefusesToGiveBack => "the provider refuses the refund".to_owned(),
        What::RunsDry => "the account's balance no longer covers refunds".to_owned(),
        What::IsToppedUp => "the account's balance covers refunds again".to_owned(),
        What::TimePasses => "time passes, to what is due next".to_owned(),
    }
}

fn task(live: &Live, position: usize) -> String {
    let time = lock(&live.time);
    let call = time.calls().nth(position);
    let named = call.and_then(|call| {
        let invocation = executor::invocation(call)?;
        let (machine, state) = (&call.state_machine, &call.request.state_name);
        Some(format!("{machine}, {state}: {}", invocation.task))
    });
    named.unwrap_or_else(|| "another task".to_owned())
}

fn post(live: &Live, position: usize) -> String {
    match live.posts.get(position).map(|post| &post.what) {
        Some(Posted::Webhook(event, _)) => format!("the webhook {event}"),
        Some(Posted::Event(_)) => "the store's answer on the events queue".to_owned(),
        Some(Posted::Cancel) => "the cancel".to_owned(),
        None => "what came meanwhile".to_owned(),
    }
}

/// What is different after a step.
fn changes(before: &Live, after: &Live) -> Vec<String> {
    let mut lines = Vec::new();
    let (was, is) = (before.order(), after.order());
    if was.as_deref().map(standing) != is.as_deref().map(standing)
        && let Some(order) = &is
    {
        lines.push(standing(order));
    }
    let sent = before.outside.queue.messages().len();
    for message in after.outside.queue.messages_from(sent) {
        let body: Option<serde_json::Value> = serde_json::from_str(&message.body).ok();
        let kind = body.as_ref().and_then(|body| body.get("type")?.as_str());
        lines.push(format!(
            "the store's queue takes {}",
            kind.unwrap_or_default()
        ));
    }
    let said = before.outside.channel.accepted_from(0).len();
    for accepted in after.outside.channel.accepted_from(said) {
        let first = accepted.sent.body.lines().next().unwrap_or_default();
        lines.push(format!("the customer reads: {first}"));
    }
    if let (was, Some(now)) = (before.charge(), after.charge()) {
        let money = |truth: &comanda_tasks::testing::ChargeTruth| {
            (
                truth.captured,
                truth.promised_back(),
                truth.refunded,
                truth.charge.deleted,
            )
        };
        if was.as_ref().map(money) != Some(money(&now)) {
            let gone = if now.charge.deleted { ", deleted" } else { "" };
            lines.push(format!(
                "at the provider: {} came in, {} is promised back, {} went back{gone}",
                now.captured,
                now.promised_back(),
                now.refunded
            ));
        }
    }
    lines
}

fn standing(order: &Order) -> String {
    let waits = order
        .waiting_for
        .map_or_else(String::new, |who| format!(", waiting for {}", who.as_str()));
    format!(
        "the order is {}, payment {}{waits}",
        order.status(),
        order.payment_status()
    )
}
