//! How often one address and one person may ask.
//!
//! A limit of N a minute lets N requests come at once and refills evenly, so that a page with its
//! parts or a script that catches up is not held back, and a flood is.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::address::ClientAddress;
use super::problem::Problem;
use crate::account::role::Visitor;
use crate::clock::Clock;
use crate::config::Limits;

const MINUTE_US: i64 = 60_000_000;
const SWEEP_US: i64 = 1_000_000;
/// Addresses or people that are remembered at once.
const KEYS_MAX: usize = 50_000;

/// Requests of the last minute by key.
#[derive(Debug)]
pub struct Rate {
    per_minute: u32,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// When each key would be at rest again, in microseconds: the generic cell rate algorithm.
    rest_us: BTreeMap<String, i64>,
    /// When keys at rest may be looked for again.
    sweep_us: i64,
}

impl Known {
    /// Forgets keys at rest, at most once a second: a flood of strangers must not make each of
    /// its requests cost a walk over all of them.
    fn make_room(&mut self, now: i64) {
        if self.rest_us.len() >= KEYS_MAX
            && (now >= self.sweep_us || now < self.sweep_us - 2 * SWEEP_US)
        {
            self.rest_us.retain(|_, rest| *rest > now);
            self.sweep_us = now + SWEEP_US;
        }
    }
}

impl Rate {
    /// A limit; 0 for none.
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, known: Mutex::default() }
    }

    /// Counts a request of `key`, or says how many seconds it has to wait.
    ///
    /// # Errors
    /// The seconds, at least 1.
    pub fn take(&self, key: &str, now_ms: i64) -> Result<(), u32> {
        if self.per_minute == 0 {
            return Ok(());
        }
        let now = now_ms.saturating_mul(1_000);
        let each = MINUTE_US / i64::from(self.per_minute);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.make_room(now);
        let rest_us = &mut known.rest_us;
        // Past the limit strangers are counted together: memory is bounded, and known ones go on.
        let counted = rest_us.contains_key(key) || rest_us.len() < KEYS_MAX;
        let key = if counted { key } else { "" };
        // A clock that was set back must not lock anybody out for longer than a minute.
        let rest = rest_us.get(key).copied().unwrap_or(now).clamp(now, now + MINUTE_US);
        if rest + each > now + MINUTE_US {
            let wait_us = rest + each - now - MINUTE_US;
            return Err(u32::try_from(wait_us / 1_000_000 + 1).unwrap_or(u32::MAX));
        }
        rest_us.insert(key.to_owned(), rest + each);
        Ok(())
    }
}

/// The limits of the edge.
#[derive(Debug)]
pub struct Rates {
    clock: Clock,
    by_address: Rate,
    by_person: Rate,
}

impl Rates {
    /// Nobody has asked yet.
    pub fn new(clock: Clock, limits: &Limits) -> Self {
        Self {
            clock,
            by_address: Rate::new(limits.address_per_minute),
            by_person: Rate::new(limits.person_per_minute),
        }
    }
}

fn refuse(wait_s: u32) -> Response {
    Problem::TooManyRequests { retry_after_s: wait_s }.into_response()
}

/// Refuses what comes too often from one address, before anything is looked up.
///
/// Probes are let through, and so are processes on this machine: all that a proxy hands on which
/// nobody named in the settings would otherwise count as one.
pub async fn by_address(State(rates): State<Arc<Rates>>, request: Request, next: Next) -> Response {
    let probe = matches!(request.uri().path(), "/healthz" | "/readyz");
    let client = request.extensions().get::<ClientAddress>().copied();
    if let Some(ClientAddress { ip: Some(ip), is_local: false }) = client
        && !probe
        && let Err(wait_s) = rates.by_address.take(&network(ip), rates.clock.now_ms())
    {
        return refuse(wait_s);
    }
    next.run(request).await
}

/// Refuses what one person asks too often.
pub async fn by_person(State(rates): State<Arc<Rates>>, request: Request, next: Next) -> Response {
    let visitor = request.extensions().get::<Visitor>();
    if let Some(name) = visitor.and_then(|visitor| visitor.name.as_deref())
        && let Err(wait_s) = rates.by_person.take(name, rates.clock.now_ms())
    {
        return refuse(wait_s);
    }
    next.run(request).await
}

/// What counts as one address: of IPv6 the half that a household or a host is given as a whole.
pub fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V6(ip) => {
            let bits = ip.to_bits() >> 64 << 64;
            format!("{}/64", Ipv6Addr::from_bits(bits))
        }
        ip => ip.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lets_a_burst_through_and_then_as_many_as_refill() {
        let rate = Rate::new(60);
        for n in 0..60 {
            assert_eq!(rate.take("a", 0), Ok(()), "{n}");
        }
        assert_eq!(rate.take("a", 0), Err(2));
        assert_eq!(rate.take("b", 0), Ok(()));
        assert_eq!(rate.take("a", 1_000), Ok(()));
        assert_eq!(rate.take("a", 1_000), Err(2));
        // After a rest the burst is there again, and never more than that.
        for n in 0..60 {
            assert_eq!(rate.take("a", 1_000_000), Ok(()), "{n}");
        }
        assert!(rate.take("a", 1_000_000).is_err());
        // A clock that was set back.
        assert!(rate.take("a", 0).unwrap_err() <= 61);
        assert_eq!(Rate::new(0).take("a", 0), Ok(()));
    }

    #[test]
    fn remembers_a_bounded_number() {
        let rate = Rate::new(10);
        for n in 0..2 * KEYS_MAX {
            let _ = rate.take(&n.to_string(), 0);
        }
        assert!(rate.known.lock().unwrap().rest_us.len() <= KEYS_MAX + 1);
        assert!(rate.take("another", 0).is_err());
        assert_eq!(rate.take("1", 0), Ok(()));
        assert_eq!(rate.take("another", 120_000), Ok(()));
    }

    #[test]
    fn networks() {
        for (ip, name) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ] {
            assert_eq!(network(ip.parse().unwrap()), name);
        }
    }
}
