//! Workflows and tables to the files of generated/.
