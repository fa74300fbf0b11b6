//! `conversation`: one session of a talk with a customer, from the first message to half an hour of silence.
//!
//! It knows nothing of menus and buttons: what was meant is for the reading tasks to say. Who is not known is registered;
//! who is, is asked what they want of their record.

use comanda_domain::talk::{Preface, Question};
use comanda_dsl::{Ended, Expr, Process, Retry, Scope, Unexpected, constant, none};

use crate::contracts::{
    AddressPickExpr, AddressSaveExpr, AddressWishCases, ChooseAddress, CloseTalk, ConsentGivenExpr,
    Ending, Identify, ReadAddressWish, ReadAnswer, ReadWish, RecordConsent, RemoveAddress,
    SaveAddress, SaveCustomer, TalkKey, TalkStepCases, TalkStepExpr, WishCases,
};
use crate::dialogue::{Asked, Served, Talk};
use crate::registration;

/// How many things one session does. Then it says so and ends, and what is written next begins another: so its history stays
/// within what AWS allows, even if every call fails until its last try (`comanda bounds`).
const STEPS_MAX: u32 = 20;

/// The workflow. Its key is the talk's id and the session's number.
pub const CONVERSATION: Process<TalkKey, ()> = Process::standard("conversation", conversation);

fn conversation(w: &mut Scope, key: Expr<TalkKey>) -> Expr<()> {
    let first = w
        .call("Identify the customer", Identify, key)
        .retry(Retry::OUTAGE)
        .or(Unexpected {
            unexpected: |_, _| TalkStepExpr::close(Ending::Broken),
        });
    let end = w.until_left("The session", |w, close| {
        let talk = Talk { key, close };
        let greeting = w.match_on(
            "Who is it?",
            first,
            TalkStepCases {
                register: |w| registration::register(w, talk),
                serve: |_, served| served.preface,
                close: |w, ending| talk.close(w, ending),
            },
        );
        w.repeat(
            "Does it go on?",
            STEPS_MAX,
            greeting,
            |w, next, preface| serve(w, Served { talk, next }, preface),
            |_, done| talk.end(Ending::Pause, done.some()),
        )
    });
    w.call("Close the session", CloseTalk, end)
        .retry(Retry::PATIENT)
        .or(Unexpected {
            unexpected: |w, why| w.fail("The session could not be closed", "NotClosed", why.cause),
        })
}

/// Asks what is wanted, and does it.
fn serve(w: &mut Scope, served: Served<'_>, preface: Expr<Preface>) -> Ended {
    let talk = served.talk;
    let asked = Asked {
        name: "Wish",
        question: Question::Wish,
        reader: ReadWish,
    };
    let wish = talk.ask(w, asked, preface.some(), left(served));
    w.match_on(
        "What is wanted?",
        wish,
        WishCases {
            change_name: |w| change(w, served, ("New name", Question::Name)),
            change_email: |w| change(w, served, ("New e-mail", Question::Email)),
            add_address: |w| w.prefixed("One more", |w| tell_address(w, served, none())),
            choose_address: |w| choose_address(w, served),
            consent: |w, said| {
                let given = ConsentGivenExpr {
                    talk: talk.key,
                    given: said.given,
                };
                let done = w
                    .call("Record the consent", RecordConsent, given)
                    .retry(Retry::OUTAGE)
                    .or(sorry(served));
                served.serve(w, done)
            },
            nothing: |w| talk.close(w, Ending::Done),
        },
    )
}

/// Another name or e-mail.
fn change(w: &mut Scope, served: Served<'_>, (name, question): (&'static str, Question)) -> Ended {
    let asked = Asked {
        name,
        question,
        reader: ReadAnswer,
    };
    served.talk.ask(w, asked, changing(), left(served));
    let done = w.prefixed(name, |w| {
        w.call("Save", SaveCustomer, served.talk.key)
            .retry(Retry::OUTAGE)
            .or(sorry(served))
    });
    served.serve(w, done)
}

/// Which address orders go to (000 §3.4): none, one or many are the question's business.
fn choose_address(w: &mut Scope, served: Served<'_>) -> Ended {
    let asked = Asked {
        name: "Which address",
        question: Question::WhichAddress,
        reader: ReadAddressWish,
    };
    let wish = served.talk.ask(w, asked, none(), left(served));
    let replaces = w.match_on(
        "What with the address?",
        wish,
        AddressWishCases {
            r#use: |w, named| {
                let pick = AddressPickExpr {
                    talk: served.talk.key,
                    address_id: named.address_id,
                };
                let done = w
                    .call("Choose the address", ChooseAddress, pick)
                    .retry(Retry::OUTAGE)
                    .or(sorry(served));
                served.serve(w, done)
            },
            new: |_| none(),
            edit: |_, named| named.address_id.some(),
            remove: |w, named| {
                let pick = AddressPickExpr {
                    talk: served.talk.key,
                    address_id: named.address_id,
                };
                let done = w
                    .call("Remove the address", RemoveAddress, pick)
                    .retry(Retry::OUTAGE)
                    .or(sorry(served));
                served.serve(w, done)
            },
        },
    );
    tell_address(w, served, replaces)
}

/// Asks for an address and enters it, in place of another or as one more.
fn tell_address(w: &mut Scope, served: Served<'_>, replaces: Expr<Option<String>>) -> Ended {
    let asked = Asked {
        name: "New address",
        question: Question::Address,
        reader: ReadAnswer,
    };
    served.talk.ask(w, asked, changing(), left(served));
    let save = AddressSaveExpr {
        talk: served.talk.key,
        replaces,
    };
    let done = w
        .call("Save the address", SaveAddress, save)
        .retry(Retry::OUTAGE)
        .or(sorry(served));
    served.serve(w, done)
}

/// Who does not want to answer keeps what there is.
fn left(
    served: Served<'_>,
) -> (
    impl FnOnce(&mut Scope) -> Ended,
    impl FnOnce(&mut Scope) -> Ended,
) {
    (
        move |w: &mut Scope| served.serve(w, Preface::LeftAsItWas),
        move |w: &mut Scope| served.serve(w, Preface::LeftAsItWas),
    )
}

fn sorry(
    served: Served<'_>,
) -> Unexpected<impl FnOnce(&mut Scope, Expr<comanda_dsl::Failure>) -> Ended> {
    Unexpected {
        unexpected: move |w: &mut Scope, _| served.serve(w, Preface::Sorry),
    }
}

fn changing() -> Expr<Option<Preface>> {
    constant(Preface::Changing).some()
}
