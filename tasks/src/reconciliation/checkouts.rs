//! Checkouts that became no order, and whose customer was not told why: their execution ended without a word, or never began.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    tables::{CHECKOUTS, checkouts::OPEN},
};
use comanda_workflows::contracts::Walk;
use jiff::SignedDuration;

use super::{healed, page_of, past, read, unless_broken};
use crate::{
    fault::Fault,
    orders::refuse_order::refuse,
    ports::{Ports, Query},
    rows::{CheckoutRow, load},
};

/// Longer than an order takes to be accepted with all retries of an outage.
const YOUNG: SignedDuration = SignedDuration::from_mins(15);

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let query = Query {
        table: &CHECKOUTS,
        index: Some(&OPEN),
        partition: CheckoutRow::open_of(&walk.client_id),
        sort_prefix: None,
        descending: false,
        limit: 0,
        start: None,
    };
    let page = page_of(ports, walk, query).await?;
    for item in page.items {
        let Some(listed) = read::<CheckoutRow>(ports, walk, item).await? else {
            continue;
        };
        let age = ports.clock.now().duration_since(listed.created_at);
        if age > YOUNG {
            let looked = look(ports, walk, &listed).await;
            unless_broken(ports, walk, (listed.order_id.as_str(), looked)).await?;
        }
    }
    past(walk, page.next, 1);
    Ok(())
}

/// A refusal that is written before the order keeps the order from being written: whoever is still at it loses.
async fn look(ports: &Ports, walk: &mut Walk, listed: &CheckoutRow) -> Result<(), Fault> {
    let key = CheckoutRow::key_of(&listed.client_id, &listed.checkout_id);
    let checkout: Option<CheckoutRow> = load(ports.store.as_ref(), &key).await?;
    let Some(checkout) = checkout.filter(CheckoutRow::is_open) else {
        return Ok(());
    };
    if !refuse(ports, &checkout.reference()).await? {
        return Ok(());
    }
    let detail = "a checkout had become no order, and nobody had been told; it was refused";
    let subject = (checkout.order_id.as_str(), ExceptionKind::UnexpectedFailure);
    let now = ports.clock.now();
    let note = Exception::raised(&checkout.client_id, subject, detail, now);
    healed(ports, walk, note).await
}
