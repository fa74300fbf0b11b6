//! Puts an order before a person: visibly and once, and with all news that was left to the workflow that gave it up.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::OrderKey,
    order::{Actor, Order, PaymentStatus, WaitingFor},
    payment::{RefundReason, RefundState},
};
use comanda_workflows::contracts::RefundRequest;
use jiff::Timestamp;

use crate::{
    casefile::CaseFile,
    fault::Fault,
    hear::follow_all,
    ports::Ports,
    raise::{Standing, raised, stands},
    rows::{Decision, decide, load_order, unchanged},
};

/// Why a person must look.
pub(crate) struct Cause {
    /// The alarm.
    pub kind: ExceptionKind,
    /// What the alarm says.
    pub detail: &'static str,
    /// What the order's history says.
    pub notes: &'static str,
    /// The refund that it is about, where it is one.
    pub refund: Option<RefundRequest>,
    /// Whether it is told once, so that its alarm opens again where one of its kind was closed. What each sweep finds anew
    /// would open what a person has closed.
    pub is_told_once: bool,
}

impl Cause {
    /// Whether it is about a second payment that is not given back, for whatever reason, of an order that goes on: its alarm is
    /// all that there is.
    fn is_beside(&self, order: &Order) -> bool {
        let is_surplus = self.refund.as_ref().is_some_and(|refund| {
            matches!(
                refund.reason,
                RefundReason::PaidLate | RefundReason::PaidTwice
            )
        });
        is_surplus && !order.status().is_closed()
    }
}

/// What came of it.
pub(crate) struct Called {
    /// The order, if it waits for a person: what it was kept for may have ended it meanwhile.
    pub waits: Option<Order>,
    /// Whether it was this call that raised the alarm.
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
        if let Some(refund) = &cause.refund {
            file.take_up(ports, &refund.charge_id).await?;
            let state = file.intent(refund)?.state;
            // It was recorded after whoever calls had read it.
            if state == RefundState::Done {
                return Ok(Decision::Stands(None));
            }
            if cause.kind == ExceptionKind::RefundDenied && state != RefundState::Denied {
                file.change_intent(refund, |intent| {
                    intent.state = RefundState::Denied;
                    intent.wait = None;
                });
            }
        }
        let now = ports.clock.now();
        let alarm = |order: &Order| {
            let exception = Exception::of_order(order, cause.kind, cause.detail, now);
            Exception {
                amount: cause.refund.as_ref().map(|refund| refund.amount),
                ..exception
            }
        };
        let (standing, moved_at) = standing(ports, &file, cause).await?;
        // One cause does not hide another: only the order's own change is made once. Money beside it changes nothing of it.
        let is_alarm_only =
            file.order.waiting_for == Some(WaitingFor::Person) || cause.is_beside(&file.order);
        if is_alarm_only || standing == Standing::DoneWith {
            let is_new = is_alarm_only && standing == Standing::No;
            // An alarm that stands for a refund that stopped before this one would be closed with that.
            let is_of_another = match standing {
                Standing::Open(since) => moved_at.is_some_and(|at| at > since),
                Standing::DoneWith | Standing::No => false,
            };
            let mut writes = file.side_writes()?;
            if is_new || is_of_another {
                writes.push(raised(ports, &alarm(&file.order)).await?);
                // Whoever records the refund changes the order.
                writes.push(unchanged(&file.order, file.order.version()));
            }
            return Ok(if writes.is_empty() {
                Decision::Stands(Some(false))
            } else {
                Decision::Write(writes, Some(is_new))
            });
        }
        let change = file.change(ports, (Actor::System, cause.notes), |order| {
            order.clear_wait();
            order.waiting_for = Some(WaitingFor::Person);
            let is_its_own = cause
                .refund
                .as_ref()
                .is_none_or(|refund| order.payment_id.as_ref() == Some(&refund.charge_id));
            let is_of_refund = is_its_own && is_of_refund(cause.kind);
            if is_of_refund && order.payment_status() == PaymentStatus::Refunding {
                order.set_payment_status(PaymentStatus::RefundBlocked)?;
            }
            Ok(())
        });
        let mut change = change.await?;
        let alarm = raised(ports, &alarm(&change.order)).await?;
        change.writes.push(alarm);
        Ok(Decision::Write(change.writes, Some(true)))
    })
    .await?;
    // Also where it needs nobody: a try before this one may have put it there and have ended before it followed.
    follow_all(ports, key).await?;
    let Some(is_new) = is_new else {
        return Ok(Called {
            waits: None,
            is_new: false,
        });
    };
    let order = load_order(ports.store.as_ref(), key).await?;
    let waits = order.filter(|order| order.waiting_for == Some(WaitingFor::Person));
    Ok(Called { waits, is_new })
}

/// Where its alarm stands, and when the refund moved last that it is about. What was closed is raised again, except for a refund that
/// each sweep would find again as the person saw it: of all else the sweep itself closes the alarm, and what happens once more is seen
/// once more.
async fn standing(
    ports: &Ports,
    file: &CaseFile,
    cause: &Cause,
) -> Result<(Standing, Option<Timestamp>), Fault> {
    let intent = cause.refund.as_ref().map(|refund| file.intent(refund));
    let moved_at = intent.transpose()?.map(|intent| intent.updated_at);
    let found_again = moved_at.filter(|_| !cause.is_told_once);
    let order = &file.order;
    let of = (&order.client_id, order.order_id.as_str(), cause.kind);
    Ok((stands(ports, of, found_again).await?, moved_at))
}

fn is_of_refund(kind: ExceptionKind) -> bool {
    matches!(
        kind,
        ExceptionKind::RefundFailed | ExceptionKind::RefundDenied
    )
}
