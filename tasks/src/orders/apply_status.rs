//! Carries out one status report: the table of transitions decides, one conditional write does it.

use comanda_domain::{
    audit::{AuditAction, AuditEntry},
    inbox::{News, NewsId, NewsKind},
    money::Money,
    order::{Actor, Order, OrderEvent, OrderStatus, PaymentStatus, WaitingFor},
    payment::{RefundIntent, RefundReason, RefundState},
    planted::{Fault as Planted, planted},
    tables,
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{ApplyStatus, StatusNotice, StatusReport, StatusResult};

use crate::{
    casefile::{CaseFile, refund_request},
    customers::{CUSTOMERS, record_order},
    fault::{Failure, Fault},
    handler::Handler,
    hear::acknowledge,
    orders::confirm_order::{after, must_be_paid},
    parts,
    ports::{Ports, guarded::Uses},
    rows::{Decision, decide, load, put_if_absent},
    shop::load_store,
    store_queue::{Asked, send_cancelled, send_order},
};

impl Handler for ApplyStatus {
    const USES: &'static [Uses] = &[
        parts::CASE_FILE,
        parts::STORE,
        parts::STORE_QUEUE,
        CUSTOMERS,
        Uses {
            reads: &[&tables::AUDIT_LOG],
            writes: &[&tables::AUDIT_LOG],
            ..Uses::NOTHING
        },
    ];

    async fn handle(
        ports: &Ports,
        report: StatusReport,
    ) -> Result<StatusResult, Failure<NoRefusal>> {
        match apply(ports, &report).await? {
            Applied::Refused(current) => {
                audit(ports, &report, current).await?;
                Ok(StatusResult::Refused { current })
            }
            Applied::To(order, refund) => {
                let version = version_of(&order, report.status);
                tell_store(ports, &report, (&order, version)).await?;
                if is_for_store(&order, report.status) {
                    acknowledge(ports, &report.order, &report.event_id).await?;
                }
                let is_here = report.status == OrderStatus::Delivered
                    && !planted(Planted::DeliveredUncounted);
                if is_here || report.status == OrderStatus::Completed {
                    record_order(ports, &order).await?;
                }
                let notice = StatusNotice {
                    order: report.order,
                    status: report.status,
                    version,
                };
                Ok(match refund {
                    Some(intent) => StatusResult::RefundDue {
                        notice,
                        refund: refund_request(&intent),
                    },
                    None => StatusResult::Applied { notice },
                })
            }
        }
    }
}

enum Applied {
    To(Box<Order>, Option<Box<RefundIntent>>),
    Refused(OrderStatus),
}

async fn apply(ports: &Ports, report: &StatusReport) -> Result<Applied, Fault> {
    decide::<Order, Applied, Fault, _>(ports, || async {
        let file = CaseFile::open(ports, &report.order).await?;
        let mut file = file.ok_or_else(|| {
            Fault::unexpected(format!("order {} does not exist", report.order.order_id))
        })?;
        let current = file.order.status();
        let Some(event) = event_of(&file.order, report.status) else {
            return Ok(Decision::Stands(Applied::Refused(current)));
        };
        // O4: a person may confirm what waited for them, but not what is not paid.
        let is_unpaid = event == OrderEvent::Confirm && must_be_paid(&file).is_err();
        let after = current.after(event);
        // Its money may be back before its store could be told that it is off.
        let was_called_off = current == OrderStatus::Refunded
            && event == OrderEvent::Cancel
            && file.order.became(OrderStatus::Cancelled).is_some();
        let is_illegal =
            matches!(&after, Err(illegal) if !illegal.is_repetition() && !was_called_off);
        let is_refused = is_unpaid || is_illegal;
        if is_refused || !is_for_store(&file.order, report.status) {
            file.note_rows(|piece| piece.news_id.as_str() == report.event_id);
        }
        if is_refused {
            return stand(ports, &file, Applied::Refused(current)).await;
        }
        if after.is_ok() {
            return change(ports, file, report, event).await;
        }
        // Said before: what followed is done again, once.
        let refund = open_refund(&file);
        let applied = Applied::To(Box::new(file.order.clone()), refund);
        stand(ports, &file, applied).await
    })
    .await
}

/// Whether its store may have to be told: of an end, and of an order that it never got. Until it was, the news that brought the report
/// is not noted, so that whoever looks through the inbox, or says it again, has it followed again.
fn is_for_store(order: &Order, status: OrderStatus) -> bool {
    match status {
        OrderStatus::Cancelled => true,
        OrderStatus::Confirmed => order.handed_over_at.is_none(),
        _ => false,
    }
}

/// The store hears of every cancel, and of an order that a person confirmed before the store ever had it.
async fn tell_store(
    ports: &Ports,
    report: &StatusReport,
    (order, version): (&Order, u64),
) -> Result<(), Fault> {
    let has_it = order.handed_over_at.is_some() || order.became(OrderStatus::Confirmed).is_some();
    let store = load_store(ports, &order.client_id, &order.store_id).await?;
    match report.status {
        OrderStatus::Cancelled if has_it => {
            let words = words_of(ports, report).await?;
            let reason = words.as_deref().unwrap_or("Pedido cancelado");
            send_cancelled(ports, &store, (order, version), reason).await
        }
        OrderStatus::Confirmed if order.handed_over_at.is_none() => {
            send_order(ports, &store, (order, version), Asked::Nothing).await
        }
        _ => Ok(()),
    }
}

