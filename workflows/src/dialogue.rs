//! The steps of a dialogue, as functions over the DSL's own parts: ask until the answer is read, explain what was wrong,
//! give up after a bound; go back, leave it, be silent.
//!
//! A question and its answer are two transitions: the asking waits, and the reading refuses by typed errors, which lead on
//! without a choice.

use comanda_domain::talk::{Preface, Question};
use comanda_dsl::{
    Again, AnyFailure, Deadline, Ended, Expr, Idempotent, IntoExpr, Leave, Retry, Scope, Task, none,
};

use crate::contracts::{
    AnswerRead, AnswerReadExpr, AskQuestion, Ending, QuestionAskedExpr, ReadError, ReadErrorCases,
    SessionEnd, SessionEndExpr, TalkKey,
};

/// A session is silent after this long.
const SILENCE_SECONDS: u32 = 30 * 60;
/// How often a question is asked before it is given up.
const TRIES_MAX: u32 = 3;

/// A talk, and the way to its end, which any of its questions may take.
#[derive(Clone, Copy)]
pub(crate) struct Talk<'a> {
    /// Which talk.
    pub key: Expr<TalkKey>,
    /// The way to its end.
    pub close: &'a Leave<SessionEnd>,
}

/// A talk with somebody who is known, and the way to what they want next.
#[derive(Clone, Copy)]
pub(crate) struct Served<'a> {
    /// The talk.
    pub talk: Talk<'a>,
    /// The way to what is wanted next, with what is said of what was done.
    pub next: &'a Again<Preface>,
}

impl Served<'_> {
    /// Goes on with what the customer wants, saying this of what was done.
    #[track_caller]
    pub(crate) fn serve(self, w: &mut Scope, preface: impl IntoExpr<Preface>) -> Ended {
        self.next.with(w, preface)
    }
}

/// A question by its name in the graph.
#[derive(Clone, Copy)]
pub(crate) struct Asked<R> {
    /// `Name` makes the steps `Name: Ask` and `Name: Read`.
    pub name: &'static str,
    /// What is asked.
    pub question: Question,
    /// How the answer is read.
    pub reader: R,
}

impl Talk<'_> {
    /// Ends the session, from wherever it is.
    #[track_caller]
    pub(crate) fn close(self, w: &mut Scope, ending: impl IntoExpr<Ending>) -> Ended {
        self.close.with(w, self.end(ending, none()))
    }

    /// How the session ends, and what was done at last where that was not said.
    pub(crate) fn end(
        self,
        ending: impl IntoExpr<Ending>,
        done: Expr<Option<Preface>>,
    ) -> Expr<SessionEnd> {
        SessionEndExpr {
            talk: self.key,
            ending: ending.into_expr(),
            done,
        }
        .into_expr()
    }

    /// Asks until the answer is read. `leave` is where a customer gets who does not want to answer, `back` where one gets
    /// who wants to answer an earlier question again.
    pub(crate) fn ask<R>(
        self,
        w: &mut Scope,
        asked: Asked<R>,
        preface: Expr<Option<Preface>>,
        (back, leave): (
            impl FnOnce(&mut Scope) -> Ended,
            impl FnOnce(&mut Scope) -> Ended,
        ),
    ) -> Expr<R::Output>
    where
        R: Task<Input = AnswerRead, Error = ReadError, Licence = Idempotent> + Copy,
    {
        w.prefixed(asked.name, |w| {
            w.repeat(
                "Ask again?",
                TRIES_MAX,
                preface,
                |w, again, preface| self.try_once(w, asked, (again, preface), (back, leave)),
                |w, _| self.close(w, Ending::NotUnderstood),
            )
        })
    }

    fn try_once<R>(
        self,
        w: &mut Scope,
        asked: Asked<R>,
        (again, preface): (&Again<Option<Preface>>, Expr<Option<Preface>>),
        (back, leave): (
            impl FnOnce(&mut Scope) -> Ended,
            impl FnOnce(&mut Scope) -> Ended,
        ),
    ) -> Expr<R::Output>
    where
        R: Task<Input = AnswerRead, Error = ReadError, Licence = Idempotent> + Copy,
    {
        let question = QuestionAskedExpr {
            talk: self.key,
            question: asked.question,
            preface,
        };
        w.await_signal(
            "Ask",
            AskQuestion,
            question,
            Deadline::within_seconds(SILENCE_SECONDS),
            |w| self.close(w, Ending::Silence),
        )
        .retry(Retry::OUTAGE)
        .then(
            |w, reply| {
                let answer = AnswerReadExpr {
                    talk: self.key,
                    question: asked.question,
                    reply,
                };
                w.call("Read", asked.reader, answer)
                    .retry(Retry::OUTAGE)
                    .or(ReadErrorCases {
                        not_understood: |w, why| again.with(w, why.say.some()),
                        back,
                        cancelled: leave,
                        unexpected: |w, _| self.close(w, Ending::Broken),
                    })
            },
            AnyFailure {
                failed: |w, _| self.close(w, Ending::Broken),
            },
        )
    }
}
