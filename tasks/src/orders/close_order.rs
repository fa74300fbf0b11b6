//! Ends an order that is not confirmed, and finds out whether money must go back.

use comanda_domain::{
    money::Money,
    notification::EndReason,
    order::{Actor, Order, OrderEvent, OrderStatus, PaymentStatus, WaitingFor},
    payment::{RefundIntent, RefundReason, RefundState},
    planted::{Fault as Planted, planted},
    store::{ConfirmationPolicy, SilenceOutcome, StoreConfig},
    tables,
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{CloseOrder, CloseReason, Closing, Closure};

use crate::{
    casefile::{CaseFile, refund_request},
    charges::{hear_charge, take_all_back},
    fault::{Failure, Fault},
    handler::Handler,
    hear::{announced, follow_all, start_owed},
    orders::confirm_order::owe_surplus,
    parts,
    ports::{Ports, guarded::Uses},
    rows::{Decision, decide, load_all},
    shop::{account, load_order_config, load_store},
    status::tell_status,
    store_queue::send_cancelled,
    tell::A_WHILE,
};

impl Handler for CloseOrder {
    const USES: &'static [Uses] = &[
        parts::HEAR,
        parts::STORE,
        parts::TELL,
        parts::PROVIDER,
        Uses {
            queries: &[&tables::REFUNDS],
            ..Uses::NOTHING
        },
    ];

    const TELLS_AGAIN: u32 = A_WHILE;

    async fn handle(ports: &Ports, input: Closure) -> Result<Closing, Failure<NoRefusal>> {
        match close(ports, &input).await? {
            Closed::Not(answer) => Ok(answer),
            Closed::Ended(order, owed) => {
                start_owed(ports, &order, owed).await?;
                Ok(wind_up(ports, &input, &order).await?)
            }
        }
    }
}

enum Closed {
    Not(Closing),
    /// Ended, now or before, with the refunds that a handler must start.
    Ended(Box<Order>, Vec<RefundIntent>),
}

async fn close(ports: &Ports, input: &Closure) -> Result<Closed, Fault> {
    decide::<Order, Closed, Fault, _>(ports, || async {
        let file = CaseFile::open(ports, &input.order).await?;
        let mut file = file.ok_or_else(|| {
            Fault::unexpected(format!("order {} does not exist", input.order.order_id))
        })?;
        match file.order.status() {
            OrderStatus::Pending => {}
            status if status.is_closed() => {
                let ended = Closed::Ended(Box::new(file.order), Vec::new());
                return Ok(Decision::Stands(ended));
            }
            _ => return Ok(Decision::Stands(Closed::Not(Closing::Confirmed))),
        }
        file.note(|_| true);
        // What came in beside the payment at the door goes back whatever becomes of the order.
        let held = file.order.payment_method.is_online() && file.money_held() > Money::ZERO;
        let rule = !planted(Planted::RefundsAgainstTheRule);
        if held && rule && asks_person(ports, input).await? {
            return Ok(Decision::Stands(Closed::Not(Closing::NeedsPerson)));
        }
        let owed = owe_surplus(&mut file);
        let by = input.by.unwrap_or(Actor::System);
        if let Some(paying) = file.paying_charge().cloned()
            && !planted(Planted::CancelLeavesMoney)
        {
            let _refund = file.owe(&paying, refund_reason(input.reason), by);
        }
        let owes = file.owes(ports).await?;
        let change = file
            .change(ports, (by, notes(input.reason)), |order| {
                order.clear_wait();
                if owes {
                    order.waiting_for = Some(WaitingFor::Refund);
                }
                if !held && order.payment_status() != PaymentStatus::NotApplicable {
                    // Refused only where money moved meanwhile, and then the charge's own state stands.
                    let _stands = order.set_payment_status(PaymentStatus::Cancelled);
                }
                order.move_to(OrderEvent::Cancel)
            })
            .await?;
        let mut writes = change.writes;
        writes.extend(announced(ports, &change.order, &owed).await?);
        let ended = Closed::Ended(Box::new(change.order), owed);
        Ok(Decision::Write(writes, ended))
    })
    .await
}

