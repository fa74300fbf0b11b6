//! The provider's books, and its rules about them.

use std::collections::{BTreeMap, BTreeSet};

use comanda_domain::{
    ids::{ChargeId, OrderId},
    money::Money,
};
use jiff::{Timestamp, civil::Date};
use secrecy::ExposeSecret;

use super::{ChargeTruth, Shortage};
use crate::ports::{
    Account, Charge, ChargeRefund, ChargeStatus, NewCharge, ProviderError, RefundStatus,
    StatementLine,
};

/// Asaas takes no smaller charge (providers §1.4, from memory).
const MINIMUM: Money = Money::from_centavos(500);

#[derive(Default, Clone)]
pub(super) struct State {
    /// By account and CPF.
    pub(super) payers: BTreeMap<(String, String), String>,
    pub(super) charges: BTreeMap<ChargeId, ChargeTruth>,
    pub(super) order_of_creation: Vec<ChargeId>,
    pub(super) statement: Vec<StatementLine>,
    /// What each account holds beyond the charges' own money; negative where something ate into it.
    pub(super) spare_balance: Money,
    /// What was paid into single accounts.
    pub(super) paid_in: BTreeMap<String, Money>,
    /// Keys of nobody.
    pub(super) revoked: BTreeSet<String>,
    /// Whether something is kept of each payment.
    pub(super) keeps_fees: bool,
    pub(super) refuse_charges: Option<String>,
    /// Charges that were asked for and not made: for which order, and the provider's code.
    pub(super) not_made: Vec<(OrderId, String)>,
    /// Charges of which more was asked back than was left, because it had been asked for before.
    pub(super) asked_again: Vec<ChargeId>,
    /// Refunds that were refused for want of balance.
    pub(super) shortages: Vec<Shortage>,
    /// Grows with each change of a charge.
    pub(super) revision: u64,
}

impl State {
    pub(super) fn create(
        &mut self,
        account: &Account,
        new: &NewCharge,
        created: Date,
    ) -> Result<Charge, ProviderError> {
        let made = self.make(account, new, created);
        if let Err(ProviderError::Refused { code, .. }) = &made {
            self.not_made.push((new.order.clone(), code.clone()));
            self.revision += 1;
        }
        made
    }

    fn make(
        &mut self,
        account: &Account,
        new: &NewCharge,
        created: Date,
    ) -> Result<Charge, ProviderError> {
        if let Some(code) = &self.refuse_charges {
            return Err(refused(code));
        }
        self.check(account, new, created)?;
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
            is_paid_out: false,
        };
        self.charges.insert(id.clone(), truth);
        self.order_of_creation.push(id);
        self.revision += 1;
        Ok(charge)
    }

    /// What the provider takes (providers §1.4): a payer of the account, no less than its minimum, no date that is past.
    fn check(&self, account: &Account, new: &NewCharge, today: Date) -> Result<(), ProviderError> {
        let key = key_of(account);
        let mut payers = self.payers.iter();
        if !payers.any(|((of, _), id)| *of == key && *id == new.payer) {
            return Err(refused("invalid_customer"));
        }
        if new.amount < MINIMUM {
            return Err(refused("invalid_value"));
        }
        if new.due_date < today {
            return Err(refused("invalid_dueDate"));
        }
        Ok(())
    }

    /// The account of the last charge: money that nobody asked for comes to one that is in use.
    pub(super) fn any_account(&self) -> String {
        let last = self
            .order_of_creation
            .last()
            .and_then(|id| self.charges.get(id));
        last.map(|truth| truth.account.clone()).unwrap_or_default()
    }

    /// What an account can give back: what came in and was paid in, less fees and what was promised back.
    fn balance(&self, account: &str) -> i64 {
        let own = self
            .charges
            .values()
            .filter(|truth| truth.account == account && truth.is_settled());
        let paid_in = self.paid_in.get(account).copied().unwrap_or_default();
        own.fold(
            self.spare_balance.centavos() + paid_in.centavos(),
            |sum, truth| {
                sum + truth.captured.centavos()
                    - truth.fee.centavos()
                    - truth.promised_back().centavos()
            },
        )
    }

    /// What has not arrived needs not be there to go back: it is taken off what comes.
    pub(super) fn covers(&self, truth: &ChargeTruth, amount: Money) -> bool {
        !truth.is_settled() || self.balance(&truth.account) >= amount.centavos()
    }

    /// The charge, if the account has it, to be changed.
    pub(super) fn of_account(
        &mut self,
        account: &str,
        id: &ChargeId,
    ) -> Result<&mut ChargeTruth, ProviderError> {
        self.revision += 1;
        let truth = self
            .charges
            .get_mut(id)
            .filter(|truth| truth.account == account);
        truth.ok_or_else(|| refused("not_found"))
    }

    /// Only what came in goes back, no more than that, and what the balance covers (providers §1.7).
    pub(super) fn refund(
        &mut self,
        account: &str,
        id: &ChargeId,
        (amount, description): (Money, &str),
        now: Timestamp,
    ) -> Result<Charge, ProviderError> {
        let known = self.charges.get(id);
        let is_covered = known.is_none_or(|truth| self.covers(truth, amount));
        let truth = self.of_account(account, id)?;
        let refundable = matches!(
            truth.charge.status,
            ChargeStatus::Paid | ChargeStatus::Refunding
        );
        let promised = truth.promised_back().centavos() + amount.centavos();
        if truth.promised_back() > Money::ZERO && promised > truth.captured.centavos() {
            let id = id.clone();
            self.asked_again.push(id);
            return Err(refused("invalid_action"));
        }
        if !refundable || promised > truth.captured.centavos() || amount <= Money::ZERO {
            return Err(refused("invalid_action"));
        }
        if !is_covered {
            self.shortages.push(Shortage {
                charge: id.clone(),
                at: now,
            });
            return Err(ProviderError::InsufficientBalance);
        }
        truth.charge.refunds.push(ChargeRefund {
            amount,
            status: RefundStatus::Pending,
            description: Some(description.to_owned()),
        });
        // Part of a charge goes back without a word about the whole.
        if truth.promised_back() >= truth.captured {
            truth.charge.status = ChargeStatus::Refunding;
        }
        Ok(truth.charge.clone())
    }

    /// Nothing that was paid is deleted (providers §1.5).
    pub(super) fn delete(&mut self, account: &str, id: &ChargeId) -> Result<(), ProviderError> {
        let truth = self.of_account(account, id)?;
        if truth.charge.status != ChargeStatus::Pending {
            return Err(refused("invalid_action"));
        }
        truth.charge.deleted = true;
        Ok(())
    }
}

pub(super) fn refused(code: &str) -> ProviderError {
    ProviderError::Refused {
        code: code.to_owned(),
        description: "Ação não permitida.".to_owned(),
    }
}

pub(super) fn key_of(account: &Account) -> String {
    account.api_key.expose_secret().to_owned()
}
