//! Checkouts that became no order, and whose customer was not told why: their execution ended without a word, or never began.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    tables::checkouts::OPEN,
};
use comanda_workflows::contracts::Walk;
use jiff::{SignedDuration, Timestamp};

use super::{Listed, along_index, healed};
use crate::{
    fault::Fault,
    orders::refuse_order::refuse,
    ports::Ports,
    rows::{CheckoutRow, load},
};

impl Listed for CheckoutRow {
    /// Longer than an order takes to be accepted with all retries of an outage.
    const YOUNG: SignedDuration = SignedDuration::from_mins(15);

    fn since(&self) -> Timestamp {
        self.created_at
    }

    fn subject(&self) -> &str {
        self.order_id.as_str()
    }
}

pub(super) async fn walk(ports: &Ports, walk: &mut Walk) -> Result<(), Fault> {
    let open = (&OPEN, CheckoutRow::open_of(&walk.client_id));
    let look = async |ports: &Ports, walk: &mut Walk, listed: &CheckoutRow, (): &mut ()| {
        look(ports, walk, listed).await
    };
    along_index(ports, walk, open, look).await
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
