//! One HTTP request on a connection of its own, and how it ended.
//!
//! Connections are never used twice: a client that tries again in silence on a connection that was
//! closed hides exactly the requests that are to be counted.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Bytes of an answer that are read at most.
const ANSWER_BYTES_MAX: u64 = 256 * 1024;

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// It was answered.
    Answered {
        /// The status.
        status: u16,
        /// What the answer says in `x-node`; absent when a gateway answered by itself.
        node: Option<String>,
        /// The body.
        body: String,
    },
    /// The connection was not taken.
    Refused,
    /// The time was over.
    Timeout,
    /// The connection ended before the answer did.
    Broken,
}

impl Ended {
    /// Whether whoever asked got nothing: no answer, or one that says that the service failed.
    pub fn is_lost(&self) -> bool {
        !matches!(self, Self::Answered { status, .. } if *status < 500)
    }

    /// `200`, `500`, `refused`, `timeout` or `broken`.
    pub fn word(&self) -> String {
        match self {
            Self::Answered { status, .. } => status.to_string(),
            Self::Refused => "refused".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Broken => "broken".to_owned(),
        }
    }

    /// Who answered.
    pub fn node(&self) -> Option<&str> {
        match self {
            Self::Answered { node, .. } => node.as_deref(),
            _ => None,
        }
    }
}

/// Sends `GET path` and waits for the whole answer, for `limit` at most.
pub async fn get(address: SocketAddr, path: &str, limit: Duration) -> Ended {
    tokio::time::timeout(limit, talk(address, path)).await.unwrap_or(Ended::Timeout)
}

async fn talk(address: SocketAddr, path: &str) -> Ended {
    let Ok(mut stream) = TcpStream::connect(address).await else { return Ended::Refused };
    let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    if stream.write_all(head.as_bytes()).await.is_err() {
        return Ended::Broken;
    }
    let mut bytes = Vec::new();
    if stream.take(ANSWER_BYTES_MAX).read_to_end(&mut bytes).await.is_err() {
        return Ended::Broken;
    }
    read(&String::from_utf8_lossy(&bytes)).unwrap_or(Ended::Broken)
}

/// A whole answer; `None` when some of it is missing.
fn read(text: &str) -> Option<Ended> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut node = None;
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let value = value.trim();
        if name.eq_ignore_ascii_case("x-node") {
            node = Some(value.to_owned());
        } else if name.eq_ignore_ascii_case("content-length")
            && value.parse::<usize>().ok()? > body.len()
        {
            return None;
        }
    }
    Some(Ended::Answered { status, node, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_answer_is_none() {
        let whole = "HTTP/1.1 200 OK\r\nX-Node: web-1\r\nContent-Length: 2\r\n\r\nok";
        let answered =
            Ended::Answered { status: 200, node: Some("web-1".to_owned()), body: "ok".to_owned() };
        assert_eq!(read(whole), Some(answered));
        for end in 0..whole.len() {
            assert_eq!(read(&whole[..end]), None, "{:?}", &whole[..end]);
        }
    }

    #[test]
    fn what_was_lost() {
        let answered = |status| Ended::Answered { status, node: None, body: String::new() };
        for (ended, lost) in [
            (answered(200), false),
            (answered(404), false),
            (answered(500), true),
            (answered(503), true),
            (Ended::Refused, true),
            (Ended::Timeout, true),
            (Ended::Broken, true),
        ] {
            assert_eq!(ended.is_lost(), lost, "{ended:?}");
        }
    }
}
