//! "Para parar, responda “sair” quando quiser": heard at every question, on every old button, and as the first word of a day.

use super::*;

fn agreed(seed: u64) -> Talk {
    let mut talk = Talk::new(JOAO, seed);
    talk.register();
    talk.answers();
    talk.expect("quero receber promoções", "Combinado!");
    talk
}

/// What was said last.
#[track_caller]
fn is_withdrawn(talk: &Talk) {
    let mut consents = talk.rows::<ConsentRow>();
    consents.sort_by_key(|consent| consent.at);
    let given: Vec<bool> = consents.iter().map(|consent| consent.given).collect();
    assert_eq!(given, [true, false]);
}

#[test]
fn it_is_heard_as_the_first_word_after_days() {
    for days in [1, 3] {
        let mut talk = agreed(21);
        talk.silence(days * 24 * 60);
        talk.expect("sair", "não vai mais receber");
        is_withdrawn(&talk);
    }
}

#[test]
fn it_is_heard_after_a_greeting() {
    let mut talk = agreed(22);
    talk.silence(40);
    talk.world.customer_writes(JOAO, ("SMoi", "Oi"));
    talk.world
        .customer_writes(JOAO, ("SMsair", "não quero mais promoções"));
    talk.world.pass(SignedDuration::from_secs(5)).unwrap();
    let answers = talk.answers();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert!(answers[0].contains("não vai mais receber"), "{answers:#?}");
    is_withdrawn(&talk);
}

#[test]
fn it_is_heard_at_every_question_and_is_no_answer_to_it() {
    for asks in [
        "mudar meu nome",
        "mudar meu e-mail",
        "adicionar um endereço",
        "meus endereços",
    ] {
        let mut talk = agreed(23);
        talk.say(asks);
        talk.expect("Sair", "não vai mais receber");
        is_withdrawn(&talk);
        let customer = talk.customer();
        assert_eq!(customer.name.as_str(), "João Silva", "{asks}");
        assert_eq!(customer.addresses.len(), 1, "{asks}");
        talk.expect("só isso", "Por nada!");
    }
}

#[test]
fn it_is_heard_on_an_old_button() {
    let mut talk = agreed(24);
    talk.say("mudar meu nome");
    let tapped = ("SMtap", "não quero promoções", "Parar promoções");
    talk.world.customer_taps(JOAO, tapped);
    talk.world.pass(SignedDuration::from_secs(5)).unwrap();
    let answers = talk.answers();
    assert!(
        answers.len() == 1 && answers[0].contains("não vai mais receber"),
        "{answers:#?}"
    );
    is_withdrawn(&talk);
}

/// Who is not on record has consented to nothing: they leave, and nobody is called so.
#[test]
fn nobody_is_registered_by_the_name_of_it() {
    let mut talk = Talk::new(JOAO, 25);
    talk.say("Oi");
    talk.expect("Sair", "paramos por aqui");
    assert!(talk.rows::<Customer>().is_empty());
    assert!(talk.rows::<TalkRow>()[0].ended);
}
