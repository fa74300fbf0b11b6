//! Queues that are not SQS FIFO's.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use super::check;
use crate::{
    ports::{Answer, OutageError, Ports, Queue, QueueMessage},
    testing::{block_on, contract::queue},
    tests::ports::memory::{Memory, Mishap},
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    SwapsNeighbours,
    NeverRemembers,
    RemembersForEver,
    RemembersAcrossQueues,
    KnowsNoGroups,
    LosesWhatIsNotDeleted,
}

struct BrokenQueue {
    inner: Arc<dyn Queue>,
    fault: Fault,
    held: Mutex<Option<QueueMessage>>,
    seen: Mutex<BTreeSet<String>>,
}

impl Queue for BrokenQueue {
    fn send(&self, mut message: QueueMessage) -> Answer<'_, (), OutageError> {
        let id = message.deduplication_id.clone();
        let known = match self.fault {
            Fault::RemembersForEver => Some(format!("{}{id}", message.queue_url)),
            Fault::RemembersAcrossQueues => Some(format!("{}{id}", message.group_id)),
            _ => None,
        };
        let mut seen = self.seen.lock().unwrap();
        if known.is_some_and(|known| !seen.insert(known)) {
            return Box::pin(async { Ok(()) });
        }
        match self.fault {
            Fault::NeverRemembers => {
                let fresh = format!("{id}-{}", seen.len());
                seen.insert(fresh.clone());
                message.deduplication_id = fresh;
            }
            Fault::KnowsNoGroups => message.group_id = id,
            Fault::SwapsNeighbours => {
                let mut held = self.held.lock().unwrap();
                let Some(first) = held.take() else {
                    *held = Some(message);
                    return Box::pin(async { Ok(()) });
                };
                return Box::pin(async move {
                    self.inner.send(message).await?;
                    self.inner.send(first).await
                });
            }
            _ => {}
        }
        self.inner.send(message)
    }
}

#[test]
fn queues_that_break_a_rule_are_found_out() {
    let faults: &[(Fault, &[&str])] = &[
        (Fault::SwapsNeighbours, &["a_group_is_in_order"]),
        (
            Fault::NeverRemembers,
            &["a_repeat_is_dropped_for_five_minutes"],
        ),
        (
            Fault::RemembersForEver,
            &["a_repeat_is_dropped_for_five_minutes"],
        ),
        (
            Fault::RemembersAcrossQueues,
            &["queues_remember_each_for_itself"],
        ),
        (
            Fault::KnowsNoGroups,
            &["a_group_waits_for_its_first_message"],
        ),
        (
            Fault::LosesWhatIsNotDeleted,
            &["what_was_not_deleted_comes_again_in_its_place"],
        ),
    ];
    check(&[queue::CASES], faults, |fault| {
        let rig = Memory::new().around(|ports| Ports {
            queue: Arc::new(BrokenQueue {
                inner: ports.queue.clone(),
                fault,
                held: Mutex::default(),
                seen: Mutex::default(),
            }),
            ..ports
        });
        let mishap = (fault == Fault::LosesWhatIsNotDeleted).then_some(Mishap::TakesAreDeletes);
        block_on(queue::broken(&rig.with(mishap)))
    });
}
