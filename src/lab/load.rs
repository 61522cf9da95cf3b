//! Requests by the clock, and each one that was lost.
//!
//! An open loop: request `n` is sent at `n / rate` seconds, whatever became of those before it. A
//! load that waits for answers sends less while the service is slow, and so does not see most of
//! what its users see.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::request::{self, Ended};
use crate::clock::Clock;

/// Requests a second, at most.
pub const RATE_MAX: u32 = 2_000;
/// Seconds, at most.
pub const SECONDS_MAX: u32 = 3_600;
/// Lost requests that are told one by one.
pub const LOSSES_MAX: usize = 1_000;

/// What to send.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where to.
    pub address: SocketAddr,
    /// The path.
    pub path: String,
    /// Requests a second.
    pub rate: u32,
    /// For how long.
    pub seconds: u32,
    /// How long an answer may take before it counts as lost.
    pub limit: Duration,
}

/// One request that was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// When it was due.
    pub at: Timestamp,
    /// `500`, `refused`, `timeout` or `broken`.
    pub why: String,
    /// The node that answered, if one did.
    pub node: Option<String>,
}

/// Requests that were due in the same second.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Sent.
    pub sent: u32,
    /// Of these, lost.
    pub lost: u32,
    /// Answers of each node, lost ones too; `-` is a gateway that answered by itself.
    pub by_node: BTreeMap<String, u32>,
    latencies_ms: Vec<u32>,
}

impl Row {
    /// The latency below which this share of all answers lies, in milliseconds.
    pub fn quantile_ms(&self, share: f64) -> u32 {
        quantile(self.latencies_ms.clone(), share)
    }
}

/// Everything that was counted.
#[derive(Debug, Clone)]
pub struct Report {
    /// When the first request was due.
    pub started: Timestamp,
    /// A row for each second.
    pub rows: Vec<Row>,
    /// How requests were lost.
    pub lost_by: BTreeMap<String, u32>,
    /// The first [`LOSSES_MAX`] of them, by time.
    pub losses: Vec<Loss>,
    /// The largest delay between the time at which a request was due and the one at which it was
    /// sent, in milliseconds: how far this machine kept up with the load.
    pub late_ms_max: u32,
}

impl Report {
    /// All requests.
    pub fn sent(&self) -> u32 {
        self.rows.iter().map(|row| row.sent).sum()
    }

    /// All lost requests.
    pub fn lost(&self) -> u32 {
        self.rows.iter().map(|row| row.lost).sum()
    }

    /// Answers of each node.
    pub fn by_node(&self) -> BTreeMap<String, u32> {
        let mut all = BTreeMap::new();
        for (node, count) in self.rows.iter().flat_map(|row| &row.by_node) {
            *all.entry(node.clone()).or_default() += count;
        }
        all
    }

    /// As [`Row::quantile_ms`], over all.
    pub fn quantile_ms(&self, share: f64) -> u32 {
        quantile(self.rows.iter().flat_map(|row| row.latencies_ms.clone()).collect(), share)
    }
}

fn quantile(mut values: Vec<u32>, share: f64) -> u32 {
    values.sort_unstable();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= share <= 1")]
    let place = (share * values.len() as f64) as usize;
    values.get(place.min(values.len().saturating_sub(1))).copied().unwrap_or(0)
}

/// One request's end.
struct Counted {
    number: u32,
    late: Duration,
    took: Duration,
    ended: Ended,
}

/// Sends until the time is over or `stop` is cancelled, waits for what is under way, and counts.
/// `tell` gets each second's row when all of its requests have ended.
pub async fn run(
    plan: &Plan,
    clock: &Clock,
    stop: CancellationToken,
    mut tell: impl FnMut(usize, &Row),
) -> Report {
    let rate = plan.rate.clamp(1, RATE_MAX);
    let total = rate * plan.seconds.clamp(1, SECONDS_MAX);
    let (sender, mut ended) = mpsc::unbounded_channel();
    let started = clock.now();
    let sending = tokio::spawn(send(plan.clone(), rate, total, sender, stop));
    let mut count = Count::new(started, rate);
    while let Some(counted) = ended.recv().await {
        count.add(counted);
        while let Some((second, row)) = count.full_row() {
            tell(second, row);
        }
    }
    let sent = sending.await.expect("sending does not panic");
    // The last second was full at its end, or cut off by `stop`.
    if !sent.is_multiple_of(rate)
        && let Some(row) = count.report.rows.last()
    {
        tell(count.told, row);
    }
    count.report.losses.sort_by_key(|loss| loss.at);
    count.report.losses.truncate(LOSSES_MAX);
    count.report
}

/// Sends on time; gives how many were sent.
async fn send(
    plan: Plan,
    rate: u32,
    total: u32,
    sender: mpsc::UnboundedSender<Counted>,
    stop: CancellationToken,
) -> u32 {
    let start = Instant::now();
    for number in 0..total {
        let due = start + offset(number, rate);
        tokio::select! {
            biased;
            () = stop.cancelled() => return number,
            () = tokio::time::sleep_until(due) => {}
        }
        let (plan, sender) = (plan.clone(), sender.clone());
        tokio::spawn(async move {
            let late = due.elapsed();
            let ended = request::get(plan.address, &plan.path, plan.limit).await;
            // From when it was due: a person waits from then on.
            let took = due.elapsed();
            // The receiver is there until the last sender is gone.
            let _ = sender.send(Counted { number, late, took, ended });
        });
    }
    total
}

