//! One question to a Unix socket: a line out, everything that comes back in.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(5);
/// Bytes of an answer that are read at most.
const ANSWER_BYTES_MAX: u64 = 1024 * 1024;
/// Bytes of a question that are read at most.
pub const QUESTION_BYTES_MAX: u64 = 4 * 1024;

/// Sends one line and gives the whole answer without its last line ends.
///
/// # Errors
/// What the system says; [`io::ErrorKind::TimedOut`] after 5 s.
pub async fn ask(path: &Path, line: &str) -> io::Result<String> {
    let talk = async {
        let mut stream = connect(path).await?;
        stream.write_all(format!("{}\n", line.trim_end()).as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).trim_end_matches('\n').to_owned())
    };
    tokio::time::timeout(LIMIT, talk).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The kernel takes at most 107 bytes as the name of a socket; a data folder may lie deeper. So
/// the folder is opened and the socket named through that handle.
async fn connect(path: &Path) -> io::Result<UnixStream> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let (Some(folder), Some(name)) = (folder, path.file_name()) else {
        return UnixStream::connect(path).await;
    };
    let handle = File::open(folder)?;
    let short = Path::new("/proc/self/fd").join(handle.as_raw_fd().to_string()).join(name);
    UnixStream::connect(short).await
}

/// Reads one line of a question, without its end.
///
/// # Errors
/// What the system says; a question that is too long or takes too long.
pub(crate) async fn read_line(stream: &mut UnixStream) -> io::Result<String> {
    let read = async {
        let mut line = String::new();
        BufReader::new(stream.take(QUESTION_BYTES_MAX)).read_line(&mut line).await?;
        Ok(line.trim_end().to_owned())
    };
    tokio::time::timeout(LIMIT, read).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use tokio::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn a_socket_below_a_long_path_answers() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d".repeat(120));
        std::fs::create_dir(&deep).unwrap();
        let handle = File::open(&deep).unwrap();
        let short = format!("/proc/self/fd/{}/s", handle.as_raw_fd());
        let listener = UnixListener::bind(short).unwrap();
        let answering = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let line = read_line(&mut stream).await.unwrap();
            stream.write_all(format!("you said {line}\n\n").as_bytes()).await.unwrap();
        });
        assert_eq!(ask(&deep.join("s"), "hello").await.unwrap(), "you said hello");
        answering.await.unwrap();
        assert!(ask(&deep.join("none"), "hello").await.is_err());
    }
}
