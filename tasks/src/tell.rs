//! Telling a customer something once: intent row, send, receipt (RELIABILITY N1 to N4).
//!
//! The channel has no idempotency key, so an intent without a receipt is looked up at the channel before it is sent
//! again. What is said is the caller's business; this decides whether, and as text or as a template.

mod claim;
mod content;
mod failure;
mod receipt;

use std::collections::BTreeSet;

use comanda_domain::{
    ids::{ChargeId, ClientId, OrderId, StoreId},
    notification::{self, NotificationKind},
    order::Order,
    people::ChannelAddress,
    planted::{Fault as Planted, planted},
    store::StoreConfig,
    tables::Row,
    talk::Spoken,
};
use comanda_dsl::Retry;

use crate::{
    customers::is_erased,
    fault::Fault,
    ports::{ChannelError, Condition, OutageError, OutboundMessage, Ports, Write},
    rows::{
        NotificationRow, NotificationState, load, load_all, load_order, put, put_if_absent, write,
    },
    shop::sender,
};

#[cfg(any(test, feature = "testing"))]
pub use claim::CLAIM;
use claim::{being_said, claim, is_claimed, release};
use content::{content, template_of};
pub(crate) use failure::{after_failure, failure_of};
use receipt::{find_sent, known_to, record, refuse};

/// Outside the 24-hour window without an approved template: the channel's own code for it.
const OUTSIDE_WINDOW: u32 = 63_016;

/// For who holds up nobody ([`Handler::TELLS_AGAIN`](crate::handler::Handler::TELLS_AGAIN)): a minute as a rule, so that the claim of
/// a try that died, or whose answer was lost, is surely over before the last.
pub(crate) const A_WHILE: u32 = 7;
/// For who asks a customer for money, who waits for the text: nearly all tries. The last ones are left to the asking itself, so that
/// a channel that is away, or the claim of a try that died, and one accident more are not the end of an order.
pub(crate) const WHILE_THEY_WAIT: u32 = Retry::WAITED_FOR.attempts() - 3;
/// For who holds somebody up: a few seconds.
pub(crate) const A_MOMENT: u32 = 3;

/// Something to say.
pub(crate) struct Saying {
    /// What kind of thing it is, unique for its order: `STATUS#CONFIRMED`, `PAYMENT#PIX_CODE#1`.
    pub kind: String,
    /// As the customer reads it.
    pub text: String,
}

/// Whom it is about and who hears it.
pub(crate) struct Hearer<'a> {
    /// The store that speaks.
    pub store: &'a StoreConfig,
    /// The order that it is about.
    pub subject: &'a str,
    /// Who hears it.
    pub address: &'a ChannelAddress,
}

/// A kind that is said once for a charge: an order may have several that go back.
pub(crate) fn of_charge(kind: &NotificationKind, charge: &ChargeId) -> String {
    format!("{kind}#{charge}")
}

/// Tells the customer of an order; first, what was to be said before and could not be said then. Where this is tried again in a
/// moment it fails while the channel is away or another is speaking. In the end that stops nothing: what is unsaid then is said
/// before the order's next message, or by the sweep.
pub(crate) async fn tell(
    ports: &Ports,
    store: &StoreConfig,
    order: &Order,
    sayings: Vec<Saying>,
) -> Result<(), Fault> {
    tell_where(ports, store, order, (sayings, Fault::is_retryable)).await
}

/// The same for who holds somebody up: only what was surely not said is tried again. All else waits for the end of a claim.
pub(crate) async fn tell_in_a_moment(
    ports: &Ports,
    store: &StoreConfig,
    order: &Order,
    sayings: Vec<Saying>,
) -> Result<(), Fault> {
    tell_where(ports, store, order, (sayings, is_surely_unsaid)).await
}

fn is_surely_unsaid(fault: &Fault) -> bool {
    matches!(fault, Fault::Outage(OutageError::NotDone { .. }))
}

/// Fails by what is worth another try, where there is one.
async fn tell_where(
    ports: &Ports,
    store: &StoreConfig,
    order: &Order,
    (sayings, is_worth_a_try): (Vec<Saying>, fn(&Fault) -> bool),
) -> Result<(), Fault> {
    note(ports, order, sayings).await?;
    match say_noted(ports, store, order).await {
        Err(fault) if ports.is_tried_again && is_worth_a_try(&fault) => Err(fault),
        told => or_later(told),
    }
}

/// What is noted is said by whoever is speaking, who looks again when they have spoken; before the order's next message; or by
/// the sweep. Who does not come again by themselves is not to come again for that (a provider stops telling us anything after
/// too many repetitions).
pub(crate) fn or_later(told: Result<(), Fault>) -> Result<(), Fault> {
    match told {
        Err(fault) if fault.is_retryable() => Ok(()),
        told => told,
    }
}

