//! A customer's message on its way to the step that waits for it: kept in the talk first, then the step is woken, then, if
//! none waits, the next session is begun (DESIGN §6).
//!
//! Each part can be done again. Whether a session runs is asked of its execution: to start it again under its name is to
//! start it once.

use comanda_domain::{people::ChannelAddress, store::StoreConfig, tables, tables::Row};
use comanda_workflows::contracts::{Reply, TalkKey};

use crate::{
    fault::Fault,
    hear::complete,
    ports::{Completion, Condition, Ports, Started, guarded::Uses},
    rows::{Decision, InboundMessage, TalkRow, decide, load, put},
};

/// The workflow of a session.
const WORKFLOW: &str = "conversation";

/// What hearing a message takes.
pub(crate) const TALK: Uses = Uses {
    reads: &[&tables::TALKS],
    writes: &[&tables::TALKS],
    tokens: true,
    starts: &[WORKFLOW],
    ..Uses::NOTHING
};

/// Takes in a message and sees to it that somebody reads it.
pub(crate) async fn hear_message(
    ports: &Ports,
    store: &StoreConfig,
    address: &ChannelAddress,
    message: InboundMessage,
) -> Result<(), Fault> {
    let talk = decide::<TalkRow, TalkRow, Fault, _>(ports, || async {
        let owner = (&store.client_id, &store.store_id);
        let begun = TalkRow::begun(owner, address, message.at);
        let known: Option<TalkRow> = load(ports.store.as_ref(), &begun.key()).await?;
        let condition = known
            .as_ref()
            .map_or(Condition::Absent, |talk| Condition::Version(talk.version));
        // A talk that was emptied by an erasure has no address any more.
        let talk = known.map_or_else(
            || begun.clone(),
            |known| TalkRow {
                channel_address: address.clone(),
                ..known
            },
        );
        Ok(match talk.hearing(message.clone()) {
            // Heard before. What followed from it is done again, in case it was not.
            None => Decision::Stands(talk),
            Some(next) => Decision::Write(vec![put(&next, condition)?], next),
        })
    })
    .await?;
    wake(ports, &talk).await
}

/// Completes the step that waits for a message; where none does, makes sure that a session runs.
pub(crate) async fn wake(ports: &Ports, talk: &TalkRow) -> Result<(), Fault> {
    let (false, Some(first)) = (talk.ended, talk.unread.first()) else {
        return Ok(());
    };
    if let Some(wait) = &talk.wait {
        let reply = Reply::Message {
            message_id: first.message_id.clone(),
        };
        if complete(ports, wait.token.expose(), &reply).await? == Completion::Accepted {
            return Ok(());
        }
    }
    see_running(ports, talk).await
}

/// Sees to it that the talk's session runs, whose next question looks for messages; or the one after it, where its execution
/// is over and did not say so.
pub(crate) async fn see_running(ports: &Ports, talk: &TalkRow) -> Result<(), Fault> {
    if start(ports, talk).await? == Started::Running {
        return Ok(());
    }
    let Some(next) = begin_next(ports, talk).await? else {
        return Ok(());
    };
    // Its name is nobody's yet: it can be over only if it failed within this moment.
    match start(ports, &next).await? {
        Started::Running => Ok(()),
        _ => Err(Fault::unexpected(format!(
            "{} is over as it began, and nobody reads what the customer wrote",
            next.execution_name()
        ))),
    }
}

/// The session after one that is over; `None` where somebody else saw to it.
async fn begin_next(ports: &Ports, talk: &TalkRow) -> Result<Option<TalkRow>, Fault> {
    decide::<TalkRow, Option<TalkRow>, Fault, _>(ports, || async {
        let now: Option<TalkRow> = load(ports.store.as_ref(), &talk.key()).await?;
        let Some(mut now) = now.filter(|now| now.session == talk.session && !now.ended) else {
            return Ok(Decision::Stands(None));
        };
        let before = now.version;
        now.begin_session();
        now.version += 1;
        let write = put(&now, Condition::Version(before))?;
        Ok(Decision::Write(vec![write], Some(now)))
    })
    .await
}

/// Starts the session's execution, or finds it.
async fn start(ports: &Ports, talk: &TalkRow) -> Result<Started, Fault> {
    let key = TalkKey {
        client_id: talk.client_id.clone(),
        store_id: talk.store_id.clone(),
        talk_id: talk.talk_id.clone(),
        session: talk.session,
    };
    let input =
        serde_json::to_value(key).map_err(|_| Fault::unexpected("a talk could not be written"))?;
    let name = talk.execution_name();
    Ok(ports.workflows.start(WORKFLOW, &name, input).await?)
}
