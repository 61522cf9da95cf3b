//! Records going in and out: the one door for every edit, files in and out, copies and checks.

pub mod api;
pub mod backup;
pub mod door;
pub mod evidence;
pub mod export;
pub mod import;
pub mod merge;
pub mod pages;
pub mod parsed;
pub mod publication;
pub mod tree;
pub mod verify;

#[cfg(test)]
mod tests;
