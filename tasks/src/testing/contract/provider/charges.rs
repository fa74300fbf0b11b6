//! Payers and charges: made, found, paid, deleted.

use comanda_domain::{ids::ChargeId, money::Money};

use super::{
    CPF, Happening, ORDINARY, POOR, ProviderRig, TOTAL, charge, count, ids, new_charge, new_payer,
    order, paid, payer, read, stands,
};
use crate::{
    ports::{ChargeMethod, ChargeStatus, NewCharge, OutageError, ProviderError},
    testing::contract::{Held, Struck, answered, same, suite, that},
};

suite! {
    on &dyn ProviderRig;
    payers_are_found_in_their_account,
    a_charge_is_as_it_was_asked_for,
    creating_twice_makes_two,
    accounts_are_apart,
    a_key_of_nobody_is_refused,
    an_unsound_charge_is_refused,
    a_pix_has_a_code,
    who_pays_has_paid,
    an_overdue_charge_is_still_payable,
    a_deleted_charge_stays_in_the_list,
    a_paid_charge_is_not_deleted,
    an_unknown_charge_is_none,
    a_dispute_is_seen,
    a_refused_charge_is_not_made,
    a_lost_answer_is_looked_up,
}

fn is_refused<T>(answer: &Result<T, ProviderError>) -> bool {
    matches!(answer, Err(ProviderError::Refused { .. }))
}

async fn payers_are_found_in_their_account(rig: &dyn ProviderRig) -> Held {
    let (own, other) = (rig.account(ORDINARY), rig.account(POOR));
    let cpf = "52998224725";
    let none = rig.provider().find_payer(&own, cpf).await;
    same("before it is made", answered("looking", none)?, None)?;
    let made = rig.provider().create_payer(&own, &new_payer(cpf)).await;
    let made = answered("making", made)?;
    let found = rig.provider().find_payer(&own, cpf).await;
    same("then", answered("looking", found)?, Some(made))?;
    let elsewhere = rig.provider().find_payer(&other, cpf).await;
    same("in another account", answered("looking", elsewhere)?, None)
}

async fn a_charge_is_as_it_was_asked_for(rig: &dyn ProviderRig) -> Held {
    for (name, method) in [
        ("asked-pix", ChargeMethod::Pix),
        ("asked-card", ChargeMethod::Card),
    ] {
        let made = charge(rig, ORDINARY, (name, method)).await?;
        same("its method", made.method, method)?;
        same("its amount", made.amount, TOTAL)?;
        same("its status", made.status, ChargeStatus::Pending)?;
        same("its refunds", made.refunds.len(), 0)?;
        same("deleted", made.deleted, false)?;
        same("its order", made.external_reference.as_deref(), Some(name))?;
        that(made.invoice_url.starts_with("http"), "it has no page")?;
        same("read again", read(rig, ORDINARY, &made.id).await?, made)?;
    }
    Ok(())
}

/// There is no idempotency key: whoever asks twice has two, and finds both, the newest first.
async fn creating_twice_makes_two(rig: &dyn ProviderRig) -> Held {
    let first = charge(rig, ORDINARY, ("twice", ChargeMethod::Pix)).await?;
    let second = charge(rig, ORDINARY, ("twice", ChargeMethod::Pix)).await?;
    that(first.id != second.id, "both have one id")?;
    let found = rig
        .provider()
        .find_charges(&rig.account(ORDINARY), &order("twice")?)
        .await;
    same(
        "what is found",
        ids(&answered("looking", found)?),
        vec![second.id, first.id],
    )
}

async fn accounts_are_apart(rig: &dyn ProviderRig) -> Held {
    let made = charge(rig, ORDINARY, ("apart", ChargeMethod::Pix)).await?;
    let other = rig.account(POOR);
    let provider = rig.provider();
    let found = provider.get_charge(&other, &made.id).await;
    same("read with another key", answered("reading", found)?, None)?;
    let found = provider.find_charges(&other, &order("apart")?).await;
    same(
        "looked for with another key",
        answered("looking", found)?.len(),
        0,
    )?;
    let deleted = provider.delete_charge(&other, &made.id).await;
    that(is_refused(&deleted), "another account deletes it")?;
    same(
        "after that",
        read(rig, ORDINARY, &made.id).await?.deleted,
        false,
    )
}

async fn a_key_of_nobody_is_refused(rig: &dyn ProviderRig) -> Held {
    let nobody = rig.no_account();
    let looked = rig.provider().find_payer(&nobody, CPF).await;
    same("a look", looked, Err(ProviderError::Unauthorised))?;
    let new = new_charge(rig, "cus_1".to_owned(), ("nobody", ChargeMethod::Pix))?;
    let made = rig.provider().create_charge(&nobody, &new).await;
    same("a charge", made, Err(ProviderError::Unauthorised))
}

async fn an_unsound_charge_is_refused(rig: &dyn ProviderRig) -> Held {
    let account = rig.account(ORDINARY);
    let sound = new_charge(
        rig,
        payer(rig, ORDINARY).await?,
        ("unsound", ChargeMethod::Pix),
    )?;
    let yesterday = sound
        .due_date
        .yesterday()
        .map_err(|error| error.to_string())?;
    let unsound = [
        NewCharge {
            payer: "cus_of_nobody".to_owned(),
            ..sound.clone()
        },
        NewCharge {
            amount: Money::from_centavos(499),
            ..sound.clone()
        },
        NewCharge {
            due_date: yesterday,
            ..sound
        },
    ];
    for new in unsound {
        let made = rig.provider().create_charge(&account, &new).await;
        that(is_refused(&made), &format!("{new:?} is taken"))?;
    }
    count(rig, "unsound", 0).await
}

