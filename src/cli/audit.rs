//! `sajeon audit`: the audit chain as JSON lines.

use std::io::Write as _;

use clap::Args;

use super::{Desk, Exit, Failure};
use crate::audit::line;
use crate::store::audit::rows_after;

/// Rows that are read at once.
const ROWS: i64 = 5_000;

/// Print who did what, when and from where, one JSON object a line.
#[derive(Debug, Args)]
pub(super) struct Audit {
    /// Only rows after this number
    #[arg(long, value_name = "N", default_value_t = 0)]
    since: i64,
}

impl Audit {
    pub(super) async fn run(self, desk: Desk) -> Result<Exit, Failure> {
        let mut connection = desk.app.database.read().await?;
        let mut out = std::io::stdout().lock();
        let mut after = self.since;
        loop {
            let rows = rows_after(&mut connection, after, ROWS).await?;
            let Some(last) = rows.last() else { return Ok(Exit::Done) };
            after = last.number;
            for row in &rows {
                // A closed pipe (`| head`) is no failure of ours.
                if out.write_all(line(row).as_bytes()).is_err() {
                    return Ok(Exit::Done);
                }
            }
        }
    }
}
