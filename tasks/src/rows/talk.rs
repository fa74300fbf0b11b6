//! Where the talk on one channel address stands: the unread messages, the step that waits for the next one, what was said.
//!
//! One row decides everything about a talk, by one conditional write at a time: which message comes first, whether a
//! message is a repetition, whether a session runs, whether its end came before or after a message.

use comanda_domain::{
    ids::{ClientId, StoreId},
    keys::{Key, PartitionKey},
    order::TaskToken,
    people::ChannelAddress,
    planted::{CustomerFault as Planted, planted},
    tables::{Row, TALKS, Table},
    talk::{Draft, Preface, Question, Said},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Digest;

use super::InboundMessage;

/// What was said is remembered this long (a silence of half an hour ends the session, not the memory).
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Ids of messages by which a repetition is known.
const HEARD_MAX: usize = 100;
/// Unread messages that are kept; who writes more before the first is read is not talking.
const UNREAD_MAX: usize = 50;
/// And what all of them weigh: a row takes 400 KB, and is refused when it outgrows them.
const UNREAD_BYTES_MAX: usize = 100 * 1024;

/// One talk. Not `Debug`: it holds what a person wrote.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TalkRow {
    /// The tenant.
    pub client_id: ClientId,
    /// The store that is written to.
    pub store_id: StoreId,
    /// Names the talk without the address.
    pub talk_id: String,
    /// Where the customer writes from, and is answered.
    pub channel_address: ChannelAddress,
    /// When the row began, in seconds: the row goes away and its count of sessions with it, while the names of executions stay
    /// taken. The execution's name has both.
    #[serde(default)]
    pub begun_at: i64,
    /// Counts the sessions since then.
    pub session: u32,
    /// Whether this session has ended.
    #[serde(default)]
    pub ended: bool,
    /// Messages that nobody has read yet, oldest first.
    #[serde(default)]
    pub unread: Vec<InboundMessage>,
    /// Ids of messages that came, newest last.
    #[serde(default)]
    pub heard: Vec<String>,
    /// The step that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<TalkWait>,
    /// Counts what was asked, so that each question is said once.
    #[serde(default)]
    pub asked: u32,
    /// What was read last, so that reading it again comes to the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_read: Option<LastRead>,
    /// Whether this session took note of the messages that began it.
    #[serde(default)]
    pub opened: bool,
    /// The question that was said last and not answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open_question: Option<Question>,
    /// What the answers say that were offered with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offered: Vec<String>,
    /// What is to be said with the next question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preface: Option<Preface>,
    /// What is said with the question that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_preface: Option<Preface>,
    /// What was said so far.
    #[serde(default)]
    pub draft: Draft,
    /// Grows with each write.
    pub version: u64,
    /// When the customer last wrote.
    #[serde(with = "comanda_domain::instant")]
    pub last_inbound_at: Timestamp,
    /// When the row goes away.
    pub expires_at: i64,
}

/// A step that waits for a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TalkWait {
    /// What was asked.
    pub question: Question,
    /// How the step is completed.
    pub token: TaskToken,
}

/// What came of reading a message.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastRead {
    /// Which message.
    pub message_id: String,
    /// When it came.
    #[serde(with = "comanda_domain::instant")]
    pub at: Timestamp,
    /// What was said: the same once more, before anything else was asked, is no answer to what is asked next.
    #[serde(default)]
    pub said: Said,
    /// The reader's own result.
    pub outcome: serde_json::Value,
}

impl TalkRow {
    /// A talk that begins with a message.
    #[must_use]
    pub fn begun(
        (tenant, store): (&ClientId, &StoreId),
        address: &ChannelAddress,
        now: Timestamp,
    ) -> Self {
        Self {
            client_id: tenant.clone(),
            store_id: store.clone(),
            talk_id: Self::id_of(tenant, store, address),
            channel_address: address.clone(),
            begun_at: now.as_second(),
            session: 0,
            ended: true,
            unread: Vec::new(),
            heard: Vec::new(),
            wait: None,
            asked: 0,
            last_read: None,
            opened: false,
            open_question: None,
            offered: Vec::new(),
            preface: None,
            said_preface: None,
            draft: Draft::default(),
            version: 0,
            last_inbound_at: now,
            expires_at: 0,
        }
    }

