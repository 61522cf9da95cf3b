//! The life of the service: from the first connection to the last acknowledged request.

use std::future::{Future, IntoFuture};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::app::App;
use super::connection::{Limited, Peer};
use super::router::router;

/// Serves until `shutdown` is done, then takes nothing new, lets what was begun end within
/// [`crate::config::Limits::shutdown_ms`], waits for [`App::tasks`] and closes the database.
///
/// [`App::shutdown`] is cancelled first: event streams and tasks end themselves by it.
///
/// # Errors
/// What the listener says.
pub async fn run(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let listener = Limited::new(listener, &app.config.limits, app.tls.clone());
    if let Some(tls) = app.tls.clone() {
        app.tasks.spawn(tls.follow(app.shutdown.clone().cancelled_owned()));
    }
    let service = router(Arc::clone(&app)).into_make_service_with_connect_info::<Peer>();
    let stopping = app.shutdown.clone();
    let late = CancellationToken::new();
    let watcher =
        tokio::spawn(watch(shutdown, app.config.limits.shutdown(), stopping.clone(), late.clone()));
    let server = axum::serve(listener, service)
        .with_graceful_shutdown(stopping.clone().cancelled_owned())
        .into_future();
    let result = tokio::select! {
        result = server => result,
        () = late.cancelled() => {
            tracing::warn!("some requests were cut off");
            Ok(())
        }
    };
    // Also when the listener failed.
    stopping.cancel();
    app.tasks.close();
    tokio::select! {
        () = app.tasks.wait() => {}
        () = late.cancelled() => tracing::warn!("some tasks were cut off"),
    }
    watcher.abort();
    app.database.close().await;
    tracing::info!("stopped");
    result
}

/// Says when to stop, and when to stop waiting.
async fn watch(
    shutdown: impl Future<Output = ()>,
    patience: Duration,
    stopping: CancellationToken,
    late: CancellationToken,
) {
    tokio::select! {
        () = shutdown => {}
        () = stopping.cancelled() => {}
    }
    tracing::info!("stopping");
    stopping.cancel();
    tokio::time::sleep(patience).await;
    late.cancel();
}

/// Done at SIGTERM, which a service manager sends, or SIGINT, which Ctrl-C sends.
///
/// # Errors
/// When the system does not take the handlers.
pub fn signals() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::atomic::{AtomicBool, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::store::Database;

    async fn start(change: impl FnOnce(&mut Config)) -> (Arc<App>, Running, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path());
        change(&mut config);
        let database = Database::open(&config.database_url()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (app, indexer) = App::new(config, address, database, Clock::system()).unwrap();
        drop(indexer);
        let app = Arc::new(app);
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(run(listener, Arc::clone(&app), async {
            let _ = stopped.await;
        }));
        (app, Running { stop, task }, folder)
    }

    struct Running {
        stop: tokio::sync::oneshot::Sender<()>,
        task: tokio::task::JoinHandle<io::Result<()>>,
    }

    async fn get(stream: &mut TcpStream, path: &str) -> String {
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn stops_after_what_was_begun() {
        let (app, running, _folder) = start(|_| {}).await;
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        assert!(get(&mut stream, "/healthz").await.starts_with("HTTP/1.1 200"));
        let ended = Arc::new(AtomicBool::new(false));
        app.tasks.spawn({
            let (ended, shutdown) = (Arc::clone(&ended), app.shutdown.clone());
            async move {
                shutdown.cancelled().await;
                tokio::time::sleep(Duration::from_millis(50)).await;
                ended.store(true, Ordering::Relaxed);
            }
        });
        running.stop.send(()).unwrap();
        running.task.await.unwrap().unwrap();
        assert!(ended.load(Ordering::Relaxed));
        assert!(TcpStream::connect(app.address).await.is_err());
    }

    #[tokio::test]
    async fn does_not_wait_for_ever() {
        let (app, running, _folder) = start(|config| config.limits.shutdown_ms = 100).await;
        // A request that never ends, and a task that does not listen.
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(b"POST /sign-in HTTP/1.1\r\nhost: localhost\r\n").await.unwrap();
        app.tasks.spawn(std::future::pending::<()>());
        running.stop.send(()).unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(5), running.task).await;
        ended.unwrap().unwrap().unwrap();
    }

    #[tokio::test]
    async fn drops_a_connection_that_carries_nothing() {
        let (app, _running, _folder) = start(|config| config.limits.connection_idle_ms = 50).await;
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(b"GET /healthz HT").await.unwrap();
        let mut text = String::new();
        let read = stream.read_to_string(&mut text);
        let read = tokio::time::timeout(Duration::from_secs(5), read).await.unwrap();
        assert!(read.is_err() || text.is_empty(), "{text}");
    }

    #[tokio::test]
    async fn drops_a_connection_whose_request_never_ends() {
        let (app, _running, _folder) = start(|config| config.limits.request_timeout_ms = 100).await;
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n").await.unwrap();
        // A header now and then: never idle, and never done.
        let drip = async {
            while stream.write_all(b"x-a: b\r\n").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), drip).await.unwrap();
    }
}
