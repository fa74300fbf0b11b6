//! The contract of [`Channel`]: sending without an idempotency key, looking up what was sent, and the reports that follow.

use std::collections::BTreeMap;

use comanda_domain::notification::{in_one_line, is_said_by};
use jiff::{SignedDuration, Timestamp};

use super::{Doing, Held, Struck, answered, same, suite, that};
use crate::{
    http::WebhookRequest,
    ports::{Channel, ChannelError, Content, OutageError, OutboundMessage, Sender, SentMessage},
    webhooks::twilio::authentic_form,
};

/// The channel's other end.
pub trait ChannelRig: Sync {
    /// The port.
    fn channel(&self) -> &dyn Channel;
    /// A store's address that has a template [`TEMPLATE`] with two variables.
    fn sender(&self) -> Sender;
    /// Another address of the same account.
    fn other_sender(&self) -> Sender;
    /// What time it is at the channel.
    fn now(&self) -> Timestamp;
    /// So much time passes that the next message has another second.
    fn pass_a_second(&self) -> Doing<'_, ()>;
    /// The customer writes to [`ChannelRig::sender`], which opens the window for free texts.
    fn writes<'a>(&'a self, customer: &'a str) -> Doing<'a, ()>;
    /// The next call that changes something meets with this.
    fn strike(&self, next: Struck) -> Doing<'_, ()>;
    /// The reports on a message, once the last of them has come; the channel is configured with where they go.
    fn reports<'a>(&'a self, id: &'a str) -> Doing<'a, Vec<WebhookRequest>>;
}

/// The template that the sender has.
pub const TEMPLATE: &str = "HXcontract";

const OUTSIDE_WINDOW: &str = "63016";

suite! {
    /// Runs every case.
    on &dyn ChannelRig;
    what_was_sent_is_found_newest_first,
    look_ups_are_one_customer_s_and_one_sender_s,
    look_ups_begin_at_an_instant,
    every_kind_of_content_is_taken,
    a_message_without_sense_is_refused,
    a_refused_message_is_not_sent,
    a_lost_answer_is_looked_up,
    a_lost_template_is_known_again,
    a_variable_is_one_line,
    reports_tell_the_end_of_a_message,
    free_text_outside_the_window_fails_by_report,
}

fn customer(number: u32) -> String {
    format!("whatsapp:+55119876{number:05}")
}

fn text(to: &str, body: &str) -> OutboundMessage {
    OutboundMessage {
        to: to.to_owned(),
        content: Content::Text(body.to_owned()),
    }
}

fn template(first: &str, second: &str) -> Content {
    Content::Template {
        id: TEMPLATE.to_owned(),
        variables: vec![first.to_owned(), second.to_owned()],
    }
}

async fn send(rig: &dyn ChannelRig, message: &OutboundMessage) -> Result<String, String> {
    answered("sending", rig.channel().send(&rig.sender(), message).await)
}

async fn found(rig: &dyn ChannelRig, to: &str) -> Result<Vec<SentMessage>, String> {
    let since = rig.now().saturating_sub(SignedDuration::from_mins(5));
    let since = since.unwrap_or(Timestamp::MIN);
    let sent = rig.channel().sent_since(&rig.sender(), to, since).await;
    answered("looking", sent)
}

async fn what_was_sent_is_found_newest_first(rig: &dyn ChannelRig) -> Held {
    let to = customer(1);
    let before = rig.now();
    let mut ids = Vec::new();
    for body in [
        "Olá & até 🍕",
        "Pedido 0001\nR$ 44,80",
        "Pedido 0001\nR$ 44,80",
    ] {
        ids.push(send(rig, &text(&to, body)).await?);
    }
    let sent = found(rig, &to).await?;
    let bodies: Vec<&str> = sent.iter().map(|message| message.body.as_str()).collect();
    let expected = [
        "Pedido 0001\nR$ 44,80",
        "Pedido 0001\nR$ 44,80",
        "Olá & até 🍕",
    ];
    same("what was said", bodies, expected.to_vec())?;
    let mut looked_up: Vec<String> = sent.iter().map(|message| message.id.clone()).collect();
    looked_up.reverse();
    same("the ids", looked_up, ids.clone())?;
    ids.dedup();
    same("how many ids", ids.len(), 3)?;
    // The channel tells whole seconds.
    let early = sent
        .iter()
        .any(|message| message.at.as_second() < before.as_second());
    same("an instant before it was sent", early, false)
}

