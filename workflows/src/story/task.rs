//! What the tasks' calls, answers and refusals mean in words. One arm for each; a task without words of its own is told
//! by its name, never left out.

use comanda_domain::{
    checkout::Refusal,
    money::Money,
    order::{Order, OrderStatus},
};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    Told, Tone,
    event::{Call, Said},
    words::{about, clock, spaced},
};
use crate::contracts::{
    AcceptOrderError, Closing, OrderOutcome, PaymentNews, RefundNews, RefundOutcome, RefundRequest,
    StoreAnswer, StoreNews,
};

/// More of a cause than this helps nobody in a list.
const CAUSE_CHARACTERS: usize = 160;

/// Something was asked and an answer is waited for.
pub(super) fn submitted(told: Told<'_>, call: &Call) -> Said {
    let until = |then: &str| {
        deadline(told, call).map_or_else(String::new, |deadline| {
            format!("until {}, then {then}", clock(deadline, told.zone))
        })
    };
    let (says, detail) = match call.task.as_str() {
        "RequestPayment" => ("waiting for the payment", until("the order is cancelled")),
        "OfferAnotherMethod" => (
            "another way to pay was offered, waiting for a choice",
            until("the order is cancelled"),
        ),
        "HandToStore" => (
            "handed to the store, waiting for its answer",
            until(super::order::unanswered(told.order)),
        ),
        "RequestRefund" => (
            "refund requested, waiting for the provider",
            until("the provider is asked how it stands"),
        ),
        "refund" if call.child => ("refund started", String::new()),
        other if call.child => {
            return Some((
                format!("{} started", spaced(other)),
                String::new(),
                Tone::Done,
            ));
        }
        other => {
            return Some((
                format!("{}: waiting for an answer", spaced(other)),
                until("it goes on without"),
                Tone::Waiting,
            ));
        }
    };
    let tone = if call.child {
        Tone::Done
    } else {
        Tone::Waiting
    };
    Some((says.into(), detail, tone))
}

/// When the wait ends. A call's own time is whole seconds from its start, and so up to a second early; the order knows
/// when it must be paid.
fn deadline(told: Told<'_>, call: &Call) -> Option<Timestamp> {
    let of_order = told.order.and_then(|order| order.payment_deadline);
    match call.task.as_str() {
        "RequestPayment" | "OfferAnotherMethod" => of_order.or(call.deadline),
        _ => call.deadline,
    }
}

/// A deadline passed.
pub(super) fn timed_out(call: &Call) -> Said {
    let says = match call.task.as_str() {
        "RequestPayment" | "OfferAnotherMethod" => "the time to pay is over",
        "HandToStore" => "the store did not answer in time",
        "RequestRefund" => "no word of the refund yet",
        other => {
            return Some((
                format!("{} took too long", spaced(other)),
                String::new(),
                Tone::Trouble,
            ));
        }
    };
    Some((says.into(), String::new(), Tone::Done))
}

