//! Incidents, their causes, and what brings service back now and for good.

pub mod api;
pub mod cause;
pub mod draft;
pub mod file;
pub mod foreign;
pub mod incident;
pub mod likeness;
pub mod order;
pub mod pages;
pub mod said;
pub mod service;
pub mod store;
