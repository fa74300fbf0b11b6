//! Asaas' webhook (providers §1.8): who may speak, which order it is about, what it proves. What follows is
//! [`crate::hear`]'s.
//!
//! INVARIANT: whoever shows the tenant's token is answered 200, whatever the event says: Asaas stops a whole queue after
//! fifteen failures. The one exception is an outage of ours, which a repetition heals.

use comanda_domain::{
    ids::{ChargeId, ClientId, OrderId, OrderKey},
    inbox::{News, NewsId, NewsKind},
    money::Money,
    order::Order,
    payment::{Billing, Charge, ProviderEvent, Sighting},
    planted::{Fault as Planted, planted},
    tables,
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;

use crate::{
    charges::{dispute_ended, read_evidence},
    fault::Fault,
    hear::hear,
    http::{Answer, WebhookRequest},
    parking::{PARKING, Stray, id_of, park},
    parts,
    ports::{
        Ports,
        guarded::{Uses, guarded},
    },
    reais::Reais,
    rows::{WebhookRouteRow, load, load_order},
    shop::{account, load_store, secret},
};

pub(crate) const USES: &[Uses] = &[
    parts::HEAR,
    parts::STORE,
    parts::PROVIDER,
    PARKING,
    Uses {
        reads: &[&tables::WEBHOOK_ROUTES],
        ..Uses::NOTHING
    },
];

const SOURCE: &str = "asaas";
const TOKEN_HEADER: &str = "asaas-access-token";
const ROUTE_CHARACTERS_MAX: usize = 128;

/// Takes one event. `route` is the last part of the path and names the tenant.
pub async fn receive(ports: &Ports, route: &str, request: &WebhookRequest) -> Answer {
    let ports = guarded(ports, USES);
    match tenant_of(&ports, route, request).await {
        Ok(Some(tenant)) => taken(take(&ports, &tenant, &request.body).await),
        Ok(None) => unauthorised(),
        Err(fault) => fault.into(),
    }
}

/// As much of an event as matters. Fields that are new to us are no reason to refuse it.
#[derive(Deserialize)]
struct Event {
    id: String,
    event: String,
    payment: Option<Payment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payment {
    id: String,
    value: Reais,
    #[serde(default)]
    billing_type: Option<String>,
    #[serde(default)]
    external_reference: Option<String>,
    #[serde(default)]
    refunds: Option<Vec<Refund>>,
}

#[derive(Deserialize)]
struct Refund {
    value: Reais,
    status: String,
}

/// The tenant of the route, if the request shows its token. An unknown route and a wrong token look the same.
async fn tenant_of(
    ports: &Ports,
    route: &str,
    request: &WebhookRequest,
) -> Result<Option<ClientId>, Fault> {
    if route.is_empty() || route.len() > ROUTE_CHARACTERS_MAX {
        return Ok(None);
    }
    let key = WebhookRouteRow::key_of(route);
    let Some(route) = load::<WebhookRouteRow>(ports.store.as_ref(), &key).await? else {
        return Ok(None);
    };
    let expected = secret(ports, &route.client_id, &route.token_secret).await?;
    let shown = request.header(TOKEN_HEADER).as_bytes();
    let expected = expected.expose_secret().as_bytes();
    // An empty secret would let everybody in.
    if planted(Planted::TokenNotChecked) {
        return Ok(Some(route.client_id));
    }
    let same = !expected.is_empty() && bool::from(expected.ct_eq(shown));
    Ok(same.then_some(route.client_id))
}

/// What became of an event: `None` where it was placed, else why it was parked.
async fn take(
    ports: &Ports,
    tenant: &ClientId,
    body: &[u8],
) -> Result<Option<&'static str>, Fault> {
    let nameless = id_of(body);
    let stray = |event_id, event, subject, reason| Stray {
        source: SOURCE,
        event_id,
        event,
        subject,
        reason,
    };
    let Ok(event) = serde_json::from_slice::<Event>(body) else {
        let reason = "the body is not an event of Asaas";
        park(ports, tenant, &stray(&nameless, "MALFORMED", "", reason)).await?;
        return Ok(Some(reason));
    };
    let Ok(id) = NewsId::new(&event.id) else {
        let reason = "the event has no usable id";
        park(ports, tenant, &stray(&nameless, &event.event, "", reason)).await?;
        return Ok(Some(reason));
    };
    let subject = event.payment.as_ref().map_or("", |payment| &payment.id);
    let reason = match place(ports, tenant, id, &event).await {
        Ok(None) => return Ok(None),
        Ok(Some(reason)) => reason,
        Err(fault) if fault.is_retryable() => return Err(fault),
        // A repetition would end the same way: a person must look. What was heard is in the inbox already.
        Err(fault) => {
            let reason = fault.to_string();
            park(
                ports,
                tenant,
                &stray(&event.id, &event.event, subject, &reason),
            )
            .await?;
            return Ok(Some("the event could not be carried out"));
        }
    };
    park(
        ports,
        tenant,
        &stray(&event.id, &event.event, subject, reason),
    )
    .await?;
    Ok(Some(reason))
}

async fn place(
    ports: &Ports,
    tenant: &ClientId,
    id: NewsId,
    event: &Event,
) -> Result<Option<&'static str>, Fault> {
    let Some(payment) = &event.payment else {
        return Ok(Some("the event is about no charge"));
    };
    let Ok(charge) = ChargeId::new(&payment.id) else {
        return Ok(Some("the charge has no usable id"));
    };
    if planted(Planted::CentavosUnread) && payment.value.0.centavos() % 100 != 0 {
        return Ok(Some("the amount cannot be read"));
    }
    let Some(order) = order_of(ports, tenant, &charge, payment).await? else {
        if planted(Planted::UnknownChargeFails) {
            return Err(Fault::Contention { table: "payments" });
        }
        return Ok(Some("the charge belongs to no order of ours"));
    };
    if let Some(kind) = payment.sighting(&event.event).news(&charge) {
        if !is_confirmed(ports, &order, &kind).await? {
            return Ok(Some("the provider does not confirm what the event says"));
        }
        let now = ports.clock.now();
        let is_payment = matches!(kind, NewsKind::Paid { .. });
        let news = News::heard(tenant, &order.order_id, id, kind, now);
        hear(ports, &order, news).await?;
        if is_payment {
            may_end_dispute(ports, &order, &charge).await?;
        }
    }
    Ok(None)
}

