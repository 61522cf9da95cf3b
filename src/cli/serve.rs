//! `sajeon serve`: the web service.

use std::io::IsTerminal as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::Args;
use tokio::net::TcpListener;

use super::{Exit, Failure, progress_bar};
use crate::account::operation;
use crate::clock::Clock;
use crate::config::Config;
use crate::content::import::{ImportError, ImportOptions, Outcome, import};
use crate::http::app::App;
use crate::http::serve;
use crate::http::tls::Certificate;
use crate::http::trace;
use crate::recovery;
use crate::store::{Actor, Via, record};

/// Run the web service.
#[derive(Debug, Clone, Default, Args)]
#[expect(clippy::doc_markdown, reason = "these comments are the help text, which is plain")]
pub(super) struct Serve {
    /// Address and port; port 0 takes a free one [env: SAJEON_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(super) listen: Option<String>,
    /// The folder that holds glossary/, postmortems/ and recovery/ [env: SAJEON_CONTENT]
    /// [default: the one that the data folder remembers, else the current folder]
    #[arg(long, value_name = "DIR")]
    pub(super) content: Option<PathBuf>,
}

pub(super) async fn run(config: Config) -> Result<Exit, Failure> {
    trace::init(&config.log)?;
    let refused = |error: std::io::Error| Failure::usage(error.to_string());
    config.check_listen()?;
    let tls = Certificate::of(&config.edge).map_err(|error| Failure::usage(error.to_string()))?;
    let address = config.listen.address;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::usage(format!("cannot listen on {address}: {error}")))?;
    let address = listener.local_addr().map_err(refused)?;
    let (mut app, indexer) = App::open(config, Clock::system()).await.map_err(Failure::usage)?;
    app.address = address;
    app.tls = tls.map(Arc::new);
    app.serves = true;
    app.remember_content().map_err(refused)?;
    if let Err(error) = app.remember_address() {
        // Without room on the disk it serves on; only addresses that commands print are wrong.
        tracing::warn!(%error, "the address was not written down: {error}");
    }
    let app = Arc::new(app);
    let scheme = if app.tls.is_some() { "https" } else { "http" };
    say(&format!("listening on {scheme}://{address}"));
    let signals = serve::signals().map_err(refused)?;
    let stopping = app.shutdown.clone();
    app.tasks.spawn(indexer.run(stopping.clone().cancelled_owned()));
    app.tasks.spawn(crate::postmortem::service::hooks::run(Arc::clone(&app)));
    let serving = tokio::spawn(serve::run(listener, Arc::clone(&app), async move {
        tokio::select! {
            () = signals => {}
            () = stopping.cancelled() => {}
        }
    }));
    let prepared = prepare(&app).await;
    if let Err(failure) = prepared {
        app.shutdown.cancel();
        let _ = serving.await;
        return Err(failure);
    }
    app.tasks.spawn(recovery::background::run(Arc::clone(&app)));
    serving.await.expect("serving does not panic").map_err(refused)?;
    Ok(Exit::Done)
}

/// Prints a line for whoever started the service, who may have gone since.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// What must be there before the service is ready: content on a first start, and a way in.
async fn prepare(app: &App) -> Result<(), Failure> {
    let is_empty = record::is_empty(&mut *app.database.read().await?).await?;
    if is_empty {
        take_content(app).await?;
    }
    app.ready_from.store(app.database.counter().await?, Ordering::Release);
    app.index.wake();
    if let Some(link) = operation::make_link(&app.database, &app.clock).await? {
        let link = format!("{}/sign-in/{}", app.url(), link.reveal());
        say(&format!("no owner yet; sign in once, within a day: {link}"));
    }
    Ok(())
}

async fn take_content(app: &App) -> Result<(), Failure> {
    let folder = app.content_folder();
    if !folder.is_dir() {
        return Err(Failure::usage(format!("--content {}: no such folder", folder.display())));
    }
    let (bar, tell) = progress_bar();
    let actor = Actor::new("system", Via::Import);
    let options = ImportOptions::default();
    let taken = import(&app.database, &app.files, &app.clock, actor, &folder, options, &tell).await;
    bar.finish_and_clear();
    match taken {
        Ok(report) => {
            let records = report.count(Outcome::New);
            tracing::info!(records, folder = %folder.display(), "took the content in");
            if records == 0 && std::io::stderr().is_terminal() {
                eprintln!("{} holds no glossary/ or postmortems/", folder.display());
            }
            Ok(())
        }
        Err(ImportError::Files(diagnostics)) => Err(Failure::faults(&diagnostics)),
        Err(ImportError::Store(error)) => Err(error.into()),
        Err(error) => Err(Failure::usage(error.to_string())),
    }
}
