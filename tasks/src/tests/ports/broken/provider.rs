//! A provider that is not Asaas'.

use std::sync::Arc;

use comanda_domain::{
    ids::{ChargeId, OrderId},
    money::Money,
};
use jiff::civil::date;

use super::check;
use crate::{
    ports::{
        Account, Answer, Charge, ChargeMethod, ChargeStatus, LineKind, Listed, NewCharge, NewPayer,
        OutageError, PageOf, PaymentProvider, PixCode, Ports, ProviderError, RefundStatus,
        StatementLine,
    },
    testing::{
        block_on,
        contract::provider::{self, ProviderRig},
    },
    tests::ports::memory::Memory,
};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    FindsNobody,
    ForgetsTheOrder,
    CreatesOnce,
    HasOneAccount,
    TakesAnyCharge,
    HasNoCodes,
    HoldsWhatIsPaid,
    HidesDeleted,
    DeletesAnything,
    TakesDisputesForPaid,
    TriesARefusedOneAgain,
    TakesLostForNotDone,
    RefundsAtOnce,
    RefundsTheWhole,
    TakesAnyRefund,
    HidesThatItHolds,
    TakesDeniedForDone,
    CallsLackOfBalanceARefusal,
    NeedsBalanceForCards,
    SwallowsLostRefunds,
    HidesFees,
    ListsOldestFirst,
    EndsEarly,
    IgnoresDays,
}

struct BrokenProvider {
    inner: Arc<dyn PaymentProvider>,
    fault: Fault,
    first: Account,
    payer: String,
}

fn refused() -> ProviderError {
    ProviderError::Refused {
        code: "invalid_action".to_owned(),
        description: String::new(),
    }
}

impl BrokenProvider {
    fn account<'a>(&'a self, account: &'a Account) -> &'a Account {
        if self.fault == Fault::HasOneAccount {
            &self.first
        } else {
            account
        }
    }

    /// A charge as this provider tells it; none where it hides it.
    fn told(&self, mut charge: Charge) -> Option<Charge> {
        charge.status = match (self.fault, charge.status) {
            (Fault::HoldsWhatIsPaid, ChargeStatus::Paid) => ChargeStatus::Held,
            (Fault::TakesDisputesForPaid, ChargeStatus::Chargeback) => ChargeStatus::Paid,
            (Fault::RefundsAtOnce, ChargeStatus::Refunding) => ChargeStatus::Refunded,
            (_, status) => status,
        };
        for refund in &mut charge.refunds {
            if self.fault == Fault::TakesDeniedForDone && refund.status == RefundStatus::Cancelled {
                refund.status = RefundStatus::Done;
            }
            if self.fault == Fault::HidesThatItHolds
                && refund.status == RefundStatus::AwaitingAuthorisation
            {
                refund.status = RefundStatus::Pending;
            }
        }
        let hidden = self.fault == Fault::HidesDeleted && charge.deleted;
        (!hidden).then_some(charge)
    }

    fn page(&self, page: PageOf) -> PageOf {
        let from = match self.fault {
            Fault::IgnoresDays => date(2000, 1, 1),
            _ => page.from,
        };
        let to = match self.fault {
            Fault::IgnoresDays => date(2100, 1, 1),
            _ => page.to,
        };
        PageOf { from, to, ..page }
    }

    fn listed<T>(&self, mut listed: Listed<T>) -> Listed<T> {
        match self.fault {
            Fault::ListsOldestFirst => listed.entries.reverse(),
            Fault::EndsEarly => listed.has_more = false,
            _ => {}
        }
        listed
    }

    fn wanted(&self, charge: &NewCharge) -> NewCharge {
        let mut charge = charge.clone();
        if self.fault == Fault::TakesAnyCharge {
            charge.amount = charge.amount.max(Money::from_centavos(500));
            charge.due_date = date(2100, 1, 1);
            charge.payer.clone_from(&self.payer);
        }
        charge
    }
}

