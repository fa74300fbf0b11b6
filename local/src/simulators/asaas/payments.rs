//! `/v3/payments`: charges are made, listed, read and deleted (providers §1.4, §1.5).

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Asaas,
    error::AsaasError,
    events,
    model::{Billing, Payment, Status, random_id, today},
    rows,
    wire::{self, Caller, Paging},
};

/// Asaas takes nothing smaller.
const MINIMUM_CENTAVOS: i64 = 500;
const DESCRIPTION_MAX_CHARS: usize = 500;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewPayment {
    customer: Option<String>,
    billing_type: Option<Value>,
    #[serde(default)]
    value: Value,
    due_date: Option<String>,
    description: Option<String>,
    external_reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    customer: Option<String>,
    billing_type: Option<String>,
    status: Option<String>,
    external_reference: Option<String>,
    #[serde(rename = "dateCreated[ge]")]
    created_from: Option<Date>,
    #[serde(rename = "dateCreated[le]")]
    created_to: Option<Date>,
}

pub(super) async fn create(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Json(new): Json<NewPayment>,
) -> Result<Json<Value>, AsaasError> {
    let payment = asaas.database.transact(|transaction| {
        let customers = rows::customers(transaction, &account.id)?;
        let known = |id: &String| customers.iter().any(|customer| customer.id == *id);
        let customer = new.customer.clone().filter(known).ok_or_else(|| {
            AsaasError::refused("invalid_customer", "Customer inválido ou não informado.")
        })?;
        let payment = check(new, account.id, customer)?;
        rows::insert_payment(transaction, &payment)?;
        Ok::<_, AsaasError>(payment)
    })?;
    Ok(Json(wire::payment(&payment, &asaas.base)))
}

/// The charge that a request asks for, or what is wrong with it.
fn check(new: NewPayment, account: String, customer: String) -> Result<Payment, AsaasError> {
    let refused = |code, text: &str| AsaasError::refused(code, text);
    let billing = new.billing_type.unwrap_or_default();
    let billing: Billing = serde_json::from_value(billing).map_err(|_| {
        let text = "O campo billingType deve ser UNDEFINED, BOLETO, CREDIT_CARD ou PIX.";
        refused("invalid_billingType", text)
    })?;
    let centavos = wire::centavos(&new.value)
        .ok_or_else(|| refused("invalid_value", "O campo value deve ser informado."))?;
    if centavos < MINIMUM_CENTAVOS {
        let text = "O valor da cobrança não pode ser menor que R$ 5,00.";
        return Err(refused("invalid_value", text));
    }
    let due = new.due_date.and_then(|due| due.parse::<Date>().ok());
    let due =
        due.ok_or_else(|| refused("invalid_dueDate", "O campo dueDate deve ser informado."))?;
    if due < today() {
        let text = "Não é permitido data de vencimento inferior a hoje.";
        return Err(refused("invalid_dueDate", text));
    }
    let description = new.description.unwrap_or_default();
    if description.chars().count() > DESCRIPTION_MAX_CHARS {
        let text = "O campo description deve ter no máximo 500 caracteres.";
        return Err(refused("invalid_description", text));
    }
    Ok(Payment {
        id: format!("pay_{}", random_id(16)),
        account,
        customer,
        created: today(),
        due,
        billing,
        centavos,
        description: Some(description).filter(|text| !text.is_empty()),
        external_reference: new.external_reference,
        invoice_number: format!("{:08}", rand::random::<u32>() % 100_000_000),
        status: Status::Pending,
        deleted: false,
        paid: None,
        refunds: Vec::new(),
    })
}

/// Deleted charges are listed too, marked as such.
pub(super) async fn list(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Json<Value>, AsaasError> {
    let all = asaas
        .database
        .transact(|transaction| rows::payments(transaction, &account.id))?;
    let fits =
        |asked: &Option<String>, value: &Value| asked.as_deref().is_none_or(|asked| value == asked);
    let of_days = |payment: &&Payment| {
        filter.created_from.is_none_or(|day| day <= payment.created)
            && filter.created_to.is_none_or(|day| payment.created <= day)
    };
    let found: Vec<_> = all
        .iter()
        .filter(of_days)
        .map(|payment| wire::payment(payment, &asaas.base))
        .filter(|value| {
            let field = |name: &str| value.get(name).unwrap_or(&Value::Null);
            fits(&filter.customer, field("customer"))
                && fits(&filter.billing_type, field("billingType"))
                && fits(&filter.status, field("status"))
                && fits(&filter.external_reference, field("externalReference"))
        })
        .collect();
    Ok(Json(wire::list(&paging, &found)))
}

pub(super) async fn read(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, AsaasError> {
    let payment = asaas
        .database
        .transact(|transaction| rows::payment_of(transaction, &account, &id))?;
    Ok(Json(wire::payment(&payment, &asaas.base)))
}

pub(super) async fn status(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, AsaasError> {
    let payment = asaas
        .database
        .transact(|transaction| rows::payment_of(transaction, &account, &id))?;
    Ok(Json(json!({"status": payment.status})))
}

pub(super) async fn delete(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, AsaasError> {
    asaas.database.transact(|transaction| {
        let mut payment = rows::payment_of(transaction, &account, &id)?;
        if payment.paid.is_some() {
            let text = "Não é possível remover uma cobrança que já foi paga.";
            return Err(AsaasError::refused("invalid_action", text));
        }
        if !payment.deleted {
            payment.deleted = true;
            rows::update_payment(transaction, &payment)?;
            events::emit(&asaas, transaction, "PAYMENT_DELETED", &payment)?;
        }
        Ok(())
    })?;
    asaas.wake.notify_one();
    Ok(Json(json!({"deleted": true, "id": id})))
}

/// `/v3/finance/balance`.
pub(super) async fn balance(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
) -> Result<Json<Value>, AsaasError> {
    let balance = asaas
        .database
        .transact(|transaction| rows::balance(transaction, &account.id))?;
    Ok(Json(json!({"balance": wire::reais(balance)})))
}
