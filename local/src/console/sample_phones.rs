//! Phones in memory, for the console's own tests: one customer with a chat, one who has not written, and an alarm about one.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    ids::ClientId,
};
use comanda_tasks::rows::DeliveryStatus;

use super::{
    data::{ConsoleData as _, DataError, Read},
    phones::{Chat, ChatMessage, Phones, StoreNumber},
    sample::{Sample, WAITING},
};
use crate::simulators::twilio::{Choice, Doing};

pub const JOAO: &str = "whatsapp:+5511987654321";
pub const HIDDEN: &str = "whatsapp:BR.1502576394655843";
pub const CENTRO: &str = "whatsapp:+551140028922";
const SUL: &str = "whatsapp:+551140028923";

/// A greeting of the evening before, a question with buttons, one with a list, and a message that did not arrive.
pub(super) fn chat() -> Vec<ChatMessage> {
    let message = |id: &str, at: &str, text: &str| ChatMessage {
        id: id.to_owned(),
        at: at.parse().unwrap(),
        by_customer: false,
        text: text.to_owned(),
        media: Vec::new(),
        choices: Vec::new(),
        list_button: None,
        delivery: Some(DeliveryStatus::Read),
        error: None,
    };
    let choice = |title: &str, description: Option<&str>| Choice {
        id: format!("diz {title}"),
        title: title.to_owned(),
        description: description.map(str::to_owned),
    };
    vec![
        ChatMessage {
            by_customer: true,
            ..message("SM1", "2026-11-22T01:30:00Z", "<b>oi</b> & \"tchau\"")
        },
        ChatMessage {
            choices: vec![choice("Sim", None), choice("Não", None)],
            delivery: Some(DeliveryStatus::Delivered),
            ..message("SM2", "2026-11-22T13:00:00Z", "Está tudo certo?")
        },
        ChatMessage {
            choices: vec![choice(
                "Rua das Flores, 123, Ap…",
                Some("Rua das Flores, 123, Apto 45"),
            )],
            list_button: Some("Ver opções".to_owned()),
            ..message("SM3", "2026-11-22T13:01:00Z", "Para qual endereço?")
        },
        ChatMessage {
            error: Some(63_016),
            ..message("SM4", "2026-11-22T13:02:00Z", "Pedido pronto")
        },
    ]
}

impl Phones for Sample {
    fn chats(&self, _: usize) -> Read<'_, Vec<(String, String)>> {
        let chats = [(JOAO, CENTRO), (HIDDEN, SUL), (JOAO, SUL)];
        let chats = chats.map(|(customer, number)| (customer.to_owned(), number.to_owned()));
        Box::pin(async move { Ok(chats.to_vec()) })
    }

    fn numbers(&self) -> Read<'_, Vec<StoreNumber>> {
        let number = |address: &str, name: &str| StoreNumber {
            address: address.to_owned(),
            name: name.to_owned(),
            zone: self.zone(),
            owner: ("sabor".to_owned(), "centro".to_owned()),
        };
        let numbers = vec![number(CENTRO, "Sabor Centro"), number(SUL, "Sabor Sul")];
        Box::pin(async { Ok(numbers) })
    }

    fn chat<'a>(&'a self, customer: &'a str, _: &'a StoreNumber) -> Read<'a, Chat> {
        let messages = self.chat.lock().unwrap().clone();
        let chat = Chat {
            messages: if customer == JOAO {
                messages
            } else {
                Vec::new()
            },
            execution: (customer == JOAO).then(|| WAITING.to_owned()),
        };
        Box::pin(async { Ok(chat) })
    }

    fn does<'a>(&'a self, _: &'a str, _: &'a str, doing: Doing) -> Read<'a, ()> {
        let text = match doing {
            Doing::Write(text) if text.is_empty() => {
                return Box::pin(async {
                    Err(DataError::Refused("a message needs a text.".into()))
                });
            }
            Doing::Write(text) => text,
            Doing::Tap { message, choice } => format!("{message} {choice}"),
            Doing::Send {
                media_type,
                caption,
            } => format!("{media_type} {caption}"),
        };
        let mut chat = self.chat.lock().unwrap();
        let mut message = chat[0].clone();
        message.id = format!("SM{}", chat.len() + 1);
        message.text = text;
        chat.push(message);
        drop(chat);
        self.nudge();
        Box::pin(async { Ok(()) })
    }
}

/// A message that failed for good.
pub(super) fn alarms() -> Vec<Exception> {
    let tenant = ClientId::new("sabor-brasileiro").unwrap();
    let subject = ("talk-0123456789abcdef-1", ExceptionKind::MessageFailed);
    let detail = "the channel refused ASK#000001: 63024";
    let at = "2026-11-22T13:10:00Z".parse().unwrap();
    vec![Exception::raised(&tenant, subject, detail, at)]
}
