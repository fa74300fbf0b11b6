//! An order with its news and its money on one desk, and the one write that changes all of them together.
//!
//! What a piece of evidence means is `comanda_domain::payment`'s; which news a step takes note of is the step's. Here both
//! become one transaction: the order's next version, its charges, its refund intents, and the acknowledgements.
//!
//! INVARIANT: an order's money (`paidAmount`, `refundedAmount`) changes only together with the charge that proves it.

mod charge_file;
mod owed;

use std::collections::BTreeMap;

use comanda_domain::{
    ids::{ChargeId, RefundIntentId},
    inbox::{News, NewsKind},
    money::Money,
    order::{Actor, ChangeError, Order, PaymentStatus, Reason},
    payment::{Charge, Evidence, RefundIntent, RefundReason},
    planted::{Fault as Planted, planted},
};
use comanda_workflows::contracts::{OrderKey, RefundRequest};
use jiff::Timestamp;

use self::charge_file::ChargeFile;
pub(crate) use self::owed::refund_request;
use crate::{
    fault::Fault,
    ports::{Condition, Ports, Write},
    raise::raised,
    rows::{load, load_all, load_order, put, put_order},
};

/// DynamoDB takes a hundred writes at once. What is not acknowledged now is acknowledged by the next step.
const ACKNOWLEDGEMENTS_MAX: usize = 40;

/// An order, its unacknowledged news, and the charges that either of them names.
pub(crate) struct CaseFile {
    /// The order as it was read.
    pub order: Order,
    news: Vec<News>,
    charges: BTreeMap<ChargeId, ChargeFile>,
    noted: Vec<News>,
    now: Timestamp,
}

/// A change that is ready to be written.
pub(crate) struct Change {
    /// The order as it will be.
    pub order: Order,
    /// All or none.
    pub writes: Vec<Write>,
}

impl CaseFile {
    /// Reads everything anew. `None` if there is no such order.
    pub(crate) async fn open(ports: &Ports, key: &OrderKey) -> Result<Option<Self>, Fault> {
        let store = ports.store.as_ref();
        // The order first: news that comes after it was read fails the write, by the version that its bearer changes,
        // or is found by the bearer, who reads the order after putting the news.
        let Some(order) = load_order(store, key).await? else {
            return Ok(None);
        };
        let inbox = News::of_order(&key.client_id, &key.order_id);
        let mut news = load_all::<News>(store, inbox).await?;
        news.retain(|piece| piece.acknowledged_at.is_none());
        let mut file = Self {
            order,
            news,
            charges: BTreeMap::new(),
            noted: Vec::new(),
            now: ports.clock.now(),
        };
        let named = file.news.iter().filter_map(|piece| piece.news.charge());
        let ids: Vec<ChargeId> = named.chain(&file.order.payment_id).cloned().collect();
        for id in ids {
            file.take_up(ports, &id).await?;
        }
        Ok(Some(file))
    }

    /// Reads one more charge and its refunds.
    pub(crate) async fn take_up(&mut self, ports: &Ports, id: &ChargeId) -> Result<(), Fault> {
        if self.charges.contains_key(id) {
            return Ok(());
        }
        let store = ports.store.as_ref();
        let tenant = &self.order.client_id;
        let stored: Option<Charge> = load(store, &Charge::key_of(tenant, id)).await?;
        let foreign = stored
            .as_ref()
            .is_some_and(|charge| charge.order_id != self.order.order_id);
        if foreign {
            return Err(Fault::unexpected(format!("charge {id} is another order's")));
        }
        let intents = load_all(store, RefundIntent::of_charge(tenant, id)).await?;
        let current = stored.clone().unwrap_or_else(|| self.unknown_charge(id));
        let charge = ChargeFile {
            stored,
            current,
            intents,
            changed: Vec::new(),
            owed: Vec::new(),
        };
        self.charges.insert(id.clone(), charge);
        Ok(())
    }

    /// A charge of this order that we hear of before our own record of it was written.
    fn unknown_charge(&self, id: &ChargeId) -> Charge {
        Charge {
            charge_id: id.clone(),
            client_id: self.order.client_id.clone(),
            store_id: self.order.store_id.clone(),
            order_id: self.order.order_id.clone(),
            attempt: self.order.payment_attempt.max(1),
            method: self.order.payment_method,
            amount: self.order.total,
            evidence: Evidence::default(),
            version: 0,
            created_at: self.now,
            updated_at: self.now,
        }
    }

    /// What nobody took note of yet, earliest first by key.
    pub(crate) fn news(&self) -> &[News] {
        &self.news
    }

    /// Takes note of the news that `concerns` picks: it is acknowledged, and its evidence is learned.
    pub(crate) fn note(&mut self, concerns: impl Fn(&NewsKind) -> bool) {
        self.note_rows(|piece| concerns(&piece.news));
    }

