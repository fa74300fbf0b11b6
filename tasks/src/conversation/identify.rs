//! Finds out who writes, and takes note of the messages that began the session.

use comanda_domain::{
    order::Source,
    people::PersonName,
    planted::{CustomerFault as Planted, planted},
    talk::{Draft, Preface, reading},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{Identify, Served, TalkKey, TalkStep};

use super::table::{CHANGING, change_talk, load_talk, operation, table_of};
use crate::{
    customers::{NewCustomer, ReadIn, create_customer_of, relay_or_leave},
    fault::{Failure, Fault},
    handler::Handler,
    ports::{Ports, guarded::Uses},
    rows::TalkRow,
};

impl Handler for Identify {
    const USES: &'static [Uses] = CHANGING;

    async fn handle(ports: &Ports, key: TalkKey) -> Result<TalkStep, Failure<NoRefusal>> {
        let talk = load_talk(ports, &key).await?;
        let table = table_of(ports, &talk).await?;
        let is_known = table.customer.is_some() || planted(Planted::UnknownIsKnown);
        let place = table.store.place.as_ref();
        if let Some(customer) = table.customer {
            // A crash may have left unsent that this address was linked, or what an earlier session changed.
            if !planted(Planted::LinkUntold) {
                relay_or_leave(ports, &talk.client_id, &customer.customer_id).await;
            }
            if !customer.channel_addresses.contains(&talk.channel_address) {
                link(ports, &talk, (&key, customer.name)).await?;
            }
        }
        change_talk::<(), Fault>(ports, &key, |talk| {
            if talk.opened {
                return Ok(());
            }
            talk.opened = true;
            let asked = talk.open_question.take().filter(|_| !is_known);
            let resumes = asked
                .zip(talk.unread.first())
                .is_some_and(|(question, first)| {
                    let meant = reading::meant(&first.said, &talk.offered);
                    meant.is_ok_and(|text| reading::answers(question, text, &talk.draft, place))
                });
            // An answer that comes after the silence is still an answer; any other first message is a greeting.
            if !resumes {
                drop_greetings(talk, is_known);
            }
            if is_known {
                talk.draft = Draft::default();
            } else if talk.draft != Draft::default() {
                talk.preface = Some(Preface::Resume);
            }
            Ok(())
        })
        .await?;
        Ok(if is_known {
            TalkStep::Serve(Served {
                preface: Preface::WelcomeBack,
            })
        } else {
            TalkStep::Register
        })
    }
}

/// Leaves what says by itself what it is and needs no question: `Oi`, `Meu nome é João`; of somebody who is known, also what
/// they begin with, or tap of what was offered last.
fn drop_greetings(talk: &mut TalkRow, is_known: bool) {
    if !is_known {
        talk.offered.clear();
    }
    let mut after = talk.unread.iter().enumerate().skip(usize::from(!is_known));
    let after = after.find(|(_, message)| {
        let meant = reading::meant(&message.said, &talk.offered);
        meant.is_ok_and(|text| reading::needs_no_question(text, is_known))
    });
    match after.map(|(greetings, _)| greetings) {
        Some(greetings) => drop(talk.unread.drain(..greetings)),
        None => {
            talk.unread.clear();
            talk.offered.clear();
        }
    }
}

/// Known by the phone; from here on by this address too.
async fn link(
    ports: &Ports,
    talk: &TalkRow,
    (key, name): (&TalkKey, PersonName),
) -> Result<(), Fault> {
    let new = NewCustomer {
        address: talk.channel_address.clone(),
        name,
        cpf: None,
        source: Source::WhatsappBot,
        id: None,
    };
    let operation = operation(talk, &format!("link-{}", key.session));
    let read_in = TalkRow::key_of(&talk.client_id, &talk.talk_id);
    create_customer_of(ports, &operation, (&new, ReadIn::Talk(&read_in))).await?;
    Ok(())
}