    /// The id of the talk of an address with a store: tells talks apart in executions and logs, and shows no phone.
    #[must_use]
    pub fn id_of(tenant: &ClientId, store: &StoreId, address: &ChannelAddress) -> String {
        let digest = sha2::Sha256::digest(format!("talk#{tenant}#{store}#{}", address.as_str()));
        hex::encode(digest).chars().take(32).collect()
    }

    /// The key of a talk.
    #[must_use]
    pub fn key_of(tenant: &ClientId, talk_id: &str) -> Key {
        Key::partition(PartitionKey::new(tenant, talk_id))
    }

    /// The talk after one more message; `None` if it came before. A session that has ended is followed by the next.
    #[must_use]
    pub fn hearing(&self, message: InboundMessage) -> Option<Self> {
        if self.heard.contains(&message.message_id) && !planted(Planted::HeardTwice) {
            return None;
        }
        let mut next = self.clone();
        next.heard.push(message.message_id.clone());
        let surplus = next.heard.len().saturating_sub(HEARD_MAX);
        next.heard.drain(..surplus);
        next.last_inbound_at = self.last_inbound_at.max(message.at);
        next.expires_at = next
            .last_inbound_at
            .as_second()
            .saturating_add(KEPT.as_secs());
        let bytes: usize = next.unread.iter().map(InboundMessage::bytes).sum();
        if next.unread.len() < UNREAD_MAX && bytes + message.bytes() <= UNREAD_BYTES_MAX {
            next.unread.push(message);
        }
        if next.ended {
            next.begin_session();
        }
        next.version += 1;
        Some(next)
    }

    /// The talk without anything of the person. Its count of sessions stays: the execution of the last one may still run, and
    /// who writes again must not be taken for it.
    #[must_use]
    pub fn emptied(&self, nowhere: &ChannelAddress) -> Self {
        let owner = (&self.client_id, &self.store_id);
        Self {
            talk_id: self.talk_id.clone(),
            begun_at: self.begun_at,
            session: self.session,
            version: self.version + 1,
            expires_at: self.expires_at,
            ..Self::begun(owner, nowhere, self.last_inbound_at)
        }
    }

    /// What was repeated before anything else was asked is dropped: who taps twice has answered once.
    pub fn drop_repetitions(&mut self) {
        let Some(last) = &self.last_read else { return };
        let repeated = self
            .unread
            .iter()
            .take_while(|unread| unread.said == last.said);
        let repeated = repeated.count();
        self.unread.drain(..repeated);
    }

    /// The next session: its execution has another name.
    pub fn begin_session(&mut self) {
        self.session += 1;
        self.ended = false;
        self.wait = None;
        self.opened = false;
        self.last_read = None;
    }

    /// The name of the session's execution.
    #[must_use]
    pub fn execution_name(&self) -> String {
        format!("talk-{}-{}-{}", self.talk_id, self.begun_at, self.session)
    }
}

impl Row for TalkRow {
    const TABLE: &'static Table = &TALKS;

    fn tenant(&self) -> Option<&ClientId> {
        Some(&self.client_id)
    }

    fn key(&self) -> Key {
        Self::key_of(&self.client_id, &self.talk_id)
    }
}

#[cfg(test)]
mod tests {
    use comanda_domain::{
        ids::{ClientId, StoreId},
        people::ChannelAddress,
        talk::Said,
    };
    use jiff::Timestamp;

    use super::{InboundMessage, TalkRow};

    /// DynamoDB refuses a row of more than 400 KB, and with it every further message of this customer.
    #[test]
    fn long_messages_that_nobody_reads_do_not_outgrow_the_row() {
        let owner = (
            &ClientId::new("sabor").expect("an id"),
            &StoreId::new("centro").expect("an id"),
        );
        let address = ChannelAddress::new("whatsapp:+5511987654321").expect("an address");
        let mut talk = TalkRow::begun(owner, &address, Timestamp::UNIX_EPOCH);
        for number in 0..60 {
            let said = Said::Text("é🍕".repeat(2_000));
            let message = InboundMessage::new(&format!("SM{number}"), said, Timestamp::UNIX_EPOCH);
            talk = talk.hearing(message).expect("it was not heard before");
        }
        let bytes = serde_json::to_string(&talk).expect("a row").len();
        assert!(talk.heard.len() == 60 && talk.unread.len() > 5, "heard all");
        assert!(bytes < 150_000, "{bytes}");
    }
}
