//! Puts an order before a person: visibly and once, and with all news that was left to the workflow that gave it up.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::OrderKey,
    money::Money,
    order::{Actor, Order, PaymentStatus, WaitingFor},
    payment::RefundState,
};
use comanda_workflows::contracts::RefundRequest;

use crate::{
    casefile::CaseFile,
    fault::Fault,
    hear::follow_all,
    ports::Ports,
    raise::raised,
    rows::{Decision, decide, load_order},
};

/// Why a person must look.
pub(crate) struct Cause {
    /// The alarm.
    pub kind: ExceptionKind,
    /// What the alarm says.
    pub detail: &'static str,
    /// What the order's history says.
    pub notes: &'static str,
    /// How much it is about, where that is known.
    pub amount: Option<Money>,
    /// The refund that was refused for good.
    pub denied: Option<RefundRequest>,
}

/// What came of it.
pub(crate) struct Called {
    /// The order, if it waits for a person: what it was kept for may have ended it meanwhile.
    pub waits: Option<Order>,
    /// Whether it was this call that put it there.
    pub is_new: bool,
}

/// Puts the order before a person if it still `needs` one.
///
/// Until now its workflow ran, and whoever brought news left it to that. It hears no more: what it was to hear is followed.
pub(crate) async fn put_before_person(
    ports: &Ports,
    key: &OrderKey,
    cause: &Cause,
    needs: impl Fn(&Order) -> bool,
) -> Result<Called, Fault> {
    let is_new = decide::<Order, Option<bool>, Fault, _>(ports, || async {
        let Some(mut file) = CaseFile::open(ports, key).await? else {
            return Ok(Decision::Stands(None));
        };
        if !needs(&file.order) {
            return Ok(Decision::Stands(None));
        }
        if let Some(denied) = &cause.denied {
            deny(ports, &mut file, denied).await?;
        }
        if file.order.waiting_for == Some(WaitingFor::Person) {
            let writes = file.side_writes()?;
            return Ok(if writes.is_empty() {
                Decision::Stands(Some(false))
            } else {
                Decision::Write(writes, Some(false))
            });
        }
        let mut change = file.change((Actor::System, cause.notes), |order| {
            order.clear_wait();
            order.waiting_for = Some(WaitingFor::Person);
            if is_of_refund(cause.kind) && order.payment_status() == PaymentStatus::Refunding {
                order.set_payment_status(PaymentStatus::RefundBlocked)?;
            }
            Ok(())
        })?;
        let now = ports.clock.now();
        let exception = Exception::of_order(&change.order, cause.kind, cause.detail, now);
        change.writes.push(raised(&Exception {
            amount: cause.amount.or(exception.amount),
            ..exception
        })?);
        Ok(Decision::Write(change.writes, Some(true)))
    })
    .await?;
    let Some(is_new) = is_new else {
        return Ok(Called {
            waits: None,
            is_new: false,
        });
    };
    follow_all(ports, key).await?;
    let order = load_order(ports.store.as_ref(), key).await?;
    let waits = order.filter(|order| order.waiting_for == Some(WaitingFor::Person));
    Ok(Called { waits, is_new })
}

async fn deny(ports: &Ports, file: &mut CaseFile, refund: &RefundRequest) -> Result<(), Fault> {
    file.take_up(ports, &refund.charge_id).await?;
    let state = file.intent(refund)?.state;
    if !matches!(state, RefundState::Done | RefundState::Denied) {
        file.change_intent(refund, |intent| {
            intent.state = RefundState::Denied;
            intent.wait = None;
        });
    }
    Ok(())
}

fn is_of_refund(kind: ExceptionKind) -> bool {
    matches!(
        kind,
        ExceptionKind::RefundFailed | ExceptionKind::RefundDenied
    )
}
