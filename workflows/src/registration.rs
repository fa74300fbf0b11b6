//! Registering a customer by asking: name, e-mail, address, and whether all of it is right (SPEC §3.3). A sub-flow of
//! `conversation`.
//!
//! What is known already is not asked again; so that to correct a field, or to go back, is to forget it and begin anew.

use comanda_domain::talk::{Preface, Question};
use comanda_dsl::{Expr, Retry, Scope, Unexpected, constant, none};

use crate::contracts::{Ending, ReadAnswer, RegisterCustomer};
use crate::dialogue::{Asked, Talk};

/// How often fields may be corrected.
const CORRECTIONS_MAX: u32 = 5;

const NAME: Asked<ReadAnswer> = Asked {
    name: "Name",
    question: Question::Name,
    reader: ReadAnswer,
};
const EMAIL: Asked<ReadAnswer> = Asked {
    name: "E-mail",
    question: Question::Email,
    reader: ReadAnswer,
};
const ADDRESS: Asked<ReadAnswer> = Asked {
    name: "Address",
    question: Question::Address,
    reader: ReadAnswer,
};
const CONFIRMATION: Asked<ReadAnswer> = Asked {
    name: "All right",
    question: Question::Confirmation,
    reader: ReadAnswer,
};

/// Asks until there is a customer, whom what comes back greets.
pub(crate) fn register(w: &mut Scope, talk: Talk<'_>) -> Expr<Preface> {
    w.repeat(
        "Correct something?",
        CORRECTIONS_MAX,
        constant(()),
        |w, correct, _| {
            for question in [NAME, EMAIL, ADDRESS, CONFIRMATION] {
                talk.ask(
                    w,
                    question,
                    none(),
                    (
                        |w| correct.with(w, constant(())),
                        |w| talk.close(w, Ending::Left),
                    ),
                );
            }
            w.call("Register the customer", RegisterCustomer, talk.key)
                .retry(Retry::OUTAGE)
                .or(Unexpected {
                    unexpected: |w, _| talk.close(w, Ending::Broken),
                })
        },
        |w, _| talk.close(w, Ending::NotUnderstood),
    )
}
