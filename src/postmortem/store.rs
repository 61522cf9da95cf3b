//! The SQL of incidents and causes.

pub mod read;
