//! Customers who come back after days, stores that cannot be told, and answers that are written twice.

use comanda_domain::people::Email;

use super::*;

/// The talk's row is gone after a day, and with it the count of sessions; the names of executions stay taken.
#[test]
fn who_comes_back_after_days_is_answered_each_time() {
    let mut talk = Talk::new(JOAO, 11);
    talk.register();
    for _ in 0..4 {
        talk.silence(3 * 24 * 60);
        assert!(talk.rows::<TalkRow>().is_empty(), "the row has gone");
        talk.expect("Oi", "Olá, João! Que bom ver você novamente!");
        // A second session of the same row.
        talk.silence(40);
        talk.expect("Oi", "Olá, João! Que bom ver você novamente!");
    }
}

/// Every call to a queue fails.
struct QueuesAway(AtomicBool);

impl Interceptor for QueuesAway {
    fn fate(&self, call: &Call<'_>) -> Fate {
        let away = self.0.load(Ordering::Relaxed) && matches!(call, Call::Send(_));
        if away {
            Fate::LostBefore
        } else {
            Fate::Proceed
        }
    }
}

/// SPEC §3.3: the customer never waits for the store's POS.
#[test]
fn nobody_waits_for_a_store_s_queue() {
    let mut talk = Talk::new(JOAO, 12);
    let queues = Arc::new(QueuesAway(AtomicBool::new(true)));
    talk.world.disturb(queues.clone());
    talk.register();
    assert_eq!(talk.customer().name.as_str(), "João Silva");
    talk.answers();
    talk.expect("quero mudar meu nome", "Qual é o seu nome?");
    talk.expect("João Souza", "atualizados");
    assert_eq!(talk.customer().name.as_str(), "João Souza");
    talk.silence(40);
    talk.expect("Oi", "Olá, João!");
    assert!(talk.store_heard().is_empty());
    queues.0.store(false, Ordering::Relaxed);
    // What is left is sent by the next operation, and by the sweep (`entry/customers.rs`).
    talk.expect("quero mudar meu nome", "Qual é o seu nome?");
    talk.expect("João Lima", "atualizados");
    assert_eq!(talk.store_heard()[0], "CUSTOMER_CREATED");
}

/// Each write of a customer fails.
struct RecordsAway(AtomicBool);

impl Interceptor for RecordsAway {
    fn fate(&self, call: &Call<'_>) -> Fate {
        let meant = matches!(call, Call::Write(writes)
            if writes.iter().any(|write| write.table.name == Customer::TABLE.name));
        if meant && self.0.load(Ordering::Relaxed) {
            return Fate::LostBefore;
        }
        Fate::Proceed
    }
}

/// Whoever was told that nothing was changed has nothing changed by the next answer either.
#[test]
fn what_was_not_saved_is_not_saved_later() {
    let mut talk = Talk::new(JOAO, 13);
    talk.register();
    let records = Arc::new(RecordsAway(AtomicBool::new(true)));
    talk.world.disturb(records.clone());
    talk.answers();
    talk.say("quero mudar meu nome");
    talk.say("João Errado");
    talk.silence(10);
    let answers = talk.answers();
    assert!(answers[0].contains("nada foi alterado"), "{answers:#?}");
    records.0.store(false, Ordering::Relaxed);
    talk.expect("quero mudar meu e-mail", "Qual é o seu e-mail?");
    talk.expect("novo@email.com", "atualizados");
    let customer = talk.customer();
    assert_eq!(customer.name.as_str(), "João Silva");
    assert_eq!(
        customer.email.as_ref().map(Email::as_str),
        Some("novo@email.com")
    );
}

#[test]
fn an_email_is_kept_by_who_skips_and_removed_by_who_says_so() {
    let mut talk = Talk::new(JOAO, 14);
    talk.register();
    for (said, email) in [("pular", Some("joao.silva@email.com")), ("apagar", None)] {
        talk.say("mudar meu e-mail");
        let answered = if email.is_some() {
            "deixei como estava"
        } else {
            "atualizados"
        };
        talk.expect(said, answered);
        let customer = talk.customer();
        assert_eq!(customer.email.as_ref().map(Email::as_str), email);
    }
}

