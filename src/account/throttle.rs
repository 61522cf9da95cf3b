//! Slows guessing down, and never keeps the right person out for long.
//!
//! A stranger's tries are counted for the name at that address, for the address, and for the name
//! from wherever. A browser that somebody signed in with before (see `known_device`) is counted
//! by itself: who floods a name from elsewhere does not keep its owner out.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::http::rate;

/// How many tries may come at once, and how long each takes to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Tries at once.
    pub at_once: i64,
    /// One more after so long.
    pub every_ms: i64,
}

/// For a known browser, or a session that asks again who sits there.
pub const PER_NAME: Rule = Rule { at_once: 10, every_ms: 30_000 };
/// For one name from one address.
///
/// Slower than [`PER_NAME_ANYWHERE`], which bounds guessing, and
/// fast enough that the right person, at a browser that is not known yet, comes in seconds after a
/// flood from the same network.
pub const PER_NAME_HERE: Rule = Rule { at_once: 10, every_ms: 5_000 };
/// From one address; many people may share one.
pub const PER_ADDRESS: Rule = Rule { at_once: 50, every_ms: 6_000 };
/// For one name from all addresses together.
pub const PER_NAME_ANYWHERE: Rule = Rule { at_once: 100, every_ms: 3_000 };
/// All that is not remembered by itself because [`KEYS_MAX`] others are.
const OTHERS: Rule = Rule { at_once: 100, every_ms: 1_000 };
/// What is remembered at once: 2 MB.
const KEYS_MAX: usize = 20_000;
/// Keys that are at rest are looked for this often at most: a flood must not make each of its
/// tries cost a walk over all.
const SWEEP_MS: i64 = 1_000;

/// Who tries.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The network address.
    pub address: &'a str,
    /// What names a browser, or a session, that this name signed in with before.
    pub known: Option<&'a str>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Known(String),
    Here(String, String),
    Address(String),
    Anywhere(String),
    Others,
}

/// Failed sign-ins of the last minutes, in this process.
#[derive(Debug, Default)]
pub struct Throttle {
    tries: Mutex<Tries>,
}

#[derive(Debug, Default)]
struct Tries {
    /// When each would be at rest again: the generic cell rate algorithm.
    rest_ms: BTreeMap<Key, i64>,
    swept_ms: i64,
}

impl Throttle {
    /// Counts a try before it is made, so that many at once are not more than the limit.
    ///
    /// # Errors
    /// Seconds to wait, when there were too many.
    pub fn attempt(&self, name: &str, source: Source<'_>, now_ms: i64) -> Result<(), u32> {
        // One lock over all of it: two threads must not both see the last free place.
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let keys: Vec<(Key, Rule)> =
            keys(name, source).into_iter().map(|pair| tries.placed(pair, now_ms)).collect();
        match keys.iter().filter_map(|(key, rule)| tries.wait_s(key, *rule, now_ms)).max() {
            Some(seconds) => Err(seconds),
            None => {
                for (key, rule) in keys {
                    let rest = tries.rest(&key, rule, now_ms) + rule.every_ms;
                    tries.rest_ms.insert(key, rest);
                }
                Ok(())
            }
        }
    }

    /// Forgets a name's failures there, and the try that succeeded: its person is in.
    pub fn succeeded(&self, name: &str, source: Source<'_>) {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, rule) in keys(name, source) {
            if matches!(key, Key::Known(_) | Key::Here(..)) {
                tries.rest_ms.remove(&key);
            } else if let Some(rest) = tries.rest_ms.get_mut(&key) {
                *rest -= rule.every_ms;
            }
        }
    }
}

impl Tries {
    /// When a key is at rest, never further away than its rule can put it: a clock that was set
    /// back must keep nobody out.
    fn rest(&self, key: &Key, rule: Rule, now_ms: i64) -> i64 {
        let far = now_ms + rule.at_once * rule.every_ms;
        self.rest_ms.get(key).copied().unwrap_or(now_ms).clamp(now_ms, far)
    }

    /// Seconds to wait before another try, or none.
    fn wait_s(&self, key: &Key, rule: Rule, now_ms: i64) -> Option<u32> {
        let over_ms =
            self.rest(key, rule, now_ms) + rule.every_ms - now_ms - rule.at_once * rule.every_ms;
        (over_ms > 0).then(|| u32::try_from((over_ms + 999) / 1_000).unwrap_or(u32::MAX))
    }

    /// The key itself, or the one that all share whom there is no room for. For known browsers
    /// there always is: nobody makes them up.
    fn placed(&mut self, (key, rule): (Key, Rule), now_ms: i64) -> (Key, Rule) {
        let known = matches!(key, Key::Known(_)) || self.rest_ms.contains_key(&key);
        if self.rest_ms.len() + 3 <= KEYS_MAX || known {
            return (key, rule);
        }
        if now_ms >= self.swept_ms + SWEEP_MS || now_ms < self.swept_ms {
            self.rest_ms.retain(|_, rest| *rest > now_ms);
            self.swept_ms = now_ms;
        }
        let room = self.rest_ms.len() + 3 <= KEYS_MAX;
        if room { (key, rule) } else { (Key::Others, OTHERS) }
    }
}

