//! Talks with customers: the real workflow and handlers in virtual time, from the channel's webhook to the record.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test's helpers fail the test"
)]

#[path = "talks/later.rs"]
mod later;
#[path = "talks/withdrawn.rs"]
mod withdrawn;

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use comanda_domain::{
    people::{ChannelAddress, Customer, CustomerEvent, CustomerKey},
    tables::{Row, from_item},
};
use comanda_simulation::{script::Script, world::World};
use comanda_tasks::{
    ports::intercept::{Call, Fate, Interceptor},
    rows::{ConsentRow, TalkRow},
};
use jiff::SignedDuration;

const JOAO: &str = "whatsapp:+5511987654321";

struct Talk {
    world: World,
    said: u32,
    read: usize,
    from: String,
}

impl Talk {
    fn new(from: &str, seed: u64) -> Self {
        let world = World::new(Script::parse("{}").unwrap(), seed).unwrap();
        Self {
            world,
            said: 0,
            read: 0,
            from: from.to_owned(),
        }
    }

    /// One whose session has room for one thing more.
    fn after_much(seed: u64) -> Self {
        let mut talk = Self::new(JOAO, seed);
        talk.register();
        for _ in 0..9 {
            talk.expect("quero receber promoções", "Combinado!");
            talk.expect("sair", "não vai mais receber");
        }
        talk.expect("quero receber promoções", "Combinado!");
        talk
    }

    /// Says something, and gives what is answered.
    fn say(&mut self, text: &str) -> Vec<String> {
        self.said += 1;
        let sid = format!("SM{:032}", self.said);
        self.world.customer_writes(&self.from, (&sid, text));
        self.world.pass(SignedDuration::from_secs(5)).unwrap();
        self.answers()
    }

    fn answers(&mut self) -> Vec<String> {
        let address = ChannelAddress::new(self.from.as_str()).unwrap();
        let heard = self.world.heard(&address);
        let new = heard[self.read..].to_vec();
        self.read = heard.len();
        new
    }

    #[track_caller]
    fn expect(&mut self, said: &str, answered: &str) {
        let answers = self.say(said);
        assert!(
            answers.len() == 1 && answers[0].contains(answered),
            "{said:?} was answered by {answers:#?}, not by {answered:?}"
        );
    }

    fn silence(&mut self, minutes: i64) {
        self.world.pass(SignedDuration::from_mins(minutes)).unwrap();
    }

    fn rows<R: Row>(&self) -> Vec<R> {
        let rows = self.world.outside.store.rows(R::TABLE).into_iter();
        rows.map(|row| from_item(&row).unwrap()).collect()
    }

    #[track_caller]
    fn customer(&self) -> Customer {
        let mut customers = self.rows::<Customer>();
        assert_eq!(customers.len(), 1, "one customer");
        customers.remove(0)
    }

    /// Where the customer lives, by street and number.
    fn addresses(&self) -> Vec<String> {
        let addresses = self.customer().addresses.into_iter();
        addresses
            .map(|one| format!("{}, {}", one.street, one.number))
            .collect()
    }

    /// What the store's queue was told, by type.
    fn store_heard(&self) -> Vec<String> {
        let messages = self.world.outside.queue.messages();
        let kind = |body: &str| {
            let body: serde_json::Value = serde_json::from_str(body).unwrap();
            body["type"].as_str().unwrap().to_owned()
        };
        messages.iter().map(|message| kind(&message.body)).collect()
    }

    fn register(&mut self) {
        for text in [
            "Oi",
            "Meu nome é João Silva",
            "joao.silva@email.com",
            "Rua das Flores, 123, Apto 45, Jardim Primavera",
            "sim",
        ] {
            self.say(text);
        }
    }
}

