//! Puts an order that its workflow cannot bring to an end before a person, and tells the customer.

use comanda_domain::{
    exception::ExceptionKind,
    money::Money,
    notification::{NotificationKind, needs_person},
    order::{OrderStatus, PaymentStatus, WaitingFor},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{CallPerson, PersonCall, PersonReason};

use super::before_person::{Cause, put_before_person};
use crate::{
    fault::Failure,
    handler::Handler,
    parts,
    ports::{Ports, guarded::Uses},
    shop::load_store,
    tell::{A_WHILE, Saying, tell},
};

impl Handler for CallPerson {
    const USES: &'static [Uses] = &[
        parts::HEAR,
        parts::CASE_FILE,
        parts::RAISE,
        parts::STORE,
        parts::TELL,
        parts::STORE_QUEUE,
    ];

    const TELLS_AGAIN: u32 = A_WHILE;

    async fn handle(ports: &Ports, input: PersonCall) -> Result<(), Failure<NoRefusal>> {
        let (kind, detail) = alarm(input.reason);
        // The order's workflow names no refund: that one's own workflow calls first, and this is for the one that could not.
        let is_second = input.reason == PersonReason::RefundFailed && input.refund.is_none();
        let cause = Cause {
            kind,
            detail,
            notes: notes(input.reason),
            refund: input.refund,
            is_told_once: true,
        };
        let is_of_silence = input.reason == PersonReason::Unconfirmed;
        let called = put_before_person(ports, &input.order, &cause, |order| {
            match order.status() {
                _ if is_second && order.waiting_for == Some(WaitingFor::Person) => false,
                // It is back, and what else is on its way has a workflow of its own.
                _ if is_second && order.payment_status() == PaymentStatus::Refunded => false,
                OrderStatus::Pending => true,
                // What was kept has decided it: there is no silence any more.
                _ if is_of_silence => false,
                // One that ended, and with nothing of the customer's here, needs nobody.
                status => !status.is_final() || order.money_held() > Money::ZERO,
            }
        })
        .await?;
        let Some(order) = called.waits else {
            return Ok(());
        };
        let store = load_store(ports, &order.client_id, &order.store_id).await?;
        let saying = Saying {
            kind: NotificationKind::NeedsPerson.to_string(),
            text: needs_person(&order),
        };
        Ok(tell(ports, &store, &order, vec![saying]).await?)
    }
}

fn alarm(reason: PersonReason) -> (ExceptionKind, &'static str) {
    match reason {
        PersonReason::Unconfirmed => (
            ExceptionKind::PaidUnconfirmed,
            "paid, the store stayed silent, and it does not refund by itself",
        ),
        PersonReason::RefundFailed => (
            ExceptionKind::RefundFailed,
            "the refund did not end in all the time that it was given",
        ),
        PersonReason::RefundDenied => (
            ExceptionKind::RefundDenied,
            "the provider refused the refund",
        ),
        PersonReason::Unexpected => (
            ExceptionKind::UnexpectedFailure,
            "a step failed in a way that no rule covers",
        ),
    }
}

fn notes(reason: PersonReason) -> &'static str {
    match reason {
        PersonReason::Unconfirmed => "Pago e sem resposta do restaurante: uma pessoa decide",
        PersonReason::RefundFailed => "O reembolso não foi concluído: uma pessoa verifica",
        PersonReason::RefundDenied => "O reembolso foi negado: uma pessoa verifica",
        PersonReason::Unexpected => "Falha inesperada: uma pessoa verifica",
    }
}
