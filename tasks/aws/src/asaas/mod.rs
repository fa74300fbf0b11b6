//! Asaas' API v3 as the payment provider (providers §1).
//!
//! INVARIANT: the account's environment chooses the host, and a key that names another environment is not sent at
//! all (RELIABILITY P7). No POST is repeated here: Asaas has no idempotency key, so a repeat is a handler's decision
//! after a look-up.

mod wire;

use comanda_domain::{
    ids::{ChargeId, OrderId},
    money::Money,
};
use comanda_tasks::ports::{
    Account, Answer, Charge, Environment, Listed, NewCharge, NewPayer, OutageError, PageOf,
    PaymentProvider, PixCode, ProviderError, StatementLine,
};
use http::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;

use crate::{
    http::{Answer as Response, Client, Request},
    outage,
};
use comanda_tasks::reais::Reais;

const PARTY: &str = "asaas";
const SANDBOX: &str = "https://api-sandbox.asaas.com/v3";
const PRODUCTION: &str = "https://api.asaas.com/v3";
const SANDBOX_KEY: &str = "$aact_hmlg_";
const PRODUCTION_KEY: &str = "$aact_prod_";
/// Asaas' own maximum for a page.
const PAGE_SIZE: usize = 100;
/// An order has a handful of charges; a list beyond this is somebody's mistake, not ours to walk through.
const MAX_PAGES: usize = 5;
/// Asaas' limit for a charge's description.
const DESCRIPTION_MAX_CHARS: usize = 500;

/// Speaks to Asaas on behalf of any tenant.
pub(crate) struct Asaas {
    client: Client,
    /// The base address for accounts of [`Environment::Local`].
    local: Option<String>,
}

impl Asaas {
    pub(crate) fn new(client: Client, local: Option<String>) -> Self {
        Self { client, local }
    }

    fn request(
        &self,
        account: &Account,
        method: Method,
        path: &str,
    ) -> Result<Request, ProviderError> {
        let key = account.api_key.expose_secret();
        let base = match account.environment {
            Environment::Production if !key.starts_with(SANDBOX_KEY) => PRODUCTION,
            Environment::Sandbox if !key.starts_with(PRODUCTION_KEY) => SANDBOX,
            Environment::Local if !key.starts_with(PRODUCTION_KEY) => {
                self.local.as_deref().ok_or_else(|| {
                    outage::not_done(PARTY, "there is no local provider in this process")
                })?
            }
            _ => return Err(ProviderError::Unauthorised),
        };
        let request = self.client.request(method, format!("{base}{path}"));
        Ok(request.header("access_token", key))
    }

    /// A question: whatever goes wrong, nothing changed.
    async fn ask<T: DeserializeOwned>(&self, request: Request) -> Result<T, ProviderError> {
        let answer = send(request).await.map_err(without_effect)?;
        read(&answer).map_err(without_effect)
    }

    /// An order to do something: a lost answer leaves it open whether it was done.
    async fn tell<T: DeserializeOwned>(&self, request: Request) -> Result<T, ProviderError> {
        read(&send(request).await?)
    }

    async fn charges_of(
        &self,
        account: &Account,
        order: &OrderId,
    ) -> Result<Vec<Charge>, ProviderError> {
        let mut charges = Vec::new();
        for page in 0..MAX_PAGES {
            let request = self
                .request(account, Method::GET, "/payments")?
                .query(&[("externalReference", order)])
                .query(&[("limit", PAGE_SIZE), ("offset", page * PAGE_SIZE)]);
            let list: wire::List<wire::Payment> = self.ask(request).await?;
            charges.extend(list.data.into_iter().map(Charge::from));
            if !list.has_more {
                return Ok(charges);
            }
        }
        let detail = format!("more than {} charges of one order", MAX_PAGES * PAGE_SIZE);
        Err(outage::not_done(PARTY, detail).into())
    }
}

