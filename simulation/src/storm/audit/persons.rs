//! Nobody is named where people of ours and machines read: errors, refusals, alarms, and how executions ended (C5).

use comanda_domain::{exception::Exception, tables::Row};
use comanda_tasks::http::Answer;

use crate::{
    storm::{Storm, customers::ADDRESSES, jobs::Ended},
    world::lock,
};

impl Storm {
    /// What a job ended with, where it is read by others than the person it is about.
    pub(in crate::storm) fn look_for_persons(&mut self, ended: &Ended) {
        let (place, said) = match ended {
            Ended::Task(Err(error)) => ("an error", error.error_message.clone()),
            Ended::Http(Answer { status, body, .. }) if *status >= 400 => {
                ("an answer", body.to_string())
            }
            _ => return,
        };
        self.names_nobody(place, &said);
    }

    /// Alarms and ends of executions, when all is at rest.
    pub(super) fn nobody_is_named(&mut self) {
        let alarms = self.outside.store.shared_rows(Exception::TABLE);
        let mut said: Vec<String> = alarms
            .iter()
            .filter_map(|row| serde_json::to_string(&***row).ok())
            .collect();
        for execution in lock(&self.time).executions() {
            if let Some(outcome) = execution.outcome() {
                said.extend(outcome.error.as_deref().map(str::to_owned));
                said.extend(outcome.cause.as_deref().map(str::to_owned));
            }
        }
        for said in said {
            self.names_nobody("an alarm or an execution's end", &said);
        }
    }

    fn names_nobody(&mut self, place: &str, said: &str) {
        let names = said.contains(ADDRESSES)
            || self.lives.iter().any(|life| {
                let cpf = life.customer.body.pointer("/customer/cpf");
                cpf.and_then(|cpf| cpf.as_str())
                    .is_some_and(|cpf| said.contains(cpf))
            });
        if names {
            self.auditor
                .found("C5", place, "it names a customer's address or CPF");
        }
    }
}
