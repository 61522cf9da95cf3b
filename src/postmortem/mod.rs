//! Incidents, their causes, and what brings service back now and for good.

pub mod alert;
pub mod api;
pub mod cause;
pub mod draft;
pub mod exhibit;
pub mod file;
pub mod foreign;
pub mod incident;
pub mod likeness;
pub mod order;
pub mod pages;
pub mod progress;
pub mod said;
pub mod service;
pub mod signature;
pub mod store;
