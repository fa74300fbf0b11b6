//! News from outside: into the inbox first, then to the step that waits, then to whoever looks after an order that
//! nobody waits for (DESIGN §6).
//!
//! Each part can be done again. A crash in between is healed by the sender, who repeats itself until it is answered, or by
//! the step that registers later and reads the inbox.

mod give_back;
mod wake;

use comanda_domain::{
    ids::ChargeId,
    inbox::{Consequence, News, NewsKind, consequence},
    notification,
    order::{Actor, Order, WaitingFor},
    payment::RefundIntent,
    planted::{Fault as Planted, planted},
};
use comanda_workflows::contracts::{OrderKey, StatusReport};

use self::give_back::{give_back, restart_refunds};
pub(crate) use self::{
    give_back::{announced, start_owed, start_refund},
    wake::{complete, wake_order, wake_refund},
};
use crate::{
    casefile::{CaseFile, refund_request},
    fault::Fault,
    payments::record_refund,
    ports::{OutageError, Ports, SyncEnd},
    registry::OUTAGE,
    rows::{Decision, decide, load_all, load_order, put_if_absent},
    shop::load_store,
    store_queue::send_late,
    tell::{Saying, or_later, tell},
};

/// What became of a piece of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// There is no such order (yet). The news is kept for when there is.
    NoOrder,
    /// A waiting step went on with it, or it is kept for the next one.
    Kept,
    /// The order's workflow has ended: what follows was carried out.
    CarriedOut,
    /// What was wanted is not possible any more.
    Refused,
    /// It changed nothing: a repetition, or too late to matter.
    Nothing,
}

/// Takes in a piece of news, and sees to it that it is acted on.
pub(crate) async fn hear(ports: &Ports, key: &OrderKey, news: News) -> Result<Heard, Fault> {
    let store = ports.store.as_ref();
    put_if_absent(store, &news).await?;
    // The order is read after the news is stored: a step that registers its token reads the inbox after that, so one of
    // the two always sees the other.
    let Some(order) = load_order(store, key).await? else {
        return Ok(Heard::NoOrder);
    };
    wake_order(ports, &order).await?;
    wake_refunds(ports, key, &news.news).await?;
    follow(ports, key, &order, &news).await
}

async fn wake_refunds(ports: &Ports, key: &OrderKey, news: &NewsKind) -> Result<(), Fault> {
    let (NewsKind::Refunded { charge_id, .. } | NewsKind::RefundDenied { charge_id, .. }) = news
    else {
        return Ok(());
    };
    for intent in intents_of(ports, key, charge_id).await? {
        wake_refund(ports, &intent).await?;
    }
    Ok(())
}

async fn intents_of(
    ports: &Ports,
    key: &OrderKey,
    charge: &ChargeId,
) -> Result<Vec<RefundIntent>, Fault> {
    let partition = RefundIntent::of_charge(&key.client_id, charge);
    load_all(ports.store.as_ref(), partition).await
}

/// Follows all news that nobody took note of: for whoever has just ended an order.
pub(crate) async fn follow_all(ports: &Ports, key: &OrderKey) -> Result<(), Fault> {
    let inbox = News::of_order(&key.client_id, &key.order_id);
    let mut inbox: Vec<News> = load_all(ports.store.as_ref(), inbox).await?;
    let Some(order) = load_order(ports.store.as_ref(), key).await? else {
        return Ok(());
    };
    // What pays for the order is its payment, whatever else came in before.
    let pays =
        |news: &News| matches!(news.news, NewsKind::Paid { amount, .. } if amount == order.total);
    inbox.sort_by_key(|news| !pays(news));
    for news in inbox.iter().filter(|news| news.acknowledged_at.is_none()) {
        if let Some(order) = load_order(ports.store.as_ref(), key).await? {
            follow(ports, key, &order, news).await?;
        }
    }
    Ok(())
}

async fn follow(ports: &Ports, key: &OrderKey, order: &Order, news: &News) -> Result<Heard, Fault> {
    match consequence(order, &news.news) {
        Consequence::Keep => Ok(Heard::Kept),
        Consequence::Nothing => {
            acknowledge(ports, key, news.news_id.as_str()).await?;
            restart_refunds(ports, key, &news.news).await?;
            if planted(Planted::PaidToldTwice) && matches!(news.news, NewsKind::Paid { .. }) {
                let store = load_store(ports, &key.client_id, &key.store_id).await?;
                let text = notification::payment_confirmed(order);
                let kind = format!("PAYMENT#CONFIRMED#{}", news.news_id);
                or_later(tell(ports, &store, order, vec![Saying { kind, text }]).await)?;
            }
            Ok(Heard::Nothing)
        }
        Consequence::Refund {
            charge_id, reason, ..
        } => give_back(ports, key, &charge_id, reason).await,
        Consequence::TellStoreLate => {
            let store = load_store(ports, &key.client_id, &key.store_id).await?;
            send_late(ports, &store, order, "O pedido já estava encerrado.").await?;
            acknowledge(ports, key, news.news_id.as_str()).await?;
            Ok(Heard::CarriedOut)
        }
        Consequence::Report {
            status,
            by,
            ready_in_minutes,
        } => {
            let report = StatusReport {
                order: key.clone(),
                status,
                by,
                event_id: news.news_id.as_str().to_owned(),
                ready_in_minutes,
            };
            report_status(ports, &report).await
        }
        led @ (Consequence::Record | Consequence::CallPerson) => {
            match record(ports, key, news, &led).await? {
                Some(heard) => Ok(heard),
                // Somebody came in between, and what follows from it is another thing by now.
                None => match load_order(ports.store.as_ref(), key).await? {
                    Some(order) => Box::pin(follow(ports, key, &order, news)).await,
                    None => Ok(Heard::NoOrder),
                },
            }
        }
    }
}