async fn look_ups_are_one_customer_s_and_one_sender_s(rig: &dyn ChannelRig) -> Held {
    let (to, other) = (customer(2), customer(3));
    send(rig, &text(&to, "um")).await?;
    send(rig, &text(&other, "dois")).await?;
    let from_other = rig
        .channel()
        .send(&rig.other_sender(), &text(&to, "três"))
        .await;
    answered("from another sender", from_other)?;
    let sent = found(rig, &to).await?;
    let bodies: Vec<String> = sent.into_iter().map(|message| message.body).collect();
    same("what this sender sent", bodies, vec!["um".to_owned()])
}

async fn look_ups_begin_at_an_instant(rig: &dyn ChannelRig) -> Held {
    let to = customer(4);
    send(rig, &text(&to, "antes")).await?;
    rig.pass_a_second().await;
    let since = rig.now();
    send(rig, &text(&to, "depois")).await?;
    let sent = rig.channel().sent_since(&rig.sender(), &to, since).await;
    let sent = answered("looking", sent)?;
    let bodies: Vec<String> = sent.into_iter().map(|message| message.body).collect();
    same("what was sent since", bodies, vec!["depois".to_owned()])
}

async fn every_kind_of_content_is_taken(rig: &dyn ChannelRig) -> Held {
    let to = customer(5);
    let template = template("João", "R$ 44,80");
    let picture = Content::Media {
        url: "https://comanda.invalid/qr.png".to_owned(),
        caption: "O código".to_owned(),
    };
    for content in [template, picture] {
        let message = OutboundMessage {
            content,
            ..text(&to, "")
        };
        send(rig, &message).await?;
    }
    let sent = found(rig, &to).await?;
    let bodies: Vec<&str> = sent.iter().map(|message| message.body.as_str()).collect();
    let [picture, template] = bodies[..] else {
        return Err(format!("{} messages were found", bodies.len()));
    };
    same("the caption", picture, "O código")?;
    let told = template.contains("João") && template.contains("R$ 44,80");
    that(told, "the template's text lacks its variables")
}

async fn a_message_without_sense_is_refused(rig: &dyn ChannelRig) -> Held {
    let to = customer(6);
    for (message, code) in [
        (text("whatsapp:+55", "x"), 21_211),
        (text("+5511987654321", "x"), 21_211),
        (text(&to, ""), 21_619),
        (text(&to, &"x".repeat(1_601)), 21_617),
    ] {
        let answer = rig.channel().send(&rig.sender(), &message).await;
        same("its answer", answer, Err(ChannelError::Refused { code }))?;
    }
    send(rig, &text(&to, &"é".repeat(1_600))).await?;
    same("how many were taken", found(rig, &to).await?.len(), 1)
}

async fn a_refused_message_is_not_sent(rig: &dyn ChannelRig) -> Held {
    let to = customer(7);
    rig.strike(Struck::Refused).await;
    let answer = rig.channel().send(&rig.sender(), &text(&to, "um")).await;
    let refused = matches!(answer, Err(ChannelError::Refused { .. }));
    that(refused, "a refusal does not look like one")?;
    same("how many were taken", found(rig, &to).await?.len(), 0)?;
    send(rig, &text(&to, "um")).await?;
    same("how many were taken then", found(rig, &to).await?.len(), 1)
}

