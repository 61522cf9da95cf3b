//! Finding what worked last time, in any of the three languages.

pub mod analyser;
pub mod highlight;
pub mod index;
pub mod pages;
pub mod query;
//pub mod document;
//pub mod indexer;
pub mod response;
pub mod service;
