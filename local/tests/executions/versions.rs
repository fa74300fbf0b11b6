//! Versions and aliases through the real SDK: snapshots, shares, what refers to what, and that they survive.

use aws_sdk_sfn::{
    Client,
    error::ProvideErrorMetadata,
    types::{ExecutionStatus, HistoryEventType, RoutingConfigurationListItem},
};
use serde_json::{Value, json};

use crate::common::{
    Running,
    executions::{ROLE, end, machine, start},
};

fn says(word: &str) -> Value {
    json!({"StartAt": "Say", "States": {"Say": {"Type": "Pass", "Result": word, "End": true}}})
}

fn share(version: &str, weight: i32) -> RoutingConfigurationListItem {
    let item = RoutingConfigurationListItem::builder();
    let item = item.state_machine_version_arn(version).weight(weight);
    item.build().expect("a share")
}

/// A machine of which version 1 says "one" and version 2 says "two".
async fn two_versions(client: &Client) -> (String, [String; 2]) {
    let created = client
        .create_state_machine()
        .name("greeter")
        .role_arn(ROLE)
        .definition(says("one").to_string())
        .publish(true)
        .version_description("the first")
        .send();
    let created = created.await.expect("a machine");
    let arn = created.state_machine_arn;
    let first = created.state_machine_version_arn.expect("version 1");
    assert_eq!(first, format!("{arn}:1"));
    let updated = client
        .update_state_machine()
        .state_machine_arn(&arn)
        .definition(says("two").to_string())
        .publish(true)
        .send();
    let second = updated.await.expect("it changes").state_machine_version_arn;
    (arn, [first, second.expect("version 2")])
}

#[tokio::test]
async fn versions_keep_what_the_machine_was() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let (arn, [first, second]) = two_versions(&client).await;

    let again = client
        .publish_state_machine_version()
        .state_machine_arn(&arn);
    let again = again.send().await.expect("it is there already");
    assert_eq!(again.state_machine_version_arn, second);
    let stale = client
        .publish_state_machine_version()
        .state_machine_arn(&arn);
    let stale = stale
        .revision_id("INITIAL")
        .send()
        .await
        .expect_err("it changed");
    assert!(
        stale
            .as_service_error()
            .is_some_and(|error| error.is_conflict_exception()),
        "{stale:?}"
    );

    let described = client.describe_state_machine().state_machine_arn(&first);
    let described = described.send().await.expect("version 1");
    assert_eq!(described.definition, says("one").to_string());
    assert_eq!(described.description.as_deref(), Some("the first"));
    assert_eq!(
        (described.state_machine_arn, described.revision_id),
        (first.clone(), None)
    );

    let targets = [(&first, "one"), (&second, "two"), (&arn, "two")];
    for (number, (through, word)) in targets.into_iter().enumerate() {
        let execution = start(&client, through, &format!("e{number}"), "{}").await;
        let expected = (ExecutionStatus::Succeeded, format!("{word:?}"));
        assert_eq!(end(&client, &execution).await, expected, "{through}");
    }
    let for_execution = client.describe_state_machine_for_execution();
    let old = first.replacen(":stateMachine:", ":execution:", 1);
    let old = for_execution.execution_arn(old.replace(":1", ":e0"));
    let old = old.send().await.expect("it ran");
    assert_eq!(old.definition, says("one").to_string());
    assert_eq!(old.revision_id, None, "the first revision has no id");
    let of_first = client.list_executions().state_machine_arn(&first).send();
    let of_first = of_first.await.expect("a list").executions;
    assert_eq!(of_first.len(), 1);
    assert_eq!(
        of_first[0].state_machine_version_arn.as_deref(),
        Some(first.as_str())
    );

    let delete = client
        .delete_state_machine_version()
        .state_machine_version_arn(&second);
    delete.send().await.expect("it goes");
    let update = client
        .update_state_machine()
        .state_machine_arn(&arn)
        .publish(true);
    let third = update
        .send()
        .await
        .expect("it is published")
        .state_machine_version_arn;
    assert_eq!(
        third,
        Some(format!("{arn}:3")),
        "numbers are never used again"
    );
    let versions = client.list_state_machine_versions().state_machine_arn(&arn);
    let versions = versions
        .send()
        .await
        .expect("a list")
        .state_machine_versions;
    let arns: Vec<_> = versions
        .iter()
        .map(|version| version.state_machine_version_arn.as_str())
        .collect();
    assert_eq!(arns, [format!("{arn}:3"), first]);
}

