//! Charges at the provider, beyond our own rows of them: what is live, what came in, and what must go.

use comanda_domain::{
    ids::ChargeId,
    inbox::{News, NewsId, NewsKind},
    money::Money,
    order::Order,
    payment::{Evidence, RefundIntent},
    planted::{Fault as Planted, planted},
};

use crate::{
    fault::Fault,
    hear::hear,
    ports::{Account, Charge, ChargeStatus, Ports, ProviderError, RefundStatus},
    rows::put_if_absent,
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
) -> Result<Standing, ProviderError> {
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

/// What came of taking a charge back.
pub(crate) enum TakenBack {
    /// Nobody can pay it any more. A held PIX can neither be deleted nor is it money yet: it stays, and its money is late money
    /// if it ever comes.
    Gone,
    /// It was paid before that.
    Paid(Box<Charge>),
    /// The provider refused, and it can be paid as before.
    Refused,
}

impl TakenBack {
    /// The charge, if it was paid. What was refused is the sweep's, which tries again.
    pub fn paid(self) -> Option<Charge> {
        match self {
            Self::Paid(charge) => Some(*charge),
            Self::Gone | Self::Refused => None,
        }
    }
}

/// Takes a charge back, so that it cannot be paid any more.
pub(crate) async fn take_back(
    ports: &Ports,
    account: &Account,
    charge: &ChargeId,
) -> Result<TakenBack, Fault> {
    match ports.provider.delete_charge(account, charge).await {
        Ok(()) => Ok(TakenBack::Gone),
        Err(ProviderError::Refused { .. }) => {
            let now = ports.provider.get_charge(account, charge).await?;
            Ok(match now {
                Some(charge) if came_in(&charge) => TakenBack::Paid(Box::new(charge)),
                Some(charge) if charge.status == ChargeStatus::Pending && !charge.deleted => {
                    TakenBack::Refused
                }
                _ => TakenBack::Gone,
            })
        }
        Err(error) => Err(error.into()),
    }
}

/// Takes back whatever of an order can still be paid, and answers what came in.
pub(crate) async fn take_all_back(
    ports: &Ports,
    account: &Account,
    order: &Order,
) -> Result<Vec<Charge>, Fault> {
    let standing = standing(ports, account, order).await?;
    let mut came_in = standing.captured;
    for charge in standing.live {
        came_in.extend(take_back(ports, account, &charge.id).await?.paid());
    }
    Ok(came_in)
}

/// What the provider's own word about a charge proves.
pub(crate) fn read_evidence(charge: &Charge) -> Evidence {
    let done = charge
        .refunds
        .iter()
        .filter(|refund| refund.status == RefundStatus::Done)
        .fold(Money::ZERO, |sum, refund| {
            sum.checked_add(refund.amount).unwrap_or(sum)
        });
    let paid = Evidence::given_back(charge.amount, done);
    match charge.status {
        ChargeStatus::Paid => paid,
        ChargeStatus::Held if planted(Planted::PixHeldIsPaid) => paid,
        ChargeStatus::Refunding => Evidence {
            refunding: true,
            ..paid
        },
        ChargeStatus::Refunded => Evidence::given_back(charge.amount, charge.amount),
        ChargeStatus::Chargeback => Evidence {
            chargeback: true,
            ..paid
        },
        ChargeStatus::Pending if charge.deleted => Evidence {
            deleted: true,
            ..Evidence::default()
        },
        ChargeStatus::Pending
        | ChargeStatus::Authorised
        | ChargeStatus::Held
        | ChargeStatus::Unknown => Evidence::default(),
    }
}

/// Whether the provider has money of a charge of which it says so, and no bank disputes it.
pub(crate) fn is_kept(told: Evidence) -> bool {
    told.held() > Money::ZERO && !told.chargeback
}

/// We know of a dispute, and something says that the charge is paid. A list may have been read before the dispute began, and an event
/// may be as old: what the provider says now, after we know of it, is how it ended. Answers whether it was won.
pub(crate) async fn dispute_ended(
    ports: &Ports,
    account: &Account,
    order: &Order,
    id: &ChargeId,
) -> Result<bool, Fault> {
    let read = ports.provider.get_charge(account, id).await?;
    let told = read.as_ref().map(read_evidence).unwrap_or_default();
    if !is_kept(told) {
        return Ok(false);
    }
    let won = NewsKind::DisputeWon {
        charge_id: id.clone(),
        amount: told.captured,
    };
    hear_read(ports, order, vec![(format!("read-{id}-dispute-won"), won)]).await?;
    Ok(true)
}

/// What must be heard so that `known` becomes what the provider says.
pub(crate) fn unheard(known: Evidence, charge: &Charge) -> Vec<(String, NewsKind)> {
    let told = read_evidence(charge);
    let charge_id = || charge.id.clone();
    let mut news = Vec::new();
    if told.captured > known.captured {
        let amount = told.captured;
        let kind = NewsKind::Paid {
            charge_id: charge_id(),
            amount,
        };
        news.push((format!("read-{}-paid", charge.id), kind));
    }
    if told.refunded > known.refunded {
        let refunded = told.refunded;
        let kind = NewsKind::Refunded {
            charge_id: charge_id(),
            refunded,
            charged: Some(charge.amount),
        };
        let id = format!("read-{}-refunded-{}", charge.id, refunded.centavos());
        news.push((id, kind));
    }
    if told.chargeback && !known.chargeback {
        let kind = NewsKind::ChargedBack {
            charge_id: charge_id(),
            amount: told.captured,
        };
        news.push((format!("read-{}-chargeback", charge.id), kind));
    }
    if told.deleted && !known.deleted && known.captured == Money::ZERO {
        let kind = NewsKind::ChargeDeleted {
            charge_id: charge_id(),
        };
        news.push((format!("read-{}-deleted", charge.id), kind));
    }
    news
}

/// Hears what was read at the provider, as news of our own: the event that tells the same may come later, or never.
pub(crate) async fn hear_charge(
    ports: &Ports,
    order: &Order,
    charge: &Charge,
) -> Result<(), Fault> {
    hear_read(ports, order, unheard(Evidence::default(), charge)).await
}

/// All of it is in the inbox before any of it is heard: a payment that went back already must not be taken for one that
/// is here.
pub(crate) async fn hear_read(
    ports: &Ports,
    order: &Order,
    unheard: Vec<(String, NewsKind)>,
) -> Result<(), Fault> {
    let all = keep_read(ports, order, unheard).await?;
    for news in all {
        hear(ports, &order.order_key(), news).await?;
    }
    Ok(())
}

/// Puts what was read into the inbox, for a step that reads it there.
pub(crate) async fn keep_charge(
    ports: &Ports,
    order: &Order,
    charge: &Charge,
) -> Result<(), Fault> {
    let unheard = unheard(Evidence::default(), charge);
    keep_read(ports, order, unheard).await.map(drop)
}

async fn keep_read(
    ports: &Ports,
    order: &Order,
    unheard: Vec<(String, NewsKind)>,
) -> Result<Vec<News>, Fault> {
    let mut all = Vec::new();
    for (id, kind) in unheard {
        let id = NewsId::new(id).map_err(|error| Fault::unexpected(error.to_string()))?;
        let (tenant, order) = (&order.client_id, &order.order_id);
        let news = News::heard(tenant, order, id, kind, ports.clock.now());
        all.push(put_if_absent(ports.store.as_ref(), &news).await?.0);
    }
    Ok(all)
}

/// How a refund stands at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundStanding {
    /// The money went back.
    Done,
    /// It was asked for, and is under way.
    UnderWay,
    /// It was asked for, and the provider waits for a person to authorise it in the account's panel (providers §1.7).
    AwaitsAuthorisation,
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
    if planted(Planted::RefundAskedUnread) {
        return RefundStanding::NotAsked(intent.amount);
    }
    if intent.is_covered_by(done) {
        return RefundStanding::Done;
    }
    // Whoever asked: as long as something is under way, asking for more could pay twice.
    if sum(RefundStatus::AwaitingAuthorisation) > Money::ZERO {
        return RefundStanding::AwaitsAuthorisation;
    }
    if charge.status == ChargeStatus::Refunding || sum(RefundStatus::Pending) > Money::ZERO {
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