/// 000 §5.2, in the order of SPEC §3.3, and 000 §5.3's greeting the next day.
#[test]
fn a_stranger_is_registered_and_known_the_next_day() {
    let mut talk = Talk::new(JOAO, 1);
    talk.expect(
        "Olá, quero fazer um pedido",
        "Olá! Bem-vindo ao Restaurante Sabor Brasileiro. Para começarmos, gostaria de saber seu nome",
    );
    talk.expect(
        "Meu nome é João Silva",
        "Obrigado, João! É um prazer atendê-lo.",
    );
    talk.expect(
        "joao.silva@email.com",
        "Para entregas, precisamos do seu endereço",
    );
    talk.expect(
        "Rua das Flores, 123, Apto 45, Jardim Primavera",
        "Nome: João Silva\nE-mail: joao.silva@email.com\nEndereço: Rua das Flores, 123, Apto 45, Jardim Primavera",
    );
    talk.expect(
        "sim",
        "Obrigado, João! Seu cadastro foi realizado com sucesso.",
    );
    let customer = talk.customer();
    assert_eq!(customer.name.as_str(), "João Silva");
    let email = customer
        .email
        .as_ref()
        .map(comanda_domain::people::Email::as_str);
    assert_eq!(email, Some("joao.silva@email.com"));
    let address = customer.default_address().expect("an address");
    assert_eq!(
        (address.street.as_str(), address.city.as_str()),
        ("Rua das Flores", "São Paulo")
    );
    assert_eq!(customer.unsound(), None);
    assert_eq!(talk.rows::<CustomerKey>().len(), 2);
    assert_eq!(talk.store_heard()[0], "CUSTOMER_CREATED");
    talk.silence(24 * 60);
    assert!(
        talk.answers().is_empty(),
        "silence is answered with silence"
    );
    talk.expect("Oi", "Olá, João! Que bom ver você novamente!");
}

#[test]
fn nothing_of_a_person_is_in_an_execution() {
    let mut talk = Talk::new(JOAO, 1);
    talk.register();
    let time = talk.world.time();
    let arns: Vec<String> = time
        .executions()
        .map(|execution| execution.start().execution_arn.to_string())
        .collect();
    let told: Vec<String> = arns
        .iter()
        .map(|arn| format!("{arn} {:?}", time.history(arn)))
        .collect();
    let told = told.join("\n");
    assert!(told.contains("SM0000"), "the messages' ids are");
    for personal in ["987654321", "João", "joao.silva", "Flores"] {
        assert!(!told.contains(personal), "{personal}");
    }
}

#[test]
fn what_was_said_before_a_silence_is_not_asked_again() {
    let mut talk = Talk::new(JOAO, 2);
    talk.say("Oi");
    talk.expect("Me chamo João", "e-mail");
    talk.silence(40);
    // An answer after the silence is still an answer.
    talk.expect("joao@email.com", "endereço");
    talk.silence(40);
    talk.expect("Rua A, 1, Centro", "Nome: João");
    talk.silence(40);
    let answers = talk.say("voltei!");
    assert_eq!(answers.len(), 1);
    assert!(
        answers[0].contains("Vamos continuar") && answers[0].contains("Nome: João"),
        "{answers:#?}"
    );
    talk.expect("sim", "sucesso");
}

#[test]
fn answers_are_corrected_taken_back_and_explained() {
    let mut talk = Talk::new(JOAO, 3);
    talk.say("Oi");
    talk.expect("quero uma pizza", "não entendi o nome");
    talk.expect("Joana", "Obrigado, Joana!");
    talk.expect("joana arroba email", "não parece completo");
    talk.expect("voltar", "Qual é o seu nome?");
    talk.expect("João da Silva", "e-mail");
    talk.expect("pular", "endereço");
    talk.expect("Rua das Flores", "Qual é o número?");
    talk.expect("123", "Qual é o bairro?");
    talk.expect("Jardim Primavera", "E-mail: não informado");
    talk.expect("não", "O que devo corrigir");
    talk.expect("o nome", "Qual é o seu nome?");
    talk.expect("João Silva", "Nome: João Silva");
    talk.expect("1", "sucesso");
    assert_eq!(talk.customer().email, None);
}

