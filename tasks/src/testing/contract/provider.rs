//! The contract of [`PaymentProvider`]: Asaas' rules as handlers build on them (providers §1). The rules of the statement's
//! wire format are from memory; what its lines say is what the ledger needs.

mod charges;
mod lists;
mod refunds;

use comanda_domain::{
    ids::{ChargeId, OrderId},
    money::Money,
};
use jiff::civil::Date;

use super::{Broken, Doing, Held, Struck, answered, same};
use crate::ports::{
    Account, Charge, ChargeMethod, ChargeStatus, NewCharge, NewPayer, PaymentProvider,
};

/// What happens to a charge beyond the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    /// The payer pays it: a PIX is received at once, a card is confirmed.
    Paid,
    /// Its due date passes.
    Overdue,
    /// What is on its way back arrives.
    RefundDone,
    /// What is on its way back is refused at the provider.
    RefundDenied,
    /// What is on its way back waits until a person authorises it in the account's panel.
    RefundHeld,
    /// A person does.
    RefundAuthorised,
    /// The payer's bank takes it back.
    Disputed,
}

/// The provider's other side. Fees are the sandbox's.
pub trait ProviderRig: Sync {
    /// The port.
    fn provider(&self) -> &dyn PaymentProvider;
    /// One of three accounts, 0 to 2, each with nothing in it when the cases begin.
    fn account(&self, number: usize) -> Account;
    /// An account that there is none of.
    fn no_account(&self) -> Account;
    /// The provider's day.
    fn today(&self) -> Date;
    /// Something happens to a charge.
    fn happens<'a>(&'a self, charge: &'a ChargeId, what: Happening) -> Doing<'a, ()>;
    /// The merchant pays so much into an account.
    fn top_up(&self, number: usize, amount: Money) -> Doing<'_, ()>;
    /// The next call that changes something meets with this.
    fn strike(&self, next: Struck) -> Doing<'_, ()>;
}

/// The names of the cases.
pub const CASES: [&[&str]; 3] = [charges::CASES, refunds::CASES, lists::CASES];

/// Runs every case.
pub async fn broken(rig: &dyn ProviderRig) -> Vec<Broken> {
    let mut broken = charges::broken(rig).await;
    broken.extend(refunds::broken(rig).await);
    broken.extend(lists::broken(rig).await);
    broken
}

/// The account of the cases that leave money in it.
const ORDINARY: usize = 0;
/// The account whose statement is read.
const QUIET: usize = 1;
/// The account whose balance matters.
const POOR: usize = 2;

const TOTAL: Money = Money::from_centavos(4_480);

fn order(name: &str) -> Result<OrderId, String> {
    OrderId::new(name).map_err(|error| error.to_string())
}

/// Makes a payer and a charge.
async fn charge(
    rig: &dyn ProviderRig,
    account: usize,
    (name, method): (&str, ChargeMethod),
) -> Result<Charge, String> {
    let payer = payer(rig, account).await?;
    let new = new_charge(rig, payer, (name, method))?;
    let made = rig
        .provider()
        .create_charge(&rig.account(account), &new)
        .await;
    answered("a charge", made)
}

async fn payer(rig: &dyn ProviderRig, account: usize) -> Result<String, String> {
    let account = rig.account(account);
    let known = rig.provider().find_payer(&account, CPF).await;
    if let Some(known) = answered("a payer", known)? {
        return Ok(known);
    }
    let made = rig.provider().create_payer(&account, &new_payer(CPF)).await;
    answered("a payer", made)
}

/// Asaas' own sample.
const CPF: &str = "24971563792";

fn new_payer(cpf: &str) -> NewPayer {
    NewPayer {
        name: "Cliente Paridade".to_owned(),
        cpf: cpf.to_owned(),
        external_reference: "customer_1".to_owned(),
    }
}

fn new_charge(
    rig: &dyn ProviderRig,
    payer: String,
    (name, method): (&str, ChargeMethod),
) -> Result<NewCharge, String> {
    Ok(NewCharge {
        payer,
        method,
        amount: TOTAL,
        due_date: rig.today(),
        order: order(name)?,
        description: "Pedido 0001".to_owned(),
    })
}

async fn paid(
    rig: &dyn ProviderRig,
    account: usize,
    (name, method): (&str, ChargeMethod),
) -> Result<Charge, String> {
    let charge = charge(rig, account, (name, method)).await?;
    rig.happens(&charge.id, Happening::Paid).await;
    read(rig, account, &charge.id).await
}

async fn read(rig: &dyn ProviderRig, account: usize, id: &ChargeId) -> Result<Charge, String> {
    let found = rig.provider().get_charge(&rig.account(account), id).await;
    answered("reading a charge", found)?.ok_or_else(|| format!("{id} is not there"))
}

async fn stands(
    rig: &dyn ProviderRig,
    (account, id): (usize, &ChargeId),
    expected: ChargeStatus,
) -> Result<Charge, String> {
    let charge = read(rig, account, id).await?;
    same("where the charge stands", charge.status, expected)?;
    Ok(charge)
}

fn ids(charges: &[Charge]) -> Vec<ChargeId> {
    charges.iter().map(|charge| charge.id.clone()).collect()
}

async fn count(rig: &dyn ProviderRig, name: &str, expected: usize) -> Held {
    let account = rig.account(ORDINARY);
    let found = rig.provider().find_charges(&account, &order(name)?).await;
    same(
        "how many charges there are",
        answered("looking", found)?.len(),
        expected,
    )
}
