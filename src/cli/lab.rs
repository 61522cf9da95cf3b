//! `sajeon lab`: something real to run recovery actions against.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Exit, Failure};
use crate::clock::Clock;
use crate::http::serve;
use crate::lab::gateway::Server;
use crate::lab::load::{self, Plan, Report, Row};
use crate::lab::node::Fault;
use crate::lab::operation::{self, NodeStatus, Status};
use crate::lab::{Lab, LabError, host, node, process, request, socket};

/// The practice lab: HAProxy and three small nodes on loopback ports
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text, which is plain")]
pub(super) struct LabCommand {
    /// The folder that holds recovery/, whose actions are run here [env: SAJEON_CONTENT]
    #[arg(long, global = true, value_name = "DIR")]
    content: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start what does not run yet, and write DATA/recovery/targets/lab.toml
    Up,
    /// What runs, what is broken, and what the gateway does with it
    Status,
    /// Send requests by the clock and count each one that is lost; status 1 if one was
    Load(Load),
    /// Break a node, or mend it with `none`
    Fault {
        /// web-1 to web-4
        node: String,
        /// How
        #[arg(value_enum)]
        fault: Fault,
    },
    /// Reload the gateway as a new configuration would
    Reload {
        /// Do not write the state of its servers first: what was isolated comes back
        #[arg(long)]
        forget: bool,
    },
    /// End every process of the lab and remove its files
    Down,
    /// Be one node, in the foreground
    Node(NodeCommand),
    /// Be what starts and stops nodes, in the foreground
    #[command(hide = true)]
    Host,
    /// Send one line to a Unix socket and print the answer; what scripts use to ask
    #[command(hide = true)]
    Socket {
        /// The socket
        path: PathBuf,
    },
    /// Ask an address of this machine and print each status with the node that answered
    #[command(hide = true)]
    Get {
        /// Such as 127.0.0.1:18080
        address: SocketAddr,
        /// The path
        #[arg(default_value = "/")]
        path: String,
        /// How often
        #[arg(long, default_value_t = 1, value_parser = up_to(100))]
        times: u32,
    },
}

/// A whole number from 1 on.
fn up_to(max: u32) -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(max))
}

#[derive(Debug, Args)]
struct Load {
    /// Requests a second
    #[arg(long, default_value_t = 300, value_parser = up_to(load::RATE_MAX))]
    rate: u32,
    /// For how long; Ctrl-C ends it earlier
    #[arg(long, default_value_t = 20, value_parser = up_to(load::SECONDS_MAX))]
    seconds: u32,
    /// Milliseconds after which an answer counts as lost
    #[arg(long, default_value_t = 3_000, value_name = "MS", value_parser = up_to(60_000))]
    timeout_ms: u32,
    /// Through the test gateway instead of the application gateway
    #[arg(long)]
    test_gateway: bool,
}

#[derive(Debug, Args)]
struct NodeCommand {
    /// Its name
    #[arg(long)]
    name: String,
    /// Where it listens
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
}

impl From<LabError> for Failure {
    fn from(error: LabError) -> Self {
        match error {
            LabError::NotUp | LabError::Failed(_) => Self::no(error.to_string()),
            LabError::NotInstalled { .. } | LabError::Usage(_) | LabError::Io { .. } => {
                Self::usage(error.to_string())
            }
        }
    }
}

impl LabCommand {
    /// The `--content` of this command, which is a setting.
    pub(super) fn content(&self) -> Option<PathBuf> {
        self.content.clone()
    }

    /// Whether this is a process of the lab, or what a script calls: it reads no settings, and
    /// the environment of a run is not its own.
    pub(super) fn reads_no_settings(&self) -> bool {
        let verb = &self.verb;
        matches!(verb, Verb::Node(_) | Verb::Host | Verb::Socket { .. } | Verb::Get { .. })
    }

