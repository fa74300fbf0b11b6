//! Which charge a piece of news is about, and what it proves of it.

use comanda_domain::{
    ids::ChargeId,
    inbox::NewsKind,
    money::Money,
    payment::Evidence,
    planted::{Fault, planted},
};

/// What news of a charge proves; `asked` is the charge's amount.
pub(super) fn evidence(news: &NewsKind, asked: Money) -> Option<Evidence> {
    let charged = |charged: &Option<Money>| {
        let known = charged.filter(|_| !planted(Fault::RefundProvesWhatWasAsked));
        known.unwrap_or(asked)
    };
    Some(match news {
        NewsKind::Paid { amount, .. } => Evidence::paid(*amount),
        NewsKind::PaymentFailed { .. } => Evidence {
            failed: true,
            ..Evidence::default()
        },
        NewsKind::ChargeDeleted { .. } => Evidence {
            deleted: true,
            ..Evidence::default()
        },
        NewsKind::RefundUnderWay { charged: from, .. } => Evidence {
            refunding: true,
            ..Evidence::paid(charged(from))
        },
        NewsKind::Refunded {
            refunded,
            charged: from,
            ..
        } => Evidence::given_back(charged(from).max(*refunded), *refunded),
        NewsKind::RefundDenied { charged: from, .. } => Evidence {
            refund_denied: true,
            ..Evidence::paid(charged(from))
        },
        NewsKind::ChargedBack { amount, .. } => Evidence {
            chargeback: true,
            ..Evidence::paid(*amount)
        },
        NewsKind::MethodChosen { .. }
        | NewsKind::CancelRequested { .. }
        | NewsKind::StoreConfirmed { .. }
        | NewsKind::StoreRejected { .. } => return None,
    })
}

/// The charge that news is about, if it is about one.
pub(super) fn charge_of(news: &NewsKind) -> Option<&ChargeId> {
    match news {
        NewsKind::Paid { charge_id, .. }
        | NewsKind::PaymentFailed { charge_id, .. }
        | NewsKind::ChargeDeleted { charge_id }
        | NewsKind::RefundUnderWay { charge_id, .. }
        | NewsKind::Refunded { charge_id, .. }
        | NewsKind::RefundDenied { charge_id, .. }
        | NewsKind::ChargedBack { charge_id, .. } => Some(charge_id),
        NewsKind::MethodChosen { .. }
        | NewsKind::CancelRequested { .. }
        | NewsKind::StoreConfirmed { .. }
        | NewsKind::StoreRejected { .. } => None,
    }
}