/// A call was answered. Steps whose effect the order's own history tells better say nothing where there is an order.
pub(super) fn answered(told: Told<'_>, call: &Call, at: Timestamp, output: &Value) -> Said {
    let alone = told.order.is_none();
    // A Lambda's answer is wrapped, a signal is not.
    let answer = output.get("Payload").unwrap_or(output);
    match call.task.as_str() {
        "AcceptOrder" if alone => Some(("order accepted".into(), String::new(), Tone::Done)),
        "RequestPayment" | "OfferAnotherMethod" | "SettlePayment" => {
            read::<PaymentNews>(answer).and_then(|news| payment(&news, alone))
        }
        "HandToStore" => {
            let news = match read::<StoreAnswer>(answer)? {
                StoreAnswer::Confirmed { ready_in_minutes } => StoreNews::Confirmed {
                    ready_in_minutes,
                    by: None,
                },
                StoreAnswer::Rejected { reason } => StoreNews::Rejected { reason },
                // The next step reads it, and says it.
                StoreAnswer::News => return None,
            };
            store(told, &news, at)
        }
        "SettleStore" => read::<StoreNews>(answer).and_then(|news| store(told, &news, at)),
        "ConfirmOrder" if alone => Some(("order confirmed".into(), String::new(), Tone::Done)),
        "CloseOrder" => closing(&read(answer)?, alone),
        "RequestRefund" | "SettleRefund" => refund(&read(answer)?),
        "MarkRefundBlocked" if alone => Some((
            "the refund is blocked".into(),
            "the provider account's balance does not cover it; it is tried again".into(),
            Tone::Trouble,
        )),
        "RecordRefund" if alone => Some(("refund recorded".into(), String::new(), Tone::Done)),
        "CallPerson" => Some(("a person was called".into(), String::new(), Tone::Failed)),
        "RefuseOrder" => Some((
            "the customer was told why".into(),
            String::new(),
            Tone::Done,
        )),
        "ApplyStatus" if alone => Some(("status applied".into(), String::new(), Tone::Done)),
        "NotifyStatus" if alone => {
            Some(("the customer was told".into(), String::new(), Tone::Done))
        }
        "refund" if call.child => {
            let outcome = read::<RefundOutcome>(output.get("Output")?)?;
            Some(match outcome {
                RefundOutcome::Refunded => ("refund finished".into(), String::new(), Tone::Done),
                RefundOutcome::NeedsPerson => (
                    "the refund needs a person".into(),
                    String::new(),
                    Tone::Failed,
                ),
            })
        }
        "AcceptOrder" | "ApplyStatus" | "ConfirmOrder" | "MarkRefundBlocked" | "NotifyStatus"
        | "RecordRefund" => None,
        other => Some((format!("{} done", spaced(other)), String::new(), Tone::Done)),
    }
}

fn payment(news: &PaymentNews, alone: bool) -> Said {
    let (says, detail, tone) = match news {
        // The order's own history says these.
        PaymentNews::Paid { .. } | PaymentNews::Failed { .. } if !alone => return None,
        PaymentNews::Paid { .. } => ("paid", String::new(), Tone::Done),
        PaymentNews::Failed { reason, .. } => ("the payment failed", reason.clone(), Tone::Trouble),
        PaymentNews::Cancelled { by, .. } => {
            ("called off", super::order::by_whom(*by).into(), Tone::Done)
        }
        PaymentNews::MethodChosen { method, .. } => (
            "another way to pay was chosen",
            format!("{method:?}").to_uppercase(),
            Tone::Done,
        ),
        PaymentNews::AmountMismatch { .. } => (
            "another amount came in than was asked",
            "it goes back".into(),
            Tone::Trouble,
        ),
        PaymentNews::Expired => ("not paid in time", String::new(), Tone::Done),
    };
    Some((says.into(), detail, tone))
}

fn store(told: Told<'_>, news: &StoreNews, at: Timestamp) -> Said {
    let (says, detail) = match news {
        // The order's own history says it, with who and when it is ready.
        StoreNews::Confirmed { .. } if told.order.is_some_and(was_confirmed) => return None,
        StoreNews::Confirmed {
            ready_in_minutes, ..
        } => (
            "the store said yes",
            ready_in_minutes.map_or_else(String::new, |minutes| {
                let ready = at + SignedDuration::from_mins(i64::from(minutes));
                format!("ready at about {}", about(ready, told.zone))
            }),
        ),
        StoreNews::Rejected { reason } => ("the store said no", reason.clone().unwrap_or_default()),
        StoreNews::Cancelled { by } => ("called off", super::order::by_whom(*by).into()),
        StoreNews::Unanswered => ("no answer from the store", String::new()),
        StoreNews::Unreadable => (
            "the store's answer cannot be read",
            "a person is called".into(),
        ),
    };
    Some((says.into(), detail, Tone::Done))
}

fn was_confirmed(order: &Order) -> bool {
    let history = order.status_history();
    history
        .iter()
        .any(|entry| entry.status == OrderStatus::Confirmed)
}

