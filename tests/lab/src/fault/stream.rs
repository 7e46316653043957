//! Bodies that stop, break off, drip, or are taken apart into a watch's events.

use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt};
use http_body_util::BodyExt;
use hyper::body::Frame;
use kube::client::Body;
use serde_json::{Value, json};

use super::reply::Reply;
use super::rule::{Change, WatchEnd};
use super::wire::Fate;

/// What ends a connection early.
pub(super) type Broken = Box<dyn std::error::Error + Send + Sync>;

/// A body in pieces.
pub(super) type Pieces = BoxStream<'static, Result<Bytes, Broken>>;

/// Long enough for the client to have read what came before.
const UNTIL_READ: Duration = Duration::from_millis(50);

/// All of it at once.
pub(super) fn whole(bytes: Bytes) -> Pieces {
    stream::iter([Ok(bytes)]).boxed()
}

/// These bytes, and then nothing for ever.
pub(super) fn stalled(bytes: Bytes) -> Pieces {
    whole(bytes).chain(stream::pending()).boxed()
}

/// These bytes, and then the connection ends: with a reset if its fate is told.
pub(super) fn broken(bytes: Bytes, fate: Option<Fate>) -> Pieces {
    let end = stream::once(async move {
        tokio::time::sleep(UNTIL_READ).await;
        if let Some(fate) = fate {
            fate.reset();
        }
        Err(Broken::from("this is the fault"))
    });
    whole(bytes).chain(end).boxed()
}

/// So many bytes at a time.
pub(super) fn dripping(bytes: &Bytes, size: usize, time: Duration) -> Pieces {
    let pieces: Vec<Bytes> = bytes.chunks(size.max(1)).map(Bytes::copy_from_slice).collect();
    let drip = move |piece| async move {
        tokio::time::sleep(time).await;
        Ok(piece)
    };
    stream::iter(pieces).then(drip).boxed()
}

/// What comes from the server, as it comes.
pub(super) fn passed_on(body: Body) -> Pieces {
    body.into_data_stream().map(|it| it.map_err(|error| Broken::from(error.to_string()))).boxed()
}

/// The events of a watch, a line each.
pub(super) fn events(body: Body) -> Pieces {
    let state = (passed_on(body), Vec::new());
    stream::unfold(state, |(mut pieces, mut buffer): (Pieces, Vec<u8>)| async move {
        loop {
            if let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                let rest = buffer.split_off(end + 1);
                return Some((Ok(Bytes::from(buffer)), (pieces, rest)));
            }
            match pieces.next().await? {
                Ok(piece) => buffer.extend_from_slice(&piece),
                Err(error) => return Some((Err(error), (pieces, buffer))),
            }
        }
    })
    .boxed()
}

/// So many events of a watch, and then its end.
pub(super) fn cut_off(body: Body, count: usize, end: WatchEnd, fate: Fate) -> Pieces {
    let end = match end {
        WatchEnd::Close => stream::empty().boxed(),
        WatchEnd::Silence => stream::pending().boxed(),
        WatchEnd::Reset => broken(Bytes::new(), Some(fate)),
        WatchEnd::Error(reply) => whole(error_event(&reply)),
    };
    events(body).take(count).chain(end).boxed()
}

fn error_event(reply: &Reply) -> Bytes {
    let status: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    Bytes::from(format!("{}\n", json!({"type": "ERROR", "object": status})))
}

/// The events of a watch, each changed.
pub(super) fn changed_events(body: Body, change: Change) -> Pieces {
    let apply = move |event: Result<Bytes, Broken>| {
        let mut line = changed(&event?, &change).to_vec();
        line.push(b'\n');
        Ok(Bytes::from(line))
    };
    events(body).map(apply).boxed()
}

/// JSON, changed. What is no JSON stays as it is.
pub(super) fn changed(bytes: &Bytes, change: &Change) -> Bytes {
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => Bytes::from(change(value).to_string()),
        Err(_) => bytes.clone(),
    }
}

/// A piece as hyper wants it.
pub(super) fn frame(piece: Result<Bytes, Broken>) -> Result<Frame<Bytes>, Broken> {
    piece.map(Frame::data)
}