#[test]
fn a_question_that_is_never_understood_is_given_up_and_a_talk_can_be_left() {
    let mut talk = Talk::new(JOAO, 4);
    talk.say("Oi");
    talk.say("?");
    talk.say("??");
    talk.expect("???", "não consegui entender");
    assert!(talk.rows::<TalkRow>()[0].ended);
    talk.expect("oi", "nome");
    talk.expect("cancelar", "paramos por aqui");
    assert!(talk.rows::<Customer>().is_empty(), "nothing half-saved");
}

#[test]
fn addresses_are_chosen_added_corrected_and_removed() {
    let mut talk = Talk::new(JOAO, 5);
    talk.register();
    talk.expect("meus endereços", "Entregamos em Rua das Flores, 123");
    talk.expect("outro", "endereço completo");
    talk.expect(
        "Rua Augusta, 10, Consolação",
        "Entregaremos em Rua Augusta, 10, Consolação.",
    );
    talk.expect(
        "3",
        "1. Rua das Flores, 123, Apto 45, Jardim Primavera\n2. Rua Augusta, 10, Consolação (atual)",
    );
    talk.expect("1", "Entregaremos em Rua das Flores");
    talk.say("endereços");
    talk.expect("corrigir 2", "endereço completo");
    talk.expect("Rua Augusta, 20, Consolação", "atualizados");
    talk.say("endereços");
    talk.expect("remover 1", "removido");
    let customer = talk.customer();
    assert_eq!(customer.addresses.len(), 1);
    assert_eq!(customer.default_address().unwrap().number, "20");
    assert_eq!(customer.unsound(), None);
    talk.say("endereços");
    talk.expect("apagar", "removido");
    talk.expect("endereços", "endereço completo");
    talk.expect("deixa pra lá", "deixei como estava");
}

#[test]
fn name_email_and_consent_change_by_request() {
    let mut talk = Talk::new(JOAO, 6);
    talk.register();
    talk.expect("quero mudar meu nome", "Qual é o seu nome?");
    talk.expect("João Silva Souza", "atualizados");
    talk.expect("2", "e-mail");
    talk.expect("novo@email.com", "atualizados");
    talk.expect("quero receber promoções", "Combinado!");
    talk.expect("sair", "não vai mais receber");
    talk.expect("cadê o cardápio?", "ainda não consigo");
    talk.expect("só isso, obrigado", "ainda não consigo");
    talk.expect("só isso", "Por nada!");
    let customer = talk.customer();
    assert_eq!(customer.name.as_str(), "João Silva Souza");
    let mut consents = talk.rows::<ConsentRow>();
    consents.sort_by_key(|consent| consent.at);
    let given: Vec<bool> = consents.iter().map(|consent| consent.given).collect();
    assert_eq!(given, [true, false]);
    let heard = talk.store_heard();
    assert_eq!(
        heard
            .iter()
            .filter(|kind| *kind == "CUSTOMER_UPDATED")
            .count(),
        4,
        "{heard:?}"
    );
}

/// AWS fails an execution whose history grows too long: a session ends before, and the talk goes on in another.
#[test]
fn a_session_that_did_much_pauses_kindly_and_the_next_message_goes_on() {
    let mut talk = Talk::after_much(8);
    let answers = talk.say("sair");
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(
        answers[0].contains("não vai mais receber") && answers[0].contains("vou fazer uma pausa"),
        "{answers:#?}"
    );
    let row = &talk.rows::<TalkRow>()[0];
    assert_eq!((row.ended, row.session), (true, 1));
    talk.expect("Oi", "Olá, João!");
    talk.expect("quero receber promoções", "Combinado!");
    assert_eq!(talk.rows::<TalkRow>()[0].session, 2);
}

/// What is heard as the session's last thing is another thing's beginning: nobody is asked to write again for it.
#[test]
fn a_session_that_did_much_does_not_pause_what_is_heard_already() {
    let mut talk = Talk::after_much(9);
    talk.expect("quero mudar meu nome", "Qual é o seu nome?");
    let answers = talk.say("sair");
    assert!(
        answers.iter().all(|text| !text.contains("pausa")),
        "{answers:#?}"
    );
    assert!(
        answers
            .last()
            .is_some_and(|text| text.contains("não vai mais receber")),
        "{answers:#?}"
    );
}

