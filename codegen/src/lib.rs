//! Workflows and tables to the files of `generated/`: pure functions from descriptions to text, and the one place that
//! compares the text with a folder.
//!
//! Nothing here decides anything about the business or about AWS: what a workflow is comes from `workflows`, what a
//! task may touch from `tasks`, what a table is from `domain`. The console draws with [`graph`] too.

pub mod files;
pub mod graph;