async fn a_lost_answer_is_looked_up(rig: &dyn ChannelRig) -> Held {
    let to = customer(8);
    for (struck, taken) in [(Struck::LostBefore, 0), (Struck::LostAfter, 1)] {
        rig.strike(struck).await;
        let answer = rig.channel().send(&rig.sender(), &text(&to, "um")).await;
        let unknown = matches!(
            answer,
            Err(ChannelError::Outage(OutageError::Unknown { .. }))
        );
        that(unknown, "a lost answer does not look like one")?;
        same("how many were taken", found(rig, &to).await?.len(), taken)?;
    }
    Ok(())
}

/// No template that is approved begins or ends with a variable.
async fn a_lost_template_is_known_again(rig: &dyn ChannelRig) -> Held {
    let to = customer(11);
    let said = "Total: R$ 44,80.\nPague com PIX";
    let message = OutboundMessage {
        content: template("João", &in_one_line(said)),
        ..text(&to, "")
    };
    rig.strike(Struck::LostAfter).await;
    let answer = rig.channel().send(&rig.sender(), &message).await;
    that(answer.is_err(), "a lost answer does not look like one")?;
    let sent = found(rig, &to).await?;
    let known = sent
        .iter()
        .filter(|message| is_said_by(said, &message.body));
    same("how many say it", known.count(), 1)?;
    let ends = sent.iter().any(|message| message.body.ends_with("PIX"));
    that(!ends, "a template ends with its variable")
}

async fn a_variable_is_one_line(rig: &dyn ChannelRig) -> Held {
    let to = customer(12);
    for variable in ["", "um\ndois", "um\tdois", "um     dois"] {
        let message = OutboundMessage {
            content: template("João", variable),
            ..text(&to, "")
        };
        let answer = rig.channel().send(&rig.sender(), &message).await;
        let refused = Err(ChannelError::Refused { code: 21_656 });
        same("its answer", answer, refused)?;
    }
    let message = OutboundMessage {
        content: template("João", "um    dois"),
        ..text(&to, "")
    };
    send(rig, &message).await?;
    same("how many were taken", found(rig, &to).await?.len(), 1)
}

/// The reports' fields, each of them signed with the sender's own token.
async fn told(
    rig: &dyn ChannelRig,
    content: Content,
    to: &str,
) -> Result<Vec<BTreeMap<String, String>>, String> {
    let message = OutboundMessage {
        content,
        ..text(to, "")
    };
    let id = send(rig, &message).await?;
    let sender = rig.sender();
    let mut told = Vec::new();
    for report in rig.reports(&id).await {
        let form = authentic_form(&report, &sender.auth_token);
        let form = form.ok_or("a report is not signed by its account")?;
        same("whose report it is", form.get("MessageSid"), Some(&id))?;
        same("from", form.get("From"), Some(&sender.address))?;
        same("to", form.get("To").map(String::as_str), Some(to))?;
        told.push(form);
    }
    Ok(told)
}

fn words(told: &[BTreeMap<String, String>]) -> Vec<&str> {
    let mut words: Vec<&str> = told
        .iter()
        .filter_map(|form| form.get("MessageStatus").map(String::as_str))
        .collect();
    // Their order is not promised.
    words.sort_unstable();
    words
}

async fn reports_tell_the_end_of_a_message(rig: &dyn ChannelRig) -> Held {
    let to = customer(9);
    rig.writes(&to).await;
    let told = told(rig, Content::Text("Confirmado".to_owned()), &to).await?;
    same("in the window", words(&told), vec!["delivered", "sent"])?;
    let codes = told.iter().filter_map(|form| form.get("ErrorCode"));
    same("errors", codes.count(), 0)
}

async fn free_text_outside_the_window_fails_by_report(rig: &dyn ChannelRig) -> Held {
    let to = customer(10);
    let free = told(rig, Content::Text("Confirmado".to_owned()), &to).await?;
    same("a free text", words(&free), vec!["undelivered"])?;
    let code = free.first().and_then(|form| form.get("ErrorCode"));
    same("why", code.map(String::as_str), Some(OUTSIDE_WINDOW))?;
    let told = told(rig, template("João", "R$ 44,80"), &to).await?;
    same("a template", words(&told), vec!["delivered", "sent"])
}
