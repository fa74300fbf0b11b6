//! Makes an order out of a checkout: priced from the menu as it is now, or refused.

use comanda_domain::{
    checkout::{PlaceOrder, Refusal},
    order::{Order, Source},
    people::Customer,
    planted::{Fault as Planted, planted},
    pricing::{Identity, Quote, quote},
    store::{ConfirmationPolicy, Shop, Silence},
    tables::{self, Row as _},
};
use comanda_workflows::contracts::{
    AcceptOrder, AcceptOrderError, AcceptedOrder, ConfirmationPlan, OnlineMethod, OrderReference,
    PaymentPlan,
};
use jiff::Timestamp;

use crate::{
    customers::{fresh_customer_id, known_customer},
    fault::{Failure, Fault},
    handler::Handler,
    ports::{Condition, Ports, guarded::Uses},
    rows::{CheckoutRow, CounterRow, Decision, decide, load, load_order, put, unchanged},
    shop::load_shop,
};

impl Handler for AcceptOrder {
    const USES: &'static [Uses] = &[Uses {
        reads: &[
            &tables::ORDERS,
            &tables::CHECKOUTS,
            &tables::COUNTERS,
            &tables::ORDER_CONFIG,
            &tables::STORE_CONFIG,
            &tables::MENUS,
            &tables::CUSTOMERS,
            &tables::CUSTOMER_KEYS,
        ],
        writes: &[
            &tables::ORDERS,
            &tables::CHECKOUTS,
            &tables::COUNTERS,
            // Checked, and not changed.
            &tables::CUSTOMERS,
        ],
        ..Uses::NOTHING
    }];

    async fn handle(
        ports: &Ports,
        reference: OrderReference,
    ) -> Result<AcceptedOrder, Failure<AcceptOrderError>> {
        let key = reference.order();
        let shop = load_shop(ports, &key.client_id, &key.store_id)
            .await?
            .ok_or_else(|| Fault::unexpected(format!("store {} does not exist", key.store_id)))?;
        let look = || look(ports, &shop, &reference);
        let decided = decide::<CheckoutRow, _, Fault, _>(ports, look).await?;
        decided.map_err(|refusal| Failure::Refused(refusal.into()))
    }
}

type Accepted = Result<AcceptedOrder, Refusal>;

/// An order, or a refusal: whichever is written first stays (O1).
async fn look(
    ports: &Ports,
    shop: &Shop,
    reference: &OrderReference,
) -> Result<Decision<Accepted>, Fault> {
    let key = reference.order();
    if let Some(order) = load_order(ports.store.as_ref(), &key).await? {
        return Ok(Decision::Stands(Ok(accepted(shop, &order))));
    }
    let checkout = checkout(ports, reference).await?;
    if let Some(refusal) = checkout.refused_for()? {
        return Ok(Decision::Stands(Err(refusal)));
    }
    let request: PlaceOrder = serde_json::from_value(checkout.request.clone())
        .map_err(|_| Fault::unexpected("a checkout's request cannot be read"))?;
    let now = whole_milliseconds(ports.clock.now());
    let customer = known_customer(ports, &key.client_id, &request).await?;
    let cpf = customer.as_ref().and_then(|customer| customer.cpf.as_ref());
    match quote(shop, &request, cpf, now) {
        Err(refusal) => {
            let refused = put(
                &checkout.refused(&refusal)?,
                Condition::Version(checkout.version),
            )?;
            Ok(Decision::Write(vec![refused], Err(refusal)))
        }
        Ok(quote) => save(ports, shop, &checkout, (quote, customer, now)).await,
    }
}

async fn checkout(ports: &Ports, reference: &OrderReference) -> Result<CheckoutRow, Fault> {
    let key = CheckoutRow::key_of(&reference.client_id, &reference.checkout_id);
    load::<CheckoutRow>(ports.store.as_ref(), &key)
        .await?
        .filter(|checkout| checkout.reference() == *reference)
        .ok_or_else(|| Fault::unexpected(format!("order {} has no checkout", reference.order_id)))
}

/// The order and the store's next number, in one write: a number is given once, and no number is lost to a refusal. A record
/// that changed meanwhile may have been erased: whoever's it was has no order by it.
async fn save(
    ports: &Ports,
    shop: &Shop,
    checkout: &CheckoutRow,
    (quote, customer, now): (Quote, Option<Customer>, Timestamp),
) -> Result<Decision<Accepted>, Fault> {
    let key = checkout.reference().order();
    let counter = CounterRow::order_numbers(&key.client_id, &key.store_id, 0);
    let last = load::<CounterRow>(ports.store.as_ref(), &counter.key()).await?;
    let (number, condition) = last.map_or((1, Condition::Absent), |last| {
        (last.version + 1, Condition::Version(last.version))
    });
    let customer_id = match &customer {
        Some(customer) => customer.customer_id.clone(),
        None => fresh_customer_id(ports)?,
    };
    let identity = Identity {
        key: key.clone(),
        order_number: number,
        checkout_id: checkout.checkout_id.clone(),
        customer_id,
        source: Source::Api,
    };
    let order = Order::new(quote.into_new_order(shop, identity, now), now);
    let counter = CounterRow::order_numbers(&key.client_id, &key.store_id, number);
    let mut writes = vec![
        put(&order, Condition::Absent)?,
        put(&counter, condition)?,
        put(&checkout.with_order(), Condition::Version(checkout.version))?,
    ];
    writes.extend(customer.map(|customer| unchanged(&customer, customer.version)));
    Ok(Decision::Write(writes, Ok(accepted(shop, &order))))
}

/// Rows keep milliseconds, and JSONata's `$toMillis` reads no finer: the deadline that is answered is the one that is kept.
fn whole_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

fn accepted(shop: &Shop, order: &Order) -> AcceptedOrder {
    let online = OnlineMethod::of(order.payment_method).zip(order.payment_deadline);
    let online = online.filter(|_| !planted(Planted::UnpaidToTheStore));
    AcceptedOrder {
        order: order.order_key(),
        payment: online.map_or(PaymentPlan::OnDelivery, |(method, deadline)| {
            PaymentPlan::Online { method, deadline }
        }),
        confirmation: match shop.confirmation() {
            ConfirmationPolicy::Automatic => ConfirmationPlan::Automatic,
            ConfirmationPolicy::ByStore { at_silence, .. } if is_endless(order, at_silence) => {
                ConfirmationPlan::ByStore {
                    answer_within_seconds: WEEK_SECONDS,
                }
            }
            ConfirmationPolicy::ByStore { answer_within, .. } => ConfirmationPlan::ByStore {
                answer_within_seconds: answer_within.get().saturating_mul(60),
            },
        },
    }
}

/// For ever, to whoever waits for a meal.
const WEEK_SECONDS: u32 = 7 * 86_400;

/// Whether a fault that is put back leaves the order to its store's silence.
fn is_endless(order: &Order, at_silence: Silence) -> bool {
    planted(Planted::RefundTimerUnread) && at_silence != Silence::Confirms
        || planted(Planted::SilentCashStays) && !order.payment_method.is_online()
}
