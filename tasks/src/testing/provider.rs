//! The payment provider in memory, and the truth about its money: what was captured, what went back.
//!
//! Asaas' rules as handlers meet them: creating is not idempotent, a deleted charge stays listed, a paid one cannot be
//! deleted, refunds are asynchronous and need the balance to cover them.

use std::{collections::BTreeMap, sync::Mutex};

use comanda_domain::{
    ids::{ChargeId, OrderId},
    money::Money,
};

use super::lock;
use crate::ports::{
    Account, Answer, Charge, ChargeRefund, ChargeStatus, NewCharge, NewPayer, PaymentProvider,
    PixCode, ProviderError, RefundStatus,
};

/// One charge as the provider has it, with what really happened to its money.
#[derive(Debug, Clone, PartialEq)]
pub struct ChargeTruth {
    /// As the API tells it.
    pub charge: Charge,
    /// What the payer paid.
    pub captured: Money,
    /// What went back.
    pub refunded: Money,
}

/// One provider account, shared by all tenants of a test.
pub struct MemoryProvider {
    state: Mutex<State>,
}

struct State {
    payers: BTreeMap<String, String>,
    charges: BTreeMap<ChargeId, ChargeTruth>,
    order_of_creation: Vec<ChargeId>,
    /// What the account holds beyond the charges' own money; negative where fees ate into it.
    spare_balance: Money,
    refuse_charges: Option<String>,
}

impl Default for MemoryProvider {
    fn default() -> Self {
        Self {
            state: Mutex::new(State {
                payers: BTreeMap::new(),
                charges: BTreeMap::new(),
                order_of_creation: Vec::new(),
                spare_balance: Money::ZERO,
                refuse_charges: None,
            }),
        }
    }
}

impl MemoryProvider {
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
        self.change(id, |truth| {
            truth.captured = amount;
            truth.charge.status = ChargeStatus::Paid;
        });
    }

    /// The provider says another word about the charge.
    pub fn set_status(&self, id: &ChargeId, status: ChargeStatus) {
        self.change(id, |truth| truth.charge.status = status);
    }

    /// Every refund under way ends: done, or withdrawn.
    pub fn settle_refunds(&self, id: &ChargeId, done: bool) {
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
    }

    /// What the account holds beyond the charges' own money. Below zero, full refunds are refused for want of balance.
    pub fn set_spare_balance(&self, balance: Money) {
        lock(&self.state).spare_balance = balance;
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
    fn create(&mut self, new: &NewCharge) -> Result<Charge, ProviderError> {
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
            charge: charge.clone(),
            captured: Money::ZERO,
            refunded: Money::ZERO,
        };
        self.charges.insert(id.clone(), truth);
        self.order_of_creation.push(id);
        Ok(charge)
    }

    fn refund(
        &mut self,
        id: &ChargeId,
        amount: Money,
        description: &str,
    ) -> Result<Charge, ProviderError> {
        let spare_balance = self.spare_balance;
        let truth = self
            .charges
            .get_mut(id)
            .ok_or_else(|| refused("not_found"))?;
        let refundable = matches!(
            truth.charge.status,
            ChargeStatus::Paid | ChargeStatus::Refunding
        );
        let promised = truth
            .charge
            .refunds
            .iter()
            .filter(|refund| refund.status != RefundStatus::Cancelled)
            .fold(amount.centavos(), |sum, refund| {
                sum + refund.amount.centavos()
            });
        if !refundable || promised > truth.captured.centavos() || amount <= Money::ZERO {
            return Err(refused("invalid_action"));
        }
        if spare_balance < Money::ZERO {
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

    fn delete(&mut self, id: &ChargeId) -> Result<(), ProviderError> {
        let truth = self
            .charges
            .get_mut(id)
            .ok_or_else(|| refused("not_found"))?;
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

impl PaymentProvider for MemoryProvider {
    fn find_payer<'a>(
        &'a self,
        _account: &'a Account,
        cpf: &'a str,
    ) -> Answer<'a, Option<String>, ProviderError> {
        Box::pin(async move { Ok(lock(&self.state).payers.get(cpf).cloned()) })
    }

    fn create_payer<'a>(
        &'a self,
        _account: &'a Account,
        payer: &'a NewPayer,
    ) -> Answer<'a, String, ProviderError> {
        Box::pin(async move {
            let mut state = lock(&self.state);
            let id = format!("cus_{:012}", state.payers.len() + 1);
            state.payers.insert(payer.cpf.clone(), id.clone());
            Ok(id)
        })
    }

    fn find_charges<'a>(
        &'a self,
        _account: &'a Account,
        order: &'a OrderId,
    ) -> Answer<'a, Vec<Charge>, ProviderError> {
        Box::pin(async move {
            let all = self.charges().into_iter().rev();
            Ok(all
                .map(|truth| truth.charge)
                .filter(|charge| charge.external_reference.as_deref() == Some(order.as_str()))
                .collect())
        })
    }

    fn create_charge<'a>(
        &'a self,
        _account: &'a Account,
        charge: &'a NewCharge,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(async move { lock(&self.state).create(charge) })
    }

    fn get_charge<'a>(
        &'a self,
        _account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, Option<Charge>, ProviderError> {
        Box::pin(async move { Ok(self.charge(charge).map(|truth| truth.charge)) })
    }

    fn pix_code<'a>(
        &'a self,
        _account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, PixCode, ProviderError> {
        Box::pin(async move {
            let truth = self.charge(charge).ok_or_else(|| refused("not_found"))?;
            Ok(PixCode {
                payload: format!("00020101021226{}6304", truth.charge.id),
                image_base64: "iVBORw0KGgo=".into(),
            })
        })
    }

    fn delete_charge<'a>(
        &'a self,
        _account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, (), ProviderError> {
        Box::pin(async move { lock(&self.state).delete(charge) })
    }

    fn refund<'a>(
        &'a self,
        _account: &'a Account,
        charge: &'a ChargeId,
        amount: Money,
        description: &'a str,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(async move { lock(&self.state).refund(charge, amount, description) })
    }
}