    /// The same, by the row: for news that is known by its id.
    pub(crate) fn note_rows(&mut self, concerns: impl Fn(&News) -> bool) {
        let room = ACKNOWLEDGEMENTS_MAX.saturating_sub(self.noted.len());
        let already =
            |piece: &News, noted: &[News]| noted.iter().any(|other| other.news_id == piece.news_id);
        let picked: Vec<News> = self
            .news
            .iter()
            .filter(|piece| concerns(piece) && !already(piece, &self.noted))
            .take(room)
            .cloned()
            .collect();
        for piece in picked {
            if let (Some(id), Some(evidence)) = (piece.news.charge(), self.evidence_of(&piece.news))
            {
                self.learn(&id.clone(), evidence);
            }
            self.noted.push(piece);
        }
    }

    fn evidence_of(&self, news: &NewsKind) -> Option<Evidence> {
        let asked = news.charge().and_then(|id| self.charges.get(id));
        news.evidence(asked?.current.amount)
    }

    /// Learns what was read at the provider itself. The charge must have been taken up.
    pub(crate) fn learn(&mut self, id: &ChargeId, evidence: Evidence) {
        if let Some(charge) = self.charges.get_mut(id)
            && let Some(learned) = charge.current.learn(evidence, self.now)
        {
            charge.current = learned;
        }
    }

    /// The charge as it is known now, noted news included.
    pub(crate) fn charge(&self, id: &ChargeId) -> Option<&Charge> {
        self.charges.get(id).map(|charge| &charge.current)
    }

    /// Refund intents of a charge, those of this change included.
    pub(crate) fn intents(&self, id: &ChargeId) -> impl Iterator<Item = &RefundIntent> {
        let charge = self.charges.get(id);
        charge
            .into_iter()
            .flat_map(|charge| charge.intents.iter().chain(&charge.owed))
    }

    /// The intent that a request names. It is written before anybody is asked, so it must be there.
    pub(crate) fn intent(&self, request: &RefundRequest) -> Result<&RefundIntent, Fault> {
        let charge = self.charges.get(&request.charge_id);
        let mut intents = charge.into_iter().flat_map(|charge| &charge.intents);
        let intent = intents.find(|intent| intent.intent_id == request.intent_id);
        intent.ok_or_else(|| {
            Fault::unexpected(format!(
                "charge {} has no refund intent {}",
                request.charge_id, request.intent_id
            ))
        })
    }

    /// Enters a charge that was just made, unless its row is there already.
    pub(crate) fn enter(&mut self, charge: Charge) {
        if let Some(file) = self.charges.get_mut(&charge.charge_id)
            && file.stored.is_none()
            && file.current.version == 0
        {
            file.current = charge;
        }
    }

    /// Changes an intent that is stored (its wait, its state); its version grows.
    pub(crate) fn change_intent(
        &mut self,
        request: &RefundRequest,
        change: impl FnOnce(&mut RefundIntent),
    ) {
        let now = self.now;
        let Some(charge) = self.charges.get_mut(&request.charge_id) else {
            return;
        };
        let mut intents = charge.intents.iter_mut().enumerate();
        let found = intents.find(|(_, intent)| intent.intent_id == request.intent_id);
        if let Some((position, intent)) = found {
            change(intent);
            if !charge.changed.contains(&position) {
                charge.changed.push(position);
                intent.version += 1;
                intent.updated_at = now;
            }
        }
    }

    /// Owes all that is left of a charge, if anything is. Finding the same obligation again is finding the same intent.
    pub(crate) fn owe(
        &mut self,
        id: &ChargeId,
        reason: RefundReason,
        by: Actor,
    ) -> Option<RefundIntent> {
        let now = self.now;
        let charge = self.charges.get_mut(id)?;
        let known: Vec<RefundIntent> = charge.intents.iter().chain(&charge.owed).cloned().collect();
        // R3: a charge goes back whole once, whatever the reason that was found first.
        let whole = RefundIntent::whole();
        let same = known.iter().find(|intent| intent.intent_id == whole);
        let keyless = planted(Planted::RefundWithoutKey);
        if let Some(same) = same.filter(|_| !keyless) {
            return Some(same.clone());
        }
        let mut intent =
            RefundIntent::of_all_that_is_left(&charge.current, &known, reason, by, now).ok()?;
        if keyless {
            let key = RefundIntentId::new(format!("at-{}", now.as_millisecond()));
            intent.intent_id = key.unwrap_or(whole);
        }
        charge.owed.push(intent.clone());
        Some(intent)
    }

