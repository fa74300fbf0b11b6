//! The payment provider in memory, and the truth about its money: what was captured, what went back.
//!
//! Asaas' rules as handlers meet them: creating is not idempotent, a deleted charge stays listed, a paid one cannot be
//! deleted, refunds are asynchronous and need the balance to cover them.

mod port;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use comanda_domain::{ids::ChargeId, ledger::day_of, money::Money};
use jiff::civil::Date;
use secrecy::ExposeSecret;

use super::{TestClock, lock};
use crate::ports::{
    Account, Charge, ChargeMethod, ChargeRefund, ChargeStatus, Clock, Environment, LineKind,
    NewCharge, ProviderError, RefundStatus, StatementLine,
};

/// What the account pays for each PIX that comes in; it never goes back.
const FEE: Money = Money::from_centavos(199);

/// One charge as the provider has it, with what really happened to its money.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargeTruth {
    /// The day on which it was made, in Brasília.
    pub created: Date,
    /// The key of the account that it belongs to.
    pub account: String,
    /// The world that it was made in.
    pub environment: Environment,
    /// As the API tells it.
    pub charge: Charge,
    /// What the payer paid.
    pub captured: Money,
    /// What went back.
    pub refunded: Money,
    /// What the provider keeps of the payment, and keeps when it goes back.
    pub fee: Money,
}

impl ChargeTruth {
    /// Given back, or on its way.
    #[must_use]
    pub fn promised_back(&self) -> Money {
        let refunds = self.charge.refunds.iter();
        refunds
            .filter(|refund| refund.status != RefundStatus::Cancelled)
            .fold(Money::ZERO, |sum, refund| {
                sum.checked_add(refund.amount).unwrap_or(sum)
            })
    }
}

/// The provider, with the accounts of all tenants: one for each API key.
pub struct MemoryProvider {
    state: Mutex<State>,
    clock: Arc<TestClock>,
}

struct State {
    /// By account and CPF.
    payers: BTreeMap<(String, String), String>,
    charges: BTreeMap<ChargeId, ChargeTruth>,
    order_of_creation: Vec<ChargeId>,
    statement: Vec<StatementLine>,
    /// What each account holds beyond the charges' own money; negative where fees ate into it.
    spare_balance: Money,
    /// What is kept of each payment.
    fee: Money,
    refuse_charges: Option<String>,
}

impl MemoryProvider {
    /// An account without charges, whose calendar is `clock`'s.
    #[must_use]
    pub fn new(clock: Arc<TestClock>) -> Self {
        Self {
            state: Mutex::new(State {
                payers: BTreeMap::new(),
                charges: BTreeMap::new(),
                order_of_creation: Vec::new(),
                statement: Vec::new(),
                spare_balance: Money::ZERO,
                fee: Money::ZERO,
                refuse_charges: None,
            }),
            clock,
        }
    }
    /// Every charge ever made, oldest first.
    #[must_use]
    pub fn charges(&self) -> Vec<ChargeTruth> {
        let state = lock(&self.state);
        let ids = state.order_of_creation.iter();
        ids.filter_map(|id| state.charges.get(id).cloned())
            .collect()
    }

    /// One charge.
    #[must_use]
    pub fn charge(&self, id: &ChargeId) -> Option<ChargeTruth> {
        lock(&self.state).charges.get(id).cloned()
    }

    /// The payer pays this much; deleted charges can be paid too (a PIX code outlives its charge's deletion by a moment).
    pub fn pay(&self, id: &ChargeId, amount: Money) {
        let fee = lock(&self.state).fee;
        self.change(id, |truth| {
            truth.captured = amount;
            // The provider's `value` is what was paid.
            truth.charge.amount = amount;
            truth.fee = fee;
            truth.charge.status = ChargeStatus::Paid;
        });
        // A card's money reaches the account a month later.
        let is_pix = self
            .charge(id)
            .is_some_and(|truth| truth.charge.method == ChargeMethod::Pix);
        if is_pix {
            self.book(id, LineKind::Received, amount);
            let fee = Money::ZERO.checked_sub(FEE).unwrap_or_default();
            self.book(id, LineKind::Fee, fee);
        }
    }

    /// The statement as it stands, oldest line first.
    #[must_use]
    pub fn statement_lines(&self) -> Vec<StatementLine> {
        lock(&self.state).statement.clone()
    }

    /// Money comes in for something that no charge of ours asked for.
    pub fn receive_foreign(&self, id: &ChargeId, amount: Money, reference: Option<&str>) {
        let created = day_of(self.clock.now());
        let charge = Charge {
            id: id.clone(),
            method: ChargeMethod::Pix,
            amount,
            status: ChargeStatus::Pending,
            deleted: false,
            refunds: Vec::new(),
            invoice_url: String::new(),
            external_reference: reference.map(str::to_owned),
        };
        {
            let mut state = lock(&self.state);
            let truth = ChargeTruth {
                created,
                account: state.any_account(),
                environment: Environment::Local,
                charge,
                captured: Money::ZERO,
                refunded: Money::ZERO,
                fee: Money::ZERO,
            };
            state.charges.insert(id.clone(), truth);
            state.order_of_creation.push(id.clone());
        }
        self.pay(id, amount);
    }

    fn book(&self, id: &ChargeId, kind: LineKind, amount: Money) {
        let day = day_of(self.clock.now());
        let mut state = lock(&self.state);
        let line = StatementLine {
            id: format!("fin_{}", state.statement.len() + 1),
            day,
            kind,
            amount,
            charge: Some(id.clone()),
        };
        state.statement.push(line);
    }

