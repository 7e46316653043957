//! What is sent again, against a server that speaks HTTP/2 frame by frame (RFC 9113, sections 4.1 and 6).

use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::Connected;
use hyper_util::rt::TokioIo;
use kube::client::ConfigExt as _;

use super::*;
use crate::api::Fault;

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

const NO_ERROR: u32 = 0;
const PROTOCOL_ERROR: u32 = 1;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;

/// A stream of which both sides know that HTTP/2 is spoken on it.
struct Agreed(TokioIo<tokio::net::TcpStream>);

impl Connection for Agreed {
    fn connected(&self) -> Connected {
        Connected::new().negotiated_h2()
    }
}

impl Read for Agreed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Agreed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

fn go_away(last: u32, reason: u32) -> Vec<u8> {
    frame(GOAWAY, 0, 0, &[last.to_be_bytes(), reason.to_be_bytes()].concat())
}

fn reset(reason: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, 1, &reason.to_be_bytes())
}

/// `:status: 200`, and nothing after it.
fn answer() -> Vec<u8> {
    frame(HEADERS, 5, 1, &[0x88])
}

/// Reads up to the first request; `None` when there is none.
fn request_on(stream: &mut TcpStream) -> Option<()> {
    stream.write_all(&frame(SETTINGS, 0, 0, &[])).ok()?;
    stream.read_exact(&mut [0; 24]).ok()?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).ok()?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        stream.read_exact(&mut vec![0; length]).ok()?;
        if head[3] == SETTINGS && head[4] == 0 {
            stream.write_all(&frame(SETTINGS, 1, 0, &[])).ok()?;
        }
        if head[3] == HEADERS {
            return Some(());
        }
    }
}

/// Sends a create to a server that gives the first one these frames and closes, and answers all others.
/// Gives how often it came, and whether it was answered.
async fn create(first: Vec<u8>) -> (usize, bool) {
    let (requests, answer) = attempt(first).await;
    (requests, answer.is_ok())
}

/// The same, with the error.
async fn attempt(first: Vec<u8>) -> (usize, Result<(), BoxError>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let Some(()) = request_on(&mut stream) else { continue };
            let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
            let told = if is_first { first.clone() } else { answer() };
            stream.write_all(&told).unwrap();
            // Closing with bytes unread would be a reset of the connection, and lose the frames.
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let _rest = io::copy(&mut stream, &mut io::sink());
        }
    });
    let config = Config::new(format!("http://{address}").parse().unwrap());
    let connect = tower::service_fn(move |_: Uri| async move {
        Ok::<_, io::Error>(Agreed(TokioIo::new(tokio::net::TcpStream::connect(address).await?)))
    });
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(config.rustls_client_config().unwrap())
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(connect);
    let (mut transport, _opened) = Transport::new(connector, &config);
    let request = Request::post(format!("http://{address}/machines"));
    let request = request.body(Body::from(b"{}".to_vec())).unwrap();
    let answer = transport.call(request).await.map(drop);
    (requests.load(Ordering::SeqCst), answer)
}

#[tokio::test]
async fn a_create_that_the_server_did_not_take_is_sent_again() {
    for told in [go_away(0, NO_ERROR), reset(REFUSED_STREAM)] {
        assert_eq!(create(told.clone()).await, (2, true), "{told:?}");
    }
}

#[tokio::test]
async fn a_create_that_the_server_may_have_carried_out_is_never_sent_again() {
    let all = u32::MAX >> 1;
    for told in [
        // The connection ends without a word.
        vec![],
        // It took the request, and ends without an answer.
        go_away(1, NO_ERROR),
        // As Go's server begins to take leave.
        go_away(all, NO_ERROR),
        [go_away(all, NO_ERROR), go_away(1, NO_ERROR)].concat(),
        go_away(0, INTERNAL_ERROR),
        reset(NO_ERROR),
        reset(INTERNAL_ERROR),
        reset(CANCEL),
    ] {
        assert_eq!(create(told.clone()).await, (1, false), "{told:?}");
    }
}

#[tokio::test]
async fn a_request_that_the_server_calls_malformed_is_not_tried_again_as_one_that_the_connection_lost()
 {
    for (told, is_passing) in [
        (reset(PROTOCOL_ERROR), false),
        (reset(INTERNAL_ERROR), true),
        (go_away(0, PROTOCOL_ERROR), true),
    ] {
        let (requests, answer) = attempt(told.clone()).await;
        let fault = Fault::from_kube(&kube::Error::Service(answer.unwrap_err()), None);
        assert_eq!((requests, fault.is_passing()), (1, is_passing), "{told:?} {fault}");
    }
}
