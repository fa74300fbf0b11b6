//! Lists: all charges of some days, and the statement.

use comanda_domain::{ids::ChargeId, money::Money};
use jiff::{ToSpan, civil::Date};

use super::{Happening, ProviderRig, QUIET, TOTAL, charge, ids, paid};
use crate::{
    ports::{ChargeMethod, LineKind, Listed, PageOf, ProviderError},
    testing::{
        contract::{Held, answered, same, suite, that},
        sandbox_fee,
    },
};

suite! {
    on &dyn ProviderRig;
    a_pix_and_its_return_are_lines_of_the_statement,
    every_charge_is_listed_once_newest_first,
    the_statement_is_read_to_its_end,
    other_days_are_empty,
}

/// More than one page.
const MANY: usize = 105;

fn page(from: Date, to: Date, offset: usize) -> PageOf {
    let offset = u32::try_from(offset).unwrap_or(u32::MAX);
    PageOf { from, to, offset }
}

/// The statement of today: kind, amount, charge.
async fn lines(rig: &dyn ProviderRig) -> Result<Vec<(LineKind, i64, Option<ChargeId>)>, String> {
    let (account, today) = (rig.account(QUIET), rig.today());
    let mut all = Vec::new();
    loop {
        let page = page(today, today, all.len());
        let listed = answered(
            "the statement",
            rig.provider().statement(&account, page).await,
        )?;
        for line in &listed.entries {
            same("a line's day", line.day, today)?;
            all.push((line.kind, line.amount.centavos(), line.charge.clone()));
        }
        if fits(&listed)? {
            return Ok(all);
        }
    }
}

/// Whether it was the last page; one that says that there is more is full.
fn fits<T>(listed: &Listed<T>) -> Result<bool, String> {
    that(
        listed.entries.len() <= 100,
        "a page has more than a hundred entries",
    )?;
    that(
        !listed.has_more || listed.entries.len() == 100,
        "a page in between is not full",
    )?;
    Ok(!listed.has_more)
}

/// The first case of this account: its statement is empty before.
async fn a_pix_and_its_return_are_lines_of_the_statement(rig: &dyn ProviderRig) -> Held {
    same("before", lines(rig).await?, Vec::new())?;
    let account = rig.account(QUIET);
    let pix = paid(rig, QUIET, ("line-pix", ChargeMethod::Pix)).await?;
    let card = paid(rig, QUIET, ("line-card", ChargeMethod::Card)).await?;
    let fee = sandbox_fee(ChargeMethod::Pix, TOTAL);
    let of_pix = |kind, centavos| (kind, centavos, Some(pix.id.clone()));
    let mut expected = vec![
        of_pix(LineKind::Received, 4_480),
        of_pix(LineKind::Fee, -fee.centavos()),
    ];
    // A card's lines come a month later.
    same("a PIX and a card", lines(rig).await?, expected.clone())?;
    let part = Money::from_centavos(1_000);
    let back = rig
        .provider()
        .refund(&account, &pix.id, part, "parte")
        .await;
    answered("a refund", back)?;
    same("on its way", lines(rig).await?, expected.clone())?;
    rig.happens(&pix.id, Happening::RefundDone).await;
    expected.push(of_pix(LineKind::Refunded, -1_000));
    same("arrived", lines(rig).await?, expected.clone())?;
    let back = rig
        .provider()
        .refund(&account, &card.id, part, "parte")
        .await;
    answered("a card's refund", back)?;
    rig.happens(&card.id, Happening::RefundDone).await;
    same(
        "a card's refund before its money came",
        lines(rig).await?,
        expected.clone(),
    )?;
    rig.happens(&card.id, Happening::Disputed).await;
    same("a dispute before that", lines(rig).await?, expected)
}

async fn every_charge_is_listed_once_newest_first(rig: &dyn ProviderRig) -> Held {
    let (account, today) = (rig.account(QUIET), rig.today());
    let before = rig
        .provider()
        .list_charges(&account, page(today, today, 0))
        .await;
    let mut expected = ids(&answered("the list", before)?.entries);
    for number in 0..MANY {
        let name = format!("many-{number}");
        let made = charge(rig, QUIET, (&name, ChargeMethod::Pix)).await?;
        expected.insert(0, made.id);
    }
    // A deleted one stays.
    let last = expected.first().ok_or("nothing was made")?;
    answered(
        "deleting",
        rig.provider().delete_charge(&account, last).await,
    )?;
    let mut found = Vec::new();
    loop {
        let page = page(today, today, found.len());
        let listed = rig.provider().list_charges(&account, page).await;
        let listed = answered("the list", listed)?;
        found.extend(ids(&listed.entries));
        if fits(&listed)? {
            break;
        }
    }
    same("all pages", found, expected)
}

async fn the_statement_is_read_to_its_end(rig: &dyn ProviderRig) -> Held {
    let before = lines(rig).await?.len();
    let mut paid_in = Vec::new();
    for number in 0..MANY / 2 {
        let name = format!("line-{number}");
        paid_in.push(paid(rig, QUIET, (&name, ChargeMethod::Pix)).await?.id);
    }
    let all = lines(rig).await?;
    let received = all
        .iter()
        .skip(before)
        .filter(|(kind, ..)| *kind == LineKind::Received);
    let received: Vec<ChargeId> = received.filter_map(|(_, _, id)| id.clone()).collect();
    // Oldest first: what is booked while pages are read comes after them.
    same("what came in", received, paid_in)
}

async fn other_days_are_empty(rig: &dyn ProviderRig) -> Held {
    let (account, today) = (rig.account(QUIET), rig.today());
    let long_ago = (today.checked_sub(9.days()), today.checked_sub(2.days()));
    let (Ok(from), Ok(to)) = long_ago else {
        return Err("no such day".to_owned());
    };
    let charges = rig
        .provider()
        .list_charges(&account, page(from, to, 0))
        .await;
    same("charges", answered("the list", charges)?.entries.len(), 0)?;
    let lines = rig.provider().statement(&account, page(from, to, 0)).await;
    same("lines", answered("the statement", lines)?.entries.len(), 0)?;
    let nobody = rig.no_account();
    let listed = rig
        .provider()
        .list_charges(&nobody, page(from, to, 0))
        .await;
    same("a key of nobody", listed, Err(ProviderError::Unauthorised))
}