    /// The provider says another word about the charge.
    pub fn set_status(&self, id: &ChargeId, status: ChargeStatus) {
        self.change(id, |truth| truth.charge.status = status);
        if status == ChargeStatus::Chargeback
            && let Some(truth) = self.charge(id)
        {
            let taken = truth.refunded.checked_sub(truth.captured);
            self.book(id, LineKind::ChargedBack, taken.unwrap_or_default());
        }
    }

    /// Every refund under way ends: done, or withdrawn.
    pub fn settle_refunds(&self, id: &ChargeId, done: bool) {
        let before = self.charge(id).map_or(Money::ZERO, |truth| truth.refunded);
        self.change(id, |truth| {
            for refund in &mut truth.charge.refunds {
                if refund.status != RefundStatus::Pending {
                    continue;
                }
                if done {
                    refund.status = RefundStatus::Done;
                    let refunded = truth.refunded.checked_add(refund.amount);
                    truth.refunded = refunded.unwrap_or(truth.refunded);
                } else {
                    refund.status = RefundStatus::Cancelled;
                }
            }
            truth.charge.status = if truth.refunded >= truth.captured {
                ChargeStatus::Refunded
            } else {
                ChargeStatus::Paid
            };
        });
        let after = self.charge(id).map_or(before, |truth| truth.refunded);
        if after > before {
            let taken = before.checked_sub(after);
            self.book(id, LineKind::Refunded, taken.unwrap_or_default());
        }
    }

    /// What the account holds beyond the charges' own money. Below zero, full refunds are refused for want of balance.
    pub fn set_spare_balance(&self, balance: Money) {
        lock(&self.state).spare_balance = balance;
    }

    /// The provider keeps this much of each payment from now on. Fees are not given back (RELIABILITY §2).
    pub fn set_fee(&self, fee: Money) {
        lock(&self.state).fee = fee;
    }

    /// New charges are refused with this code; `None` takes it back.
    pub fn refuse_charges(&self, code: Option<&str>) {
        lock(&self.state).refuse_charges = code.map(str::to_owned);
    }

    fn change(&self, id: &ChargeId, change: impl FnOnce(&mut ChargeTruth)) {
        if let Some(truth) = lock(&self.state).charges.get_mut(id) {
            change(truth);
        }
    }
}

impl State {
    fn create(
        &mut self,
        account: &Account,
        new: &NewCharge,
        created: Date,
    ) -> Result<Charge, ProviderError> {
        if let Some(code) = &self.refuse_charges {
            return Err(refused(code));
        }
        let number = self.order_of_creation.len() + 1;
        let id = ChargeId::new(format!("pay_{number:016x}")).map_err(|_| refused("invalid_id"))?;
        let charge = Charge {
            id: id.clone(),
            method: new.method,
            amount: new.amount,
            status: ChargeStatus::Pending,
            deleted: false,
            refunds: Vec::new(),
            invoice_url: format!("https://provider.invalid/i/{number:016x}"),
            external_reference: Some(new.order.as_str().to_owned()),
        };
        let truth = ChargeTruth {
            created,
            account: key_of(account),
            environment: account.environment,
            charge: charge.clone(),
            captured: Money::ZERO,
            refunded: Money::ZERO,
            fee: Money::ZERO,
        };
        self.charges.insert(id.clone(), truth);
        self.order_of_creation.push(id);
        Ok(charge)
    }

    /// The account of the last charge: money that nobody asked for comes to one that is in use.
    fn any_account(&self) -> String {
        let last = self
            .order_of_creation
            .last()
            .and_then(|id| self.charges.get(id));
        last.map(|truth| truth.account.clone()).unwrap_or_default()
    }

    /// What an account can give back: what came in, less fees and what was promised back.
    fn balance(&self, account: &str) -> i64 {
        let own = self
            .charges
            .values()
            .filter(|truth| truth.account == account);
        own.fold(self.spare_balance.centavos(), |sum, truth| {
            sum + truth.captured.centavos()
                - truth.fee.centavos()
                - truth.promised_back().centavos()
        })
    }

    /// The charge, if the account has it.
    fn of_account(
        &mut self,
        account: &str,
        id: &ChargeId,
    ) -> Result<&mut ChargeTruth, ProviderError> {
        let truth = self
            .charges
            .get_mut(id)
            .filter(|truth| truth.account == account);
        truth.ok_or_else(|| refused("not_found"))
    }

    fn refund(
        &mut self,
        account: &str,
        id: &ChargeId,
        (amount, description): (Money, &str),
    ) -> Result<Charge, ProviderError> {
        let balance = self.balance(account);
        let truth = self.of_account(account, id)?;
        let refundable = matches!(
            truth.charge.status,
            ChargeStatus::Paid | ChargeStatus::Refunding
        );
        let promised = truth.promised_back().centavos() + amount.centavos();
        if !refundable || promised > truth.captured.centavos() || amount <= Money::ZERO {
            return Err(refused("invalid_action"));
        }
        if balance < amount.centavos() {
            return Err(ProviderError::InsufficientBalance);
        }
        truth.charge.refunds.push(ChargeRefund {
            amount,
            status: RefundStatus::Pending,
            description: Some(description.to_owned()),
        });
        truth.charge.status = ChargeStatus::Refunding;
        Ok(truth.charge.clone())
    }

    fn delete(&mut self, account: &str, id: &ChargeId) -> Result<(), ProviderError> {
        let truth = self.of_account(account, id)?;
        if truth.charge.status != ChargeStatus::Pending {
            return Err(refused("invalid_action"));
        }
        truth.charge.deleted = true;
        Ok(())
    }
}

fn refused(code: &str) -> ProviderError {
    ProviderError::Refused {
        code: code.to_owned(),
        description: "Ação não permitida.".to_owned(),
    }
}

fn key_of(account: &Account) -> String {
    account.api_key.expose_secret().to_owned()
}
