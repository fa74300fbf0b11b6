//! Executions by the alias of their state machine: what makes a new version get a part of them first, and go back.
//!
//! Which alias there is, is the deployment's word; a stack on one machine has none and starts what it has.

use std::sync::Arc;

use comanda_tasks::ports::{Answer, Completion, OutageError, Started, SyncEnd, Workflows};
use serde_json::Value;

/// The same workflows, started by this alias.
pub(crate) fn by_alias(workflows: Arc<dyn Workflows>, alias: String) -> Arc<dyn Workflows> {
    Arc::new(ByAlias { workflows, alias })
}

struct ByAlias {
    workflows: Arc<dyn Workflows>,
    alias: String,
}

impl ByAlias {
    /// An alias' ARN is its state machine's with the alias behind it, so its name is too.
    fn qualified(&self, workflow: &str) -> String {
        format!("{workflow}:{}", self.alias)
    }
}

impl Workflows for ByAlias {
    fn start<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, Started, OutageError> {
        Box::pin(async move {
            let qualified = self.qualified(workflow);
            self.workflows.start(&qualified, name, input).await
        })
    }

    fn start_sync<'a>(
        &'a self,
        workflow: &'a str,
        name: &'a str,
        input: Value,
    ) -> Answer<'a, SyncEnd, OutageError> {
        Box::pin(async move {
            let qualified = self.qualified(workflow);
            self.workflows.start_sync(&qualified, name, input).await
        })
    }

    fn succeed<'a>(&'a self, token: &'a str, output: Value) -> Answer<'a, Completion, OutageError> {
        self.workflows.succeed(token, output)
    }

    fn fail<'a>(
        &'a self,
        token: &'a str,
        error: &'a str,
        cause: &'a str,
    ) -> Answer<'a, Completion, OutageError> {
        self.workflows.fail(token, error, cause)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Heard {
        fn hear(&self, what: &str) {
            self.0.lock().unwrap().push(what.to_owned());
        }
    }

    impl Workflows for Heard {
        fn start<'a>(
            &'a self,
            workflow: &'a str,
            name: &'a str,
            _: Value,
        ) -> Answer<'a, Started, OutageError> {
            self.hear(&format!("{workflow} as {name}"));
            Box::pin(async { Ok(Started::Running) })
        }

        fn start_sync<'a>(
            &'a self,
            workflow: &'a str,
            name: &'a str,
            _: Value,
        ) -> Answer<'a, SyncEnd, OutageError> {
            self.hear(&format!("{workflow} as {name}, awaited"));
            Box::pin(async { Ok(SyncEnd::Succeeded(Value::Null)) })
        }

        fn succeed<'a>(&'a self, token: &'a str, _: Value) -> Answer<'a, Completion, OutageError> {
            self.hear(token);
            Box::pin(async { Ok(Completion::Accepted) })
        }

        fn fail<'a>(
            &'a self,
            token: &'a str,
            _: &'a str,
            _: &'a str,
        ) -> Answer<'a, Completion, OutageError> {
            self.hear(token);
            Box::pin(async { Ok(Completion::Accepted) })
        }
    }

    #[tokio::test]
    async fn executions_start_by_the_alias_and_tokens_stay_as_they_are() {
        let heard = Arc::new(Heard::default());
        let workflows = by_alias(Arc::clone(&heard) as Arc<dyn Workflows>, "live".to_owned());
        workflows
            .start("refund", "pay_1", Value::Null)
            .await
            .unwrap();
        let end = workflows.start_sync("order-status", "evt_1", Value::Null);
        end.await.unwrap();
        workflows.succeed("token-1", Value::Null).await.unwrap();
        workflows.fail("token-2", "E", "why").await.unwrap();
        assert_eq!(
            *heard.0.lock().unwrap(),
            [
                "refund:live as pay_1",
                "order-status:live as evt_1, awaited",
                "token-1",
                "token-2"
            ]
        );
    }
}
