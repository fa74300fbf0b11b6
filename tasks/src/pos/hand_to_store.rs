//! Hands an order to its store and awaits the decision: token first, then the inbox, then the store's queue.

use comanda_domain::{
    inbox::NewsKind,
    notification::{NotificationKind, payment_confirmed},
    order::{Actor, Order, OrderStatus, TaskToken, WaitKind},
    payment::RefundIntent,
    planted::{Fault as Planted, planted},
    store::{ConfirmationPolicy, Silence, StoreConfig},
};
use comanda_dsl::Outsider;
use comanda_workflows::contracts::{HandOver, HandToStore, StoreAnswer};
use jiff::{SignedDuration, Timestamp};

use crate::{
    casefile::CaseFile,
    fault::{Failure, Fault},
    handler::AskHandler,
    hear::{announced, complete, start_owed, wake_order},
    orders::confirm_order::{must_be_paid, owe_surplus},
    parts,
    ports::{Ports, guarded::Uses},
    rows::{Decision, decide},
    shop::{load_order_config, load_store},
    status::status_saying,
    store_queue::{Asked, send_order},
    tell::{A_MOMENT, Saying, intend, tell_in_a_moment},
};

impl AskHandler for HandToStore {
    const USES: &'static [Uses] = &[
        parts::CASE_FILE,
        parts::TOKENS,
        parts::STORE,
        parts::TELL,
        parts::STORE_QUEUE,
        parts::START_REFUND,
    ];

    const TELLS_AGAIN: u32 = A_MOMENT;

    async fn ask(
        ports: &Ports,
        input: HandOver,
        token: TaskToken,
    ) -> Result<(), Failure<Outsider>> {
        let Some(handed) = register(ports, &input, &token).await? else {
            complete(ports, token.expose(), &StoreAnswer::News).await?;
            return Ok(());
        };
        let order = &handed.order;
        start_owed(ports, order, handed.owed).await?;
        // Called off before the store ever had it: the store never gets it.
        if wake_order(ports, order).await? {
            return Ok(());
        }
        let store = load_store(ports, &order.client_id, &order.store_id).await?;
        // Good news, and not worth a paid order's hand-over: what cannot be said in a moment is said with the next message.
        if let Err(fault) = reassure(ports, &store, order).await
            && ports.is_tried_again
            && fault.is_retryable()
        {
            return Err(fault.into());
        }
        let asked = Asked::Decision {
            token: &token,
            until: handed.until,
        };
        Ok(send_order(ports, &store, (order, order.version()), asked).await?)
    }
}

struct Handed {
    order: Order,
    owed: Vec<RefundIntent>,
    until: Timestamp,
}

/// Registers the token, takes note of the payment, and starts the store's clock. `None` if the order has ended.
async fn register(
    ports: &Ports,
    input: &HandOver,
    token: &TaskToken,
) -> Result<Option<Handed>, Fault> {
    let key = &input.order;
    let config = load_order_config(ports, &key.client_id, &key.store_id).await?;
    let policy = ConfirmationPolicy::of(&config);
    decide::<Order, Option<Handed>, Fault, _>(ports, || async {
        let file = CaseFile::open(ports, key).await?;
        let mut file = file
            .ok_or_else(|| Fault::unexpected(format!("order {} does not exist", key.order_id)))?;
        if file.order.status() != OrderStatus::Pending {
            return Ok(Decision::Stands(None));
        }
        if let Some(wait) = &file.order.wait
            && file.order.waits_with(&WaitKind::Store, token)
        {
            let until = wait.deadline;
            let owed = owe_surplus(&mut file);
            let order = file.order;
            return Ok(Decision::Stands(Some(Handed { order, owed, until })));
        }
        file.note(|news| {
            matches!(
                news,
                NewsKind::Paid { .. }
                    | NewsKind::PaymentFailed { .. }
                    | NewsKind::ChargeDeleted { .. }
                    | NewsKind::MethodChosen { .. }
            )
        });
        let owed = owe_surplus(&mut file);
        must_be_paid(&file)?;
        let now = ports.clock.now();
        let wait = SignedDuration::from_secs(i64::from(input.answer_within_seconds));
        let clock = if planted(Planted::StoreClockFromCreation) {
            file.order.created_at
        } else {
            now
        };
        let until = clock.checked_add(wait).unwrap_or(now);
        let change = file
            .change(ports, (Actor::System, "Entregue ao restaurante"), |order| {
                order.handed_over_at.get_or_insert(now);
                match policy {
                    ConfirmationPolicy::ByStore {
                        at_silence: Silence::Confirms,
                        ..
                    } => order.confirmation_timeout = Some(until),
                    _ => order.refund_timeout = Some(until),
                }
                order.register_wait(WaitKind::Store, token.clone(), until);
                Ok(())
            })
            .await?;
        let handed = Handed {
            order: change.order,
            owed,
            until,
        };
        let mut writes = change.writes;
        writes.extend(announced(ports, &handed.order, &handed.owed).await?);
        if handed.order.payment_method.is_online() {
            writes.extend(intend(ports, &handed.order, confirmed(&handed.order)).await?);
        }
        Ok(Decision::Write(writes, Some(handed)))
    })
    .await
}

async fn reassure(ports: &Ports, store: &StoreConfig, order: &Order) -> Result<(), Fault> {
    let paid = order.payment_method.is_online().then(|| confirmed(order));
    let waits = status_saying(ports, store, order, (OrderStatus::Pending, None)).await?;
    let sayings = paid.into_iter().chain(waits).collect();
    tell_in_a_moment(ports, store, order, sayings).await
}

fn confirmed(order: &Order) -> Saying {
    Saying {
        kind: NotificationKind::PaymentConfirmed.to_string(),
        text: payment_confirmed(order),
    }
}
