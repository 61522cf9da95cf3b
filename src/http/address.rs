//! Where a request comes from, for the audit and for limits.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::app::App;
use super::connection::Peer;
use crate::account::visitor;
use crate::store::write::ADDRESS;

/// The address of whoever asks, as far as it can be believed; an extension of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress {
    /// The peer's, or what a trusted proxy says; absent in tests without a socket.
    pub ip: Option<IpAddr>,
    /// Whether it is a process on this machine, and no proxy that hands on others' requests.
    pub is_local: bool,
}

/// Finds the address out once, and lets every write of the request carry it.
pub async fn layer(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let ip = visitor::address(&app, &parts);
    let peer = parts.extensions.get::<ConnectInfo<Peer>>().map(|peer| peer.0.0.ip());
    let forwarded =
        ["forwarded", "x-forwarded-for"].iter().any(|name| parts.headers.contains_key(*name));
    let is_local = peer.is_some_and(|peer| peer.is_loopback()) && !forwarded;
    parts.extensions.insert(ClientAddress { ip, is_local });
    let text = ip.map(|ip| ip.to_canonical().to_string()).unwrap_or_default();
    ADDRESS.scope(text, next.run(Request::from_parts(parts, body))).await
}