#[test]
fn hostile_input_is_answered_kindly_and_saves_nothing() {
    for hostile in [
        "a".repeat(10_000).as_str(),
        "<script>alert('x')</script>",
        "/start; DROP TABLE customers",
        "João [ACTION:REGISTER_CUSTOMER:x:y]",
        "1x X-Salada R$ 0,01",
        "",
        "\u{202e}oãoJ\u{0}",
        "{% $states.input %}",
    ] {
        let mut talk = Talk::new(JOAO, 7);
        talk.say("Oi");
        let answers = talk.say(hostile);
        assert_eq!(answers.len(), 1, "{hostile:.40}");
        assert!(
            answers[0].contains("Desculpe"),
            "{hostile:.40}: {answers:#?}"
        );
        assert!(talk.rows::<Customer>().is_empty());
        assert!(
            talk.rows::<TalkRow>()[0].draft.name.is_none(),
            "{hostile:.40}"
        );
    }
}

/// At every other question: it is asked again, what was said before stays, and nothing of it comes on record.
#[test]
fn hostile_input_in_the_middle_of_a_talk_takes_nothing_away() {
    let long = "a".repeat(10_000);
    let hostile = [
        long.as_str(),
        "<script>alert('x')</script>",
        "/start; DROP TABLE customers",
        "[ACTION:REGISTER_CUSTOMER:x:y]",
        "1x X-Salada R$ 0,01, 2x Coca R$ 0,02",
        "{% $states.input %}",
        "\u{202e}\u{0}",
        "",
    ];
    for hostile in hostile {
        let mut talk = Talk::new(JOAO, 11);
        for (said, question) in [
            ("Oi", None),
            ("João Silva", Some("e-mail")),
            ("joao@email.com", Some("endereço")),
            ("Rua A, 1, Centro", Some("Está tudo certo?")),
            ("sim", Some("Como posso ajudá-lo hoje?")),
        ] {
            talk.say(said);
            let Some(question) = question else { continue };
            let before = talk.rows::<TalkRow>().remove(0).draft;
            let answers = talk.say(hostile);
            let asks_again = answers.len() == 1 && answers[0].contains(question);
            assert!(asks_again, "{question}, {hostile:.40}: {answers:#?}");
            assert!(
                talk.rows::<TalkRow>().remove(0).draft == before,
                "{question}, {hostile:.40}"
            );
        }
        let customer = talk.customer();
        assert_eq!(customer.name.as_str(), "João Silva", "{hostile:.40}");
        assert_eq!(customer.addresses.len(), 1, "{hostile:.40}");
    }
}

/// Messages that come in one go: a greeting is no answer, and what says by itself what it is need not be said again.
#[test]
fn what_follows_a_greeting_at_once_is_read() {
    let mut talk = Talk::new(JOAO, 12);
    for (at, text) in ["Oi", "tudo bem?", "Meu nome é João Silva"]
        .iter()
        .enumerate()
    {
        talk.world
            .customer_writes(JOAO, (&format!("SMa{at}"), text));
    }
    talk.world.pass(SignedDuration::from_secs(5)).unwrap();
    let answers = talk.answers();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(answers[0].contains("Obrigado, João!"), "{answers:#?}");
    talk.say("pular");
    talk.say("pular");
    talk.say("sim");
    talk.silence(40);
    talk.answers();
    for (at, text) in ["Oi", "quero mudar meu e-mail"].iter().enumerate() {
        talk.world
            .customer_writes(JOAO, (&format!("SMb{at}"), text));
    }
    talk.world.pass(SignedDuration::from_secs(5)).unwrap();
    let answers = talk.answers();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(answers[0].contains("Qual é o seu e-mail?"), "{answers:#?}");
    // Nobody asked a stranger yet: words that might be a name are none.
    let mut talk = Talk::new(JOAO, 13);
    for (at, text) in ["Oi", "Pizza Grande"].iter().enumerate() {
        talk.world
            .customer_writes(JOAO, (&format!("SMc{at}"), text));
    }
    talk.world.pass(SignedDuration::from_secs(5)).unwrap();
    let answers = talk.answers();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(answers[0].contains("gostaria de saber seu nome"));
}

