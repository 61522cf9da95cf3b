//! Ports and names of a lab, and the texts that follow from them: HAProxy's configuration and the
//! targets of recovery actions. Rules only.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// Nodes that `up` starts.
pub const STARTED: usize = 3;
/// Places for nodes: the last is free until an action starts a node there.
pub const PLACES: usize = 4;
/// The backend that carries traffic.
pub const WEB: &str = "web";
/// The backend behind the test gateway: empty, until an isolated node is attached to it.
pub const QUARANTINE: &str = "quarantine";

/// Hundreds of ports to try: 18000 to 18099 first. They end below the range from which the system
/// takes ports of outgoing connections (32768 on), of which a load uses hundreds a second.
pub const HUNDREDS: std::ops::Range<u16> = 180..320;

/// The ports of one lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Node `web-N` listens on `base + N`, the gateways on `base + 80` and `base + 99`.
    pub base: u16,
}

/// One place for a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Counts from 1.
    pub number: usize,
    /// `web-1`
    pub name: String,
    /// `127.0.0.1:18001`
    pub address: String,
}

impl Layout {
    /// The application gateway.
    pub fn gateway(&self) -> String {
        format!("127.0.0.1:{}", self.base + 80)
    }

    /// The test gateway.
    pub fn test_gateway(&self) -> String {
        format!("127.0.0.1:{}", self.base + 99)
    }

    /// Every place, in order.
    pub fn places(&self) -> Vec<Place> {
        let place = |number: usize| Place {
            number,
            name: format!("web-{number}"),
            address: format!("127.0.0.1:{}", usize::from(self.base) + number),
        };
        (1..=PLACES).map(place).collect()
    }

    /// The place of this name.
    pub fn place(&self, name: &str) -> Option<Place> {
        self.places().into_iter().find(|place| place.name == name)
    }

    /// HAProxy's configuration. Paths in it are relative to the lab's folder, where HAProxy is
    /// started, because the name of a Unix socket may have only 107 bytes.
    ///
    /// Every place stands in both backends and those that are not in use are `disabled`: a server
    /// that was added at run time would be gone after a reload, whereas these keep what the
    /// server state file says of them.
    pub fn haproxy_config(&self) -> String {
        let (gateway, test_gateway) = (self.gateway(), self.test_gateway());
        let mut text = format!(
            "{HAPROXY_HEAD}
frontend application
    bind {gateway}
    default_backend {WEB}

frontend test
    bind {test_gateway}
    default_backend {QUARANTINE}

backend {WEB}
    balance roundrobin
    option httpchk GET /healthz
    default-server check inter 500ms fall 2 rise 1
"
        );
        for Place { number, name, address } in self.places() {
            let free = if number > STARTED { " disabled" } else { "" };
            let _ = writeln!(text, "    server {name} {address}{free}");
        }
        let _ = write!(
            text,
            "
# No health check: a sick node must be reached here, that is what this backend is for.
backend {QUARANTINE}
    balance roundrobin
"
        );
        for Place { name, address, .. } in self.places() {
            let _ = writeln!(text, "    server {name} {address} disabled");
        }
        text
    }

    /// `recovery/targets/lab.toml` for this lab.
    pub fn targets(&self, folder: &str, program: &str) -> String {
        let (gateway, test_gateway) = (self.gateway(), self.test_gateway());
        let quoted = |text: &str| toml_edit::Value::from(text).to_string();
        let mut text = format!(
            "{TARGETS_HEAD}
[env]
LAB_DIR = {}
LAB_PROGRAM = {}

[[target]]
name = \"web-gateway\"
kind = \"gateway\"
address = \"{gateway}\"
aliases = [\"애플리케이션 게이트웨이\", \"アプリケーションゲートウェイ\", \"application gateway\"]
set = {{ backend = \"{WEB}\" }}

[[target]]
name = \"test-gateway\"
kind = \"gateway\"
address = \"{test_gateway}\"
aliases = [\"테스트용 게이트웨이\", \"検証用ゲートウェイ\", \"test application gateway\"]
set = {{ backend = \"{QUARANTINE}\" }}
",
            quoted(folder),
            quoted(program),
        );
        for Place { number, name, address } in self.places() {
            if number > STARTED {
                text.push_str("\n# The free place: nothing runs here until node-start starts it.");
            }
            let _ = write!(
                text,
                "
[[target]]
name = \"{name}\"
kind = \"web-node\"
address = \"{address}\"
aliases = [\"{number}번 웹 서버\", \"{number}번 서버\", \"ウェブサーバー{number}号機\", \
                 \"{number}号機\", \"web server {number}\", \"server {number}\"]
[target.set]
gateway = \"{gateway}\"
gateway_name = \"{WEB}/{name}\"
test_gateway = \"{test_gateway}\"
test_gateway_name = \"{QUARANTINE}/{name}\"
"
            );
        }
        text
    }
}

const HAPROXY_HEAD: &str = "\
# Written by `sajeon lab up`; a change here is lost.
global
    # The folder is open to its owner only, and so is the socket.
    stats socket unix@haproxy.sock mode 600 level admin expose-fd listeners
    stats timeout 10s
    # What was drained stays drained over a reload, if the state was written before it.
    server-state-file ./server-state
    hard-stop-after 10s
    maxconn 2000
    # A shell that may open few files gets a smaller gateway instead of none.
    no strict-limits
    # Two labs must never share a port unnoticed.
    noreuseport

defaults
    mode http
    timeout connect 500ms
    timeout client 10s
    timeout server 5s
    # A node that does not take the connection is given up for another one.
    retries 3
    option redispatch
    load-server-state-from-file global
";

const TARGETS_HEAD: &str = "\
# The practice lab: what recovery actions may be pointed at.
# `sajeon lab up` writes this file with the ports of today into the data folder, under
# recovery/targets/, where it takes the place of the one that ships with the content;
# `sajeon lab down` removes it.
#
# A target is a name that people know, and what the tools call it: {node} in an action is the name,
# {node.gateway_name} comes from `set`. Nobody types an address or the name of a server.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_targets_are_those_that_up_writes() {
        let shipped = include_str!("../../recovery/targets/lab.toml");
        assert_eq!(Layout { base: 18000 }.targets("", ""), shipped);
    }

    #[test]
    fn paths_are_quoted_whatever_stands_in_them() {
        let folder = "/tmp/a \"b\"\\\n[[target]]";
        let text = Layout { base: 18100 }.targets(folder, "/bin/true");
        let value: toml::Table = text.parse().expect("it is TOML");
        assert_eq!(value["env"]["LAB_DIR"].as_str(), Some(folder));
        assert_eq!(value["target"].as_array().map(Vec::len), Some(6));
    }

    #[test]
    fn places_that_are_not_in_use_are_disabled_in_both_backends() {
        let config = Layout { base: 18000 }.haproxy_config();
        assert!(config.contains("server web-3 127.0.0.1:18003\n"), "{config}");
        assert_eq!(config.matches("server web-4 127.0.0.1:18004 disabled\n").count(), 2);
        assert_eq!(config.matches(" disabled\n").count(), 5, "{config}");
    }
}
