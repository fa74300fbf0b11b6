//! What has waited for longer than it can: by whom it is noticed is the caller's.

use jiff::{SignedDuration, Timestamp};

use crate::{
    exception::ExceptionKind,
    order::{Order, OrderStatus, WaitingFor},
};

/// How long after its deadline a wait is overdue: the deadline's own step must have had time to run, outages included.
pub const GRACE: SignedDuration = SignedDuration::from_mins(15);

/// O7 for one order: what a person must be told of it at `now`, if anything. `deliveryTimeout` is the store's.
#[must_use]
pub fn overdue(
    order: &Order,
    delivery_timeout: SignedDuration,
    now: Timestamp,
) -> Option<ExceptionKind> {
    if order.waiting_for == Some(WaitingFor::Person) {
        return None;
    }
    let since = |at: Timestamp| now.duration_since(at);
    match order.status() {
        OrderStatus::Pending => match &order.wait {
            Some(wait) if since(wait.deadline) > GRACE => Some(ExceptionKind::WaitOverdue),
            Some(_) => None,
            // Between two steps: an execution goes on within seconds, or with the retries of an outage.
            None => {
                (since(order.updated_at()) > GRACE).then_some(ExceptionKind::OrderWithoutExecution)
            }
        },
        OrderStatus::Confirmed
        | OrderStatus::Preparing
        | OrderStatus::Ready
        | OrderStatus::Delivering => {
            (since(order.updated_at()) > delivery_timeout).then_some(ExceptionKind::NoDeliveryNews)
        }
        OrderStatus::Delivered
        | OrderStatus::Completed
        | OrderStatus::Cancelled
        | OrderStatus::Refunded => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::{
        Actor, OrderEvent as E, Reason, TaskToken, WaitKind,
        tests::{NOON, an_order},
    };

    fn noon() -> Timestamp {
        NOON.parse().expect("an instant")
    }

    fn after(order: &Order, events: &[E]) -> Order {
        events.iter().fold(order.clone(), |order, event| {
            let reason = Reason::new(Actor::System, noon(), "segue");
            order
                .apply(reason, |order| order.move_to(*event))
                .expect("legal")
        })
    }

    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }

    #[track_caller]
    fn check_overdue(order: &Order, passed: SignedDuration, expected: Option<ExceptionKind>) {
        let now = noon().checked_add(passed).expect("an instant");
        assert_eq!(overdue(order, hours(24), now), expected, "{passed:?}");
    }

    #[test]
    fn what_is_overdue_is_told_by_kind() {
        let created = an_order();
        check_overdue(&created, SignedDuration::from_mins(10), None);
        check_overdue(
            &created,
            hours(1),
            Some(ExceptionKind::OrderWithoutExecution),
        );
        let waits = created
            .apply(Reason::new(Actor::System, noon(), "espera"), |order| {
                let deadline = noon().checked_add(hours(1)).expect("an instant");
                order.register_wait(WaitKind::Store, TaskToken::new("token"), deadline);
                Ok(())
            })
            .expect("legal");
        check_overdue(&waits, hours(1), None);
        check_overdue(&waits, hours(2), Some(ExceptionKind::WaitOverdue));
        let confirmed = after(&created, &[E::Confirm]);
        check_overdue(&confirmed, hours(24), None);
        check_overdue(&confirmed, hours(25), Some(ExceptionKind::NoDeliveryNews));
        let delivered = after(
            &confirmed,
            &[E::Prepare, E::MakeReady, E::Dispatch, E::Deliver],
        );
        check_overdue(&delivered, hours(1_000), None);
    }
}