#[test]
fn the_same_message_five_times_is_one() {
    let mut talk = Talk::new(JOAO, 9);
    talk.say("Oi");
    for _ in 0..5 {
        talk.world.customer_writes(JOAO, ("SMtwice", "João Silva"));
    }
    talk.world.pass(SignedDuration::from_secs(5)).unwrap();
    // It comes once more when the talk has gone on.
    talk.world.customer_writes(JOAO, ("SMtwice", "João Silva"));
    talk.world.pass(SignedDuration::from_secs(5)).unwrap();
    let answers = talk.answers();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(answers[0].contains("Obrigado, João!"));
}

/// A family may share an e-mail. Nobody learns from the answer that somebody else has it.
#[test]
fn an_email_that_another_customer_has_tells_nothing_of_them() {
    let mut talk = Talk::new(JOAO, 10);
    talk.register();
    talk.from = "whatsapp:+5521912345678".to_owned();
    talk.read = 0;
    talk.say("Oi");
    talk.say("Maria Souza");
    talk.expect("joao.silva@email.com", "precisamos do seu endereço");
    talk.say("pular");
    talk.expect("sim", "Obrigado, Maria! Seu cadastro foi realizado");
    let customers = talk.rows::<Customer>();
    assert_eq!(customers.len(), 2);
    assert!(
        customers
            .iter()
            .all(|customer| customer.unsound().is_none())
    );
}

/// Two addresses of one phone, registering at the same time: one customer, answered on both.
#[test]
fn two_phones_of_one_number_become_one_customer() {
    let mut talk = Talk::new(JOAO, 8);
    let other = "whatsapp:+551187654321";
    let lines = ["Oi", "João Silva", "pular", "pular", "sim"];
    for (at, line) in lines.iter().enumerate() {
        for (from, prefix) in [(JOAO, "SMa"), (other, "SMb")] {
            let sid = format!("{prefix}{at}");
            talk.world.customer_writes(from, (&sid, line));
        }
        talk.world.pass(SignedDuration::from_secs(5)).unwrap();
    }
    let customer = talk.customer();
    assert_eq!(customer.channel_addresses.len(), 2);
    assert_eq!(talk.rows::<CustomerKey>().len(), 3);
}

/// One write of these tables is carried out and its answer lost.
struct LosesOneAnswer {
    table: &'static str,
    lost: AtomicBool,
}

impl Interceptor for LosesOneAnswer {
    fn fate(&self, call: &Call<'_>) -> Fate {
        let meant = matches!(call, Call::Write(writes)
            if writes.len() > 1 && writes.iter().any(|write| write.table.name == self.table));
        if meant && !self.lost.swap(true, Ordering::Relaxed) {
            return Fate::LostAfter;
        }
        Fate::Proceed
    }
}

/// Found by the dialogues (seed 6): the address was linked, the task's answer lost, and its repetition found nothing to do.
#[test]
fn the_store_hears_of_a_link_whose_answer_was_lost() {
    let mut talk = Talk::new(JOAO, 9);
    talk.register();
    talk.silence(40);
    let before = talk.store_heard().len();
    talk.world.disturb(Arc::new(LosesOneAnswer {
        table: CustomerEvent::TABLE.name,
        lost: AtomicBool::new(false),
    }));
    talk.from = "whatsapp:+551187654321".to_owned();
    talk.read = 0;
    talk.say("Oi");
    talk.silence(10);
    assert_eq!(talk.customer().channel_addresses.len(), 2);
    let heard = talk.store_heard();
    assert_eq!(
        heard.get(before..),
        Some(&["CUSTOMER_UPDATED".to_owned()][..])
    );
}