#[tokio::test]
async fn an_alias_leads_executions_to_its_version() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let (arn, [first, second]) = two_versions(&client).await;
    let create = |name: &str, shares: Vec<RoutingConfigurationListItem>| {
        let create = client.create_state_machine_alias().name(name);
        create.set_routing_configuration(Some(shares)).send()
    };
    let live = create("live", vec![share(&first, 100)])
        .await
        .expect("an alias");
    let live = live.state_machine_alias_arn;
    create("live", vec![share(&first, 100)])
        .await
        .expect("the same");
    let other = create("live", vec![share(&second, 100)])
        .await
        .expect_err("another");
    assert_eq!(other.code(), Some("ConflictException"), "{other:?}");
    let short = create("short", vec![share(&first, 70), share(&second, 29)])
        .await
        .expect_err("99");
    assert_eq!(
        short.message(),
        Some("Sum of routing configuration weights must equal 100. Received: [70, 29]")
    );
    let of_machine = create("wrong", vec![share(&arn, 100)])
        .await
        .expect_err("no version");
    let words =
        format!("Routing configuration must contain state machine version ARNs. Received: [{arn}]");
    assert_eq!(of_machine.message(), Some(words.as_str()));

    let execution = start(&client, &live, "one", "{}").await;
    assert_eq!(end(&client, &execution).await.1, r#""one""#);
    let told = client
        .describe_execution()
        .execution_arn(&execution)
        .send()
        .await
        .expect("it is there");
    assert_eq!(told.state_machine_alias_arn.as_deref(), Some(live.as_str()));
    assert_eq!(
        told.state_machine_version_arn.as_deref(),
        Some(first.as_str())
    );
    let history = client
        .get_execution_history()
        .execution_arn(&execution)
        .send()
        .await
        .expect("events");
    let began = &history.events[0];
    assert_eq!(began.r#type, HistoryEventType::ExecutionStarted);
    let began = began
        .execution_started_event_details
        .as_ref()
        .expect("details");
    assert_eq!(
        began.state_machine_alias_arn.as_deref(),
        Some(live.as_str())
    );

    let used = client
        .delete_state_machine_version()
        .state_machine_version_arn(&first);
    let used = used.send().await.expect_err("the alias needs it");
    assert_eq!(
        used.message(),
        Some(
            "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [live]"
        )
    );
    let move_on = client
        .update_state_machine_alias()
        .state_machine_alias_arn(&live);
    move_on
        .routing_configuration(share(&second, 100))
        .send()
        .await
        .expect("it moves");
    let execution = start(&client, &live, "two", "{}").await;
    assert_eq!(end(&client, &execution).await.1, r#""two""#);
    let delete = client
        .delete_state_machine_version()
        .state_machine_version_arn(&first);
    delete.send().await.expect("nobody needs it");

    client
        .delete_state_machine_alias()
        .state_machine_alias_arn(&live)
        .send()
        .await
        .expect("it goes");
    let gone = client
        .describe_state_machine_alias()
        .state_machine_alias_arn(&live);
    let gone = gone
        .send()
        .await
        .expect_err("it is gone")
        .into_service_error();
    assert!(gone.is_resource_not_found(), "{gone:?}");
}

#[tokio::test]
async fn an_update_that_changes_nothing_makes_no_revision() {
    let running = Running::ephemeral().await;
    let client = Client::new(&running.sdk().await);
    let arn = machine(&client, "same", says("one")).await;
    let update = || client.update_state_machine().state_machine_arn(&arn);
    let nothing = update()
        .send()
        .await
        .expect_err("nothing is said")
        .into_service_error();
    assert!(nothing.is_missing_required_parameter(), "{nothing:?}");
    let same = update()
        .definition(says("one").to_string())
        .send()
        .await
        .expect("the same");
    assert_eq!(same.revision_id, None, "the first revision has no id");
    let changed = update()
        .definition(says("two").to_string())
        .send()
        .await
        .expect("a change");
    let again = update()
        .definition(says("two").to_string())
        .send()
        .await
        .expect("the same");
    assert!(changed.revision_id.is_some());
    assert_eq!(again.revision_id, changed.revision_id);
}

#[tokio::test]
async fn versions_and_aliases_survive() {
    let directory = tempfile::tempdir().expect("a directory");
    let running = Running::on(directory.path().to_owned()).await;
    let client = Client::new(&running.sdk().await);
    let (_, [first, second]) = two_versions(&client).await;
    let live = client
        .create_state_machine_alias()
        .name("live")
        .description("customers");
    let live = live
        .routing_configuration(share(&first, 40))
        .routing_configuration(share(&second, 60));
    let live = live.send().await.expect("an alias").state_machine_alias_arn;
    let before = client
        .describe_state_machine_alias()
        .state_machine_alias_arn(&live);
    let before = before.send().await.expect("it is there");
    let execution = start(&client, &first, "before", "{}").await;
    end(&client, &execution).await;
    running.close().await;

    let running = Running::on(directory.path().to_owned()).await;
    let client = Client::new(&running.sdk().await);
    let after = client
        .describe_state_machine_alias()
        .state_machine_alias_arn(&live);
    let after = after.send().await.expect("it is there");
    assert_eq!(
        (after.routing_configuration, after.description),
        (before.routing_configuration, before.description)
    );
    assert_eq!(after.creation_date, before.creation_date);
    let told = client
        .describe_execution()
        .execution_arn(&execution)
        .send()
        .await
        .expect("it is there");
    assert_eq!(
        told.state_machine_version_arn.as_deref(),
        Some(first.as_str())
    );
    let again = start(&client, &first, "after", "{}").await;
    assert_eq!(end(&client, &again).await.1, r#""one""#);
}
