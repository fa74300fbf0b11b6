//! A channel that is not Twilio's.

use std::sync::Arc;

use comanda_domain::notification::in_one_line;
use jiff::Timestamp;

use super::check;
use crate::{
    ports::{
        Answer, Channel, ChannelError, Content, OutageError, OutboundMessage, Ports, Sender,
        SentMessage,
    },
    testing::{
        block_on,
        contract::channel::{self, ChannelRig},
    },
    tests::ports::memory::{Memory, Mishap},
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    TellsOldestFirst,
    TellsOfEverySender,
    TellsOfAllTime,
    DropsVariables,
    MendsVariables,
    CutsTexts,
    TriesARefusedOneAgain,
    TakesLostForNotDone,
    ReportsNothing,
    KnowsNoWindow,
}

struct BrokenChannel {
    inner: Arc<dyn Channel>,
    fault: Fault,
    other: Sender,
}

impl Channel for BrokenChannel {
    fn send<'a>(
        &'a self,
        sender: &'a Sender,
        message: &'a OutboundMessage,
    ) -> Answer<'a, String, ChannelError> {
        Box::pin(async move {
            let mut message = message.clone();
            match (&mut message.content, self.fault) {
                (Content::Template { variables, .. }, Fault::DropsVariables) => variables.clear(),
                (Content::Template { variables, .. }, Fault::MendsVariables) => {
                    for variable in variables {
                        *variable = in_one_line(&format!("{variable} "));
                    }
                }
                (Content::Text(text), Fault::CutsTexts) => {
                    *text = text.chars().take(1_600).collect();
                }
                _ => {}
            }
            match self.inner.send(sender, &message).await {
                Err(ChannelError::Refused { .. }) if self.fault == Fault::TriesARefusedOneAgain => {
                    self.inner.send(sender, &message).await
                }
                Err(ChannelError::Outage(_)) if self.fault == Fault::TakesLostForNotDone => {
                    Err(OutageError::NotDone {
                        party: "twilio",
                        detail: String::new(),
                    }
                    .into())
                }
                answer => answer,
            }
        })
    }

    fn sent_since<'a>(
        &'a self,
        sender: &'a Sender,
        to: &'a str,
        since: Timestamp,
    ) -> Answer<'a, Vec<SentMessage>, ChannelError> {
        Box::pin(async move {
            let since = match self.fault {
                Fault::TellsOfAllTime => Timestamp::UNIX_EPOCH,
                _ => since,
            };
            let mut sent = self.inner.sent_since(sender, to, since).await?;
            match self.fault {
                Fault::TellsOldestFirst => sent.reverse(),
                Fault::TellsOfEverySender => {
                    sent.extend(self.inner.sent_since(&self.other, to, since).await?);
                }
                _ => {}
            }
            Ok(sent)
        })
    }
}

#[test]
fn channels_that_break_a_rule_are_found_out() {
    let faults: &[(Fault, &[&str])] = &[
        (
            Fault::TellsOldestFirst,
            &["what_was_sent_is_found_newest_first"],
        ),
        (
            Fault::TellsOfEverySender,
            &["look_ups_are_one_customer_s_and_one_sender_s"],
        ),
        (Fault::TellsOfAllTime, &["look_ups_begin_at_an_instant"]),
        (
            Fault::DropsVariables,
            &[
                "every_kind_of_content_is_taken",
                "a_lost_template_is_known_again",
                "a_variable_is_one_line",
            ],
        ),
        (Fault::MendsVariables, &["a_variable_is_one_line"]),
        (Fault::CutsTexts, &["a_message_without_sense_is_refused"]),
        (
            Fault::TriesARefusedOneAgain,
            &["a_refused_message_is_not_sent"],
        ),
        (Fault::TakesLostForNotDone, &["a_lost_answer_is_looked_up"]),
        (
            Fault::ReportsNothing,
            &["reports_tell_the_end_of_a_message"],
        ),
        (
            Fault::KnowsNoWindow,
            &["free_text_outside_the_window_fails_by_report"],
        ),
    ];
    check(&[channel::CASES], faults, |fault| {
        let rig = Memory::new();
        let other = rig.other_sender();
        let rig = rig.around(|ports| Ports {
            channel: Arc::new(BrokenChannel {
                inner: ports.channel.clone(),
                fault,
                other,
            }),
            ..ports
        });
        let mishap = match fault {
            Fault::ReportsNothing => Some(Mishap::NoReports),
            Fault::KnowsNoWindow => Some(Mishap::NoWindow),
            _ => None,
        };
        block_on(channel::broken(&rig.with(mishap)))
    });
}
