//! The order's charge at the provider, found or made, and nothing payable beside it.

use comanda_domain::{
    checkout::PlaceOrder,
    ledger::day_of,
    order::{Order, TaskToken},
    people::Cpf,
    store::StoreConfig,
};
use comanda_workflows::contracts::{OnlineMethod, PaymentAsked, RequestPaymentError};

use super::Refused;
use crate::{
    charges::{TakenBack, hear_charge, standing, take_back},
    customers::get_customer_by_id,
    fault::{Failure, Fault},
    ports::{
        Account, Charge, ChargeMethod, NewCharge, NewPayer, OutageError, Ports, ProviderError,
    },
    rows::{CheckoutRow, load, require_order},
    shop::call_person,
};

/// The order's live charge for this method, found or made. `None` if one was paid already, and its news is on its way, or if others
/// went on meanwhile.
pub(super) async fn charge(
    ports: &Ports,
    account: &Account,
    store: &StoreConfig,
    (order, input, token): (&Order, &PaymentAsked, &TaskToken),
) -> Result<Option<Charge>, Refused> {
    let method = match input.method {
        OnlineMethod::Pix => ChargeMethod::Pix,
        OnlineMethod::Credit | OnlineMethod::Debit => ChargeMethod::Card,
    };
    let standing = accepted(ports, store, standing(ports, account, order).await).await?;
    let mut came_in = standing.captured;
    let mut found = None;
    let fits = |charge: &&Charge| charge.method == method && charge.amount == order.total;
    let named = |charge: &&Charge| order.payment_id.as_ref() == Some(&charge.id);
    // Of two that fit, the customer was told of the one that the order names.
    let fitting = || standing.live.iter().filter(fits);
    let kept = fitting().find(named).or_else(|| fitting().next());
    let kept = kept.map(|charge| charge.id.clone());
    let is_kept = |charge: &Charge| kept.as_ref() == Some(&charge.id);
    // What a slow try finds beside its own may be what the next one has told the customer to pay.
    if !standing.live.iter().all(is_kept) && !still_waits(ports, input, token).await? {
        return Ok(None);
    }
    for charge in standing.live {
        if is_kept(&charge) {
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
        // The store's next order may meet the same: a person is called, once for a store and code.
        Err(ProviderError::Refused { code, .. }) => {
            let what = format!(
                "the provider refused a charge of store {}: {code}",
                store.store_id
            );
            let subject = format!("{}:{code}", store.store_id);
            call_person(ports, &store.client_id, &subject, &what).await?;
            Err(Failure::Refused(RequestPaymentError::Refused { code }))
        }
        made => accepted(ports, store, made).await.map(Some),
    }
}

async fn still_waits(
    ports: &Ports,
    input: &PaymentAsked,
    token: &TaskToken,
) -> Result<bool, Fault> {
    let order = require_order(ports.store.as_ref(), &input.order).await?;
    Ok(order.wait.is_some_and(|wait| wait.token == *token))
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
    let known = ports.provider.find_payer(account, cpf.digits()).await;
    if let Some(payer) = accepted(ports, store, known).await? {
        return Ok(payer);
    }
    let payer = NewPayer {
        name: order.customer_name.as_str().to_owned(),
        cpf: cpf.digits().to_owned(),
        external_reference: order.customer_id.as_str().to_owned(),
    };
    match ports.provider.create_payer(account, &payer).await {
        // It is about this payer's data: nobody else's order meets it.
        Err(ProviderError::Refused { code, .. }) => {
            Err(Failure::Refused(RequestPaymentError::Refused { code }))
        }
        made => accepted(ports, store, made).await,
    }
}

/// The provider's answer. An account that it does not accept costs this order, and each that comes next: a person is called, once. Other
/// functions may know its new key already, so that it is tried for a while.
async fn accepted<T>(
    ports: &Ports,
    store: &StoreConfig,
    answer: Result<T, ProviderError>,
) -> Result<T, Refused> {
    match answer {
        Ok(value) => Ok(value),
        Err(unaccepted @ ProviderError::Unauthorised) => {
            let key = store.secrets.payment_api_key.as_str();
            call_person(ports, &store.client_id, key, &unaccepted.to_string()).await?;
            if ports.is_tried_again {
                return Err(Failure::Fault(unaccepted.into()));
            }
            Err(Failure::Refused(RequestPaymentError::AccountUnusable))
        }
        Err(other) => Err(Failure::Fault(other.into())),
    }
}
