//! What a backup holds of the live record beside the records.

use crate::store::dump::DumpTable;

/// In an order that satisfies foreign keys; after the store's own and the accounts' tables.
pub static DUMP_TABLES: [DumpTable; 7] = [
    DumpTable {
        name: "idempotency",
        columns: "ttttti",
        select: "select person, request_key, request, subject, detail, created_ms from \
                 idempotency order by person, request_key",
        insert: "insert into idempotency (person, request_key, request, subject, detail, \
                 created_ms) values ($1, $2, $3, $4, $5, $6)",
    },
    DumpTable {
        name: "alert",
        columns: "ttttii",
        select: "select project, fingerprint, postmortem, state, first_ms, last_ms from \
                 alert order by project, fingerprint",
        insert: "insert into alert (project, fingerprint, postmortem, state, first_ms, \
                 last_ms) values ($1, $2, $3, $4, $5, $6)",
    },
    DumpTable {
        name: "webhook",
        columns: "tttttii",
        select: "select id, project, url, secret, created_by, created_ms, disabled_ms from \
                 webhook order by id",
        insert: "insert into webhook (id, project, url, secret, created_by, created_ms, \
                 disabled_ms) values ($1, $2, $3, $4, $5, $6, $7)",
    },
    DumpTable {
        name: "delivery",
        columns: "ittttttiiiit",
        select: "select number, webhook, project, event, body, once, state, attempts, \
                 created_ms, next_ms, done_ms, answer from delivery order by number",
        insert: "insert into delivery (number, webhook, project, event, body, once, state, \
                 attempts, created_ms, next_ms, done_ms, answer) values ($1, $2, $3, $4, \
                 $5, $6, $7, $8, $9, $10, $11, $12)",
    },
    DumpTable {
        name: "calendar",
        columns: "ttti",
        select: "select sha256, person, project, created_ms from calendar order by sha256",
        insert: "insert into calendar (sha256, person, project, created_ms) values ($1, $2, \
                 $3, $4)",
    },
    DumpTable {
        name: "evidence_text",
        columns: "tt",
        select: "select sha256, text from evidence_text order by sha256",
        insert: "insert into evidence_text (sha256, text) values ($1, $2)",
    },
    DumpTable {
        name: "prior_fix",
        columns: "ttii",
        select: "select project, postmortem, seconds, noted_ms from prior_fix \
                 order by project, postmortem",
        insert: "insert into prior_fix (project, postmortem, seconds, noted_ms) values ($1, \
                 $2, $3, $4)",
    },
];
