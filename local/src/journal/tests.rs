//! The journal through its own door: durable, ordered, all or nothing, one leader, and over after the first failure.

use super::{Journal, JournalError};

fn put(name: &str) -> super::Change {
    let name = name.to_owned();
    Box::new(move |connection| {
        connection
            .execute("INSERT INTO queues VALUES (?1, '{}', 0)", [name])
            .map(|_| ())
    })
}

fn names(journal: &Journal) -> Vec<String> {
    journal
        .read(|connection| {
            connection
                .prepare("SELECT name FROM queues ORDER BY name")?
                .query_map([], |row| row.get(0))?
                .collect()
        })
        .expect("readable")
        .expect("durable")
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_opened_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(directory.path()).expect("first leader");
    let commits: Vec<_> = ["c", "a", "b"]
        .map(|name| journal.commit(put(name)))
        .into_iter()
        .collect();
    for commit in commits {
        commit.durable().await.expect("durable");
    }
    assert_eq!(names(&journal), ["a", "b", "c"]);
    drop(journal);
    let journal = Journal::open(directory.path()).expect("leader again");
    assert_eq!(names(&journal), ["a", "b", "c"]);
}

#[tokio::test]
async fn the_second_leader_is_told_who_leads() {
    let directory = tempfile::tempdir().expect("a directory");
    let _first = Journal::open(directory.path()).expect("first leader");
    match Journal::open(directory.path()).map(|_| ()) {
        Err(JournalError::AlreadyUp { process, .. }) => assert_eq!(process, std::process::id()),
        other => panic!("a second leader: {other:?}"),
    }
}

#[tokio::test]
async fn after_a_failed_write_nothing_is_accepted_and_nothing_is_half_there() {
    let directory = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(directory.path()).expect("leader");
    journal.commit(put("a")).durable().await.expect("durable");
    let two: super::Change = Box::new(|connection| {
        connection.execute("INSERT INTO queues VALUES ('b', '{}', 0)", [])?;
        connection.execute("INSERT INTO queues VALUES ('a', '{}', 0)", [])?;
        Ok(())
    });
    let refused = journal.commit(two).durable().await;
    assert!(
        matches!(refused, Err(JournalError::Stopped(_))),
        "{refused:?}"
    );
    let after = journal.commit(put("c")).durable().await;
    assert!(matches!(after, Err(JournalError::Stopped(_))), "{after:?}");
    assert!(journal.stopped().borrow().is_some());
    assert_eq!(names(&journal), ["a"]);
}

#[tokio::test]
async fn a_writer_of_an_older_epoch_is_fenced_off() {
    let directory = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(directory.path()).expect("leader");
    // A lock that did not hold (as on some network file systems): another process opened the file.
    let file = directory.path().join(super::FILE_NAME);
    super::schema::open_leader(&file).expect("the usurper");
    let refused = journal.commit(put("a")).durable().await;
    let message = refused.expect_err("fenced").to_string();
    assert!(message.contains("another process leads now"), "{message}");
    assert_eq!(names(&journal), Vec::<String>::new());
}

#[tokio::test]
async fn a_full_disk_ends_it_and_keeps_what_was_acknowledged() {
    let directory = tempfile::tempdir().expect("a directory");
    let journal = Journal::open(directory.path()).expect("leader");
    let no_more_pages: super::Change = Box::new(|connection| {
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        connection.query_row(
            &format!("PRAGMA max_page_count = {}", pages + 8),
            [],
            |_| Ok(()),
        )
    });
    journal
        .commit(no_more_pages)
        .durable()
        .await
        .expect("durable");
    let mut acknowledged = Vec::new();
    let error = loop {
        let name = format!("{:04}{}", acknowledged.len(), "x".repeat(500));
        match journal.commit(put(&name)).durable().await {
            Ok(()) => acknowledged.push(name),
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("full"), "{error}");
    assert!(!acknowledged.is_empty());
    journal.close();
    drop(journal);
    let journal = Journal::open(directory.path()).expect("it is whole");
    assert_eq!(names(&journal), acknowledged);
}
