//! One run: what was asked, what happens, and what is left of it on the disk.
//!
//! A run is a folder `runs/<id>/` in the data folder. `plan.json` says what was asked and never
//! changes; `journal.jsonl` only grows; `out-*.jsonl` is the output; `work/` is where the commands
//! run, with the copies of what was approved. The database learns of a run afterwards: it may be
//! the patient.

pub mod capture;
pub mod cgroup;
pub mod driver;
pub mod journal;
pub mod launch;
pub mod lock;
pub mod mask;
pub mod plan;
pub mod process;
pub mod reconcile;
pub mod runner;
pub mod steps;
pub mod view;