/// Notes what is to be said, once for its kind; to nobody who was erased. What was not true any more before it was said, and is
/// true again, is noted anew.
async fn note(ports: &Ports, order: &Order, sayings: Vec<Saying>) -> Result<(), Fault> {
    if is_erased(order) {
        return Ok(());
    }
    for saying in sayings {
        let intent = intent_of(ports, order, saying);
        let (known, _) = put_if_absent(ports.store.as_ref(), &intent).await?;
        if known.state == NotificationState::Overtaken && !known.text.is_empty() {
            let before = known.version;
            let anew = NotificationRow {
                version: before + 1,
                claimed_until: known.claimed_until,
                ..intent
            };
            let writes = vec![put(&anew, Condition::Version(before))?];
            write(ports.store.as_ref(), writes).await?;
        }
    }
    Ok(())
}

/// Says what is noted about an order and unsaid, in the order in which it was noted: a retryable fault where somebody else is
/// saying the next. What the order left behind is dropped (N2).
///
/// It looks again after it has spoken: whoever met one of our claims meanwhile has noted theirs, and left it to us.
pub(crate) async fn say_noted(
    ports: &Ports,
    store: &StoreConfig,
    order: &Order,
) -> Result<(), Fault> {
    let hearer = Hearer {
        store,
        subject: order.order_id.as_str(),
        address: &order.channel_address,
    };
    let mut met = BTreeSet::new();
    let mut unsaid = unsaid(ports, order, &met).await?;
    while !unsaid.is_empty() {
        for row in unsaid {
            met.insert(row.kind.clone());
            say(ports, &hearer, row).await?;
        }
        // They may have moved the order as well.
        let key = order.order_key();
        let Some(order) = load_order(ports.store.as_ref(), &key).await? else {
            return Ok(());
        };
        unsaid = self::unsaid(ports, &order, &met).await?;
    }
    Ok(())
}

/// What is to be said of the order as it is, oldest first, without what was `met` already. What the order left behind is not said
/// any more (N2), but as long as somebody may be saying it at this very moment, nothing is said before it (N3).
async fn unsaid(
    ports: &Ports,
    order: &Order,
    met: &BTreeSet<String>,
) -> Result<Vec<NotificationRow>, Fault> {
    let subject = NotificationRow::of_subject(&order.client_id, order.order_id.as_str());
    let mut unsaid: Vec<NotificationRow> = load_all(ports.store.as_ref(), subject).await?;
    unsaid.retain(|row| {
        let left_behind = notification::is_overtaken(&row.kind, order) && !is_claimed(ports, row);
        row.state == NotificationState::Intended
            && !met.contains(&row.kind)
            && (!left_behind || planted(Planted::LateStatusTold))
    });
    // Of one moment, too: what was left behind came before what left it behind.
    unsaid.sort_by_key(|row| {
        (
            !notification::is_overtaken(&row.kind, order),
            row.created_at,
        )
    });
    Ok(unsaid)
}

/// The intent to say something, to be written together with the change that it tells of: so that it is said sooner or
/// later, whatever happens next (W5). `None` if it is written already, or nobody is there to hear it.
pub(crate) async fn intend(
    ports: &Ports,
    order: &Order,
    saying: Saying,
) -> Result<Option<Write>, Fault> {
    if is_erased(order) {
        return Ok(None);
    }
    let intent = intent_of(ports, order, saying);
    let known: Option<NotificationRow> = load(ports.store.as_ref(), &intent.key()).await?;
    match known {
        Some(_) => Ok(None),
        None => put(&intent, Condition::Absent).map(Some),
    }
}

fn intent_of(ports: &Ports, order: &Order, saying: Saying) -> NotificationRow {
    let (owner, subject) = ((&order.client_id, &order.store_id), order.order_id.as_str());
    intent(ports, owner, (subject, &order.channel_address), saying)
}

fn intent(
    ports: &Ports,
    (tenant, store): (&ClientId, &StoreId),
    (subject, address): (&str, &ChannelAddress),
    saying: Saying,
) -> NotificationRow {
    NotificationRow {
        client_id: tenant.clone(),
        store_id: store.clone(),
        subject_id: subject.to_owned(),
        kind: saying.kind,
        channel_address: address.clone(),
        text: saying.text,
        offered: Vec::new(),
        state: NotificationState::Intended,
        message_id: None,
        as_template: false,
        failed_message_id: None,
        refusal_code: None,
        claimed_until: None,
        delivery: None,
        version: 1,
        created_at: ports.clock.now(),
    }
}

