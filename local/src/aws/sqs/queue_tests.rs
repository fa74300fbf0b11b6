//! Stories of one queue, time passed in: order within groups, deduplication, visibility, redrive, and that replaying
//! the changes gives the queue back.
#[test]
fn todo() {}