    pub(super) async fn run(self, data: PathBuf, json: bool) -> Result<Exit, Failure> {
        let lab = Lab::of(&data)?;
        match self.verb {
            Verb::Up => {
                let up = operation::up(&lab).await?;
                let status = operation::status(&lab).await?;
                let mut human = if up.started.is_empty() {
                    "everything ran already\n".to_owned()
                } else {
                    format!("started {}\n", up.started.join(", "))
                };
                human.push_str(&human_status(&status));
                human.push_str(&format!("targets: {}\n", lab.targets_file().display()));
                let mut value = json_status(&status);
                value["started"] = json!(up.started);
                value["targets"] = json!(lab.targets_file());
                print(json, &human, &value);
                Ok(Exit::Done)
            }
            Verb::Status => {
                let status = operation::status(&lab).await?;
                print(json, &human_status(&status), &json_status(&status));
                let runs = status.gateway_pid.is_some();
                Ok(if runs { Exit::Done } else { Exit::No })
            }
            Verb::Load(load) => load.run(&lab, json).await,
            Verb::Fault { node, fault } => {
                operation::fault(&lab, &node, fault).await?;
                let human = format!("{node}: {}", fault.word());
                print(json, &human, &json!({ "node": node, "fault": fault.word() }));
                Ok(Exit::Done)
            }
            Verb::Reload { forget } => {
                operation::reload(&lab, !forget).await?;
                let word = if forget { "it knows its configuration only" } else { "it remembers" };
                print(json, &format!("reloaded; {word}"), &json!({ "remembers": !forget }));
                Ok(Exit::Done)
            }
            Verb::Down => {
                let stopped = operation::down(&lab).await?;
                let human = if stopped.is_empty() {
                    "nothing ran".to_owned()
                } else {
                    format!("stopped {}", stopped.join(", "))
                };
                print(json, &human, &json!({ "stopped": stopped }));
                Ok(Exit::Done)
            }
            Verb::Node(NodeCommand { name, listen }) => {
                let record = lab.record(&name);
                node::run(&name, listen, &lab.node_folder(&name), &record).await?;
                Ok(Exit::Done)
            }
            Verb::Host => {
                host::run(&lab).await?;
                Ok(Exit::Done)
            }
            Verb::Socket { path } => ask(&path).await,
            Verb::Get { address, path, times } => get(address, &path, times).await,
        }
    }
}

fn print(as_json: bool, human: &str, value: &Value) {
    use std::io::Write as _;
    let text = if as_json { format!("{value:#}") } else { human.trim_end().to_owned() };
    // A closed pipe (`| head`) is no failure of ours.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

fn human_status(status: &Status) -> String {
    let Status { layout, gateway_pid, nodes } = status;
    let runs = |pid: &Option<i32>| pid.map_or("stopped".to_owned(), |pid| format!("pid {pid}"));
    let (gateway, test) = (layout.gateway(), layout.test_gateway());
    let mut text = format!(
        "application gateway  http://{gateway}  {}\ntest gateway         http://{test}\n\n{:<8} \
         {:<17} {:<12} {:<10} {:<14} test gateway\n",
        runs(gateway_pid),
        "node",
        "address",
        "process",
        "fault",
        "gateway",
    );
    let server = |server: &Option<Server>| match server {
        None => "no answer".to_owned(),
        Some(server) => {
            format!("{} {}", server.admin.word(), if server.is_up { "up" } else { "down" })
        }
    };
    for NodeStatus { place, pid, fault, gateway, test_gateway, .. } in nodes {
        let fault = fault.as_deref().unwrap_or("-");
        let (process, gateway) = (runs(pid), server(gateway));
        text.push_str(&format!(
            "{:<8} {:<17} {process:<12} {fault:<10} {gateway:<14} {}\n",
            place.name,
            place.address,
            server(test_gateway),
        ));
    }
    text
}

fn json_status(status: &Status) -> Value {
    let Status { layout, gateway_pid, nodes } = status;
    let server = |server: &Option<Server>| {
        server.as_ref().map(|s| json!({ "state": s.admin.word(), "up": s.is_up }))
    };
    let nodes: Vec<Value> = nodes
        .iter()
        .map(|node| {
            json!({
                "name": node.place.name, "address": node.place.address, "pid": node.pid,
                "fault": node.fault, "served": node.served, "gateway": server(&node.gateway),
                "test_gateway": server(&node.test_gateway),
            })
        })
        .collect();
    json!({
        "gateway": { "address": layout.gateway(), "pid": gateway_pid },
        "test_gateway": { "address": layout.test_gateway(), "pid": gateway_pid },
        "nodes": nodes,
    })
}

impl Load {
    async fn run(self, lab: &Lab, as_json: bool) -> Result<Exit, Failure> {
        process::open_many_files();
        let layout = lab.require()?;
        let address = if self.test_gateway { layout.test_gateway() } else { layout.gateway() };
        let address = address.parse().map_err(|error| Failure::usage(format!("{error}")))?;
        let plan = Plan {
            address,
            path: "/".to_owned(),
            rate: self.rate,
            seconds: self.seconds,
            limit: Duration::from_millis(u64::from(self.timeout_ms)),
        };
        let stop = CancellationToken::new();
        let signals = serve::signals().map_err(|error| Failure::usage(error.to_string()))?;
        let stopping = stop.clone();
        tokio::spawn(async move {
            signals.await;
            stopping.cancel();
        });
        if !as_json {
            print(false, "second   sent   lost    p50    p99  answered by", &Value::Null);
        }
        let tell = |second: usize, row: &Row| {
            if !as_json {
                print(false, &human_row(second, row), &Value::Null);
            }
        };
        let report = load::run(&plan, &Clock::system(), stop, tell).await;
        print(as_json, &human_total(&report), &json_report(&plan, &report));
        Ok(if report.lost() == 0 { Exit::Done } else { Exit::No })
    }
}

fn human_row(second: usize, row: &Row) -> String {
    let by: Vec<String> =
        row.by_node.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let (p50, p99) = (row.quantile_ms(0.5), row.quantile_ms(0.99));
    format!("{second:>6} {:>6} {:>6} {p50:>6} {p99:>6}  {}", row.sent, row.lost, by.join(", "))
}

fn human_total(report: &Report) -> String {
    let (sent, lost) = (report.sent(), report.lost());
    let why: Vec<String> = report.lost_by.iter().map(|(why, n)| format!("{why}: {n}")).collect();
    let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(", ")) };
    format!("sent {sent}, lost {lost}{why}; sent at most {} ms late", report.late_ms_max)
}