impl PaymentProvider for BrokenProvider {
    fn find_payer<'a>(
        &'a self,
        account: &'a Account,
        cpf: &'a str,
    ) -> Answer<'a, Option<String>, ProviderError> {
        Box::pin(async move {
            let found = self.inner.find_payer(self.account(account), cpf).await?;
            Ok(found.filter(|_| self.fault != Fault::FindsNobody))
        })
    }

    fn create_payer<'a>(
        &'a self,
        account: &'a Account,
        payer: &'a NewPayer,
    ) -> Answer<'a, String, ProviderError> {
        self.inner.create_payer(self.account(account), payer)
    }

    fn find_charges<'a>(
        &'a self,
        account: &'a Account,
        order: &'a OrderId,
    ) -> Answer<'a, Vec<Charge>, ProviderError> {
        Box::pin(async move {
            let found = self
                .inner
                .find_charges(self.account(account), order)
                .await?;
            Ok(found
                .into_iter()
                .filter_map(|charge| self.told(charge))
                .collect())
        })
    }

    fn create_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a NewCharge,
    ) -> Answer<'a, Charge, ProviderError> {
        Box::pin(async move {
            let (account, charge) = (self.account(account), self.wanted(charge));
            let known = self.inner.find_charges(account, &charge.order).await?;
            if let (Fault::CreatesOnce, Some(known)) = (self.fault, known.first()) {
                return Ok(known.clone());
            }
            let mut made = self.inner.create_charge(account, &charge).await;
            let is_refused = matches!(made, Err(ProviderError::Refused { .. }));
            if self.fault == Fault::TriesARefusedOneAgain && is_refused {
                made = self.inner.create_charge(account, &charge).await;
            }
            match made {
                Err(ProviderError::Outage(_)) if self.fault == Fault::TakesLostForNotDone => {
                    Err(OutageError::NotDone {
                        party: "asaas",
                        detail: String::new(),
                    }
                    .into())
                }
                Ok(charge) if self.fault == Fault::ForgetsTheOrder => Ok(Charge {
                    external_reference: None,
                    ..charge
                }),
                made => made,
            }
        })
    }

    fn get_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, Option<Charge>, ProviderError> {
        Box::pin(async move {
            let found = self.inner.get_charge(self.account(account), charge).await?;
            Ok(found.and_then(|charge| self.told(charge)))
        })
    }

    fn pix_code<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, PixCode, ProviderError> {
        Box::pin(async move {
            let mut code = self.inner.pix_code(self.account(account), charge).await?;
            if self.fault == Fault::HasNoCodes {
                code.payload.clear();
            }
            Ok(code)
        })
    }

    fn delete_charge<'a>(
        &'a self,
        account: &'a Account,
        charge: &'a ChargeId,
    ) -> Answer<'a, (), ProviderError> {
        Box::pin(async move {
            match self
                .inner
                .delete_charge(self.account(account), charge)
                .await
            {
                Err(ProviderError::Refused { .. }) if self.fault == Fault::DeletesAnything => {
                    Ok(())
                }
                answer => answer,
            }
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
            let account = self.account(account);
            let read = || self.inner.get_charge(account, charge);
            let Some(before) = read().await? else {
                return Err(refused());
            };
            let amount = match self.fault {
                Fault::RefundsTheWhole if amount > Money::ZERO => before.amount,
                _ => amount,
            };
            let card = before.method == ChargeMethod::Card;
            if self.fault == Fault::NeedsBalanceForCards && card {
                return Err(ProviderError::InsufficientBalance);
            }
            let asked = self
                .inner
                .refund(account, charge, amount, description)
                .await;
            match (self.fault, asked) {
                (Fault::TakesAnyRefund, Err(ProviderError::Refused { .. }))
                | (Fault::SwallowsLostRefunds, Err(ProviderError::Outage(_))) => Ok(before),
                (Fault::CallsLackOfBalanceARefusal, Err(ProviderError::InsufficientBalance)) => {
                    Err(refused())
                }
                (_, asked) => asked,
            }
        })
    }

    fn list_charges<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<Charge>, ProviderError> {
        Box::pin(async move {
            let account = self.account(account);
            let listed = self.inner.list_charges(account, self.page(page)).await?;
            Ok(self.listed(listed))
        })
    }

    fn statement<'a>(
        &'a self,
        account: &'a Account,
        page: PageOf,
    ) -> Answer<'a, Listed<StatementLine>, ProviderError> {
        Box::pin(async move {
            let account = self.account(account);
            let mut listed = self.inner.statement(account, self.page(page)).await?;
            if self.fault == Fault::HidesFees {
                listed.entries.retain(|line| line.kind != LineKind::Fee);
            }
            Ok(self.listed(listed))
        })
    }
}