/// Runs `order-status` for a report and says what became of it.
pub(crate) async fn report_status(ports: &Ports, report: &StatusReport) -> Result<Heard, Fault> {
    let input = serde_json::to_value(report)
        .map_err(|_| Fault::unexpected("a status report could not be written"))?;
    let name = report_name(report);
    let end = ports
        .workflows
        .start_sync("order-status", &name, input)
        .await?;
    match end {
        SyncEnd::Succeeded(output) if output.get("refused").is_some() => Ok(Heard::Refused),
        SyncEnd::Succeeded(_) => Ok(Heard::CarriedOut),
        // The report is kept with its sender, who repeats it: it may have been carried out in part, and each part is once.
        SyncEnd::Failed { error, .. } if error == OUTAGE || error == "States.Timeout" => {
            Err(OutageError::Unknown {
                party: "order-status",
                detail: error,
            }
            .into())
        }
        SyncEnd::Failed { error, .. } => Err(Fault::unexpected(format!(
            "order-status failed with {error}"
        ))),
    }
}

/// An execution's name: at most 80 characters, so the report's own id is hashed.
fn report_name(report: &StatusReport) -> String {
    use sha2::Digest;
    let mut digest = hex::encode(sha2::Sha256::digest(report.event_id.as_bytes()));
    digest.truncate(16);
    let order: String = report.order.order_id.as_str().chars().take(60).collect();
    format!("{order}-{digest}")
}

/// Takes note of news that nothing follows from, or nothing any more.
pub(crate) async fn acknowledge(ports: &Ports, key: &OrderKey, news_id: &str) -> Result<(), Fault> {
    decide::<Order, (), Fault, _>(ports, || async {
        let Some(mut file) = CaseFile::open(ports, key).await? else {
            return Ok(Decision::Stands(()));
        };
        file.note_rows(|piece| piece.news_id.as_str() == news_id);
        let writes = file
            .settle(ports, Actor::Provider, "Aviso do provedor de pagamento")
            .await?;
        Ok(if writes.is_empty() {
            Decision::Stands(())
        } else {
            Decision::Write(writes, ())
        })
    })
    .await
}

/// Books what the news proves, and calls a person where no rule covers it. `None` if the order has changed so that something
/// else follows from the news.
async fn record(
    ports: &Ports,
    key: &OrderKey,
    news: &News,
    led: &Consequence,
) -> Result<Option<Heard>, Fault> {
    // A refund that is over is recorded whoever waits for it: its workflow may have given it up to a person long ago.
    if let NewsKind::Refunded {
        charge_id,
        refunded,
        ..
    } = &news.news
    {
        for intent in intents_of(ports, key, charge_id).await? {
            let waits = planted(Planted::RefundRecordedByWaiterOnly);
            if intent.is_covered_by(*refunded) && !waits {
                record_refund(ports, &refund_request(&intent)).await?;
                // One that was recorded before, by whoever read it at the provider, took no note of this.
                acknowledge(ports, key, news.news_id.as_str()).await?;
                return Ok(Some(Heard::CarriedOut));
            }
        }
    }
    // One that is under way is its workflow's; its step was woken above.
    if let NewsKind::Refunded { charge_id, .. }
    | NewsKind::RefundDenied { charge_id, .. }
    | NewsKind::RefundUnderWay { charge_id, .. } = &news.news
        && !intents_of(ports, key, charge_id).await?.is_empty()
    {
        return Ok(Some(Heard::Kept));
    }
    let before_person = *led == Consequence::CallPerson;
    decide::<Order, Option<Heard>, Fault, _>(ports, || async {
        let done = Some(Heard::CarriedOut);
        let Some(mut file) = CaseFile::open(ports, key).await? else {
            return Ok(Decision::Stands(done));
        };
        file.note_rows(|other| other.news_id == news.news_id);
        if file.side_writes()?.is_empty() {
            return Ok(Decision::Stands(done));
        }
        if consequence(&file.order, &news.news) != *led {
            return Ok(Decision::Stands(None));
        }
        let is_dispute = matches!(news.news, NewsKind::ChargedBack { .. });
        let disputed = is_dispute && news.news.charge() == file.paying_charge();
        // What the bank takes back of other money is none of the order's payment, and its alarm is all that there is.
        if is_dispute && !disputed && !file.order.status().is_closed() {
            let writes = file
                .settle(ports, Actor::Provider, "Aviso do provedor de pagamento")
                .await?;
            return Ok(Decision::Write(writes, done));
        }
        let change = file
            .change(
                ports,
                (Actor::Provider, "Aviso do provedor de pagamento"),
                |order| {
                    if before_person {
                        order.clear_wait();
                        order.waiting_for = Some(WaitingFor::Person);
                    }
                    if disputed {
                        order.move_to(comanda_domain::order::OrderEvent::ChargeBack)?;
                    }
                    Ok(())
                },
            )
            .await?;
        Ok(Decision::Write(change.writes, done))
    })
    .await
}
