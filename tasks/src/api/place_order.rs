//! Places an order: checked and priced first, then kept under the caller's own key, then handed to `order-lifecycle`.
//!
//! INVARIANT: one checkout id is one order (O1). The row is written before the workflow starts, and whoever asks again
//! starts it again, which is starting it once: a crash in between loses nothing.

use comanda_domain::{
    checkout::{PlaceOrder, Refusal},
    ids::{ClientId, OrderId, StoreId},
    order::Order,
    planted::{Fault as Planted, planted},
    pricing::quote,
    tables,
};
use comanda_workflows::contracts::OrderReference;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::request::{Shop, parse, parse_value};
use crate::{
    customers::known_customer,
    fault::Fault,
    http::Answer,
    ports::{
        Ports, Started,
        guarded::{Uses, guarded},
    },
    rows::{CheckoutRow, load, load_order, put_if_absent},
    shop::load_shop,
};

pub(crate) const USES: &[Uses] = &[Uses {
    reads: &[
        &tables::CHECKOUTS,
        &tables::ORDERS,
        &tables::ORDER_CONFIG,
        &tables::STORE_CONFIG,
        &tables::MENUS,
        &tables::CUSTOMERS,
        &tables::CUSTOMER_KEYS,
    ],
    writes: &[&tables::CHECKOUTS],
    starts: &["order-lifecycle"],
    ..Uses::NOTHING
}];

/// Takes an order: the fields of [`PlaceOrder`], with `clientId` and `storeId` beside them.
///
/// 201 for a new order, 200 for the same one again, 409 where the checkout id was used for another, 422 for what the
/// customer can put right, 400 for what cannot be read, 404 for an unknown store.
pub async fn place_order(ports: &Ports, body: &[u8]) -> Answer {
    let ports = guarded(ports, USES);
    place(&ports, body).await.unwrap_or_else(|error| error)
}

struct Placement {
    shop: Shop,
    request: PlaceOrder,
}

async fn place(ports: &Ports, body: &[u8]) -> Result<Answer, Answer> {
    let placement = read(body)?;
    let Placement { shop, request } = &placement;
    let rows = ports.store.as_ref();
    let key = CheckoutRow::key_of(&shop.client_id, &request.checkout_id);
    // Before anything is priced: what was taken once stays taken, though the store may have closed since.
    if let Some(checkout) = load::<CheckoutRow>(rows, &key).await? {
        return again(ports, &placement, checkout).await;
    }
    let sells = load_shop(ports, &shop.client_id, &shop.store_id)
        .await?
        .ok_or_else(|| unknown_store(shop))?;
    let now = ports.clock.now();
    let customer = known_customer(ports, &shop.client_id, request).await?;
    let cpf = customer.as_ref().and_then(|customer| customer.cpf.as_ref());
    let quote = quote(&sells, request, cpf, now).map_err(|refusal| refused(&refusal))?;
    let order_id = OrderId::new(format!("order_{}", ports.clock.fresh_id()))
        .map_err(|error| Fault::unexpected(error.to_string()))?;
    let reference = OrderReference {
        client_id: shop.client_id.clone(),
        store_id: shop.store_id.clone(),
        order_id,
        checkout_id: request.checkout_id.clone(),
    };
    let kept = serde_json::to_value(request)
        .map_err(|_| Fault::unexpected("a request could not be kept"))?;
    let row = CheckoutRow::new(reference, request.fingerprint(), kept, now);
    let (checkout, is_new) = put_if_absent(rows, &row).await?;
    if !is_new {
        return again(ports, &placement, checkout).await;
    }
    start(ports, &checkout).await?;
    let mut view = brief(&checkout, None);
    if let Some(fields) = view.as_object_mut() {
        fields.insert("total".into(), quote.total.centavos().into());
    }
    Ok(Answer::with(201, json!({ "order": view })))
}

fn read(body: &[u8]) -> Result<Placement, Answer> {
    let mut fields: Map<String, Value> = parse(body)?;
    let shop = Shop {
        client_id: take::<ClientId>(&mut fields, "clientId")?,
        store_id: take::<StoreId>(&mut fields, "storeId")?,
    };
    let request = parse_value(Value::Object(fields))?;
    Ok(Placement { shop, request })
}

