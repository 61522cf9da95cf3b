//! A small disk that a test may fill.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::program::Program;

/// A mounted tmpfs; unmounted when this is dropped.
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts one.
    ///
    /// # Errors
    /// Not as root, or where mounting is forbidden.
    pub fn mount(size_mib: u32) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("sajeon-disk-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let mounted = Program::new("mount")
            .words(&["-t", "tmpfs", "-o", &format!("size={size_mib}m,mode=755"), "tmpfs"])
            .word(&folder)
            .read();
        match mounted {
            Ok(_) => Ok(Self { folder }),
            Err(error) => {
                let _ = std::fs::remove_dir(&folder);
                Err(error)
            }
        }
    }

    /// Where it is mounted.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Err(error) = Program::new("umount").word(&self.folder).read() {
            eprintln!("{error:#}");
        }
        let _ = std::fs::remove_dir(&self.folder);
    }
}