fn json_report(plan: &Plan, report: &Report) -> Value {
    let latency = |p50: u32, p99: u32| json!({ "p50": p50, "p99": p99 });
    let rows: Vec<Value> = report
        .rows
        .iter()
        .enumerate()
        .map(|(second, row)| {
            json!({
                "second": second, "sent": row.sent, "lost": row.lost, "by_node": row.by_node,
                "latency_ms": latency(row.quantile_ms(0.5), row.quantile_ms(0.99)),
            })
        })
        .collect();
    let losses: Vec<Value> = report
        .losses
        .iter()
        .map(|loss| json!({ "at": format!("{:.3}", loss.at), "why": loss.why, "node": loss.node }))
        .collect();
    json!({
        "address": plan.address, "rate": plan.rate, "timeout_ms": plan.limit.as_millis() as u64,
        "started": format!("{:.3}", report.started), "sent": report.sent(), "lost": report.lost(),
        "lost_by": report.lost_by, "by_node": report.by_node(),
        "latency_ms": latency(report.quantile_ms(0.5), report.quantile_ms(0.99)),
        "late_ms_max": report.late_ms_max, "seconds": rows, "losses": losses,
    })
}

/// One line from standard input to a socket.
async fn ask(path: &std::path::Path) -> Result<Exit, Failure> {
    use std::io::{BufRead as _, Read as _};
    let mut line = String::new();
    let mut input = std::io::stdin().lock().take(socket::QUESTION_BYTES_MAX);
    input.read_line(&mut line).map_err(|error| Failure::usage(error.to_string()))?;
    if line.trim().is_empty() {
        return Err(Failure::usage("standard input holds no line"));
    }
    drop(input);
    let answer = socket::ask(path, &line).await;
    let answer = answer.map_err(|error| Failure::no(format!("{}: {error}", path.display())))?;
    if !answer.is_empty() {
        print(false, &answer, &Value::Null);
    }
    Ok(Exit::Done)
}

async fn get(address: SocketAddr, path: &str, times: u32) -> Result<Exit, Failure> {
    if !address.ip().is_loopback() {
        return Err(Failure::usage(format!("{address} is not an address of this machine")));
    }
    if !path.starts_with('/') || path.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Failure::usage(format!("{path:?} is not a path such as /healthz")));
    }
    let mut answered = false;
    for _ in 0..times {
        let ended = request::get(address, path, Duration::from_secs(3)).await;
        let word = ended.word();
        let node = ended.node().unwrap_or("-").to_owned();
        let body = match ended {
            request::Ended::Answered { body, .. } => {
                answered = true;
                body.lines().next().unwrap_or_default().to_owned()
            }
            _ => String::new(),
        };
        print(false, &format!("{word} {node} {body}"), &Value::Null);
    }
    Ok(if answered { Exit::Done } else { Exit::No })
}
