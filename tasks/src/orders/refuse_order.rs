//! Ends a checkout that became no order, and tells the customer why.

use comanda_domain::{
    checkout::{PlaceOrder, Refusal},
    notification::NotificationKind,
    order::{Actor, Order, OrderEvent, OrderStatus, PaymentStatus},
    people::ChannelAddress,
    tables,
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{OrderReference, RefuseOrder};

use crate::{
    casefile::CaseFile,
    fault::{Failure, Fault},
    handler::Handler,
    parts,
    ports::{Condition, Ports, guarded::Uses},
    rows::{CheckoutRow, Decision, decide, load, load_order, put, write},
    shop::load_store,
    tell::{A_WHILE, Hearer, Saying, tell_hearer},
};

impl Handler for RefuseOrder {
    const USES: &'static [Uses] = &[
        parts::CASE_FILE,
        parts::STORE,
        parts::TELL,
        Uses {
            reads: &[&tables::CHECKOUTS],
            writes: &[&tables::CHECKOUTS],
            ..Uses::NOTHING
        },
    ];

    const TELLS_AGAIN: u32 = A_WHILE;

    async fn handle(ports: &Ports, reference: OrderReference) -> Result<(), Failure<NoRefusal>> {
        // Refused first: whichever is written first stays, and no slow try of accepting it saves the order behind us. One that was
        // saved before lives, is cancelled, and is refused then.
        refuse(ports, &reference).await?;
        cancel_if_saved(ports, &reference).await?;
        refuse(ports, &reference).await?;
        Ok(())
    }
}

/// Notes why, if nobody did; tells it; and then forgets who it was (done again, it finds nobody to tell). Answers whether there
/// was anything to do: not where the order lives, or another has told it.
pub(crate) async fn refuse(ports: &Ports, reference: &OrderReference) -> Result<bool, Fault> {
    let Some((checkout, refusal)) = note(ports, reference).await? else {
        return Ok(false);
    };
    if checkout.request.is_null() {
        return Ok(false);
    }
    let request: PlaceOrder = serde_json::from_value(checkout.request.clone())
        .map_err(|_| Fault::unexpected("a checkout's request cannot be read"))?;
    if let Ok(address) = ChannelAddress::new(request.customer.channel_address.trim()) {
        let store = load_store(ports, &reference.client_id, &reference.store_id).await?;
        let hearer = Hearer {
            store: &store,
            subject: reference.order_id.as_str(),
            address: &address,
        };
        let saying = Saying {
            kind: NotificationKind::Refusal.to_string(),
            text: refusal.message(),
        };
        tell_hearer(ports, &hearer, saying).await?;
    }
    let emptied = put(&checkout.emptied(), Condition::Version(checkout.version))?;
    // Lost against another who told it: as good.
    write(ports.store.as_ref(), vec![emptied]).await
}

/// The refusal is written before it is told, so that whoever asks with the same checkout is told the same.
async fn note(
    ports: &Ports,
    reference: &OrderReference,
) -> Result<Option<(CheckoutRow, Refusal)>, Fault> {
    let key = CheckoutRow::key_of(&reference.client_id, &reference.checkout_id);
    decide::<CheckoutRow, _, Fault, _>(ports, || async {
        let checkout: Option<CheckoutRow> = load(ports.store.as_ref(), &key).await?;
        let Some(checkout) = checkout.filter(|checkout| checkout.reference() == *reference) else {
            return Ok(Decision::Stands(None));
        };
        if let Some(refusal) = checkout.refused_for()? {
            return Ok(Decision::Stands(Some((checkout, refusal))));
        }
        // It became an order after all, which lives.
        let order = load_order(ports.store.as_ref(), &reference.order()).await?;
        if order.is_some_and(|order| !order.status().is_closed()) {
            return Ok(Decision::Stands(None));
        }
        let refusal = Refusal::NotRegistered;
        let refused = checkout.refused(&refusal)?;
        let write = put(&refused, Condition::Version(checkout.version))?;
        Ok(Decision::Write(vec![write], Some((refused, refusal))))
    })
    .await
}

/// The order was saved and its answer was lost: nothing was charged and no store has it, so it just ends.
async fn cancel_if_saved(ports: &Ports, reference: &OrderReference) -> Result<(), Fault> {
    let key = reference.order();
    decide::<Order, (), Fault, _>(ports, || async {
        let Some(mut file) = CaseFile::open(ports, &key).await? else {
            return Ok(Decision::Stands(()));
        };
        if file.order.status() != OrderStatus::Pending {
            return Ok(Decision::Stands(()));
        }
        file.note(|_| true);
        let change = file
            .change(ports, (Actor::System, "Pedido não registrado"), |order| {
                order.clear_wait();
                // Refused for orders paid at the door, which have no payment to cancel.
                let _stands = order.set_payment_status(PaymentStatus::Cancelled);
                order.move_to(OrderEvent::Cancel)
            })
            .await?;
        Ok(Decision::Write(change.writes, ()))
    })
    .await
}