    /// Charges that came in and are not this order's payment: a second payment, or one that another replaced.
    pub(crate) fn surplus(&self) -> Vec<ChargeId> {
        let payment = self.paying_charge();
        let captured = self.charges.values().filter(|charge| {
            let is_payment = Some(&charge.current.charge_id) == payment;
            charge.current.held() > Money::ZERO
                && (!is_payment || planted(Planted::PaymentIsSurplus))
        });
        captured
            .map(|charge| charge.current.charge_id.clone())
            .collect()
    }

    /// The charge that pays for the order: the one that did so far, else one that came in, with the order's own amount if there is
    /// such a one. None pays for an order that is paid at the door: whatever came in online is beyond that.
    pub(crate) fn paying_charge(&self) -> Option<&ChargeId> {
        if !self.order.payment_method.is_online() {
            return None;
        }
        let current = self.order.payment_id.as_ref();
        if self.order.paid_amount > Money::ZERO {
            return current;
        }
        let named = current.and_then(|id| self.charges.get(id));
        let all = || named.into_iter().chain(self.charges.values());
        let captured = |charge: &ChargeFile| charge.current.evidence.captured;
        let whole = all().find(|charge| captured(charge) == self.order.total);
        let came_in = whole.or_else(|| all().find(|charge| captured(charge) > Money::ZERO));
        came_in.map(|charge| &charge.current.charge_id).or(current)
    }

    /// Captured and not given back, over all charges.
    pub(crate) fn money_held(&self) -> Money {
        let (captured, refunded) = self.moved();
        let held = self
            .order
            .money_held()
            .checked_add(captured)
            .and_then(|sum| sum.checked_sub(refunded));
        held.unwrap_or(Money::ZERO).max(Money::ZERO)
    }

    /// What came in and what went back with this change.
    fn moved(&self) -> (Money, Money) {
        let sum = |part: fn(&Evidence) -> Money| {
            let parts = self.charges.values().map(|charge| {
                let before = charge.stored.as_ref().map(|stored| part(&stored.evidence));
                let now = part(&charge.current.evidence);
                now.checked_sub(before.unwrap_or(Money::ZERO))
            });
            parts.flatten().fold(Money::ZERO, |sum, part| {
                sum.checked_add(part).unwrap_or(sum)
            })
        };
        (
            sum(|evidence| evidence.captured),
            sum(|evidence| evidence.refunded),
        )
    }

    /// The change, with what `change` does to the order on top of what the noted news did to its money.
    pub(crate) async fn change(
        &self,
        ports: &Ports,
        (by, notes): (Actor, &str),
        change: impl FnOnce(&mut Order) -> Result<(), ChangeError>,
    ) -> Result<Change, Fault> {
        let order = self
            .order
            .apply(Reason::new(by, self.now, notes), |order| {
                self.book(order);
                change(order)
            })?;
        let mut writes = vec![put_order(&order)?];
        writes.extend(self.side_writes()?);
        for charge in self.charges.values() {
            for exception in charge.exceptions(&order, self.now) {
                writes.push(raised(ports, &exception).await?);
            }
        }
        Ok(Change { order, writes })
    }

    /// The writes beside the order's: charges, intents, acknowledgements.
    pub(crate) fn side_writes(&self) -> Result<Vec<Write>, Fault> {
        let mut writes = Vec::new();
        for charge in self.charges.values() {
            writes.extend(charge.writes()?);
        }
        for piece in &self.noted {
            writes.push(put(&piece.acknowledged(self.now), Condition::Present)?);
        }
        Ok(writes)
    }

    /// The change, where it is one; only the writes beside the order where its money is as it was.
    pub(crate) async fn settle(
        &self,
        ports: &Ports,
        by: Actor,
        notes: &str,
    ) -> Result<Vec<Write>, Fault> {
        let learned = self.charges.values().any(|charge| {
            charge.stored.as_ref() != Some(&charge.current) && charge.current.version > 0
        });
        if learned {
            Ok(self.change(ports, (by, notes), |_| Ok(())).await?.writes)
        } else {
            self.side_writes()
        }
    }

    fn book(&self, order: &mut Order) {
        let (captured, refunded) = self.moved();
        order.paid_amount = order
            .paid_amount
            .checked_add(captured)
            .unwrap_or(order.paid_amount);
        order.refunded_amount = order
            .refunded_amount
            .checked_add(refunded)
            .unwrap_or(order.refunded_amount);
        let Some(paying) = self.paying_charge().and_then(|id| self.charges.get(id)) else {
            return;
        };
        order.payment_id = Some(paying.current.charge_id.clone());
        // The status changes only with evidence, or with an obligation: a new attempt stays PENDING meanwhile.
        let changed = paying.stored.as_ref() != Some(&paying.current) || !paying.owed.is_empty();
        let status = paying.payment_status(order.payment_status());
        if changed && order.payment_status() != PaymentStatus::NotApplicable {
            // A status that cannot follow is no news: money never goes back in time (P1).
            let _unchanged = order.set_payment_status(status);
        }
    }
}
