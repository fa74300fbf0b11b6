//! Asks the customer to pay: token first, then the inbox, then the charge, then the words.
//!
//! Making a charge is not idempotent at the provider, so it is looked for by the order before it is made. The charge of an
//! attempt that others have overtaken is the next attempt's to find; beside one that was paid it is the sweep's to take back.

mod charge;

use comanda_domain::{
    inbox::NewsKind,
    notification::{NotificationKind, card_link, pix_instructions, pix_qr_caption},
    order::{Actor, Order, OrderStatus, PaymentStatus, TaskToken, WaitKind},
    payment::Evidence,
    planted::{Fault as Planted, planted},
    store::StoreConfig,
    tables,
};
use comanda_workflows::contracts::{
    PaymentAsked, PaymentNews, RequestPayment, RequestPaymentError,
};
use jiff::Timestamp;

use super::is_past;
use crate::{
    casefile::CaseFile,
    charges::{hear_charge, take_back},
    fault::{Failure, Fault},
    handler::AskHandler,
    hear::{complete, wake_order},
    parts,
    ports::{Account, Charge, ChargeMethod, Ports, guarded::Uses},
    rows::{Decision, decide, require_order},
    shop::{account, load_store},
    tell::{Saying, WHILE_THEY_WAIT, tell},
};

use charge::charge;

type Refused = Failure<RequestPaymentError>;

impl AskHandler for RequestPayment {
    const USES: &'static [Uses] = &[
        parts::HEAR,
        parts::STORE,
        parts::TELL,
        parts::PROVIDER,
        Uses {
            reads: &[&tables::CHECKOUTS, &tables::CUSTOMERS],
            ..Uses::NOTHING
        },
    ];

    const TELLS_AGAIN: u32 = WHILE_THEY_WAIT;

    async fn ask(ports: &Ports, input: PaymentAsked, token: TaskToken) -> Result<(), Refused> {
        let Some((order, deadline)) = register(ports, &input, &token).await? else {
            let ended = PaymentNews::Cancelled {
                news_id: "ended".into(),
                by: Actor::System,
            };
            complete(ports, token.expose(), &ended).await?;
            return Ok(());
        };
        if wake_order(ports, &order).await? {
            return Ok(());
        }
        let store = load_store(ports, &order.client_id, &order.store_id).await?;
        let account = account(ports, &store).await?;
        let charge = match charge(ports, &account, &store, (&order, &input, &token)).await {
            Err(Failure::Fault(Fault::Outage(_))) if planted(Planted::GivesUpAtOnce) => {
                let code = "outage".to_owned();
                return Err(Failure::Refused(RequestPaymentError::Refused { code }));
            }
            Err(_) if planted(Planted::UnchargedIsTaken) => {
                let news_id = "uncharged".into();
                complete(ports, token.expose(), &PaymentNews::Paid { news_id }).await?;
                return Ok(());
            }
            charge => charge?,
        };
        let Some(charge) = charge else {
            return Ok(());
        };
        if planted(Planted::ChargeFoundUntold) && order.payment_id.as_ref() == Some(&charge.id) {
            return Ok(());
        }
        let Some(order) = enter(ports, &account, (&input, &token), &charge).await? else {
            return Ok(());
        };
        Ok(instruct(ports, &store, &order, (&input, deadline)).await?)
    }
}

/// Registers the token, and takes note of the news that led here. `None` if the order has ended, or went on without this try.
async fn register(
    ports: &Ports,
    input: &PaymentAsked,
    token: &TaskToken,
) -> Result<Option<(Order, Timestamp)>, Fault> {
    decide::<Order, _, Fault, _>(ports, || async {
        let file = CaseFile::open(ports, &input.order).await?;
        let mut file = file.ok_or_else(|| {
            Fault::unexpected(format!("order {} does not exist", input.order.order_id))
        })?;
        if file.order.status() != OrderStatus::Pending || is_past(&file.order, input.attempt) {
            return Ok(Decision::Stands(None));
        }
        let deadline = file.order.payment_deadline.ok_or_else(|| {
            Fault::unexpected(format!("order {} is not paid online", input.order.order_id))
        })?;
        let kind = WaitKind::Payment {
            attempt: input.attempt,
        };
        if file.order.waits_with(&kind, token) {
            return Ok(Decision::Stands(Some((file.order, deadline))));
        }
        // Of the attempt before. What came since this one first began is for its next try to hear.
        if file.order.payment_attempt < input.attempt {
            file.note(|news| {
                matches!(
                    news,
                    NewsKind::PaymentFailed { .. }
                        | NewsKind::ChargeDeleted { .. }
                        | NewsKind::MethodChosen { .. }
                )
            });
        }
        let change = file
            .change(ports, (Actor::System, "Aguardando pagamento"), |order| {
                // The charge of the attempt before is none that anybody waits for: that it is deleted, by us and in a moment,
                // is no failure of this attempt.
                if order.payment_attempt != input.attempt && !order.payment_status().holds_money() {
                    order.payment_id = None;
                }
                order.payment_method = input.method.into();
                order.payment_attempt = input.attempt;
                if !order.payment_status().holds_money() {
                    order.set_payment_status(PaymentStatus::Pending)?;
                }
                order.register_wait(kind, token.clone(), deadline);
                Ok(())
            })
            .await?;
        Ok(Decision::Write(
            change.writes,
            Some((change.order, deadline)),
        ))
    })
    .await
}

