//! The running web service.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, Once, mpsc};
use std::time::Duration;

use reqwest::Method;
use rustix::process::{Pid, Signal};

use super::request::Request;
use super::sandbox::Sandbox;
use super::tree::Tree;

/// How long a start may take, index included.
const START: Duration = Duration::from_secs(120);

/// A service with its own data folder and database; killed when dropped.
pub(crate) struct Service {
    /// Where it stands.
    pub(crate) sandbox: Sandbox,
    content: PathBuf,
    child: Option<Child>,
    address: String,
    client: reqwest::Client,
    printed: Arc<Mutex<Vec<String>>>,
}

impl Service {
    /// On this content, in a new sandbox, ready.
    pub(crate) async fn start(tree: &Tree) -> Self {
        let sandbox = Sandbox::new().await;
        let content = tree.write(&sandbox.path("content"));
        Self::start_in(sandbox, content).await
    }

    /// On the shipped content.
    pub(crate) async fn start_shipped() -> Self {
        Self::start(&Tree::shipped()).await
    }

    /// In this sandbox, ready.
    pub(crate) async fn start_in(sandbox: Sandbox, content: PathBuf) -> Self {
        let mut service = Self {
            sandbox,
            content,
            child: None,
            address: String::new(),
            client: client(),
            printed: Arc::default(),
        };
        service.launch();
        service.wait_until_ready().await;
        service
    }

    /// Starts the process and waits for its address, not for readiness.
    pub(crate) fn launch(&mut self) {
        assert!(self.child.is_none(), "it is running");
        let log = File::options().create(true).append(true).open(self.log_file()).unwrap();
        let mut command = self.sandbox.program();
        command.args(["serve", "--listen", "127.0.0.1:0", "--content"]).arg(&self.content);
        let mut child = command.stderr(log).spawn().unwrap();
        let lines = read_lines(child.stdout.take().unwrap(), Arc::clone(&self.printed));
        self.child = Some(child);
        let Ok(line) = lines.recv_timeout(START) else {
            panic!("it printed no address\n{}", self.log());
        };
        let Some(address) = line.strip_prefix("listening on ") else {
            panic!("the first line is {line:?}\n{}", self.log());
        };
        self.address = address.trim().trim_end_matches('/').to_owned();
    }

    /// Waits until `/readyz` is 200.
    pub(crate) async fn wait_until_ready(&mut self) {
        let start = super::now();
        while start.elapsed() < START {
            if let Ok(answer) = self.get("/readyz").try_send().await
                && answer.status == 200
            {
                return;
            }
            if let Some(status) = self.child.as_mut().unwrap().try_wait().unwrap() {
                panic!("it ended with {status}\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("not ready after {START:?}\n{}", self.log());
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The process.
    #[allow(dead_code, reason = "only the measurements look at its memory")]
    pub(crate) fn process_id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Every line of standard output so far.
    pub(crate) fn printed(&self) -> Vec<String> {
        self.printed.lock().unwrap().clone()
    }

    fn log_file(&self) -> PathBuf {
        self.sandbox.path("service.log")
    }

    /// The end of what it logged.
    pub(crate) fn log(&self) -> String {
        log_tail(&self.log_file())
    }

    /// A request, not sent yet.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        let builder = self.client.request(method.clone(), format!("{}{path}", self.address));
        Request::new(builder, format!("{method} {path}"), self.log_file())
    }

    /// A GET request, not sent yet.
    pub(crate) fn get(&self, path: &str) -> Request {
        self.request(Method::GET, path)
    }

    /// A PUT request, not sent yet.
    pub(crate) fn put(&self, path: &str) -> Request {
        self.request(Method::PUT, path)
    }

    /// A client that shares nothing with the service but its address, for another task.
    pub(crate) fn caller(&self) -> Caller {
        Caller { client: self.client.clone(), address: self.address.clone(), log: self.log_file() }
    }

    /// Ends it as power loss would, from the program's point of view.
    pub(crate) fn kill9(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to end, and waits; its exit status and how long it took.
    pub(crate) async fn terminate(&mut self) -> (ExitStatus, Duration) {
        let start = super::now();
        let mut child = self.child.take().unwrap();
        signal(child.id(), Signal::TERM);
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                return (status, start.elapsed());
            }
            if start.elapsed() > Duration::from_secs(60) {
                child.kill().unwrap();
                panic!("it did not end\n{}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Starts it again on the same data, and waits until it is ready.
    pub(crate) async fn restart(&mut self) {
        self.launch();
        self.wait_until_ready().await;
    }

    /// Ends everything and removes the database; what a test that made a large one calls.
    pub(crate) async fn remove(mut self) {
        if self.child.is_some() {
            self.kill9();
        }
        self.sandbox.database.remove().await;
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// What a task needs to call the service while the test kills it.
#[derive(Clone)]
pub(crate) struct Caller {
    client: reqwest::Client,
    address: String,
    log: PathBuf,
}

impl Caller {
    /// A request, not sent yet.
    pub(crate) fn request(&self, method: Method, path: &str) -> Request {
        let builder = self.client.request(method.clone(), format!("{}{path}", self.address));
        Request::new(builder, format!("{method} {path}"), self.log.clone())
    }
}

/// Sends a signal to a process that we started.
pub(crate) fn signal(process: u32, signal: Signal) {
    let process = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    rustix::process::kill_process(process, signal).unwrap();
}

/// The last lines of a log.
pub(crate) fn log_tail(file: &Path) -> String {
    let log = std::fs::read_to_string(file).unwrap_or_default();
    // While it starts, readiness is asked for many times a second.
    let lines: Vec<&str> = log.lines().filter(|line| !line.contains("GET /readyz")).collect();
    format!("--- service log\n{}", lines[lines.len().saturating_sub(25)..].join("\n"))
}

fn read_lines(
    output: impl std::io::Read + Send + 'static,
    printed: Arc<Mutex<Vec<String>>>,
) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            printed.lock().unwrap().push(line.clone());
            // Only the first line has a reader; the rest is kept in `printed`.
            let _ = sender.send(line);
        }
    });
    receiver
}

fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // The client asks for a provider even where no connection is encrypted.
        rustls::crypto::ring::default_provider().install_default().unwrap();
    });
    reqwest::Client::builder()
        .timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}
