//! The customer wants to pay in another way: one choice for each attempt, heard by the step that waits for the payment.

use comanda_domain::{
    checkout::Refusal,
    inbox::{News, NewsId, NewsKind},
    order::{Order, OrderStatus, PaymentMethod, WaitKind, WaitingFor},
    pricing::{accepted, keeps_price},
    store::Shop as SoundShop,
    tables,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    place_order::refused,
    request::Shop,
    resolve::{Found, RESOLVE, resolve},
    view,
};
use crate::{
    fault::Fault,
    hear::hear,
    http::Answer,
    parts,
    ports::{
        Ports,
        guarded::{Uses, guarded},
    },
    rows::{load, load_order},
    shop::load_shop,
};

pub(crate) const USES: &[Uses] = &[
    RESOLVE,
    parts::HEAR,
    parts::STORE,
    Uses {
        reads: &[&tables::INBOX, &tables::MENUS],
        ..Uses::NOTHING
    },
];

/// How to pay instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MethodRequest {
    /// An online method that the store takes.
    pub payment_method: PaymentMethod,
}

/// Changes how an order is paid, named by its id, its number or its checkout's id.
///
/// 202 where the choice is taken, 200 where the order is charged that way already, 409 where it does not wait for a
/// payment or another choice was made, 422 where the store does not take that method online, or its discount is another.
pub async fn choose_payment_method(
    ports: &Ports,
    shop: &Shop,
    name: &str,
    request: MethodRequest,
) -> Answer {
    let ports = guarded(ports, USES);
    choose(&ports, shop, name, request.payment_method)
        .await
        .unwrap_or_else(|error| error)
}

async fn choose(
    ports: &Ports,
    shop: &Shop,
    name: &str,
    method: PaymentMethod,
) -> Result<Answer, Answer> {
    let order = match resolve(ports, shop, name).await? {
        Found::Order(order) if awaits_payment(&order) => order,
        Found::Order(order) => return Err(not_awaited(order.status().as_str())),
        Found::Checkout(_) => return Err(not_awaited("not accepted yet")),
    };
    let sells = load_shop(ports, &shop.client_id, &shop.store_id)
        .await?
        .ok_or_else(|| Fault::unexpected("an order's store has no configuration"))?;
    must_be_taken_online(&sells, method).map_err(|refusal| refused(&refusal))?;
    if !keeps_price(&order, method) {
        return Err(other_price(&order, method));
    }
    if is_charged_so(&order, method) {
        return Ok(Answer::ok(json!({ "order": view::order(&order)? })));
    }
    let news = news(ports, &order, method)?;
    let key = News::key_of(&news.client_id, &news.order_id, &news.news_id);
    let made: Option<News> = load(ports.store.as_ref(), &key).await?;
    if let Some(made) = made.filter(|made| made.news != news.news) {
        return Err(other_choice(&made));
    }
    let order_key = order.order_key();
    hear(ports, &order_key, news).await?;
    let order = load_order(ports.store.as_ref(), &order_key).await?;
    let order = order.ok_or_else(|| Fault::unexpected("an order went away"))?;
    Ok(Answer::with(202, json!({ "order": view::order(&order)? })))
}

/// Its workflow runs, and no money is here. Between two steps no wait is registered; the next one reads the inbox.
fn awaits_payment(order: &Order) -> bool {
    order.status() == OrderStatus::Pending
        && order.payment_method.is_online()
        && !order.payment_status().holds_money()
        && matches!(order.waiting_for, None | Some(WaitingFor::Payment))
}

/// A charge of that kind is open: there is nothing to change. After a failure the same method may be tried again.
fn is_charged_so(order: &Order, method: PaymentMethod) -> bool {
    let open = order
        .wait
        .as_ref()
        .is_some_and(|wait| matches!(wait.kind, WaitKind::Payment { .. }));
    open && order.payment_method == method
}

fn must_be_taken_online(sells: &SoundShop, method: PaymentMethod) -> Result<(), Refusal> {
    accepted(sells, method)?;
    if method.is_online() {
        return Ok(());
    }
    let online = sells.orders().accepted_payment_methods.iter().copied();
    Err(Refusal::MethodNotAccepted {
        method,
        accepted: online.filter(|method| method.is_online()).collect(),
    })
}

fn news(ports: &Ports, order: &Order, method: PaymentMethod) -> Result<News, Fault> {
    let attempt = order.payment_attempt;
    let id = NewsId::new(format!("method-{attempt}"))
        .map_err(|error| Fault::unexpected(error.to_string()))?;
    Ok(News::heard(
        &order.client_id,
        &order.order_id,
        id,
        NewsKind::MethodChosen { method, attempt },
        ports.clock.now(),
    ))
}

fn other_choice(made: &News) -> Answer {
    let method = match &made.news {
        NewsKind::MethodChosen { method, .. } => method.as_str(),
        _ => "another",
    };
    Answer::error(
        409,
        "METHOD_ALREADY_CHOSEN",
        format!("the customer chose {method} for this attempt"),
        Some("wait until that attempt has failed, or cancel the order"),
    )
}

fn other_price(order: &Order, method: PaymentMethod) -> Answer {
    let off = order.discount;
    Answer::error(
        422,
        "METHOD_CHANGES_PRICE",
        format!("the order has a discount of {off} that {method} does not bring"),
        Some("cancel the order and place one that is paid that way"),
    )
}

fn not_awaited(state: &str) -> Answer {
    Answer::error(
        409,
        "PAYMENT_NOT_AWAITED",
        format!("the order does not wait for an online payment: it is {state}"),
        Some("comanda order show says what it waits for"),
    )
}