fn keys(name: &str, source: Source<'_>) -> Vec<(Key, Rule)> {
    if let Some(known) = source.known {
        return vec![(Key::Known(known.to_owned()), PER_NAME)];
    }
    let address = network(source.address);
    vec![
        (Key::Here(name.to_owned(), address.clone()), PER_NAME_HERE),
        (Key::Address(address), PER_ADDRESS),
        (Key::Anywhere(name.to_owned()), PER_NAME_ANYWHERE),
    ]
}

fn network(address: &str) -> String {
    address.parse::<IpAddr>().map_or_else(|_| address.to_owned(), rate::network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Source<'_> {
        Source { address, known: None }
    }

    const KNOWN: Source<'_> = Source { address: "192.0.2.1", known: Some("a browser") };

    #[test]
    fn waits_after_too_many_failures_and_lets_go_again() {
        let throttle = Throttle::default();
        for n in 0..PER_NAME_HERE.at_once {
            assert_eq!(throttle.attempt("minji", from("192.0.2.1"), 0), Ok(()), "{n}");
        }
        assert_eq!(throttle.attempt("minji", from("192.0.2.1"), 0), Err(5));
        assert_eq!(throttle.attempt("minji", from("192.0.2.1"), 4_500), Err(1));
        // Whoever guesses elsewhere does not keep the right person out here.
        assert_eq!(throttle.attempt("minji", from("192.0.2.2"), 0), Ok(()));
        assert_eq!(throttle.attempt("tanaka", from("192.0.2.1"), 0), Ok(()));
        assert_eq!(throttle.attempt("minji", from("192.0.2.1"), 5_000), Ok(()));
        assert!(throttle.attempt("minji", from("192.0.2.1"), 5_000).is_err());
        throttle.succeeded("minji", from("192.0.2.1"));
        assert_eq!(throttle.attempt("minji", from("192.0.2.1"), 5_000), Ok(()));
        // A clock that was set back by a day: nobody waits longer than for one try of an address.
        for _ in 0..20 {
            let _ = throttle.attempt("minji", from("192.0.2.1"), 5_000);
        }
        assert_eq!(throttle.attempt("minji", from("192.0.2.1"), -86_400_000), Err(6));
    }

    #[test]
    fn a_known_browser_is_counted_by_itself() {
        let throttle = Throttle::default();
        for n in 0..10_000 {
            let address = format!("192.0.2.{}", n % 250);
            let _ = throttle.attempt("minji", from(&address), n);
        }
        assert!(throttle.attempt("minji", from("198.51.100.1"), 10_000).is_err());
        for n in 0..PER_NAME.at_once {
            assert_eq!(throttle.attempt("minji", KNOWN, 10_000), Ok(()), "{n}");
        }
        // A stolen browser guesses no faster.
        assert_eq!(throttle.attempt("minji", KNOWN, 10_000), Err(30));
    }

    #[test]
    fn a_team_behind_one_address_signs_in() {
        let throttle = Throttle::default();
        for n in 0..3 * PER_ADDRESS.at_once {
            let name = format!("n{n}");
            assert_eq!(throttle.attempt(&name, from("192.0.2.1"), 0), Ok(()), "{n}");
            throttle.succeeded(&name, from("192.0.2.1"));
        }
    }

    #[test]
    fn one_host_with_many_ipv6_addresses_is_one() {
        let throttle = Throttle::default();
        let tries = (0..200).filter(|n| {
            let address = format!("2001:db8::{n:x}");
            throttle.attempt(&format!("n{n}"), from(&address), 0).is_ok()
        });
        assert_eq!(tries.count() as i64, PER_ADDRESS.at_once);
    }

    #[test]
    fn remembers_a_bounded_number_and_lets_known_browsers_in() {
        let throttle = Throttle::default();
        assert_eq!(throttle.attempt("minji", KNOWN, 0), Ok(()));
        let mut refused = 0;
        for n in 0..60_000_i64 {
            let address = format!("10.{}.{}.{}", n >> 16, n >> 8 & 255, n & 255);
            refused +=
                i64::from(throttle.attempt(&format!("n{n}"), from(&address), n / 4).is_err());
        }
        let kept = throttle.tries.lock().expect("no panic").rest_ms.len();
        assert!(kept <= KEYS_MAX && refused > 10_000, "{kept} {refused}");
        assert_eq!(throttle.attempt("minji", KNOWN, 60_000), Ok(()));
        // Half an hour later there is room again for everybody.
        assert_eq!(throttle.attempt("tanaka", from("192.0.2.9"), 2_000_000), Ok(()));
    }
}
