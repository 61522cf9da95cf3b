//! The one clock of the program. Tests can set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Tells the time: the system's, or one that a test holds.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    /// Milliseconds since 1970 UTC; absent means the system's clock.
    held_ms: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands still until it is set again through the returned handle.
    pub fn held(now: Timestamp) -> (Self, Arc<AtomicI64>) {
        let held = Arc::new(AtomicI64::new(now.as_millisecond()));
        (Self { held_ms: Some(Arc::clone(&held)) }, held)
    }

    /// Now, to the millisecond.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.now_ms()).expect("the clock is within jiff's range")
    }

    /// Now, in milliseconds since 1970 UTC.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    pub fn now_ms(&self) -> i64 {
        match &self.held_ms {
            Some(held) => held.load(Ordering::Relaxed),
            None => Timestamp::now().as_millisecond(),
        }
    }
}
