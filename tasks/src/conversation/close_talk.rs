//! Ends a session: its last words, once; and if a message came at the last moment, the next session, which reads it.

use comanda_domain::talk::{Spoken, words};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{CloseTalk, Ending, SessionEnd};

use super::table::{CUSTOMER_READ, about, say, table_of};
use crate::{
    fault::{Failure, Fault},
    handler::Handler,
    parts,
    ports::{Condition, Ports, guarded::Uses},
    rows::{Decision, TalkRow, decide, load, put},
    shop::load_store,
    talk::{TALK, see_running},
};

impl Handler for CloseTalk {
    const USES: &'static [Uses] = &[parts::STORE, parts::TELL, TALK, CUSTOMER_READ];

    async fn handle(ports: &Ports, input: SessionEnd) -> Result<(), Failure<NoRefusal>> {
        let key = TalkRow::key_of(&input.talk.client_id, &input.talk.talk_id);
        let talk: Option<TalkRow> = load(ports.store.as_ref(), &key).await?;
        if let Some(next) = &talk
            && next.session == input.talk.session + 1
            && !next.ended
        {
            // Ended before, with a message that came at the last moment.
            see_running(ports, next).await?;
            return Ok(());
        }
        // Erased, or gone on without this session: there is nothing to end.
        let Some(talk) = talk.filter(|talk| talk.session == input.talk.session && !talk.ended)
        else {
            return Ok(());
        };
        if let Some(text) = last_words(ports, &input, &talk).await? {
            let store = load_store(ports, &talk.client_id, &talk.store_id).await?;
            let offered = Vec::new();
            let words = Spoken { text, offered };
            say(ports, &store, &talk, ("END".to_owned(), words)).await?;
        }
        let next = decide::<TalkRow, Option<TalkRow>, Fault, _>(ports, || async {
            let now: Option<TalkRow> = load(ports.store.as_ref(), &key).await?;
            let Some(mut now) = now.filter(|now| now.session == talk.session && !now.ended) else {
                return Ok(Decision::Stands(None));
            };
            let before = now.version;
            // Whoever was told that we are out of order writes again. Else a message that breaks the talk would begin one
            // session after another, and each would say so.
            if input.ending == Ending::Broken {
                now.unread.clear();
            }
            let goes_on = !now.unread.is_empty();
            now.wait = None;
            now.ended = true;
            if goes_on {
                now.begin_session();
            }
            now.version += 1;
            let write = put(&now, Condition::Version(before))?;
            Ok(Decision::Write(vec![write], goes_on.then_some(now)))
        })
        .await?;
        if let Some(next) = next {
            see_running(ports, &next).await?;
        }
        Ok(())
    }
}

/// Silence is answered with silence. Only a pause speaks of the customer: who reads that we are out of order must not wait for
/// their record.
async fn last_words(
    ports: &Ports,
    end: &SessionEnd,
    talk: &TalkRow,
) -> Result<Option<String>, Fault> {
    Ok(match end.ending {
        Ending::Silence => None,
        Ending::Left => Some(words::goodbye(true)),
        Ending::NotUnderstood => Some(words::goodbye(false)),
        Ending::Done => Some(words::until_next_time()),
        Ending::Broken => Some(words::out_of_order()),
        Ending::Pause => {
            let table = table_of(ports, talk).await?;
            words::pause(end.done, !talk.unread.is_empty(), &about(talk, &table))
        }
    })
}
