//! Which charge a piece of news is about, and what it proves of it.

use comanda_domain::{ids::ChargeId, inbox::NewsKind, money::Money, payment::Evidence};

/// What news of a charge proves; `asked` is the charge's amount.
pub(super) fn evidence(news: &NewsKind, asked: Money) -> Option<Evidence> {
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
        NewsKind::RefundUnderWay { .. } => Evidence {
            refunding: true,
            ..Evidence::paid(asked)
        },
        NewsKind::Refunded { refunded, .. } => {
            Evidence::given_back(asked.max(*refunded), *refunded)
        }
        NewsKind::RefundDenied { .. } => Evidence {
            refund_denied: true,
            ..Evidence::paid(asked)
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
        | NewsKind::RefundUnderWay { charge_id }
        | NewsKind::Refunded { charge_id, .. }
        | NewsKind::RefundDenied { charge_id, .. }
        | NewsKind::ChargedBack { charge_id, .. } => Some(charge_id),
        NewsKind::MethodChosen { .. }
        | NewsKind::CancelRequested { .. }
        | NewsKind::StoreConfirmed { .. }
        | NewsKind::StoreRejected { .. } => None,
    }
}
