//! Incidents, their causes, and what brings service back now and for good.

pub mod api;
pub mod cause;
pub mod file;
pub mod foreign;
pub mod incident;
pub mod pages;
pub mod store;
