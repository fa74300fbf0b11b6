//! Asks the customer to pay: token first, then the inbox, then the charge, then the words.
//!
//! Making a charge is not idempotent at the provider, so it is looked for by the order before it is made. The charge of an
//! attempt that others have overtaken is the next attempt's to find; beside one that was paid it is the sweep's to take back.

use comanda_domain::{
    checkout::PlaceOrder,
    inbox::NewsKind,
    ledger::day_of,
    notification::{NotificationKind, card_link, pix_instructions, pix_qr_caption},
    order::{Actor, Order, OrderStatus, PaymentStatus, TaskToken, WaitKind},
    payment::Evidence,
    people::Cpf,
    planted::{Fault as Planted, planted},
    store::StoreConfig,
    tables,
};
use comanda_workflows::contracts::{
    OnlineMethod, PaymentAsked, PaymentNews, RequestPayment, RequestPaymentError,
};
use jiff::Timestamp;

use crate::{
    casefile::CaseFile,
    charges::{TakenBack, hear_charge, standing, take_back},
    customers::get_customer_by_id,
    fault::{Failure, Fault},
    handler::AskHandler,
    hear::{complete, wake_order},
    parts,
    ports::{
        Account, Charge, ChargeMethod, NewCharge, NewPayer, OutageError, Ports, ProviderError,
        guarded::Uses,
    },
    rows::{CheckoutRow, Decision, decide, load},
    shop::{account, call, load_store},
    tell::{Saying, WHILE_THEY_WAIT, tell},
};

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
        let charge = match charge(ports, &account, &store, (&order, &input)).await {
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

/// Registers the token, and takes note of the news that led here. `None` if the order has ended.
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
        if file.order.status() != OrderStatus::Pending {
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
        if input.attempt > 1 {
            file.note(|news| {
                matches!(
                    news,
                    NewsKind::PaymentFailed { .. }
                        | NewsKind::ChargeDeleted { .. }
                        | NewsKind::MethodChosen { .. }
                )
            });
        }
        let change = file.change((Actor::System, "Aguardando pagamento"), |order| {
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
        })?;
        Ok(Decision::Write(
            change.writes,
            Some((change.order, deadline)),
        ))
    })
    .await
}

/// The order's live charge for this method, found or made. `None` if one was paid already: its news is on its way.
async fn charge(
    ports: &Ports,
    account: &Account,
    store: &StoreConfig,
    (order, input): (&Order, &PaymentAsked),
) -> Result<Option<Charge>, Refused> {
    let method = match input.method {
        OnlineMethod::Pix => ChargeMethod::Pix,
        OnlineMethod::Credit | OnlineMethod::Debit => ChargeMethod::Card,
    };
    let standing = standing(ports, account, order).await?;
    let mut came_in = standing.captured;
    let mut found = None;
    for charge in standing.live {
        let fits = charge.method == method && charge.amount == order.total;
        if fits && found.is_none() {
            found = Some(charge);
        } else {
            // P5: at most one live charge per order. So none is made beside one that the provider does not let go.
            match take_back(ports, account, &charge.id).await? {
                TakenBack::Gone => {}
                TakenBack::Paid(paid) => came_in.push(*paid),
                TakenBack::Refused => return Err(still_payable().into()),
            }
        }
    }
    if !came_in.is_empty() {
        for paid in &came_in {
            hear_charge(ports, order, paid).await?;
        }
        return Ok(None);
    }
    if found.is_some() {
        return Ok(found);
    }
    let payer = payer(ports, account, (store, order)).await?;
    let new = NewCharge {
        payer,
        method,
        amount: order.total,
        due_date: day_of(ports.clock.now()),
        order: order.order_id.clone(),
        description: format!("Pedido {} - {}", order.display_number(), store.name),
    };
    match ports.provider.create_charge(account, &new).await {
        Ok(made) => Ok(Some(made)),
        Err(error) => Err(refused(ports, store, error).await),
    }
}

fn still_payable() -> Fault {
    Fault::Outage(OutageError::NotDone {
        party: "the provider",
        detail: "an earlier charge of the order could not be deleted".to_owned(),
    })
}

/// The payer's id at the provider: looked up by CPF first, because the provider keeps no two apart.
async fn payer(
    ports: &Ports,
    account: &Account,
    (store, order): (&StoreConfig, &Order),
) -> Result<String, Refused> {
    let key = CheckoutRow::key_of(&order.client_id, &order.checkout_id);
    let checkout: Option<CheckoutRow> = load(ports.store.as_ref(), &key).await?;
    let request = checkout
        .and_then(|checkout| serde_json::from_value::<PlaceOrder>(checkout.request).ok())
        .ok_or_else(|| Fault::unexpected("an order's checkout cannot be read"))?;
    let given = request.customer.cpf.as_deref();
    let given = given.and_then(|cpf| Cpf::parse(cpf).ok());
    let cpf = match given {
        Some(cpf) => Some(cpf),
        None => {
            let customer = get_customer_by_id(ports, &order.client_id, &order.customer_id).await?;
            customer.and_then(|customer| customer.cpf)
        }
    };
    let cpf = cpf.ok_or_else(|| Fault::unexpected("an online order has no CPF"))?;
    if let Some(payer) = ports.provider.find_payer(account, cpf.digits()).await? {
        return Ok(payer);
    }
    let payer = NewPayer {
        name: order.customer_name.as_str().to_owned(),
        cpf: cpf.digits().to_owned(),
        external_reference: order.customer_id.as_str().to_owned(),
    };
    match ports.provider.create_payer(account, &payer).await {
        Ok(payer) => Ok(payer),
        Err(error) => Err(refused(ports, store, error).await),
    }
}

/// Why no charge can be made. That costs the order, and each that comes next may meet the same: a person is called, once for a
/// store and code.
async fn refused(ports: &Ports, store: &StoreConfig, error: ProviderError) -> Refused {
    let what = error.to_string();
    let (subject, refusal) = match error {
        ProviderError::Refused { code, .. } => (
            format!("{}:{code}", store.store_id),
            RequestPaymentError::Refused { code },
        ),
        ProviderError::Unauthorised => (
            store.secrets.payment_api_key.clone(),
            RequestPaymentError::AccountUnusable,
        ),
        other => return Failure::Fault(other.into()),
    };
    let what = format!("store {} cannot take payments: {what}", store.store_id);
    match call(ports, &store.client_id, &subject, &what).await {
        Ok(()) => Failure::Refused(refusal),
        Err(fault) => Failure::Fault(fault),
    }
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
        let change = file.change((Actor::System, "Cobrança criada"), |order| {
            if !order.payment_status().holds_money() {
                order.payment_id = Some(charge.id.clone());
            }
            if pix_code.is_some() || !planted(Planted::CodeOfBefore) {
                order.payment_details.pix_code.clone_from(&pix_code);
            }
            order.payment_details.invoice_url = Some(charge.invoice_url.clone());
            Ok(())
        })?;
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
    let order = crate::rows::require_order(ports.store.as_ref(), &input.order).await?;
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