/// An impatient customer taps twice: the second tap is no answer to what is asked next.
#[test]
fn the_same_answer_twice_is_one() {
    let mut talk = Talk::new(JOAO, 15);
    talk.say("Oi");
    talk.say("João Silva");
    for sid in ["SMskip1", "SMskip2"] {
        talk.world.customer_writes(JOAO, (sid, "pular"));
    }
    talk.world.pass(SignedDuration::from_secs(5)).unwrap();
    let answers = talk.answers();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(
        answers[0].contains("precisamos do seu endereço"),
        "{answers:#?}"
    );
    // To the next question it is one.
    talk.expect("pular", "Endereço: não informado");
    talk.expect("sim", "sucesso");
}

/// Two different messages that wait are read in the order in which they were written.
#[test]
fn what_waits_is_read_from_the_oldest() {
    let mut talk = Talk::new(JOAO, 16);
    talk.say("Oi");
    talk.world.customer_writes(JOAO, ("SMname", "João Silva"));
    talk.world
        .customer_writes(JOAO, ("SMemail", "joao@email.com"));
    talk.world.pass(SignedDuration::from_secs(5)).unwrap();
    let answers = talk.answers();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    talk.expect(
        "Rua A, 1, Centro",
        "Nome: João Silva\nE-mail: joao@email.com",
    );
}

/// `Rua 2 de Julho` is a street before its number is a place in a list.
#[test]
fn the_street_that_is_named_is_removed() {
    let mut talk = Talk::new(JOAO, 17);
    for text in [
        "Oi",
        "João Silva",
        "pular",
        "Rua 2 de Julho, 10, Centro",
        "sim",
    ] {
        talk.say(text);
    }
    talk.say("meus endereços");
    talk.say("outro");
    talk.say("Rua Augusta, 5, Consolação");
    talk.say("endereços");
    talk.expect("remover Rua 2 de Julho", "removido");
    assert_eq!(talk.addresses(), ["Rua Augusta, 5"]);
}

/// An address that comes late, after another was asked for, is known to be there: it is neither entered twice nor written over
/// the one that is to be corrected.
#[test]
fn an_address_that_is_there_is_not_entered_again() {
    let mut talk = Talk::new(JOAO, 18);
    talk.register();
    talk.say("meus endereços");
    talk.say("outro");
    talk.expect("Rua Augusta, 5, Consolação", "Entregaremos em Rua Augusta");
    talk.say("meus endereços");
    talk.say("corrigir Rua das Flores");
    let again = "já está no seu cadastro";
    talk.expect("rua augusta, 5, consolacao", again);
    talk.expect("cancelar", "deixei como estava");
    // Told in parts it is the same address.
    talk.say("meus endereços");
    talk.say("outro");
    talk.expect("Rua Augusta", "Qual é o número");
    talk.expect("5", "Qual é o bairro?");
    talk.expect("Consolação", "Desculpe, não consegui entender");
    assert_eq!(talk.customer().addresses.len(), 2);
    talk.say("Oi");
    talk.say("meus endereços");
    talk.say("corrigir Rua das Flores");
    talk.expect("Rua das Flores, 124, Jardim Primavera", "atualizados");
    assert_eq!(talk.addresses(), ["Rua das Flores, 124", "Rua Augusta, 5"]);
}

/// "Pular" was the answer to an earlier question, and comes when the name is asked for: nobody is called so.
#[test]
fn an_answer_to_another_question_is_nobody_s_name() {
    let mut talk = Talk::new(JOAO, 19);
    talk.say("Oi");
    talk.expect("pular", "não entendi o nome");
    talk.register();
    talk.expect("quero mudar meu nome", "Qual é o seu nome?");
    talk.expect("pular", "deixei como estava");
    talk.say("quero mudar meu nome");
    talk.expect("meus endereços", "não entendi o nome");
    assert_eq!(talk.customer().name.as_str(), "João Silva");
}