fn take<T: DeserializeOwned>(fields: &mut Map<String, Value>, name: &str) -> Result<T, Answer> {
    let value = fields
        .shift_remove(name)
        .ok_or_else(|| super::request::malformed(name, &"it is missing"))?;
    serde_json::from_value(value).map_err(|error| super::request::malformed(name, &error))
}

/// The checkout id was used before: the same request is the same order, another is refused.
async fn again(
    ports: &Ports,
    placement: &Placement,
    checkout: CheckoutRow,
) -> Result<Answer, Answer> {
    let same = (checkout.body_hash == placement.request.fingerprint()
        || planted(Planted::AnotherBodyTaken))
        && checkout.store_id == placement.shop.store_id;
    if !same {
        return Err(Answer::error(
            409,
            "CHECKOUT_CONFLICT",
            format!(
                "checkout `{}` was used for another order",
                checkout.checkout_id
            ),
            Some("use a new checkoutId for a new order, and the same body for the same one"),
        ));
    }
    let order = match known(ports, &checkout).await? {
        Some(order) => Some(order),
        None => carry_on(ports, &checkout).await?,
    };
    Ok(Answer::ok(
        json!({ "order": brief(&checkout, order.as_ref()) }),
    ))
}

/// The order that a checkout became; its refusal as the error.
async fn known(ports: &Ports, checkout: &CheckoutRow) -> Result<Option<Order>, Answer> {
    let key = checkout.reference().order();
    let order = load_order(ports.store.as_ref(), &key).await?;
    match (&order, checkout.refused_for()?) {
        (None, Some(refusal)) => Err(refused(&refusal)),
        _ => Ok(order),
    }
}

/// The call before may have ended between the row and the start. An order that is there was started, and its execution's
/// name may be free again one day (providers §4.5): it is not started twice.
async fn carry_on(ports: &Ports, checkout: &CheckoutRow) -> Result<Option<Order>, Answer> {
    if start(ports, checkout).await? == Started::Running {
        return Ok(None);
    }
    // Its execution has ended, and may have done so since we looked.
    let key = CheckoutRow::key_of(&checkout.client_id, &checkout.checkout_id);
    let now: Option<CheckoutRow> = load(ports.store.as_ref(), &key).await?;
    let order = known(ports, now.as_ref().unwrap_or(checkout)).await?;
    if order.is_some() {
        return Ok(order);
    }
    Err(Answer::error(
        500,
        "ORDER_NOT_REGISTERED",
        format!(
            "checkout `{}` became no order, and the customer is still to be told",
            checkout.checkout_id
        ),
        Some("nothing was charged: place the order again, with a new checkoutId"),
    ))
}

async fn start(ports: &Ports, checkout: &CheckoutRow) -> Result<Started, Fault> {
    let input = serde_json::to_value(checkout.reference())
        .map_err(|_| Fault::unexpected("an order's reference could not be written"))?;
    let name = checkout.order_id.as_str();
    Ok(ports
        .workflows
        .start("order-lifecycle", name, input)
        .await?)
}

/// What a caller must know to follow the order. Its number is given when it is saved.
fn brief(checkout: &CheckoutRow, order: Option<&Order>) -> Value {
    let mut view = json!({
        "orderId": checkout.order_id,
        "checkoutId": checkout.checkout_id,
        "clientId": checkout.client_id,
        "storeId": checkout.store_id,
        "status": order.map_or("PENDING", |order| order.status().as_str()),
    });
    if let (Some(order), Some(fields)) = (order, view.as_object_mut()) {
        fields.insert("orderNumber".into(), order.order_number.into());
        fields.insert("displayNumber".into(), order.display_number().into());
        fields.insert("total".into(), order.total.centavos().into());
    }
    view
}

/// 422: what is the case, the words that the customer is to read, and the refusal itself.
pub(super) fn refused(refusal: &Refusal) -> Answer {
    let mut answer = Answer::error(422, refusal.code(), refusal.to_string(), None);
    let detail = serde_json::to_value(refusal).unwrap_or_default();
    if let Some(error) = answer.body.get_mut("error").and_then(Value::as_object_mut) {
        error.insert("customerMessage".into(), refusal.message().into());
        error.insert("refusal".into(), detail);
    }
    answer
}

fn unknown_store(shop: &Shop) -> Answer {
    Answer::error(
        404,
        "STORE_NOT_FOUND",
        format!(
            "tenant `{}` has no store `{}`",
            shop.client_id, shop.store_id
        ),
        Some("clientId and storeId are those of `comanda tenant show`"),
    )
}