impl PaymentProvider for Asaas {
    fn find_payer<'a>(
        &'a self,
        account: &'a Account,
        cpf: &'a str,
    ) -> Answer<'a, Option<String>, ProviderError> {
        Box::pin(async move {
            let request = self
                .request(account, Method::GET, "/customers")?
                .query(&[("cpfCnpj", cpf)])
                .query(&[("limit", PAGE_SIZE)]);
            let list: wire::List<wire::Customer> = self.ask(request).await?;
            let found = list.data.into_iter().find(|customer| !customer.deleted);
            Ok(found.map(|customer| customer.id))
        })
    }

    fn create_payer<'a>(
        &'a self,
        account: &'a Account,
        payer: &'a NewPayer,
    ) -> Answer<'a, String, ProviderError> {
        Box::pin(async move {
            let body = wire::NewCustomer {
                name: &payer.name,
                cpf_cnpj: &payer.cpf,
                external_reference: &payer.external_reference,
                notification_disabled: true,
            };
            let request = self.request(account, Method::POST, "/customers")?;
            let customer: wire::Customer = self.tell(request.json(&body)).await?;
            Ok(customer.id)
        })
    }

    fn find_charges<'a>(
        &'a self,
        account: &'a Account,
        order: &'a OrderId,
    ) -> Answer<'a, Vec<Charge>, ProviderError> {
        Box::pin(self.charges_of(account, order))
    }

    fn create_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a NewCharge,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(async move {
            let description: String = charge
                .description
                .chars()
                .take(DESCRIPTION_MAX_CHARS)
                .collect();
            let body = wire::NewPayment {
                customer: &charge.payer,
                billing_type: wire::billing_type(charge.method),
                value: Reais(charge.amount),
                due_date: charge.due_date.to_string(),
                description: &description,
                external_reference: charge.order.as_str(),
            };
            let request = self.request(account, Method::POST, "/payments")?;
            let payment: wire::Payment = self.tell(request.json(&body)).await?;
            Ok(payment.into())
        })
    }

    fn get_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, Option<Charge>, ProviderError> {
        Box::pin(async move {
            let path = format!("/payments/{charge}");
            let request = self.request(account, Method::GET, &path)?;
            match self.ask::<wire::Payment>(request).await {
                Ok(payment) => Ok(Some(payment.into())),
                Err(ProviderError::Refused { code, .. }) if code == NOT_FOUND => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn pix_code<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, PixCode, ProviderError> {
        Box::pin(async move {
            let path = format!("/payments/{charge}/pixQrCode");
            let request = self.request(account, Method::GET, &path)?;
            let code: wire::PixQrCode = self.ask(request).await?;
            Ok(code.into())
        })
    }

    fn delete_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, (), ProviderError> {
        Box::pin(async move {
            let path = format!("/payments/{charge}");
            let request = self.request(account, Method::DELETE, &path)?;
            self.tell::<serde::de::IgnoredAny>(request).await?;
            Ok(())
        })
    }

    fn refund<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
        amount: Money,
        description: &'a str,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(async move {
            let path = format!("/payments/{charge}/refund");
            let body = wire::NewRefund {
                value: Reais(amount),
                description,
            };
            let request = self.request(account, Method::POST, &path)?.json(&body);
            match self.tell::<wire::Payment>(request).await {
                Ok(payment) => Ok(payment.into()),
                Err(ProviderError::Refused { code, description })
                    if is_about_balance(&code, &description) =>
                {
                    Err(ProviderError::InsufficientBalance)
                }
                Err(error) => Err(error),
            }
        })
    }

    fn list_charges<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<Charge>, ProviderError> {
        Box::pin(async move {
            let request = self.request(account, Method::GET, "/payments")?.query(&[
                ("dateCreated[ge]", page.from.to_string()),
                ("dateCreated[le]", page.to.to_string()),
                ("limit", PAGE_SIZE.to_string()),
                ("offset", page.offset.to_string()),
            ]);
            let list: wire::List<wire::Payment> = self.ask(request).await?;
            Ok(Listed {
                entries: list.data.into_iter().map(Charge::from).collect(),
                has_more: list.has_more,
            })
        })
    }

    fn statement<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<StatementLine>, ProviderError> {
        Box::pin(async move {
            let path = "/financialTransactions";
            let request = self.request(account, Method::GET, path)?.query(&[
                ("startDate", page.from.to_string()),
                ("finishDate", page.to.to_string()),
                // Oldest first: what is booked while pages are read comes after them.
                ("order", "asc".to_owned()),
                ("limit", PAGE_SIZE.to_string()),
                ("offset", page.offset.to_string()),
            ]);
            let list: wire::List<wire::FinancialTransaction> = self.ask(request).await?;
            Ok(Listed {
                entries: list.data.into_iter().map(StatementLine::from).collect(),
                has_more: list.has_more,
            })
        })
    }
}

/// Our code for a 404, whose body is empty.
const NOT_FOUND: &str = "not_found";

async fn send(request: Request) -> Result<Response, ProviderError> {
    let sent = request.send().await;
    let answer = sent.map_err(|failure| failure.outage(PARTY))?;
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    Err(match status {
        StatusCode::UNAUTHORIZED => ProviderError::Unauthorised,
        // Asaas counts requests before it looks at them.
        StatusCode::TOO_MANY_REQUESTS => outage::not_done(PARTY, "HTTP 429").into(),
        StatusCode::NOT_FOUND => ProviderError::Refused {
            code: NOT_FOUND.to_owned(),
            description: String::new(),
        },
        StatusCode::REQUEST_TIMEOUT => outage::unknown(PARTY, "HTTP 408").into(),
        _ if status.is_client_error() => refusal(&answer),
        _ => outage::unknown(PARTY, format!("HTTP {}", status.as_u16())).into(),
    })
}

fn read<T: DeserializeOwned>(answer: &Response) -> Result<T, ProviderError> {
    let read = answer.json();
    read.ok_or_else(|| outage::unknown(PARTY, "the answer could not be read").into())
}

fn refusal(answer: &Response) -> ProviderError {
    let errors = answer.json::<wire::Errors>();
    let first = errors.and_then(|body| body.errors.into_iter().next());
    match first {
        Some(entry) => ProviderError::Refused {
            code: entry.code,
            description: entry.description,
        },
        // A proxy's answer, not Asaas': nothing reached it.
        None => outage::not_done(PARTY, format!("HTTP {}", answer.status.as_u16())).into(),
    }
}

/// The documentation promises a 400 and no code for a refund that the balance does not cover (providers §1.7), so
/// the text decides. A miss is `Refused`, which ends with a person: late, but never a second refund.
fn is_about_balance(code: &str, description: &str) -> bool {
    code.contains("balance") || description.to_lowercase().contains("saldo")
}

fn without_effect(error: ProviderError) -> ProviderError {
    match error {
        ProviderError::Outage(OutageError::Unknown { party, detail }) => {
            outage::not_done(party, detail).into()
        }
        error => error,
    }
}

#[cfg(test)]
mod tests;