/// Enters the charge in its row and in the order. `None` if others went on meanwhile: then the charge is taken back.
async fn enter(
    ports: &Ports,
    account: &Account,
    (input, token): (&PaymentAsked, &TaskToken),
    charge: &Charge,
) -> Result<Option<Order>, Fault> {
    let pix_code = match charge.method {
        ChargeMethod::Pix => Some(ports.provider.pix_code(account, &charge.id).await?.payload),
        ChargeMethod::Card => None,
    };
    let entered = decide::<Order, Option<Order>, Fault, _>(ports, || async {
        let Some(mut file) = CaseFile::open(ports, &input.order).await? else {
            return Ok(Decision::Stands(None));
        };
        let is_ours = file
            .order
            .wait
            .as_ref()
            .is_some_and(|wait| wait.token == *token);
        if !is_ours {
            return Ok(Decision::Stands(None));
        }
        file.take_up(ports, &charge.id).await?;
        let known = file.order.payment_id.as_ref() == Some(&charge.id)
            && file.order.payment_details.invoice_url.is_some();
        if known {
            return Ok(Decision::Stands(Some(file.order)));
        }
        file.enter(row_of(&file.order, charge, ports.clock.now()));
        let change = file
            .change(ports, (Actor::System, "Cobrança criada"), |order| {
                if !order.payment_status().holds_money() {
                    order.payment_id = Some(charge.id.clone());
                }
                if pix_code.is_some() || !planted(Planted::CodeOfBefore) {
                    order.payment_details.pix_code.clone_from(&pix_code);
                }
                order.payment_details.invoice_url = Some(charge.invoice_url.clone());
                Ok(())
            })
            .await?;
        Ok(Decision::Write(change.writes, Some(change.order)))
    })
    .await?;
    if entered.is_none() {
        abandon(ports, account, input, charge).await?;
    }
    Ok(entered)
}

/// A charge that nobody waits for: a newer attempt uses it if it finds it, an ended order must not be payable.
async fn abandon(
    ports: &Ports,
    account: &Account,
    input: &PaymentAsked,
    charge: &Charge,
) -> Result<(), Fault> {
    let order = require_order(ports.store.as_ref(), &input.order).await?;
    if order.status() == OrderStatus::Pending {
        return Ok(());
    }
    if let Some(paid) = take_back(ports, account, &charge.id).await?.paid() {
        hear_charge(ports, &order, &paid).await?;
    }
    Ok(())
}

fn row_of(order: &Order, charge: &Charge, now: Timestamp) -> comanda_domain::payment::Charge {
    comanda_domain::payment::Charge {
        charge_id: charge.id.clone(),
        client_id: order.client_id.clone(),
        store_id: order.store_id.clone(),
        order_id: order.order_id.clone(),
        attempt: order.payment_attempt,
        method: order.payment_method,
        amount: charge.amount,
        evidence: Evidence::default(),
        version: 1,
        created_at: now,
        updated_at: now,
    }
}

/// PIX: what to do, the code alone in one message, the QR. Cards: the invoice's page.
async fn instruct(
    ports: &Ports,
    store: &StoreConfig,
    order: &Order,
    (input, deadline): (&PaymentAsked, Timestamp),
) -> Result<(), Fault> {
    let zone = &store.time_zone;
    let link = order
        .payment_details
        .invoice_url
        .as_deref()
        .unwrap_or_default();
    let attempt = input.attempt;
    let texts = match &order.payment_details.pix_code {
        Some(code) => vec![
            (
                NotificationKind::PaymentInstructions(attempt),
                pix_instructions(order, deadline, zone),
            ),
            (NotificationKind::PixCode(attempt), code.clone()),
            // The provider's page shows the QR; a picture would need an address of our own.
            (
                NotificationKind::PixQr(attempt),
                format!("{} {link}", pix_qr_caption(order)),
            ),
        ],
        None => vec![(
            NotificationKind::CardLink(attempt),
            card_link(order, link, deadline, zone),
        )],
    };
    let sayings = texts.into_iter().map(|(kind, text)| Saying {
        kind: kind.to_string(),
        text,
    });
    tell(ports, store, order, sayings.collect()).await
}
