//! Giving back: asked, on its way, arrived, refused, and what the balance says to it (providers §1.7).

use comanda_domain::{ids::ChargeId, money::Money};

use super::{Happening, ORDINARY, POOR, ProviderRig, TOTAL, charge, paid, read, stands};
use crate::{
    ports::{Charge, ChargeMethod, ChargeRefund, ChargeStatus, ProviderError, RefundStatus},
    testing::{
        contract::{Held, Struck, answered, same, suite, that},
        sandbox_fee,
    },
};

suite! {
    on &dyn ProviderRig;
    a_whole_refund_is_on_its_way_and_arrives,
    parts_go_back_until_nothing_is_left,
    what_did_not_come_in_does_not_go_back,
    a_refund_that_is_held_waits_until_it_is_authorised,
    a_refused_refund_leaves_the_money,
    a_balance_that_lacks_the_fee_refuses_a_whole_pix,
    a_confirmed_card_needs_no_balance,
    a_lost_refund_is_read_at_the_charge,
}

const MARK: &str = "Reembolso whole";

async fn ask(
    rig: &dyn ProviderRig,
    (account, id): (usize, &ChargeId),
    amount: Money,
) -> Result<Charge, ProviderError> {
    let account = rig.account(account);
    rig.provider().refund(&account, id, amount, MARK).await
}

fn refund(centavos: i64, status: RefundStatus) -> ChargeRefund {
    ChargeRefund {
        amount: Money::from_centavos(centavos),
        status,
        description: Some(MARK.to_owned()),
    }
}

/// What the charge says of its refunds, and where it stands.
async fn refunds_are(
    rig: &dyn ProviderRig,
    place: (usize, &ChargeId),
    expected: (ChargeStatus, &[ChargeRefund]),
) -> Held {
    let charge = stands(rig, place, expected.0).await?;
    same("its refunds", charge.refunds.as_slice(), expected.1)
}

/// Money for the cases that are not about its lack.
async fn enough(rig: &dyn ProviderRig, account: usize) {
    rig.top_up(account, Money::from_centavos(100_000)).await;
}

fn is_refused(answer: &Result<Charge, ProviderError>) -> bool {
    matches!(answer, Err(ProviderError::Refused { .. }))
}

async fn a_whole_refund_is_on_its_way_and_arrives(rig: &dyn ProviderRig) -> Held {
    enough(rig, ORDINARY).await;
    for (name, method) in [
        ("whole-pix", ChargeMethod::Pix),
        ("whole-card", ChargeMethod::Card),
    ] {
        let charge = paid(rig, ORDINARY, (name, method)).await?;
        let place = (ORDINARY, &charge.id);
        let asked = answered("asking", ask(rig, place, TOTAL).await)?;
        same("the answer", asked.status, ChargeStatus::Refunding)?;
        let pending = [refund(4_480, RefundStatus::Pending)];
        refunds_are(rig, place, (ChargeStatus::Refunding, &pending)).await?;
        let again = ask(rig, place, TOTAL).await;
        that(is_refused(&again), "it goes back twice")?;
        rig.happens(&charge.id, Happening::RefundDone).await;
        let done = [refund(4_480, RefundStatus::Done)];
        refunds_are(rig, place, (ChargeStatus::Refunded, &done)).await?;
        let again = ask(rig, place, TOTAL).await;
        that(is_refused(&again), "it goes back once more")?;
    }
    Ok(())
}

async fn parts_go_back_until_nothing_is_left(rig: &dyn ProviderRig) -> Held {
    enough(rig, ORDINARY).await;
    let charge = paid(rig, ORDINARY, ("parts", ChargeMethod::Pix)).await?;
    let place = (ORDINARY, &charge.id);
    answered("a part", ask(rig, place, Money::from_centavos(480)).await)?;
    let part = |status| [refund(480, status)];
    refunds_are(
        rig,
        place,
        (ChargeStatus::Paid, &part(RefundStatus::Pending)),
    )
    .await?;
    rig.happens(&charge.id, Happening::RefundDone).await;
    refunds_are(rig, place, (ChargeStatus::Paid, &part(RefundStatus::Done))).await?;
    let too_much = ask(rig, place, Money::from_centavos(4_001)).await;
    that(is_refused(&too_much), "more goes back than is left")?;
    answered(
        "the rest",
        ask(rig, place, Money::from_centavos(4_000)).await,
    )?;
    rig.happens(&charge.id, Happening::RefundDone).await;
    let both = [
        refund(480, RefundStatus::Done),
        refund(4_000, RefundStatus::Done),
    ];
    refunds_are(rig, place, (ChargeStatus::Refunded, &both)).await
}

async fn what_did_not_come_in_does_not_go_back(rig: &dyn ProviderRig) -> Held {
    enough(rig, ORDINARY).await;
    let open = charge(rig, ORDINARY, ("unpaid", ChargeMethod::Pix)).await?;
    let unpaid = ask(rig, (ORDINARY, &open.id), TOTAL).await;
    that(is_refused(&unpaid), "an unpaid charge is given back")?;
    rig.happens(&open.id, Happening::Paid).await;
    for centavos in [0, -1, 4_481] {
        let answer = ask(rig, (ORDINARY, &open.id), Money::from_centavos(centavos)).await;
        that(
            is_refused(&answer),
            &format!("{centavos} centavos are given back"),
        )?;
    }
    refunds_are(rig, (ORDINARY, &open.id), (ChargeStatus::Paid, &[])).await
}

