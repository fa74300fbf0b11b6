//! Charges at the provider, beyond our own rows of them: what is live, what came in, and what must go.

use comanda_domain::{
    ids::ChargeId,
    inbox::{News, NewsId, NewsKind},
    money::Money,
    order::Order,
    payment::RefundIntent,
};

use crate::{
    fault::Fault,
    ports::{Account, Charge, ChargeStatus, Ports, ProviderError, RefundStatus},
};

/// Where the order's charges stand at the provider.
pub(crate) struct Standing {
    /// Not paid and not deleted: can still be paid.
    pub live: Vec<Charge>,
    /// Paid, whatever happened to the money then.
    pub captured: Vec<Charge>,
}

/// Reads all charges of an order.
pub(crate) async fn standing(
    ports: &Ports,
    account: &Account,
    order: &Order,
) -> Result<Standing, Fault> {
    let charges = ports
        .provider
        .find_charges(account, &order.order_id)
        .await?;
    let (captured, open): (Vec<_>, Vec<_>) = charges.into_iter().partition(came_in);
    Ok(Standing {
        live: open.into_iter().filter(|charge| !charge.deleted).collect(),
        captured,
    })
}

fn came_in(charge: &Charge) -> bool {
    matches!(
        charge.status,
        ChargeStatus::Paid
            | ChargeStatus::Refunding
            | ChargeStatus::Refunded
            | ChargeStatus::Chargeback
    )
}

/// Takes a charge back, so that it cannot be paid any more. Answers it if it was paid before that.
///
/// A held PIX can neither be deleted nor is it money yet: it stays, and its money is late money if it ever comes.
pub(crate) async fn take_back(
    ports: &Ports,
    account: &Account,
    charge: &ChargeId,
) -> Result<Option<Charge>, Fault> {
    match ports.provider.delete_charge(account, charge).await {
        Ok(()) => Ok(None),
        Err(ProviderError::Refused { .. }) => {
            let now = ports.provider.get_charge(account, charge).await?;
            Ok(now.filter(came_in))
        }
        Err(error) => Err(error.into()),
    }
}

/// What was read at the provider, as news of our own: the event that tells the same may come later, or never.
pub(crate) fn paid_news(ports: &Ports, order: &Order, charge: &Charge) -> Result<News, Fault> {
    let id = NewsId::new(format!("read-{}-paid", charge.id))
        .map_err(|error| Fault::unexpected(error.to_string()))?;
    let kind = NewsKind::Paid {
        charge_id: charge.id.clone(),
        amount: charge.amount,
    };
    Ok(News::heard(
        &order.client_id,
        &order.order_id,
        id,
        kind,
        ports.clock.now(),
    ))
}

/// How a refund stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundStanding {
    /// The money went back.
    Done,
    /// It was asked for, and is under way.
    UnderWay,
    /// It was asked for, and refused or withdrawn; nothing is under way.
    Withdrawn,
    /// It was not asked for: this much is owed.
    NotAsked(Money),
}

/// Reads a refund out of its charge. The provider gives refunds no id: ours is in the description.
pub(crate) fn refund_standing(charge: &Charge, intent: &RefundIntent) -> RefundStanding {
    let sum = |wanted: RefundStatus| {
        let amounts = charge
            .refunds
            .iter()
            .filter(|refund| refund.status == wanted)
            .map(|refund| refund.amount);
        amounts.fold(Money::ZERO, |sum, amount| {
            sum.checked_add(amount).unwrap_or(sum)
        })
    };
    let done = if charge.status == ChargeStatus::Refunded {
        charge.amount
    } else {
        sum(RefundStatus::Done)
    };
    if intent.is_covered_by(done) {
        return RefundStanding::Done;
    }
    let waiting = [RefundStatus::Pending, RefundStatus::AwaitingAuthorisation];
    // Whoever asked: as long as something is under way, asking for more could pay twice.
    if charge.status == ChargeStatus::Refunding
        || waiting.into_iter().any(|status| sum(status) > Money::ZERO)
    {
        return RefundStanding::UnderWay;
    }
    let mark = intent.intent_id.as_str();
    let withdrawn = charge.refunds.iter().any(|refund| {
        refund.status == RefundStatus::Cancelled
            && refund
                .description
                .as_deref()
                .is_some_and(|text| text.contains(mark))
    });
    if withdrawn {
        RefundStanding::Withdrawn
    } else {
        RefundStanding::NotAsked(intent.outstanding(done))
    }
}
