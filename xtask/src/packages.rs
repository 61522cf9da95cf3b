//! Debian packages that the tests need: looked for by what they bring, installed when it is absent.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::postgres;
use crate::program::{Program, is_root, on_path};

/// A Debian package and the sign that it is there.
pub struct Package {
    /// Its name for apt-get.
    pub name: &'static str,
    present: fn() -> bool,
}

/// The second engine.
pub const POSTGRESQL: Package =
    Package { name: "postgresql", present: || postgres::programs().is_some() };
/// The browser.
pub const CHROMIUM: Package =
    Package { name: "chromium", present: || Path::new("/usr/bin/chromium").is_file() };
/// Korean and Japanese letters in pictures and layout tests.
pub const FONTS: Package = Package {
    name: "fonts-noto-cjk",
    present: || Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").is_file(),
};
/// Runs the browser tests.
pub const NODE: Package = Package { name: "nodejs", present: || on_path("node") };
/// Installs what the browser tests import.
pub const NPM: Package = Package { name: "npm", present: || on_path("npm") };
/// The gateway of the practice lab.
pub const HAPROXY: Package =
    Package { name: "haproxy", present: || Path::new("/usr/sbin/haproxy").is_file() };

/// Makes virtual environments for tools from `PyPI`; brings Python along.
pub const VENV: Package = Package {
    name: "python3-venv",
    present: || Program::new("python3").words(&["-c", "import ensurepip"]).read().is_ok(),
};

/// For the browser tests.
pub const BROWSER: &[&Package] = &[&CHROMIUM, &FONTS, &NODE, &NPM, &HAPROXY];
/// Everything.
pub const ALL: &[&Package] = &[&POSTGRESQL, &CHROMIUM, &FONTS, &NODE, &NPM, &HAPROXY, &VENV];

const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs those that are absent.
///
/// # Errors
/// Not as root: names the exact command to run. As root: when apt-get fails.
pub fn install(packages: &[&Package]) -> Result<()> {
    let absent: Vec<&str> = packages
        .iter()
        .filter(|package| !(package.present)())
        .map(|package| package.name)
        .collect();
    if absent.is_empty() {
        return Ok(());
    }
    let install = Program::new("apt-get")
        .words(&["install", "-y", "--no-install-recommends"])
        .words(&absent)
        .variable("DEBIAN_FRONTEND", "noninteractive")
        .variable("RUNLEVEL", "1");
    if !is_root() {
        bail!("not installed: {}. As root: {}", absent.join(" "), install.line());
    }
    println!("installing {}", absent.join(" "));
    let _policy = StartNothing::set()?;
    Program::new("apt-get").words(&["update", "-q"]).check()?;
    install.check()?;
    let still: Vec<&str> = packages
        .iter()
        .filter(|package| !(package.present)())
        .map(|package| package.name)
        .collect();
    if !still.is_empty() {
        bail!("installed, but what it brings was not found: {}", still.join(" "));
    }
    Ok(())
}

/// While this lives, no package starts a service: Debian's own database server would take a port
/// and memory for nothing.
struct StartNothing {
    ours: bool,
}

impl StartNothing {
    fn set() -> Result<Self> {
        let policy = Path::new(POLICY);
        if policy.exists() {
            return Ok(Self { ours: false });
        }
        std::fs::write(policy, "#!/bin/sh\nexit 101\n").context(POLICY)?;
        std::fs::set_permissions(policy, std::fs::Permissions::from_mode(0o755)).context(POLICY)?;
        Ok(Self { ours: true })
    }
}

impl Drop for StartNothing {
    fn drop(&mut self) {
        if self.ours
            && let Err(error) = std::fs::remove_file(POLICY)
        {
            eprintln!("cannot remove {POLICY}: {error}");
        }
    }
}
