//! Puts an order before a person: visibly, and once.

use comanda_domain::{
    exception::{Exception, ExceptionKind},
    money::Money,
    notification::{NotificationKind, needs_person},
    order::{Actor, Order, PaymentStatus, WaitingFor},
};
use comanda_dsl::NoRefusal;
use comanda_workflows::contracts::{CallPerson, PersonCall, PersonReason};

use crate::{
    casefile::CaseFile,
    fault::{Failure, Fault},
    handler::Handler,
    parts,
    ports::{Ports, guarded::Uses},
    raise::raised,
    rows::{Decision, decide},
    shop::load_store,
    tell::{Saying, tell},
};

impl Handler for CallPerson {
    const USES: &'static [Uses] = &[parts::CASE_FILE, parts::STORE, parts::TELL];

    async fn handle(ports: &Ports, input: PersonCall) -> Result<(), Failure<NoRefusal>> {
        let Some(order) = call(ports, &input).await? else {
            return Ok(());
        };
        let store = load_store(ports, &order.client_id, &order.store_id).await?;
        let saying = Saying {
            kind: NotificationKind::NeedsPerson.to_string(),
            text: needs_person(&order),
        };
        Ok(tell(ports, &store, &order, saying).await?)
    }
}

/// The order that now waits for a person, or `None` if it needs nobody: it ended, and nothing of the customer's is here.
async fn call(ports: &Ports, input: &PersonCall) -> Result<Option<Order>, Fault> {
    decide::<Order, Option<Order>, Fault, _>(ports, || async {
        let Some(file) = CaseFile::open(ports, &input.order).await? else {
            return Ok(Decision::Stands(None));
        };
        let order = &file.order;
        if order.status().is_final() && order.money_held() == Money::ZERO {
            return Ok(Decision::Stands(None));
        }
        if order.waiting_for == Some(WaitingFor::Person) {
            return Ok(Decision::Stands(Some(file.order)));
        }
        let refund = matches!(
            input.reason,
            PersonReason::RefundFailed | PersonReason::RefundDenied
        );
        let mut change = file.change((Actor::System, notes(input.reason)), |order| {
            order.clear_wait();
            order.waiting_for = Some(WaitingFor::Person);
            if refund && order.payment_status() == PaymentStatus::Refunding {
                order.set_payment_status(PaymentStatus::RefundBlocked)?;
            }
            Ok(())
        })?;
        let (kind, detail) = alarm(input.reason);
        let exception = Exception::of_order(&change.order, kind, detail, ports.clock.now());
        change.writes.push(raised(&exception)?);
        Ok(Decision::Write(change.writes, Some(change.order)))
    })
    .await
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
