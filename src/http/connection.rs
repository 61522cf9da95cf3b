//! Accepts connections: not more than a limit at once, and none that carries nothing for long.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};
use tokio_rustls::Accept;
use tokio_rustls::server::TlsStream;

use super::tls::Certificate;
use crate::config::Limits;

/// A listener with limits, and with TLS where the service has a certificate of its own.
#[derive(Debug)]
pub struct Limited {
    listener: TcpListener,
    places: Arc<Semaphore>,
    idle: Duration,
    answer: Duration,
    tls: Option<Arc<Certificate>>,
}

impl Limited {
    /// Puts limits on a listener.
    pub fn new(listener: TcpListener, limits: &Limits, tls: Option<Arc<Certificate>>) -> Self {
        let places = limits.connections.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            listener,
            places: Arc::new(Semaphore::new(places)),
            idle: limits.connection_idle(),
            // The answer itself has half of it; the rest is for the head of the request.
            answer: limits.request_timeout() * 2,
            tls,
        }
    }
}

impl Listener for Limited {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        // Beyond the limit connections wait in the system's queue.
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.expect("the semaphore is never closed");
        let (stream, address) = Listener::accept(&mut self.listener).await;
        // Small answers must not wait for more to send; without it they are only slower.
        let _ = stream.set_nodelay(true);
        let wire = match &self.tls {
            None => Wire::Plain(stream),
            // The handshake is made by whoever first reads, so that nobody waits for it here.
            Some(tls) => Wire::Greeting(Box::new(tls.acceptor().accept(stream))),
        };
        let timers = Timers {
            idle: self.idle,
            idle_timer: Box::pin(sleep(self.idle)),
            answer: self.answer,
            answer_timer: None,
        };
        (Connection { wire, timers, _place: place }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The address of whoever is at the other end; handlers and tests have it as
/// `ConnectInfo<Peer>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

impl Connected<IncomingStream<'_, Limited>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Limited>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// What carries the bytes.
enum Wire {
    Plain(TcpStream),
    /// TLS is being agreed on.
    Greeting(Box<Accept<TcpStream>>),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Wire {
    /// Does something with the stream, once TLS is agreed on.
    fn on<T>(
        &mut self,
        context: &mut Context<'_>,
        act: impl FnOnce(Pin<&mut dyn Stream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if let Self::Greeting(accept) = self {
            let stream = ready!(Pin::new(&mut **accept).poll(context))?;
            *self = Self::Tls(Box::new(stream));
        }
        let stream: &mut dyn Stream = match self {
            Self::Plain(stream) => stream,
            Self::Tls(stream) => &mut **stream,
            Self::Greeting(_) => unreachable!("replaced above"),
        };
        act(Pin::new(stream), context)
    }
}

trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// A connection that ends by itself when nothing moves on it, or when a request arrives so slowly
/// that its answer could not begin in time.
pub struct Connection {
    wire: Wire,
    timers: Timers,
    _place: OwnedSemaphorePermit,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

struct Timers {
    idle: Duration,
    idle_timer: Pin<Box<Sleep>>,
    answer: Duration,
    /// Runs from the first byte of a request to the first byte of its answer.
    answer_timer: Option<Pin<Box<Sleep>>>,
}

impl Timers {
    /// Winds the timer up after bytes moved, or ends the connection when one has run out.
    fn watch<T>(
        &mut self,
        moved: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if let Some(timer) = &mut self.answer_timer
            && timer.as_mut().poll(context).is_ready()
        {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        if moved.is_ready() {
            let until = Instant::now() + self.idle;
            self.idle_timer.as_mut().reset(until);
            return moved;
        }
        match self.idle_timer.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }

    fn read_some(&mut self) {
        if self.answer_timer.is_none() {
            self.answer_timer = Some(Box::pin(sleep(self.answer)));
        }
    }

    fn wrote_some(&mut self) {
        self.answer_timer = None;
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let moved = this.wire.on(context, |stream, context| stream.poll_read(context, buffer));
        if buffer.filled().len() > before {
            this.timers.read_some();
        }
        this.timers.watch(moved, context)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let moved = this.wire.on(context, |stream, context| stream.poll_write(context, bytes));
        if matches!(moved, Poll::Ready(Ok(1..))) {
            this.timers.wrote_some();
        }
        this.timers.watch(moved, context)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let moved = this.wire.on(context, |stream, context| stream.poll_flush(context));
        this.timers.watch(moved, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        // Who never agreed on TLS gets no farewell.
        if matches!(this.wire, Wire::Greeting(_)) {
            return Poll::Ready(Ok(()));
        }
        let moved = this.wire.on(context, |stream, context| stream.poll_shutdown(context));
        this.timers.watch(moved, context)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.wire {
            Wire::Plain(stream) => stream.is_write_vectored(),
            Wire::Tls(stream) => stream.is_write_vectored(),
            Wire::Greeting(_) => false,
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let moved =
            this.wire.on(context, |stream, context| stream.poll_write_vectored(context, slices));
        if matches!(moved, Poll::Ready(Ok(1..))) {
            this.timers.wrote_some();
        }
        this.timers.watch(moved, context)
    }
}