/// Which cases must find each fault out.
const FAULTS: &[(Fault, &[&str])] = &[
    (Fault::FindsNobody, &["payers_are_found_in_their_account"]),
    (Fault::ForgetsTheOrder, &["a_charge_is_as_it_was_asked_for"]),
    (Fault::CreatesOnce, &["creating_twice_makes_two"]),
    (
        Fault::HasOneAccount,
        &["accounts_are_apart", "a_key_of_nobody_is_refused"],
    ),
    (Fault::TakesAnyCharge, &["an_unsound_charge_is_refused"]),
    (Fault::HasNoCodes, &["a_pix_has_a_code"]),
    (
        Fault::HoldsWhatIsPaid,
        &["who_pays_has_paid", "an_overdue_charge_is_still_payable"],
    ),
    (Fault::HidesDeleted, &["a_deleted_charge_stays_in_the_list"]),
    (
        Fault::DeletesAnything,
        &["a_paid_charge_is_not_deleted", "an_unknown_charge_is_none"],
    ),
    (Fault::TakesDisputesForPaid, &["a_dispute_is_seen"]),
    (
        Fault::TriesARefusedOneAgain,
        &["a_refused_charge_is_not_made"],
    ),
    (Fault::TakesLostForNotDone, &["a_lost_answer_is_looked_up"]),
    (
        Fault::RefundsAtOnce,
        &["a_whole_refund_is_on_its_way_and_arrives"],
    ),
    (
        Fault::RefundsTheWhole,
        &["parts_go_back_until_nothing_is_left"],
    ),
    (
        Fault::TakesAnyRefund,
        &["what_did_not_come_in_does_not_go_back"],
    ),
    (
        Fault::TakesDeniedForDone,
        &["a_refused_refund_leaves_the_money"],
    ),
    (
        Fault::HidesThatItHolds,
        &["a_refund_that_is_held_waits_until_it_is_authorised"],
    ),
    (
        Fault::CallsLackOfBalanceARefusal,
        &["a_balance_that_lacks_the_fee_refuses_a_whole_pix"],
    ),
    (
        Fault::NeedsBalanceForCards,
        &["a_confirmed_card_needs_no_balance"],
    ),
    (
        Fault::SwallowsLostRefunds,
        &["a_lost_refund_is_read_at_the_charge"],
    ),
    (
        Fault::HidesFees,
        &["a_pix_and_its_return_are_lines_of_the_statement"],
    ),
    (
        Fault::ListsOldestFirst,
        &["every_charge_is_listed_once_newest_first"],
    ),
    (Fault::EndsEarly, &["the_statement_is_read_to_its_end"]),
    (Fault::IgnoresDays, &["other_days_are_empty"]),
];

#[test]
fn providers_that_break_a_rule_are_found_out() {
    check(&provider::CASES, FAULTS, |fault| {
        let rig = Memory::new();
        let first = rig.account(0);
        let rig = rig.around(|ports| {
            let payer = NewPayer {
                name: "Cliente Paridade".to_owned(),
                cpf: "11144477735".to_owned(),
                external_reference: "customer_1".to_owned(),
            };
            let payer = block_on(ports.provider.create_payer(&first, &payer)).unwrap();
            let broken = BrokenProvider {
                inner: ports.provider.clone(),
                fault,
                first,
                payer,
            };
            Ports {
                provider: Arc::new(broken),
                ..ports
            }
        });
        block_on(provider::broken(&rig))
    });
}
