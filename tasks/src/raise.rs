//! Raising what a person must see, once for its subject and kind, and closing it when it is over.

use comanda_domain::{
    exception::{Exception, ExceptionKind, ExceptionState},
    ids::ClientId,
    tables::Row,
};
use jiff::Timestamp;

use crate::{
    fault::Fault,
    ports::{Condition, Ports, Write},
    rows::{Decision, decide, load, put, write},
};

/// The write that raises, for the transaction of the change that it is about: that change happens once. What is open already is
/// raised anew, so that no sweep closes it for what it saw before.
pub(crate) async fn raised(ports: &Ports, found: &Exception) -> Result<Write, Fault> {
    let known: Option<Exception> = load(ports.store.as_ref(), &found.key()).await?;
    let Some(known) = known else {
        return put(found, Condition::Absent);
    };
    let next = Exception {
        version: known.version + 1,
        ..found.clone()
    };
    put(&next, Condition::Version(known.version))
}

/// Raises, or renews what was raised. Answers whether it was not known before.
pub(crate) async fn raise(ports: &Ports, found: &Exception) -> Result<bool, Fault> {
    decide::<Exception, bool, Fault, _>(ports, || async {
        let (write, is_new) = renewed(ports, found).await?;
        Ok(match write {
            None => Decision::Stands(is_new),
            Some(write) => Decision::Write(vec![write], is_new),
        })
    })
    .await
}

/// The write that raises, or renews what was raised, for the transaction of what is found each time one looks: none where that says
/// nothing new. And whether it was not known before.
pub(crate) async fn renewed(
    ports: &Ports,
    found: &Exception,
) -> Result<(Option<Write>, bool), Fault> {
    let known: Option<Exception> = load(ports.store.as_ref(), &found.key()).await?;
    let Some(known) = known else {
        return Ok((Some(put(found, Condition::Absent)?), true));
    };
    let is_new = known.state != found.state;
    let next = known.seen_again(found);
    let write = next.map(|next| put(&next, Condition::Version(known.version)));
    Ok((write.transpose()?, is_new))
}

/// Says once more that it is open, an hour after that was said last: an alarm counts what is written, and whatever raised this may
/// never write it again. What was closed since it was `listed` stays closed.
pub(crate) async fn remind(ports: &Ports, listed: &Exception) -> Result<(), Fault> {
    let again = |known: &Exception| {
        let now = ports.clock.now();
        known.seen_again(&Exception {
            seen_at: now,
            ..known.clone()
        })
    };
    if again(listed).is_none() {
        return Ok(());
    }
    decide::<Exception, (), Fault, _>(ports, || async {
        let known: Option<Exception> = load(ports.store.as_ref(), &listed.key()).await?;
        let known = known.filter(|known| known.state == ExceptionState::Open);
        let due = known.and_then(|known| Some((again(&known)?, known.version)));
        Ok(match due {
            None => Decision::Stands(()),
            Some((next, version)) => {
                Decision::Write(vec![put(&next, Condition::Version(version))?], ())
            }
        })
    })
    .await
}

/// Where the alarm of something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A person is to see it, since then.
    Open(Timestamp),
    /// A person has seen it as it is.
    DoneWith,
    /// None was raised, or only of what was before.
    No,
}

/// Where the alarm stands that would tell of what is so `since` then: one that was closed before is another's, and all are where
/// nothing says since when it is so.
pub(crate) async fn stands(
    ports: &Ports,
    (tenant, subject, kind): (&ClientId, &str, ExceptionKind),
    since: Option<Timestamp>,
) -> Result<Standing, Fault> {
    let key = Exception::key_of(tenant, subject, kind);
    let known: Option<Exception> = load(ports.store.as_ref(), &key).await?;
    Ok(match known {
        Some(known) if known.state == ExceptionState::Open => Standing::Open(known.raised_at),
        Some(known) if since.is_some_and(|since| known.seen_at >= since) => Standing::DoneWith,
        _ => Standing::No,
    })
}

/// What came of closing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// It was open.
    Now,
    /// It was closed already, or had been put right.
    Before,
    /// There is none of that subject and kind.
    Unknown,
}

/// Closes one that is over; `detail` says why.
pub(crate) async fn close(
    ports: &Ports,
    (tenant, subject, kind): (&ClientId, &str, ExceptionKind),
    detail: &str,
    now: Timestamp,
) -> Result<Closed, Fault> {
    let key = Exception::key_of(tenant, subject, kind);
    decide::<Exception, Closed, Fault, _>(ports, || async {
        let known: Option<Exception> = load(ports.store.as_ref(), &key).await?;
        Ok(match known {
            None => Decision::Stands(Closed::Unknown),
            Some(known) if known.state != ExceptionState::Open => Decision::Stands(Closed::Before),
            Some(known) => {
                let write = closing(&known, detail, now)?;
                Decision::Write(vec![write], Closed::Now)
            }
        })
    })
    .await
}

/// Closes one as it was `listed`, before one looked whether it is over: what was raised anew since stays open. Answers whether it
/// was closed.
pub(crate) async fn close_listed(
    ports: &Ports,
    listed: &Exception,
    detail: &str,
) -> Result<bool, Fault> {
    let closing = closing(listed, detail, ports.clock.now())?;
    write(ports.store.as_ref(), vec![closing]).await
}

fn closing(known: &Exception, detail: &str, now: Timestamp) -> Result<Write, Fault> {
    let next = Exception {
        state: ExceptionState::Closed,
        detail: detail.to_owned(),
        seen_at: now,
        version: known.version + 1,
        ..known.clone()
    };
    put(&next, Condition::Version(known.version))
}
