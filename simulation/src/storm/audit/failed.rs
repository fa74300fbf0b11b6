//! N1 of messages that fail: who reported it was told that it is taken, and nobody reports it again. So it is said once more,
//! or seen by a person, or no longer true. And nothing that was to be said lies about unsaid.

use std::collections::BTreeMap;

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::OrderId,
    notification::is_overtaken,
};
use comanda_tasks::{
    rows::{DeliveryStatus, NotificationRow, NotificationState},
    testing::Accepted,
};
use jiff::Timestamp;

use crate::{people::rows, storm::Storm};

impl Storm {
    /// When all is at rest.
    pub(super) fn failures_were_followed(&mut self, taken: &[Accepted]) {
        let sent = taken.iter().map(|one| (one.sent.id.as_str(), one.sent.at));
        let sent: BTreeMap<&str, Timestamp> = sent.collect();
        let alarms = rows::<Exception>(&self.outside.store).unwrap_or_default();
        let mut found = Vec::new();
        for row in self.auditor.notifications.values() {
            if row.state == NotificationState::Intended {
                found.push(format!("{} was never said", row.kind));
            }
            let Some(id) = row.message_id.as_deref() else {
                continue;
            };
            let Some(at) = sent.get(id).filter(|_| self.channel.has_failed(id)) else {
                continue;
            };
            if row.delivery != Some(DeliveryStatus::Failed) {
                found.push(format!("nobody noted that {} failed", row.kind));
            } else if !self.is_followed(row, *at, &alarms) {
                found.push(format!("{} failed, and nobody sees it", row.kind));
            }
        }
        for detail in found {
            self.auditor.found("N1", "a message", &detail);
        }
    }

    /// Whether a person is shown that it failed, whom nobody has relieved of it, or its order has left it behind.
    fn is_followed(&self, row: &NotificationRow, at: Timestamp, alarms: &[Exception]) -> bool {
        let shown = alarms.iter().any(|alarm| {
            alarm.kind == ExceptionKind::MessageFailed
                && alarm.state == ExceptionState::Open
                && alarm.subject_id == row.subject_id
                && alarm.seen_at >= at
        });
        let order = OrderId::new(row.subject_id.as_str()).ok();
        let order = order.and_then(|id| self.auditor.orders.get(&id));
        shown || !row.as_template && order.is_some_and(|order| is_overtaken(&row.kind, order))
    }
}
