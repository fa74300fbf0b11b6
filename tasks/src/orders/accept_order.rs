//! Makes an order out of a checkout: priced from the menu as it is now, or refused.

use comanda_domain::{
    checkout::{PlaceOrder, Refusal},
    ids::{ClientId, CustomerId},
    order::{Order, Source},
    people::{ChannelAddress, Customer},
    pricing::{Identity, Quote, quote},
    store::{ConfirmationPolicy, Shop},
    tables,
};
use comanda_workflows::contracts::{
    AcceptOrder, AcceptOrderError, AcceptedOrder, ConfirmationPlan, OnlineMethod, OrderReference,
    PaymentPlan,
};
use jiff::Timestamp;

use crate::{
    customers::{derived_id, get_customer_by_address},
    fault::{Failure, Fault},
    handler::Handler,
    ports::{Condition, Ports, guarded::Uses},
    rows::{CheckoutRow, CounterRow, Decision, decide, load, load_order, put, write},
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
        writes: &[&tables::ORDERS, &tables::CHECKOUTS, &tables::COUNTERS],
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
        if let Some(order) = load_order(ports.store.as_ref(), &key).await? {
            return Ok(accepted(&shop, &order));
        }
        let checkout = checkout(ports, &reference).await?;
        let request: PlaceOrder = serde_json::from_value(checkout.request.clone())
            .map_err(|_| Fault::unexpected("a checkout's request cannot be read"))?;
        let now = whole_milliseconds(ports.clock.now());
        let customer = known_customer(ports, &key.client_id, &request).await?;
        let cpf = customer.as_ref().and_then(|customer| customer.cpf.as_ref());
        match quote(&shop, &request, cpf, now) {
            Err(refusal) => {
                note_refusal(ports, checkout, &refusal).await?;
                Err(Failure::Refused(refusal.into()))
            }
            Ok(quote) => {
                let customer_id = match customer {
                    Some(customer) => customer.customer_id,
                    None => derived_id(&key.client_id, &quote.customer.channel_address)?,
                };
                Ok(save(ports, &shop, &reference, (quote, customer_id)).await?)
            }
        }
    }
}

async fn checkout(ports: &Ports, reference: &OrderReference) -> Result<CheckoutRow, Fault> {
    let key = CheckoutRow::key_of(&reference.client_id, &reference.checkout_id);
    load::<CheckoutRow>(ports.store.as_ref(), &key)
        .await?
        .filter(|checkout| checkout.reference() == *reference)
        .ok_or_else(|| Fault::unexpected(format!("order {} has no checkout", reference.order_id)))
}

async fn note_refusal(
    ports: &Ports,
    checkout: CheckoutRow,
    refusal: &Refusal,
) -> Result<(), Fault> {
    let refusal = serde_json::to_value(refusal)
        .map_err(|_| Fault::unexpected("a refusal could not be written"))?;
    let row = CheckoutRow {
        refusal: Some(refusal),
        ..checkout
    };
    write(ports.store.as_ref(), vec![put(&row, Condition::Present)?]).await?;
    Ok(())
}

/// The order and the store's next number, in one write: a number is given once, and no number is lost to a refusal.
async fn save(
    ports: &Ports,
    shop: &Shop,
    reference: &OrderReference,
    (quote, customer_id): (Quote, CustomerId),
) -> Result<AcceptedOrder, Fault> {
    let key = reference.order();
    decide::<CounterRow, _, Fault, _>(ports, || async {
        let store = ports.store.as_ref();
        // Somebody may have saved it meanwhile: the same order, then.
        if let Some(order) = load_order(store, &key).await? {
            return Ok(Decision::Stands(accepted(shop, &order)));
        }
        let counter = CounterRow::order_numbers(&key.client_id, &key.store_id, 0);
        let counter_key = comanda_domain::tables::Row::key(&counter);
        let last = load::<CounterRow>(store, &counter_key).await?;
        let (number, condition) = last.map_or((1, Condition::Absent), |last| {
            (last.version + 1, Condition::Version(last.version))
        });
        let identity = Identity {
            key: key.clone(),
            order_number: number,
            checkout_id: reference.checkout_id.clone(),
            customer_id: customer_id.clone(),
            source: Source::Api,
        };
        let now = whole_milliseconds(ports.clock.now());
        let order = Order::new(quote.clone().into_new_order(shop, identity, now), now);
        let counter = CounterRow::order_numbers(&key.client_id, &key.store_id, number);
        let writes = vec![put(&order, Condition::Absent)?, put(&counter, condition)?];
        Ok(Decision::Write(writes, accepted(shop, &order)))
    })
    .await
}

/// Rows keep milliseconds, and JSONata's `$toMillis` reads no finer: the deadline that is answered is the one that is kept.
fn whole_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// The record of whoever orders. An address that is none is for the quote to refuse.
async fn known_customer(
    ports: &Ports,
    tenant: &ClientId,
    request: &PlaceOrder,
) -> Result<Option<Customer>, Fault> {
    match ChannelAddress::new(request.customer.channel_address.trim()) {
        Ok(address) => get_customer_by_address(ports, tenant, &address).await,
        Err(_) => Ok(None),
    }
}

fn accepted(shop: &Shop, order: &Order) -> AcceptedOrder {
    let online = OnlineMethod::of(order.payment_method).zip(order.payment_deadline);
    AcceptedOrder {
        order: order.order_key(),
        payment: online.map_or(PaymentPlan::OnDelivery, |(method, deadline)| {
            PaymentPlan::Online { method, deadline }
        }),
        confirmation: match shop.confirmation() {
            ConfirmationPolicy::Automatic => ConfirmationPlan::Automatic,
            ConfirmationPolicy::ByStore { answer_within, .. } => ConfirmationPlan::ByStore {
                answer_within_seconds: answer_within.get().saturating_mul(60),
            },
        },
    }
}