/// When a request is due, from the first on.
fn offset(number: u32, rate: u32) -> Duration {
    Duration::from_micros(u64::from(number) * 1_000_000 / u64::from(rate))
}

struct Count {
    rate: u32,
    told: usize,
    report: Report,
}

impl Count {
    fn new(started: Timestamp, rate: u32) -> Self {
        let report = Report {
            started,
            rows: Vec::new(),
            lost_by: BTreeMap::new(),
            losses: Vec::new(),
            late_ms_max: 0,
        };
        Self { rate, told: 0, report }
    }

    fn add(&mut self, counted: Counted) {
        let Counted { number, late, took, ended } = counted;
        let report = &mut self.report;
        report.late_ms_max = report.late_ms_max.max(milliseconds(late));
        let second = (number / self.rate) as usize;
        if report.rows.len() <= second {
            report.rows.resize_with(second + 1, Row::default);
        }
        let row = &mut report.rows[second];
        row.sent += 1;
        if let Ended::Answered { node, .. } = &ended {
            let node = node.as_deref().unwrap_or("-");
            *row.by_node.entry(node.to_owned()).or_default() += 1;
            row.latencies_ms.push(milliseconds(took));
        }
        if ended.is_lost() {
            row.lost += 1;
            *report.lost_by.entry(ended.word()).or_default() += 1;
            // Twice the number, because they come in the order in which they ended.
            if report.losses.len() < 2 * LOSSES_MAX {
                let after = offset(number, self.rate);
                let after = SignedDuration::try_from(after).unwrap_or(SignedDuration::ZERO);
                let at = report.started + after;
                let node = ended.node().map(str::to_owned);
                report.losses.push(Loss { at, why: ended.word(), node });
            }
        }
    }

    /// The next second whose requests have all ended.
    fn full_row(&mut self) -> Option<(usize, &Row)> {
        let second = self.told;
        let row = self.report.rows.get(second).filter(|row| row.sent == self.rate)?;
        self.told += 1;
        Some((second, row))
    }
}

fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn plan(address: SocketAddr, rate: u32) -> Plan {
        let limit = Duration::from_millis(500);
        Plan { address, path: "/".to_owned(), rate, seconds: 1, limit }
    }

    /// Answers by its number: every fourth 500, every fifth cut off, every sixth never.
    async fn moody() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let number = Arc::new(AtomicU32::new(0));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let number = number.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    let _ = stream.read(&mut [0; 1024]).await;
                    let status = match number % 60 {
                        n if n % 6 == 0 => return std::future::pending().await,
                        n if n % 5 == 0 => return,
                        n if n % 4 == 0 => "500 No",
                        _ => "200 OK",
                    };
                    let text = format!("HTTP/1.1 {status}\r\nx-node: web-{}\r\n\r\n", number % 2);
                    let _ = stream.write_all(text.as_bytes()).await;
                });
            }
        });
        address
    }

    #[tokio::test]
    async fn every_way_to_lose_a_request_is_counted() {
        let mut told = Vec::new();
        let tell = |second: usize, row: &Row| told.push((second, row.sent));
        let plan = plan(moody().await, 60);
        let stop = CancellationToken::new();
        let report = run(&plan, &Clock::system(), stop, tell).await;
        let expected = [("500", 8), ("broken", 10), ("timeout", 10)];
        let expected: BTreeMap<String, u32> =
            expected.into_iter().map(|(why, count)| (why.to_owned(), count)).collect();
        assert_eq!(report.lost_by, expected);
        assert_eq!((report.sent(), report.lost()), (60, 28));
        assert_eq!(report.by_node().values().sum::<u32>(), 40);
        assert_eq!(report.losses.len(), 28);
        assert!(report.losses.is_sorted_by_key(|loss| loss.at));
        assert_eq!(told, [(0, 60)]);
    }

    #[tokio::test]
    async fn nobody_listens() {
        let address = {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            listener.local_addr().unwrap()
        };
        let stop = CancellationToken::new();
        let report = run(&plan(address, 20), &Clock::system(), stop, |_, _| {}).await;
        assert_eq!(report.lost_by, BTreeMap::from([("refused".to_owned(), 20)]));
    }

    #[tokio::test]
    async fn a_stopped_load_counts_what_it_sent() {
        let stop = CancellationToken::new();
        stop.cancel();
        let address = "127.0.0.1:9".parse().unwrap();
        let report = run(&plan(address, 20), &Clock::system(), stop, |_, _| {}).await;
        assert_eq!(report.sent(), 0);
    }

    #[test]
    fn quantiles() {
        assert_eq!(quantile(vec![], 0.5), 0);
        assert_eq!(quantile((1..=100).rev().collect(), 0.5), 51);
        assert_eq!(quantile((1..=100).collect(), 0.99), 100);
        assert_eq!(quantile(vec![7], 1.0), 7);
    }
}
