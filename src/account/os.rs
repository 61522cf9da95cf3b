//! The person at the terminal.

use crate::store::{Actor, Via};

/// Whoever runs this process, as `os:NAME` in history and audit.
///
/// The name comes from the user database by the process's user id, not from a variable that
/// anybody may set.
pub fn actor() -> Actor {
    let uid = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = name_of(&users, uid).unwrap_or_else(|| uid.to_string());
    Actor::new(format!("os:{name}"), Via::Cli)
}

fn name_of(users: &str, uid: u32) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_name_by_the_id() {
        let users = "root:x:0:0:root:/root:/bin/sh\nminji:x:1000:1000::/srv/minji:/bin/sh\n";
        assert_eq!(name_of(users, 1000).as_deref(), Some("minji"));
        assert_eq!(name_of(users, 7), None);
    }
}
