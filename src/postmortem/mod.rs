//! Incidents, their causes, and what brings service back now and for good.

pub mod alert;
pub mod api;
pub mod cause;
pub mod checklist;
pub mod draft;
pub mod exhibit;
pub mod figures;
pub mod file;
pub mod foreign;
pub mod heading;
pub mod ics;
pub mod incident;
pub mod likeness;
pub mod moved;
pub mod order;
pub mod outline;
pub mod pages;
pub mod progress;
pub mod recognise;
pub mod recurrence;
pub mod said;
pub mod said_time;
pub mod service;
pub mod signature;
pub mod store;
