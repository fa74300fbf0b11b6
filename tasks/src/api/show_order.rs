//! Shows one order with what was said about it to the customer and what was heard about it.

use comanda_domain::{exception::Exception, inbox::News, tables};
use serde_json::{Value, json};

use super::{
    request::Shop,
    resolve::{Found, RESOLVE, resolve},
    view,
};
use crate::{
    fault::Fault,
    http::Answer,
    ports::{
        Ports,
        guarded::{Uses, guarded},
    },
    rows::load_all,
};

pub(crate) const USES: &[Uses] = &[
    RESOLVE,
    Uses {
        queries: &[&tables::NOTIFICATIONS, &tables::INBOX, &tables::EXCEPTIONS],
        ..Uses::NOTHING
    },
];

/// One order by its id, its number (`1`, `0001`) or its checkout's id. A checkout that is no order yet, or was refused,
/// is shown as `checkout`, with `order` null.
pub async fn show_order(ports: &Ports, shop: &Shop, name: &str) -> Answer {
    let ports = guarded(ports, USES);
    show(&ports, shop, name).await.unwrap_or_else(|error| error)
}

async fn show(ports: &Ports, shop: &Shop, name: &str) -> Result<Answer, Answer> {
    let found = resolve(ports, shop, name).await?;
    let key = found.key();
    let notifications = super::messages::of(ports, &key).await?;
    let inbox = News::of_order(&key.client_id, &key.order_id);
    let mut inbox: Vec<News> = load_all(ports.store.as_ref(), inbox).await?;
    inbox.sort_by(|one, other| (one.at, &one.news_id).cmp(&(other.at, &other.news_id)));
    let inbox: Vec<Value> = inbox.iter().map(view::news).collect::<Result<_, Fault>>()?;
    let mut subjects = vec![key.order_id.to_string()];
    if let Found::Order(order) = &found {
        subjects.extend(order.payment_id.iter().map(ToString::to_string));
    }
    let mut exceptions = Vec::new();
    for subject in subjects {
        let about = Exception::of_subject(&key.client_id, &subject);
        let rows: Vec<Exception> = load_all(ports.store.as_ref(), about).await?;
        exceptions.extend(rows.iter().map(view::exception));
    }
    let (order, checkout) = match &found {
        Found::Order(order) => (view::order(order)?, Value::Null),
        Found::Checkout(checkout) => (Value::Null, view::checkout(checkout)),
    };
    Ok(Answer::ok(json!({
        "order": order,
        "checkout": checkout,
        "notifications": notifications,
        "inbox": inbox,
        "exceptions": exceptions,
    })))
}
