//! Slows guessing down: per account, and per address. Nobody is ever locked out for good.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The time in which failures are counted.
pub const WINDOW_MS: i64 = 5 * 60 * 1_000;
/// Failures for one name in that time.
pub const PER_NAME: u32 = 10;
/// Failures from one address in that time; many people may share one.
pub const PER_ADDRESS: u32 = 50;
/// Names and addresses that are remembered at once.
const KEYS_MAX: usize = 10_000;

/// Failed sign-ins of the last minutes, in this process.
#[derive(Debug, Default)]
pub struct Throttle {
    failures: Mutex<BTreeMap<String, Failures>>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    since_ms: i64,
    count: u32,
}

impl Throttle {
    /// Counts a try before it is made, so that many at once are not more than the limit.
    ///
    /// # Errors
    /// Seconds to wait, when there were too many.
    pub fn attempt(&self, name: &str, address: &str, now_ms: i64) -> Result<(), u32> {
        // One lock over both: two threads must not both see the last free place.
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match wait_s(&failures, name, address, now_ms) {
            Some(seconds) => Err(seconds),
            None => {
                count(&mut failures, name, address, now_ms);
                Ok(())
            }
        }
    }

    /// Forgets a name's failures, and the try that succeeded: its person is in.
    pub fn succeeded(&self, name: &str, address: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&format!("name {name}"));
        if let Some(found) = failures.get_mut(&format!("address {address}")) {
            found.count = found.count.saturating_sub(1);
        }
    }
}

/// Seconds to wait before another try, or none.
fn wait_s(
    failures: &BTreeMap<String, Failures>,
    name: &str,
    address: &str,
    now_ms: i64,
) -> Option<u32> {
    keys(name, address)
        .into_iter()
        .filter_map(|(key, limit)| {
            let found = failures.get(&key)?;
            let left_ms = found.since_ms + WINDOW_MS - now_ms;
            (found.count >= limit && left_ms > 0)
                .then(|| u32::try_from(left_ms / 1_000 + 1).unwrap_or(u32::MAX))
        })
        .max()
}

fn count(failures: &mut BTreeMap<String, Failures>, name: &str, address: &str, now_ms: i64) {
    if failures.len() >= KEYS_MAX {
        failures.retain(|_, found| found.since_ms + WINDOW_MS > now_ms);
    }
    if failures.len() >= KEYS_MAX {
        // Ten thousand names in five minutes: the addresses matter, the names do not.
        failures.retain(|key, _| key.starts_with("address "));
    }
    for (key, _) in keys(name, address) {
        let found = failures.entry(key).or_insert(Failures { since_ms: now_ms, count: 0 });
        if found.since_ms + WINDOW_MS <= now_ms {
            *found = Failures { since_ms: now_ms, count: 0 };
        }
        found.count = found.count.saturating_add(1);
    }
}

fn keys(name: &str, address: &str) -> [(String, u32); 2] {
    [(format!("name {name}"), PER_NAME), (format!("address {address}"), PER_ADDRESS)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_after_too_many_failures_and_lets_go_again() {
        let throttle = Throttle::default();
        for n in 0..PER_NAME {
            assert_eq!(throttle.attempt("minji", "192.0.2.1", 0), Ok(()), "{n}");
        }
        assert_eq!(throttle.attempt("minji", "192.0.2.2", 0), Err(301));
        assert_eq!(throttle.attempt("tanaka", "192.0.2.1", 0), Ok(()));
        assert_eq!(throttle.attempt("minji", "192.0.2.1", WINDOW_MS), Ok(()));
        for _ in 1..PER_NAME {
            assert_eq!(throttle.attempt("minji", "192.0.2.1", WINDOW_MS), Ok(()));
        }
        assert!(throttle.attempt("minji", "192.0.2.1", WINDOW_MS).is_err());
        throttle.succeeded("minji", "192.0.2.1");
        assert_eq!(throttle.attempt("minji", "192.0.2.1", WINDOW_MS), Ok(()));
    }

    #[test]
    fn a_team_behind_one_address_signs_in() {
        let throttle = Throttle::default();
        for n in 0..3 * PER_ADDRESS {
            let name = format!("n{n}");
            assert_eq!(throttle.attempt(&name, "192.0.2.1", 0), Ok(()), "{n}");
            throttle.succeeded(&name, "192.0.2.1");
        }
    }

    #[test]
    fn remembers_a_bounded_number() {
        let throttle = Throttle::default();
        for n in 0..3 * KEYS_MAX {
            let (name, address) = (format!("n{n}"), format!("192.0.2.{}", n / 40));
            assert_eq!(throttle.attempt(&name, &address, 0), Ok(()), "{n}");
        }
        assert!(throttle.failures.lock().expect("no panic").len() <= KEYS_MAX + 2);
        for n in 0..10 {
            throttle.attempt(&format!("m{n}"), "192.0.2.0", 0).expect("not yet too many");
        }
        assert!(throttle.attempt("other", "192.0.2.0", 0).is_err());
    }
}