fn closing(closing: &Closing, alone: bool) -> Said {
    Some(match closing {
        Closing::Cancelled if alone => ("order cancelled".into(), String::new(), Tone::Done),
        Closing::RefundDue(RefundRequest { amount, .. }) => (
            "the money must go back".into(),
            amount.to_string(),
            Tone::Done,
        ),
        Closing::NeedsPerson => (
            "a person must decide".into(),
            "the order is paid and the store's rule is not to refund by itself".into(),
            Tone::Trouble,
        ),
        Closing::Confirmed => ("confirmed meanwhile".into(), String::new(), Tone::Done),
        Closing::Cancelled => return None,
    })
}

fn refund(news: &RefundNews) -> Said {
    let (says, detail, tone) = match news {
        RefundNews::Refunded => ("the money went back", String::new(), Tone::Done),
        RefundNews::Denied { reason } => ("the refund was denied", reason.clone(), Tone::Failed),
        RefundNews::Pending => ("the refund is under way", String::new(), Tone::Waiting),
    };
    Some((says.into(), detail, tone))
}

/// A call was refused or broke.
pub(super) fn failed(call: &Call, error: &str, cause: &str, again: bool) -> Said {
    if let Some(refusal) = refusal::<AcceptOrderError>(error, cause) {
        return Some((
            "order refused".into(),
            Refusal::from(refusal).to_string(),
            Tone::End,
        ));
    }
    let detail = match error {
        "RequestRefundError.Blocked" => {
            "the provider account's balance does not cover it".to_owned()
        }
        _ => match cause_message(cause) {
            message if message.is_empty() => spaced(error),
            message => message,
        },
    };
    let detail = if again {
        format!("{detail}; trying again")
    } else {
        detail
    };
    Some((
        format!("{} failed", spaced(&call.task)),
        detail,
        Tone::Trouble,
    ))
}

/// How a workflow ended, by its output. Outcomes of the same name mean the same in every workflow.
pub(super) fn outcome(output: &Value) -> String {
    let said = match read::<OrderOutcome>(output) {
        Some(OrderOutcome::Confirmed) => "the store has the order",
        Some(OrderOutcome::Cancelled) => "the order was cancelled",
        Some(OrderOutcome::Refunded) => "the money went back",
        Some(OrderOutcome::RefundRuns) => {
            "the order was cancelled, and another execution gives the money back"
        }
        Some(OrderOutcome::Refused) => "the order was not accepted",
        Some(OrderOutcome::NeedsPerson) => "a person looks after it",
        None => return output.as_str().map_or_else(String::new, spaced),
    };
    said.into()
}

fn read<T: DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_value(value.clone()).ok()
}

/// A typed refusal out of a Lambda error: the variant is in the error's name, its payload in the cause's message.
fn refusal<E: DeserializeOwned>(error: &str, cause: &str) -> Option<E> {
    let (_, variant) = error.split_once('.')?;
    let mut letters = variant.chars();
    let name: String = letters.next()?.to_lowercase().chain(letters).collect();
    let message = serde_json::from_str::<Value>(cause).ok()?;
    let payload = message
        .get("errorMessage")
        .and_then(Value::as_str)
        .and_then(|text| serde_json::from_str::<Value>(text).ok())
        .unwrap_or_default();
    let with_payload = Value::Object([(name.clone(), payload)].into_iter().collect());
    read(&with_payload).or_else(|| read(&Value::String(name)))
}

/// The message inside a Lambda error's cause, or the cause itself; one line, shortened.
pub(super) fn cause_message(cause: &str) -> String {
    let message = serde_json::from_str::<Value>(cause)
        .ok()
        .and_then(|value| value.get("errorMessage")?.as_str().map(str::to_owned))
        .unwrap_or_else(|| cause.to_owned());
    let line = message.lines().next().unwrap_or_default();
    if line.chars().count() <= CAUSE_CHARACTERS {
        line.to_owned()
    } else {
        let kept: String = line.chars().take(CAUSE_CHARACTERS).collect();
        format!("{kept}…")
    }
}

/// `R$ 44,80`, or nothing for nothing.
pub(super) fn amount(money: Money) -> String {
    if money == Money::ZERO {
        String::new()
    } else {
        money.to_string()
    }
}
