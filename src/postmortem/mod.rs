//! Incidents, their causes, and what brings service back now and for good.

pub mod api;
pub mod cause;
pub mod checklist;
pub mod figures;
pub mod file;
pub mod foreign;
pub mod heading;
pub mod incident;
pub mod moved;
pub mod outline;
pub mod pages;
pub mod recognise;
pub mod said_time;
pub mod store;