/// Tells a customer who may have no order yet. What is noted and cannot be said is the sweep's to say, and holds up nobody, unless this
/// is tried again.
pub(crate) async fn tell_hearer(
    ports: &Ports,
    hearer: &Hearer<'_>,
    saying: Saying,
) -> Result<(), Fault> {
    let owner = (&hearer.store.client_id, &hearer.store.store_id);
    let intent = intent(ports, owner, (hearer.subject, hearer.address), saying);
    let (noted, _) = put_if_absent(ports.store.as_ref(), &intent).await?;
    match say_once(ports, hearer, noted).await {
        Err(fault) if ports.is_tried_again => Err(fault),
        told => or_later(told),
    }
}

/// Says something with answers to tap, to a customer who may have no order yet.
pub(crate) async fn offer(
    ports: &Ports,
    hearer: &Hearer<'_>,
    (kind, spoken): (String, Spoken),
) -> Result<(), Fault> {
    let owner = (&hearer.store.client_id, &hearer.store.store_id);
    let Spoken { text, offered } = spoken;
    let saying = Saying { kind, text };
    let intent = NotificationRow {
        offered,
        ..intent(ports, owner, (hearer.subject, hearer.address), saying)
    };
    let (noted, _) = put_if_absent(ports.store.as_ref(), &intent).await?;
    say_once(ports, hearer, noted).await
}

async fn say_once(ports: &Ports, hearer: &Hearer<'_>, row: NotificationRow) -> Result<(), Fault> {
    match row.state {
        NotificationState::Sent | NotificationState::Refused => Ok(()),
        NotificationState::Intended => say(ports, hearer, row).await,
        // Whom it was for is erased.
        NotificationState::Overtaken if row.text.is_empty() => Ok(()),
        // A sweep took it for one that nobody says any more; who says it now waits for what comes of it.
        NotificationState::Overtaken => {
            let state = NotificationState::Intended;
            say(ports, hearer, NotificationRow { state, ..row }).await
        }
    }
}

/// Says what was intended and may have been said before a crash: as a template, what failed as a text.
pub(crate) async fn say_again(
    ports: &Ports,
    store: &StoreConfig,
    row: NotificationRow,
) -> Result<(), Fault> {
    let (address, subject) = (row.channel_address.clone(), row.subject_id.clone());
    let hearer = Hearer {
        store,
        subject: &subject,
        address: &address,
    };
    say(ports, &hearer, row).await
}

/// N2: what the order has left behind is not said any more.
async fn is_overtaken(ports: &Ports, row: &NotificationRow) -> Result<bool, Fault> {
    let Ok(order) = OrderId::new(row.subject_id.as_str()) else {
        return Ok(false);
    };
    let key = Order::key_of(&row.client_id, &order);
    let order: Option<Order> = load(ports.store.as_ref(), &key).await?;
    Ok(order.is_some_and(|order| notification::is_overtaken(&row.kind, &order)))
}

/// Sends an intent; once more, as the template, where its text is known to have failed by the time it is recorded.
async fn say(ports: &Ports, hearer: &Hearer<'_>, row: NotificationRow) -> Result<(), Fault> {
    let mut unsaid = Some(row);
    while let Some(row) = unsaid {
        unsaid = send(ports, hearer, row).await?;
    }
    Ok(())
}

/// Everything that takes time comes first; then the intent is claimed, and one that may have been sent before is looked up
/// at the channel. Answers what is to be said again.
async fn send(
    ports: &Ports,
    hearer: &Hearer<'_>,
    row: NotificationRow,
) -> Result<Option<NotificationRow>, Fault> {
    let store = hearer.store;
    let sender = sender(ports, store, hearer.address).await?;
    let Some(content) = content(ports, store, &sender, &row).await? else {
        return refuse(ports, row, OUTSIDE_WINDOW).await;
    };
    let claimed_before = row.claimed_until;
    let Some((row, until)) = claim(ports, row).await? else {
        return Ok(None);
    };
    if claimed_before.is_some()
        && let Some(id) = find_sent(ports, (store, &sender), &row).await?
    {
        return record(ports, store, row, id).await;
    }
    if !planted(Planted::LateStatusTold) && is_overtaken(ports, &row).await? {
        return Ok(None);
    }
    // Whoever was held up has lost the claim, and another may be sending.
    if ports.clock.now() >= until {
        return Err(being_said());
    }
    let message = OutboundMessage {
        to: row.channel_address.as_str().to_owned(),
        content,
    };
    let answer = ports.channel.send(&sender, &message).await;
    match known_to(ports, store, answer).await? {
        Err(ChannelError::Outage(_)) if planted(Planted::PersonInError) => Err(Fault::unexpected(
            format!("{} cannot be reached", row.channel_address.as_str()),
        )),
        Ok(id) => record(ports, store, row, id).await,
        Err(ChannelError::Refused { code }) => refuse(ports, row, code).await,
        Err(away @ (ChannelError::Unauthorised | ChannelError::Outage(_))) => {
            let away = Fault::from(away);
            if is_surely_unsaid(&away) {
                release(ports, row, claimed_before).await?;
            }
            Err(away)
        }
    }
}
