//! `/v3/customers` (providers §1.3). As at Asaas, two posts with one CPF make two customers.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Asaas,
    error::AsaasError,
    model::{Customer, today},
    rows,
    wire::{self, Caller, Paging},
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NewCustomer {
    name: Option<String>,
    cpf_cnpj: Option<String>,
    email: Option<String>,
    mobile_phone: Option<String>,
    external_reference: Option<String>,
    #[serde(default)]
    notification_disabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Filter {
    cpf_cnpj: Option<String>,
    external_reference: Option<String>,
    email: Option<String>,
    name: Option<String>,
}

pub(super) async fn create(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Json(new): Json<NewCustomer>,
) -> Result<Json<Value>, AsaasError> {
    let name = new.name.filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| {
        AsaasError::refused("invalid_name", "O nome do cliente deve ser informado.")
    })?;
    let digits: String = new
        .cpf_cnpj
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    // A CNPJ is taken by its length alone: our payers are people.
    if digits.len() != 14 && !is_cpf(&digits) {
        return Err(AsaasError::refused(
            "invalid_object",
            "O CPF/CNPJ informado é inválido.",
        ));
    }
    let customer = Customer {
        id: format!("cus_{:012}", rand::random::<u32>()),
        created: today(),
        name,
        cpf_cnpj: digits,
        email: new.email,
        mobile_phone: new.mobile_phone,
        external_reference: new.external_reference,
        notification_disabled: new.notification_disabled,
    };
    asaas
        .database
        .transact(|transaction| rows::insert_customer(transaction, &account.id, &customer))?;
    Ok(Json(wire::customer(&customer)))
}

pub(super) async fn list(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Query(filter): Query<Filter>,
    Query(paging): Query<Paging>,
) -> Result<Json<Value>, AsaasError> {
    let all = asaas
        .database
        .transact(|transaction| rows::customers(transaction, &account.id))?;
    let fits = |asked: &Option<String>, value: Option<&str>| {
        asked.as_deref().is_none_or(|asked| value == Some(asked))
    };
    let found: Vec<_> = all
        .iter()
        .filter(|customer| fits(&filter.cpf_cnpj, Some(&customer.cpf_cnpj)))
        .filter(|customer| {
            fits(
                &filter.external_reference,
                customer.external_reference.as_deref(),
            )
        })
        .filter(|customer| fits(&filter.email, customer.email.as_deref()))
        .filter(|customer| fits(&filter.name, Some(&customer.name)))
        .map(wire::customer)
        .collect();
    Ok(Json(wire::list(&paging, &found)))
}

pub(super) async fn read(
    State(asaas): State<Arc<Asaas>>,
    Caller(account): Caller,
    Path(id): Path<String>,
) -> Result<Json<Value>, AsaasError> {
    let all = asaas
        .database
        .transact(|transaction| rows::customers(transaction, &account.id))?;
    let found = all.iter().find(|customer| customer.id == id);
    found
        .map(|customer| Json(wire::customer(customer)))
        .ok_or(AsaasError::NotFound)
}

/// Eleven digits, not all the same, whose last two are the check digits (providers §5.3).
fn is_cpf(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| digits.len() == 11) else {
        return false;
    };
    let check = |length: usize| {
        let weights = (2..=length + 1).rev();
        let sum: usize = digits
            .iter()
            .zip(weights)
            .map(|(digit, weight)| *digit as usize * weight)
            .sum();
        (sum * 10 % 11) % 10
    };
    let holds = |length| digits.get(length).map(|digit| *digit as usize) == Some(check(length));
    digits.iter().any(|digit| digits.first() != Some(digit)) && holds(9) && holds(10)
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(text: &str, expected: bool) {
        assert_eq!(super::is_cpf(text), expected, "{text}");
    }

    #[test]
    fn knows_a_cpf_by_its_check_digits() {
        check("24971563792", true);
        check("52998224725", true);
        check("11144477735", true);
        check("24971563793", false);
        check("11111111111", false);
        check("2497156379", false);
        check("2497156379x", false);
    }
}