/// R6: a silent store whose rule is not to refund by itself leaves the decision to a person.
async fn asks_person(ports: &Ports, input: &Closure) -> Result<bool, Fault> {
    if input.reason != CloseReason::Unanswered {
        return Ok(false);
    }
    let key = &input.order;
    let config = load_order_config(ports, &key.client_id, &key.store_id).await?;
    let outcome = match ConfirmationPolicy::of(&config) {
        ConfirmationPolicy::Automatic => return Ok(false),
        ConfirmationPolicy::ByStore { at_silence, .. } => at_silence.outcome(true),
    };
    Ok(outcome == SilenceOutcome::AskPerson)
}

/// What follows from the end. Each part can be done again.
async fn wind_up(ports: &Ports, input: &Closure, order: &Order) -> Result<Closing, Fault> {
    let store = load_store(ports, &order.client_id, &order.store_id).await?;
    // An account that cannot be used keeps nobody from hearing that it is over.
    let taken_back = if order.payment_method.is_online() {
        take_charges_back(ports, &store, order).await
    } else {
        Ok(())
    };
    // News that came before the end, and was left to the workflow because that still ran, is late now.
    if !planted(Planted::NewsAtTheEndLost) {
        follow_all(ports, &input.order).await?;
    }
    let (version, by) = cancelled_at(order);
    if order.handed_over_at.is_some() {
        let reason = notes(input.reason);
        send_cancelled(ports, &store, (order, version), reason).await?;
    }
    let reason = end_reason(input.reason, by);
    tell_status(ports, &store, order, OrderStatus::Cancelled, Some(reason)).await?;
    taken_back?;
    closing(ports, order).await
}

/// Nothing of it can be paid any more, and what came in is heard.
async fn take_charges_back(ports: &Ports, store: &StoreConfig, order: &Order) -> Result<(), Fault> {
    let account = account(ports, store).await?;
    for charge in take_all_back(ports, &account, order).await? {
        hear_charge(ports, order, &charge).await?;
    }
    Ok(())
}

/// What the workflow must give back: the intent that the end itself made.
async fn closing(ports: &Ports, order: &Order) -> Result<Closing, Fault> {
    let Some(paying) = &order.payment_id else {
        return Ok(Closing::Cancelled);
    };
    let intents = RefundIntent::of_charge(&order.client_id, paying);
    let intents: Vec<RefundIntent> = load_all(ports.store.as_ref(), intents).await?;
    let own = intents.iter().find(|intent| {
        intent.state != RefundState::Done
            && !matches!(
                intent.reason,
                RefundReason::PaidLate | RefundReason::PaidTwice
            )
    });
    Ok(own.map_or(Closing::Cancelled, |intent| {
        Closing::RefundDue(refund_request(intent))
    }))
}

fn cancelled_at(order: &Order) -> (u64, Actor) {
    let entry = order.became(OrderStatus::Cancelled);
    entry.map_or((order.version(), Actor::System), |entry| {
        (entry.version, entry.by)
    })
}

/// Money that is here when an order ends unpaid came at that very moment; the end itself owes it.
fn refund_reason(reason: CloseReason) -> RefundReason {
    match reason {
        CloseReason::Rejected => RefundReason::Rejected,
        CloseReason::Unanswered => RefundReason::Unanswered,
        CloseReason::AmountMismatch => RefundReason::AmountMismatch,
        CloseReason::Cancelled
        | CloseReason::PaymentExpired
        | CloseReason::PaymentFailed
        | CloseReason::PaymentUnavailable => RefundReason::Cancelled,
    }
}

fn end_reason(reason: CloseReason, by: Actor) -> EndReason {
    match reason {
        CloseReason::PaymentExpired => EndReason::PaymentExpired,
        CloseReason::PaymentFailed => EndReason::PaymentFailed,
        CloseReason::PaymentUnavailable => EndReason::PaymentUnavailable,
        CloseReason::AmountMismatch => EndReason::AmountMismatch,
        CloseReason::Cancelled => EndReason::CancelledBy(by),
        CloseReason::Rejected => EndReason::Rejected,
        CloseReason::Unanswered => EndReason::Unanswered,
    }
}

/// As the history and the store's screen have it.
fn notes(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::PaymentExpired => "Pagamento não recebido no prazo",
        CloseReason::PaymentFailed => "Pagamento recusado",
        CloseReason::PaymentUnavailable => "Não foi possível gerar a cobrança",
        CloseReason::AmountMismatch => "Valor recebido diferente do total",
        CloseReason::Cancelled => "Pedido cancelado",
        CloseReason::Rejected => "Recusado pelo restaurante",
        CloseReason::Unanswered => "Sem resposta do restaurante",
    }
}