/// Why, as whoever reported it wrote it: in the inbox, and only there, because an erasure empties it.
async fn words_of(ports: &Ports, report: &StatusReport) -> Result<Option<String>, Fault> {
    let Ok(id) = NewsId::new(report.event_id.as_str()) else {
        return Ok(None);
    };
    let key = News::key_of(&report.order.client_id, &report.order.order_id, &id);
    let news: Option<News> = load(ports.store.as_ref(), &key).await?;
    Ok(news.and_then(|news| match news.news {
        NewsKind::CancelRequested { reason, .. } | NewsKind::StoreRejected { reason } => reason,
        _ => None,
    }))
}

/// As the history has it.
fn notes(report: &StatusReport) -> &'static str {
    match (report.status, report.by) {
        (OrderStatus::Cancelled, Actor::Customer) => "Cancelado a pedido do cliente",
        (OrderStatus::Cancelled, Actor::Restaurant) => "Cancelado pelo restaurante",
        (OrderStatus::Cancelled, _) => "Pedido cancelado",
        (OrderStatus::Confirmed, _) => "Pedido confirmado",
        _ => "",
    }
}

/// A refused transition is recorded, once for an event (SPEC §3.1).
async fn audit(ports: &Ports, report: &StatusReport, current: OrderStatus) -> Result<(), Fault> {
    let Some(event) = report.status.event() else {
        return Ok(());
    };
    let entry = AuditEntry {
        client_id: report.order.client_id.clone(),
        store_id: report.order.store_id.clone(),
        subject_id: report.order.order_id.as_str().to_owned(),
        entry_id: report.event_id.clone(),
        at: ports.clock.now(),
        by: report.by,
        action: AuditAction::TransitionRefused {
            status: current,
            event,
        },
    };
    put_if_absent(ports.store.as_ref(), &entry).await?;
    Ok(())
}

/// The event that a report asks for; `None` where it is not for reports to ask: money moves by the provider's word only
/// (F024), and an order whose workflow runs is that workflow's.
fn event_of(order: &Order, status: OrderStatus) -> Option<OrderEvent> {
    let runs =
        order.status() == OrderStatus::Pending && order.waiting_for != Some(WaitingFor::Person);
    let event = status.event()?;
    let by_provider_only = matches!(event, OrderEvent::Refund | OrderEvent::ChargeBack)
        && !planted(Planted::AnybodyRefunds);
    (!runs && !by_provider_only).then_some(event)
}

async fn change(
    ports: &Ports,
    mut file: CaseFile,
    report: &StatusReport,
    event: OrderEvent,
) -> Result<Decision<Applied>, Fault> {
    let held = file.money_held() > Money::ZERO;
    let refund = match (event, file.paying_charge().cloned()) {
        (OrderEvent::Cancel, Some(paying)) if held && !planted(Planted::RefundOnReport) => {
            let reason = if report.by == Actor::Restaurant {
                RefundReason::Rejected
            } else {
                RefundReason::Cancelled
            };
            file.owe(&paying, reason, report.by)
        }
        _ => None,
    };
    let owes = event == OrderEvent::Cancel && file.owes(ports).await?;
    let now = ports.clock.now();
    let changed = file
        .change(ports, (report.by, notes(report)), |order| {
            order.clear_wait();
            if let Some(minutes) = report.ready_in_minutes {
                order.delivery_time = after(now, minutes);
            }
            if owes {
                order.waiting_for = Some(WaitingFor::Refund);
            }
            if event == OrderEvent::Cancel && !held {
                // Refused for orders paid at the door, which have no payment to cancel.
                let _stands = order.set_payment_status(PaymentStatus::Cancelled);
            }
            order.move_to(event)
        })
        .await?;
    let applied = Applied::To(Box::new(changed.order), refund.map(Box::new));
    Ok(Decision::Write(changed.writes, applied))
}

/// Nothing of the order changes; the news that brought the report is taken note of.
async fn stand(
    ports: &Ports,
    file: &CaseFile,
    applied: Applied,
) -> Result<Decision<Applied>, Fault> {
    let writes = file.settle(ports, Actor::System, "Aviso repetido").await?;
    Ok(if writes.is_empty() {
        Decision::Stands(applied)
    } else {
        Decision::Write(writes, applied)
    })
}

fn open_refund(file: &CaseFile) -> Option<Box<RefundIntent>> {
    let paying = file.paying_charge()?;
    let mut intents = file.intents(paying);
    intents
        .find(|intent| {
            intent.state != RefundState::Done
                && matches!(
                    intent.reason,
                    RefundReason::Cancelled | RefundReason::Rejected
                )
        })
        .cloned()
        .map(Box::new)
}

fn version_of(order: &Order, status: OrderStatus) -> u64 {
    let entry = order.became(status);
    entry.map_or(order.version(), |entry| entry.version)
}
