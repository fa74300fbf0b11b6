//! Completing the tokens of steps that wait, if the inbox has news for them.

use comanda_domain::{
    inbox::{News, Signal, next_signal, refund_signal},
    order::Order,
    payment::RefundIntent,
};
use serde::Serialize;

use crate::{
    fault::Fault,
    ports::{Completion, Ports},
    rows::load_all,
};

/// Completes the token of the order's waiting step, if there is news for it.
pub(crate) async fn wake_order(ports: &Ports, order: &Order) -> Result<bool, Fault> {
    let Some(wait) = &order.wait else {
        return Ok(false);
    };
    let inbox = News::of_order(&order.client_id, &order.order_id);
    let inbox: Vec<News> = load_all(ports.store.as_ref(), inbox).await?;
    let Some((_, signal)) = next_signal(order, &inbox) else {
        return Ok(false);
    };
    let token = wait.token.expose();
    match &signal {
        Signal::Payment(signal) => complete(ports, token, signal).await?,
        Signal::Store(signal) => complete(ports, token, &signal.answer()).await?,
    };
    Ok(true)
}

/// Completes the token of a refund's waiting step, if there is news for it.
pub(crate) async fn wake_refund(ports: &Ports, intent: &RefundIntent) -> Result<bool, Fault> {
    let Some(wait) = &intent.wait else {
        return Ok(false);
    };
    let inbox = News::of_order(&intent.client_id, &intent.order_id);
    let inbox: Vec<News> = load_all(ports.store.as_ref(), inbox).await?;
    let Some((_, signal)) = refund_signal(intent, &inbox) else {
        return Ok(false);
    };
    complete(ports, wait.token.expose(), &signal).await?;
    Ok(true)
}

/// A token that is too late was decided elsewhere: its step, or the one that settles it, reads the inbox.
pub(crate) async fn complete(
    ports: &Ports,
    token: &str,
    signal: &impl Serialize,
) -> Result<Completion, Fault> {
    let signal = serde_json::to_value(signal)
        .map_err(|_| Fault::unexpected("a signal could not be written"))?;
    Ok(ports.workflows.succeed(token, signal).await?)
}
