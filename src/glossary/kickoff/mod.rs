//! Kickoff: from a client's brief to the agenda of the first meeting.

pub mod agenda;
pub mod candidates;
pub mod pages;
pub mod upload;
pub mod vague;
