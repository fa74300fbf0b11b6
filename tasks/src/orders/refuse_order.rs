//! Ends a checkout that became no order, and tells the customer why.

use comanda_domain::{
    checkout::{PlaceOrder, Refusal},
    notification::NotificationKind,
    order::{Actor, Order, OrderEvent, OrderStatus},
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
    ports::{Ports, guarded::Uses},
    rows::{CheckoutRow, Decision, decide, load},
    shop::load_store,
    tell::{Hearer, Saying, tell_hearer},
};

/// Said where no refusal was noted: the order could not be taken for a reason of ours.
const OUR_FAULT: &str = "Não conseguimos registrar seu pedido agora. Nada foi cobrado; tente de novo em alguns minutos.";

impl Handler for RefuseOrder {
    const USES: &'static [Uses] = &[
        parts::CASE_FILE,
        parts::STORE,
        parts::TELL,
        Uses {
            reads: &[&tables::CHECKOUTS],
            ..Uses::NOTHING
        },
    ];

    async fn handle(ports: &Ports, reference: OrderReference) -> Result<(), Failure<NoRefusal>> {
        cancel_if_saved(ports, &reference).await?;
        let key = CheckoutRow::key_of(&reference.client_id, &reference.checkout_id);
        let checkout: Option<CheckoutRow> = load(ports.store.as_ref(), &key).await?;
        let Some(checkout) = checkout.filter(|checkout| checkout.reference() == reference) else {
            return Ok(());
        };
        let request: PlaceOrder = serde_json::from_value(checkout.request)
            .map_err(|_| Fault::unexpected("a checkout's request cannot be read"))?;
        let Ok(address) = ChannelAddress::new(request.customer.channel_address.trim()) else {
            return Ok(());
        };
        let refusal = checkout
            .refusal
            .and_then(|refusal| serde_json::from_value::<Refusal>(refusal).ok());
        let saying = Saying {
            kind: NotificationKind::Refusal.to_string(),
            text: refusal.map_or_else(|| OUR_FAULT.to_owned(), |refusal| refusal.message()),
        };
        let store = load_store(ports, &reference.client_id, &reference.store_id).await?;
        let hearer = Hearer {
            store: &store,
            subject: reference.order_id.as_str(),
            address: &address,
        };
        Ok(tell_hearer(ports, &hearer, saying).await?)
    }
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
        let change = file.change((Actor::System, "Pedido não registrado"), |order| {
            order.clear_wait();
            order.move_to(OrderEvent::Cancel)
        })?;
        Ok(Decision::Write(change.writes, ()))
    })
    .await
}
