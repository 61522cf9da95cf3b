//! The command line: one file a subcommand.

pub mod token;
pub mod user;
