//! Everything that can happen next in a state, within its bounds.

use comanda_domain::money::Money;

use super::{
    live::Live,
    step::{How, Step, What},
};
use crate::world::lock;

impl Live {
    /// Every step that may be possible; which are is seen when they are taken.
    pub(super) fn steps(&self, steps: &mut Vec<Step>) {
        let tasks = lock(&self.time).calls().count();
        for what in self.whats(tasks) {
            let how = How::Well;
            steps.push(Step { what, how });
            let others = match what {
                What::Task(_) => self.others(tasks - 1, self.posts.len()),
                What::Delivery(_) => self.others(tasks, self.posts.len() - 1),
                _ => continue,
            };
            if self.left.crashes == 0 && self.left.overtakes == 0 {
                continue;
            }
            let measured = self.measure(what);
            if self.left.crashes > 0 {
                let ends = (0..=measured.effects).map(How::DiesAfter);
                steps.extend(ends.map(|how| Step { what, how }));
            }
            if self.left.overtakes > 0 {
                for at in 0..measured.calls {
                    let ways = others.iter().map(|other| How::Overtaken(at, *other));
                    steps.extend(ways.map(|how| Step { what, how }));
                }
            }
        }
    }

    fn whats(&self, tasks: usize) -> Vec<What> {
        let mut whats: Vec<What> = (0..tasks).map(What::Task).collect();
        let now = self.now();
        for (position, post) in self.posts.iter().enumerate() {
            if post.due <= now {
                whats.push(What::Delivery(position));
                if self.left.duplicates > 0 {
                    whats.push(What::DeliveryAndAgain(position));
                }
            }
        }
        whats.extend(self.parties());
        if self.left.answers > 0 && self.store_token().is_some() {
            whats.extend([What::SaysYes, What::SaysNo]);
        }
        if self.left.blocks > 0 && !self.dry {
            whats.push(What::RunsDry);
        }
        if self.dry {
            whats.push(What::IsToppedUp);
        }
        if tasks == 0 || self.left.delays > 0 {
            whats.push(What::TimePasses);
        }
        whats
    }

    /// What customers and the provider may do.
    fn parties(&self) -> Vec<What> {
        let mut whats = Vec::new();
        let unpaid = self
            .charge()
            .is_some_and(|truth| truth.captured == Money::ZERO);
        if self.left.payments > 0 && unpaid {
            whats.push(What::Pays);
        }
        if self.left.cancels > 0 {
            whats.push(What::Cancels);
        }
        if self.is_refunding() {
            whats.push(What::GivesBack);
            if self.left.denials > 0 {
                whats.push(What::RefusesToGiveBack);
            }
        }
        whats
    }

    /// What may happen in the middle of a handler: it may itself be what makes an answer possible.
    fn others(&self, tasks: usize, posts: usize) -> Vec<What> {
        let mut others: Vec<What> = (0..tasks).map(What::Task).collect();
        others.extend((0..posts).map(What::Delivery));
        others.extend(self.parties());
        if self.left.answers > 0 {
            others.extend([What::SaysYes, What::SaysNo]);
        }
        others
    }
}