async fn a_pix_has_a_code(rig: &dyn ProviderRig) -> Held {
    let pix = charge(rig, ORDINARY, ("code", ChargeMethod::Pix)).await?;
    let code = rig
        .provider()
        .pix_code(&rig.account(ORDINARY), &pix.id)
        .await;
    let code = answered("a code", code)?;
    that(code.payload.starts_with("000201"), "it is no BR Code")?;
    that(!code.image_base64.is_empty(), "it has no picture")
}

async fn who_pays_has_paid(rig: &dyn ProviderRig) -> Held {
    for (name, method) in [
        ("pays-pix", ChargeMethod::Pix),
        ("pays-card", ChargeMethod::Card),
    ] {
        let charge = paid(rig, ORDINARY, (name, method)).await?;
        same(name, charge.status, ChargeStatus::Paid)?;
        same("its amount", charge.amount, TOTAL)?;
    }
    Ok(())
}

/// OVERDUE is no end (F067).
async fn an_overdue_charge_is_still_payable(rig: &dyn ProviderRig) -> Held {
    let made = charge(rig, ORDINARY, ("overdue", ChargeMethod::Pix)).await?;
    rig.happens(&made.id, Happening::Overdue).await;
    let place = (ORDINARY, &made.id);
    stands(rig, place, ChargeStatus::Pending).await?;
    rig.happens(&made.id, Happening::Paid).await;
    stands(rig, place, ChargeStatus::Paid).await.map(|_| ())
}

async fn a_deleted_charge_stays_in_the_list(rig: &dyn ProviderRig) -> Held {
    let account = rig.account(ORDINARY);
    let made = charge(rig, ORDINARY, ("deleted", ChargeMethod::Pix)).await?;
    for _ in 0..2 {
        let deleted = rig.provider().delete_charge(&account, &made.id).await;
        answered("deleting", deleted)?;
        same(
            "deleted",
            read(rig, ORDINARY, &made.id).await?.deleted,
            true,
        )?;
    }
    count(rig, "deleted", 1).await
}

async fn a_paid_charge_is_not_deleted(rig: &dyn ProviderRig) -> Held {
    for (name, method) in [
        ("kept-pix", ChargeMethod::Pix),
        ("kept-card", ChargeMethod::Card),
    ] {
        let charge = paid(rig, ORDINARY, (name, method)).await?;
        let deleted = rig
            .provider()
            .delete_charge(&rig.account(ORDINARY), &charge.id)
            .await;
        that(is_refused(&deleted), "a paid charge is deleted")?;
        same("after that", read(rig, ORDINARY, &charge.id).await?, charge)?;
    }
    Ok(())
}

async fn an_unknown_charge_is_none(rig: &dyn ProviderRig) -> Held {
    let account = rig.account(ORDINARY);
    let unknown = ChargeId::new("pay_0000000000000000").map_err(|error| error.to_string())?;
    let found = rig.provider().get_charge(&account, &unknown).await;
    same("read", answered("reading", found)?, None)?;
    let code = rig.provider().pix_code(&account, &unknown).await;
    that(is_refused(&code), "it has a code")?;
    let deleted = rig.provider().delete_charge(&account, &unknown).await;
    that(is_refused(&deleted), "it is deleted")?;
    let back = rig
        .provider()
        .refund(&account, &unknown, TOTAL, "whole")
        .await;
    that(is_refused(&back), "it is given back")
}

async fn a_dispute_is_seen(rig: &dyn ProviderRig) -> Held {
    let card = paid(rig, ORDINARY, ("dispute", ChargeMethod::Card)).await?;
    rig.happens(&card.id, Happening::Disputed).await;
    stands(rig, (ORDINARY, &card.id), ChargeStatus::Chargeback).await?;
    let account = rig.account(ORDINARY);
    let back = rig
        .provider()
        .refund(&account, &card.id, TOTAL, "whole")
        .await;
    that(is_refused(&back), "a disputed charge is given back as well")
}

async fn a_refused_charge_is_not_made(rig: &dyn ProviderRig) -> Held {
    let new = new_charge(
        rig,
        payer(rig, ORDINARY).await?,
        ("refused", ChargeMethod::Pix),
    )?;
    rig.strike(Struck::Refused).await;
    let made = rig
        .provider()
        .create_charge(&rig.account(ORDINARY), &new)
        .await;
    that(is_refused(&made), "a refusal does not look like one")?;
    count(rig, "refused", 0).await?;
    let made = rig
        .provider()
        .create_charge(&rig.account(ORDINARY), &new)
        .await;
    answered("the next time", made)?;
    count(rig, "refused", 1).await
}

async fn a_lost_answer_is_looked_up(rig: &dyn ProviderRig) -> Held {
    for (name, struck, made) in [
        ("lost-before", Struck::LostBefore, 0),
        ("lost-after", Struck::LostAfter, 1),
    ] {
        let new = new_charge(rig, payer(rig, ORDINARY).await?, (name, ChargeMethod::Pix))?;
        rig.strike(struck).await;
        let answer = rig
            .provider()
            .create_charge(&rig.account(ORDINARY), &new)
            .await;
        let unknown = matches!(
            answer,
            Err(ProviderError::Outage(OutageError::Unknown { .. }))
        );
        that(unknown, "a lost answer does not look like one")?;
        count(rig, name, made).await?;
    }
    Ok(())
}