async fn a_refund_that_is_held_waits_until_it_is_authorised(rig: &dyn ProviderRig) -> Held {
    enough(rig, ORDINARY).await;
    let charge = paid(rig, ORDINARY, ("held", ChargeMethod::Pix)).await?;
    let place = (ORDINARY, &charge.id);
    answered("asking", ask(rig, place, TOTAL).await)?;
    rig.happens(&charge.id, Happening::RefundHeld).await;
    let held = [refund(4_480, RefundStatus::AwaitingAuthorisation)];
    refunds_are(rig, place, (ChargeStatus::Refunding, &held)).await?;
    let again = ask(rig, place, TOTAL).await;
    that(is_refused(&again), "it goes back twice")?;
    rig.happens(&charge.id, Happening::RefundAuthorised).await;
    rig.happens(&charge.id, Happening::RefundDone).await;
    let done = [refund(4_480, RefundStatus::Done)];
    refunds_are(rig, place, (ChargeStatus::Refunded, &done)).await
}

async fn a_refused_refund_leaves_the_money(rig: &dyn ProviderRig) -> Held {
    enough(rig, ORDINARY).await;
    for (name, method) in [
        ("denied-pix", ChargeMethod::Pix),
        ("denied-card", ChargeMethod::Card),
    ] {
        let charge = paid(rig, ORDINARY, (name, method)).await?;
        let place = (ORDINARY, &charge.id);
        answered("asking", ask(rig, place, TOTAL).await)?;
        rig.happens(&charge.id, Happening::RefundDenied).await;
        let denied = [refund(4_480, RefundStatus::Cancelled)];
        refunds_are(rig, place, (ChargeStatus::Paid, &denied)).await?;
        // It may be asked for again.
        answered("asking again", ask(rig, place, TOTAL).await)?;
        let refunds = read(rig, ORDINARY, &charge.id).await?.refunds;
        same(
            "the last refund",
            refunds.last(),
            Some(&refund(4_480, RefundStatus::Pending)),
        )?;
    }
    Ok(())
}

/// The provider keeps its fee: what just came in does not cover its own return (RELIABILITY §2).
async fn a_balance_that_lacks_the_fee_refuses_a_whole_pix(rig: &dyn ProviderRig) -> Held {
    let charge = paid(rig, POOR, ("poor", ChargeMethod::Pix)).await?;
    let place = (POOR, &charge.id);
    let fee = sandbox_fee(ChargeMethod::Pix, TOTAL);
    let lacking = Err(ProviderError::InsufficientBalance);
    same(
        "without a balance",
        ask(rig, place, TOTAL).await,
        lacking.clone(),
    )?;
    refunds_are(rig, place, (ChargeStatus::Paid, &[])).await?;
    let almost = fee.checked_sub(Money::from_centavos(1)).unwrap_or_default();
    rig.top_up(POOR, almost).await;
    same(
        "a centavo short",
        ask(rig, place, TOTAL).await,
        lacking.clone(),
    )?;
    rig.top_up(POOR, Money::from_centavos(1)).await;
    answered("with the fee", ask(rig, place, TOTAL).await)?;
    // What is on its way is no longer there.
    let next = paid(rig, POOR, ("poor-next", ChargeMethod::Pix)).await?;
    same(
        "the next one",
        ask(rig, (POOR, &next.id), TOTAL).await,
        lacking.clone(),
    )?;
    rig.happens(&charge.id, Happening::RefundDone).await;
    same(
        "when that arrived",
        ask(rig, (POOR, &next.id), TOTAL).await,
        lacking,
    )
}

/// Its money comes a month later, and its return is taken off what comes.
async fn a_confirmed_card_needs_no_balance(rig: &dyn ProviderRig) -> Held {
    let card = paid(rig, POOR, ("poor-card", ChargeMethod::Card)).await?;
    answered("asking", ask(rig, (POOR, &card.id), TOTAL).await)?;
    rig.happens(&card.id, Happening::RefundDone).await;
    let done = [refund(4_480, RefundStatus::Done)];
    refunds_are(rig, (POOR, &card.id), (ChargeStatus::Refunded, &done)).await
}

/// R4: an intent without a result is read at the provider before it is asked again.
async fn a_lost_refund_is_read_at_the_charge(rig: &dyn ProviderRig) -> Held {
    enough(rig, ORDINARY).await;
    for (name, struck, refunds) in [
        ("refund-lost-before", Struck::LostBefore, 0),
        ("refund-lost-after", Struck::LostAfter, 1),
    ] {
        let charge = paid(rig, ORDINARY, (name, ChargeMethod::Pix)).await?;
        rig.strike(struck).await;
        let answer = ask(rig, (ORDINARY, &charge.id), TOTAL).await;
        let lost = matches!(answer, Err(ProviderError::Outage(_)));
        that(lost, "a lost answer does not look like one")?;
        let read = read(rig, ORDINARY, &charge.id).await?;
        same("how many refunds there are", read.refunds.len(), refunds)?;
    }
    Ok(())
}
