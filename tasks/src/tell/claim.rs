//! Who may send a message: one at a time, and for so long.

use comanda_domain::{
    planted::{Fault as Planted, planted},
    tables::Row,
};
use jiff::{SignedDuration, Timestamp};

use crate::{
    fault::Fault,
    ports::{Condition, Ports},
    rows::{NotificationRow, NotificationState, load, put, write},
};

/// How long whoever sends a message has it to themselves. Longer than a call to the channel takes until it is given up.
pub const CLAIM: SignedDuration = SignedDuration::from_secs(25);

/// The row, to oneself, and until when. `None` if it was said meanwhile; a retryable fault if somebody is saying it.
pub(super) async fn claim(
    ports: &Ports,
    row: NotificationRow,
) -> Result<Option<(NotificationRow, Timestamp)>, Fault> {
    if planted(Planted::NoClaim) {
        return Ok(Some((row, Timestamp::MAX)));
    }
    if is_claimed(ports, &row) {
        return Err(being_said());
    }
    let now = ports.clock.now();
    let until = now.checked_add(CLAIM).unwrap_or(now);
    let before = row.version;
    let claimed = NotificationRow {
        claimed_until: Some(until),
        version: before + 1,
        ..row
    };
    let claim = put(&claimed, Condition::Version(before))?;
    if write(ports.store.as_ref(), vec![claim]).await? {
        return Ok(Some((claimed, until)));
    }
    let now: Option<NotificationRow> = load(ports.store.as_ref(), &claimed.key()).await?;
    match now {
        Some(row) if row.state == NotificationState::Intended => Err(being_said()),
        _ => Ok(None),
    }
}

pub(super) fn being_said() -> Fault {
    Fault::Contention {
        table: NotificationRow::TABLE.name,
    }
}

/// Gives a claim back: what was surely not sent need not wait for its end.
pub(super) async fn release(
    ports: &Ports,
    row: NotificationRow,
    claimed_before: Option<Timestamp>,
) -> Result<(), Fault> {
    let before = row.version;
    let released = NotificationRow {
        claimed_until: claimed_before,
        version: before + 1,
        ..row
    };
    let writes = vec![put(&released, Condition::Version(before))?];
    write(ports.store.as_ref(), writes).await?;
    Ok(())
}

/// Whether somebody has it to themselves, and may be sending it.
pub(super) fn is_claimed(ports: &Ports, row: &NotificationRow) -> bool {
    row.claimed_until
        .is_some_and(|until| ports.clock.now() < until)
}
