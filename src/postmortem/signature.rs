//! How a webhook's message is signed, where it may go, and when it is tried again: pure rules.

use core::net::IpAddr;

use ring::hmac;

use crate::store::audit::hex;

/// The header that carries the signature.
pub const HEADER: &str = "sajeon-signature";
/// Characters of an address.
pub const URL_CHARS_MAX: usize = 500;

/// Seconds between attempts: soon at first, then as long as an outage of a chat tool may last. The
/// last attempt is about 21 hours after the first.
const WAITS_S: [i64; 7] = [10, 60, 300, 1_800, 7_200, 21_600, 43_200];

/// `t=TIME,v1=HMAC`: HMAC-SHA256 (RFC 2104) over `TIME.BODY`, in lower-case hex. The time keeps a
/// message that was overheard from being sent again later.
pub fn sign(secret: &[u8], time_s: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let tag = hmac::sign(&key, format!("{time_s}.{body}").as_bytes());
    format!("t={time_s},v1={}", hex(tag.as_ref()))
}

/// When an attempt that failed is repeated, in milliseconds after it; `None` when it is given up.
pub fn wait_ms(attempts: i64) -> Option<i64> {
    let index = usize::try_from(attempts.checked_sub(1)?).ok()?;
    WAITS_S.get(index).map(|seconds| seconds * 1_000)
}

/// Why an address is not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// No address at all.
    #[error("this is no address of the form https://host/path")]
    Form,
    /// Plain HTTP to somewhere else.
    #[error("only https, or http to this machine itself (127.0.0.1, [::1], localhost)")]
    Scheme,
    /// A name and password in the address.
    #[error("an address with a user name is not taken: it would stand in every log")]
    User,
    /// A network that is no host's.
    #[error("this is the address of a network device, not of a host")]
    Network,
}

/// Whether messages may go to an address: over TLS, or to this machine itself.
///
/// # Errors
/// [`UrlError`].
pub fn check(url: &str) -> Result<(), UrlError> {
    if url.chars().count() > URL_CHARS_MAX
        || url.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\')
    {
        return Err(UrlError::Form);
    }
    let (scheme, rest) = url.split_once("://").ok_or(UrlError::Form)?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(UrlError::User);
    }
    let host = host(authority).ok_or(UrlError::Form)?;
    let is_loopback = host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let is_device = host.parse().is_ok_and(is_device);
    match scheme {
        _ if is_device => Err(UrlError::Network),
        "https" => Ok(()),
        "http" if is_loopback => Ok(()),
        _ => Err(UrlError::Scheme),
    }
}

/// Whether an address is that of a network device and no host's.
///
/// Link-local, where cloud providers answer with the keys of the machine (RFC 3927, RFC 4291), or
/// unspecified. A name that leads
/// there is no better than the address itself.
pub fn is_device(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => {
            (ip.segments()[0] & 0xffc0) == 0xfe80
                || ip.is_unspecified()
                || ip.to_ipv4_mapped().is_some_and(|ip| is_device(IpAddr::V4(ip)))
        }
    }
}

/// The host of `host:port`, without the brackets of an IPv6 address.
fn host(authority: &str) -> Option<&str> {
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?.0,
        None => authority.rsplit_once(':').map_or(authority, |(host, _)| host),
    };
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_signed_with_its_time() {
        // Computed with Python's hmac module.
        assert_eq!(
            sign(b"secret", 1_700_000_000, "{\"a\":1}"),
            "t=1700000000,v1=49f24e537407743fa4a0242bb63b94b9a47ee99cbbe071ccd8a22550ae411686"
        );
    }

    #[test]
    fn messages_go_over_tls_or_nowhere_else() {
        for (url, checked) in [
            ("https://hooks.example/T0/B1?x=y", Ok(())),
            ("https://hooks.example:8443", Ok(())),
            ("http://127.0.0.1:9000/in", Ok(())),
            ("http://[::1]:9000/in", Ok(())),
            ("http://localhost/in", Ok(())),
            ("http://localhost.evil.example/in", Err(UrlError::Scheme)),
            ("http://10.0.0.1/", Err(UrlError::Scheme)),
            ("http://hooks.example/", Err(UrlError::Scheme)),
            ("file:///etc/passwd", Err(UrlError::Form)),
            ("gopher://x/", Err(UrlError::Scheme)),
            ("https://169.254.169.254/latest/meta-data", Err(UrlError::Network)),
            ("https://[::ffff:169.254.169.254]/", Err(UrlError::Network)),
            ("https://user:pass@hooks.example/", Err(UrlError::User)),
            ("http://127.0.0.1@evil.example/", Err(UrlError::User)),
            ("https://a b/", Err(UrlError::Form)),
            ("https://", Err(UrlError::Form)),
            ("hooks.example", Err(UrlError::Form)),
        ] {
            assert_eq!(check(url), checked, "{url}");
        }
    }

    #[test]
    fn attempts_end() {
        assert_eq!(wait_ms(1), Some(10_000));
        assert_eq!(wait_ms(7), Some(43_200_000));
        assert_eq!(wait_ms(8), None);
        assert_eq!(wait_ms(0), None);
    }

    #[test]
    fn a_network_device_is_no_host() {
        for (ip, device) in [
            ("169.254.169.254", true),
            ("0.0.0.0", true),
            ("fe80::1", true),
            ("::", true),
            ("::ffff:169.254.169.254", true),
            ("::ffff:0.0.0.0", true),
            ("127.0.0.1", false),
            ("::1", false),
            ("10.0.0.7", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(ip.parse().map(is_device), Ok(device), "{ip}");
        }
    }
}