/// Whether the provider says so as well, of money that came in or went back. The token is one word that never changes and that
/// each event carries: whoever learns it must not eat for it (RELIABILITY §5). An outage there is a repetition's.
async fn is_confirmed(ports: &Ports, order: &OrderKey, kind: &NewsKind) -> Result<bool, Fault> {
    let (NewsKind::Paid { charge_id, .. } | NewsKind::Refunded { charge_id, .. }) = kind else {
        return Ok(true);
    };
    if planted(Planted::EventsBelieved) {
        return Ok(true);
    }
    let store = load_store(ports, &order.client_id, &order.store_id).await?;
    let account = account(ports, &store).await?;
    let charge = ports.provider.get_charge(&account, charge_id).await?;
    Ok(charge.is_some_and(|charge| {
        let told = read_evidence(&charge);
        match kind {
            NewsKind::Refunded { refunded, .. } => told.refunded >= *refunded,
            _ => told.captured > Money::ZERO,
        }
    }))
}

/// A dispute that is won has no event of its own: the charge is received once more.
async fn may_end_dispute(ports: &Ports, order: &OrderKey, charge: &ChargeId) -> Result<(), Fault> {
    let key = Charge::key_of(&order.client_id, charge);
    let known: Option<Charge> = load(ports.store.as_ref(), &key).await?;
    if known.is_some_and(|known| known.evidence.is_disputed())
        && let Some(order) = load_order(ports.store.as_ref(), order).await?
    {
        let store = load_store(ports, &order.client_id, &order.store_id).await?;
        let account = account(ports, &store).await?;
        dispute_ended(ports, &account, &order, charge).await?;
    }
    Ok(())
}

/// By our own record of the charge, else by what we wrote on it: the event may be faster than our record.
async fn order_of(
    ports: &Ports,
    tenant: &ClientId,
    charge: &ChargeId,
    payment: &Payment,
) -> Result<Option<OrderKey>, Fault> {
    let store = ports.store.as_ref();
    let recorded: Option<Charge> = load(store, &Charge::key_of(tenant, charge)).await?;
    if let Some(charge) = recorded {
        return Ok(Some(OrderKey {
            client_id: charge.client_id,
            store_id: charge.store_id,
            order_id: charge.order_id,
        }));
    }
    let reference = payment.external_reference.as_deref().unwrap_or_default();
    let Ok(order) = OrderId::new(reference) else {
        return Ok(None);
    };
    let order: Option<Order> = load(store, &Order::key_of(tenant, &order)).await?;
    Ok(order.map(|order| order.order_key()))
}

impl Payment {
    fn sighting(&self, event: &str) -> Sighting {
        let done = self.refunds.iter().flatten();
        let done = done.filter(|refund| refund.status == "DONE");
        Sighting {
            event: ProviderEvent::parse(event),
            billing: Billing::parse(self.billing_type.as_deref().unwrap_or_default()),
            amount: self.value.0,
            refunds_done: done.fold(Money::ZERO, |sum, refund| {
                sum.checked_add(refund.value.0).unwrap_or(sum)
            }),
        }
    }
}

fn taken(outcome: Result<Option<&'static str>, Fault>) -> Answer {
    match outcome {
        Ok(None) => Answer::ok(json!({"received": true})),
        Ok(Some(reason)) => Answer::ok(json!({"received": true, "parked": reason})),
        Err(_) if planted(Planted::FailureIsTaken) => Answer::ok(json!({"received": true})),
        Err(fault) => fault.into(),
    }
}

fn unauthorised() -> Answer {
    Answer::error(
        401,
        "UNAUTHORISED",
        "there is no such webhook, or its token is another",
        Some("asaas-access-token must be the token that was set on the webhook at Asaas"),
    )
}
