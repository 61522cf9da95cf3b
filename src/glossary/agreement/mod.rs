//! Agreeing on words: steps, signatures, proposals beside what is agreed, and the annex.

pub mod annex;
pub mod api;
pub mod pages;
pub mod proposal;
pub mod rules;
pub mod service;
pub mod store;
