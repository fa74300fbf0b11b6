//! What else comes on record between the talks: points that the store gives and takes, and orders that were eaten.

use std::collections::BTreeSet;

use comanda_domain::{ids::OrderId, loyalty::points_for, people::Customer};
use comanda_tasks::{
    customers::{Points, record_order, update_loyalty_points},
    fault::Failure,
};

use super::{Caller, Dialogues, doings::Doing};
use crate::storm::{jobs::Ended, network::Job};

impl Dialogues {
    /// Every quarter of an hour something, from when they came.
    pub(super) fn plan_visits(&mut self, person: usize, after: i64) {
        let Some(one) = self.people.get(person) else {
            return;
        };
        let (points, orders) = (one.points.len(), one.orders.len());
        let attempt = 1;
        for number in 0..points {
            let doing = Doing::Counts {
                person,
                number,
                attempt,
            };
            self.plan(after + 900 * place(number), doing);
        }
        for number in 0..orders {
            let doing = Doing::Orders {
                person,
                number,
                attempt,
            };
            self.plan(after + 700 * place(number), doing);
        }
    }

    /// Points, once the person is on record.
    pub(super) fn counts(&mut self, person: usize, number: usize, attempt: u32) {
        let again = Doing::Counts {
            person,
            number,
            attempt: attempt + 1,
        };
        if self.erasing.contains_key(&person) {
            return;
        }
        let (Some(customer), Some(points)) =
            (self.customer_of(person), self.points_of(person, number))
        else {
            if !self.impatient {
                self.plan(600, again);
            }
            return;
        };
        let Some(operation) = self.operation(person, format!("visit-{person}-{number}")) else {
            return;
        };
        let name = self.job_name(Some(person), "points");
        let whose = (name, operation.tenant.as_str());
        let job = Job::of_function(&self.network, whose, "customers");
        let ports = self.ports_of(&job);
        let caller = Caller::Points {
            person,
            number,
            attempt,
        };
        self.jobs.spawn(caller, job, async move {
            let points = Points {
                points,
                reason: "Visita".to_owned(),
            };
            let counted = update_loyalty_points(&ports, &operation, &customer, &points);
            Ended::Operation(carried_out(counted.await))
        });
    }

    fn points_of(&self, person: usize, number: usize) -> Option<i64> {
        self.people.get(person)?.points.get(number).copied()
    }

    pub(super) fn points_counted(
        &mut self,
        (person, number, attempt): (usize, usize, u32),
        ended: &Ended,
    ) {
        match ended {
            Ended::Operation(Some(counted)) => {
                if *counted {
                    let points = self.points_of(person, number).unwrap_or_default();
                    *self.points.entry(person).or_insert(0) += points;
                    self.left_its_proof(person, &format!("visit-{person}-{number}"));
                }
            }
            _ => {
                let attempt = attempt + 1;
                let doing = Doing::Counts {
                    person,
                    number,
                    attempt,
                };
                self.plan(30, doing);
            }
        }
    }

    /// An order that was eaten, once the person is on record.
    pub(super) fn orders(&mut self, person: usize, number: usize, attempt: u32) {
        if self.erasing.contains_key(&person) {
            return;
        }
        let again = Doing::Orders {
            person,
            number,
            attempt: attempt + 1,
        };
        let Some(customer) = self.customer_of(person) else {
            if !self.impatient {
                self.plan(600, again);
            }
            return;
        };
        let Some(order) = self.eaten(person, number, customer) else {
            self.found("W10", "the world", "an order cannot be made up");
            return;
        };
        if !self.keep_rows_of(person, &order) {
            self.found("W10", "the world", "an order cannot be kept");
            return;
        }
        let name = self.job_name(Some(person), "an order");
        let whose = (name, order.client_id.as_str());
        let job = Job::of_function(&self.network, whose, "orders");
        let ports = self.ports_of(&job);
        let caller = Caller::Order {
            person,
            number,
            attempt,
        };
        self.jobs.spawn(caller, job, async move {
            let recorded = record_order(&ports, &order).await;
            Ended::Operation(recorded.is_ok().then_some(true))
        });
    }

    pub(super) fn order_recorded(
        &mut self,
        (person, number, attempt): (usize, usize, u32),
        ended: &Ended,
    ) {
        if matches!(ended, Ended::Operation(Some(true))) {
            self.eaten.entry(person).or_default().insert(number);
            return;
        }
        let attempt = attempt + 1;
        let doing = Doing::Orders {
            person,
            number,
            attempt,
        };
        self.plan(30, doing);
    }

    /// Whether all orders of a person are on record.
    pub(super) fn have_eaten(&self, person: usize) -> bool {
        let orders = self.people.get(person).map_or(0, |one| one.orders.len());
        self.eaten.get(&person).map_or(0, BTreeSet::len) == orders
    }

    /// C3: each order counts once, and so do its points and all others.
    pub(super) fn miscounted(&self, person: usize, record: &Customer) -> Option<String> {
        let one = self.people.get(person)?;
        let none = BTreeSet::new();
        let eaten = self.eaten.get(&person).unwrap_or(&none);
        let orders = eaten.len();
        let remembered: BTreeSet<&OrderId> = record
            .order_history
            .iter()
            .map(|order| &order.order_id)
            .collect();
        if record.total_orders != u64::try_from(orders).unwrap_or(0)
            || remembered.len() != orders.min(Customer::HISTORY_MAX)
        {
            let (total, history) = (record.total_orders, remembered.len());
            return Some(format!(
                "{orders} orders were eaten, {total} are counted and {history} remembered"
            ));
        }
        let of_orders = eaten.iter().filter_map(|number| one.orders.get(*number));
        let of_orders: i64 = of_orders.map(|total| points_for(*total)).sum();
        let points = of_orders + self.points.get(&person).copied().unwrap_or_default();
        (i64::try_from(record.loyalty_points) != Ok(points)).then(|| {
            let there = record.loyalty_points;
            format!("{points} points were given and {there} are there")
        })
    }
}

fn place(number: usize) -> i64 {
    i64::try_from(number + 1).unwrap_or(1)
}

pub(super) fn carried_out<T, E>(ended: Result<T, Failure<E>>) -> Option<bool> {
    match ended {
        Ok(_) => Some(true),
        Err(Failure::Refused(_)) => Some(false),
        Err(Failure::Fault(_)) => None,
    }
}
