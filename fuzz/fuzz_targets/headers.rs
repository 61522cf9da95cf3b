//! Any `Host`, `Cookie` and `Accept-Language` is read; a name of somebody else is never ours.
#![no_main]

use std::net::SocketAddr;

use axum::http::{HeaderMap, HeaderValue};
use libfuzzer_sys::fuzz_target;
use sajeon::account::secret::PlainToken;
use sajeon::http::{host, language};

fuzz_target!(|bytes: &[u8]| {
    let Ok(value) = HeaderValue::from_bytes(bytes) else { return };
    let mut headers = HeaderMap::new();
    for name in ["host", "cookie", "accept-language"] {
        headers.insert(name, value.clone());
    }
    let _ = language::of(&headers);
    let Ok(text) = value.to_str() else { return };
    if let Some(secret) = PlainToken::received(text) {
        assert!(text.len() <= 128 && secret.hash().as_str().len() == 64);
    }
    let loopback = SocketAddr::from(([127, 0, 0, 1], 8080));
    let configured = ["sajeon.example".to_owned(), "other.example:8443".to_owned()];
    if host::is_own(text, loopback, &configured) {
        // What a browser would take for the name: all before the port.
        let lower = text.to_ascii_lowercase();
        let name = match lower.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => lower.split(':').next().unwrap_or_default(),
        };
        let ip = name.parse::<std::net::IpAddr>().or_else(|_| lower.parse());
        let own = ["localhost", "sajeon.example", "other.example"].contains(&name)
            || ip.is_ok_and(|ip| ip.is_loopback());
        assert!(own, "{text}");
    }
});
