//! Requests side by side, and their answers in order.
//!
//! The first goes alone, so that a server that cannot be reached costs one error. Over HTTP/2 the others
//! follow it as soon as there is a connection, and wait for nothing; over HTTP/1.1 they follow when it is
//! answered, over a few connections.

use std::pin::{Pin, pin};
use std::sync::Arc;

use futures::Stream;
use futures::stream::{self, StreamExt as _};
use tokio::sync::Semaphore;

use super::transport::Protocol;
use crate::api::renewable_client::Held;

impl Protocol {
    /// Returns the number of requests that are under way at once. Over HTTP/1.1 each costs a connection; over
    /// HTTP/2, API servers take a hundred and more.
    const fn at_once(self) -> usize {
        match self {
            Self::Http1 => 4,
            Self::Http2 => 64,
        }
    }
}

/// A request, and what is made of its answer.
pub(crate) type Asking<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs requests side by side, and gives their answers in order.
pub(crate) fn side_by_side<'a, T: Send + 'a>(
    held: &Held,
    requests: Vec<Asking<'a, T>>,
) -> impl Stream<Item = T> + use<'a, T> {
    let at_once = held.protocol().map_or(1, Protocol::at_once);
    let slots = Arc::new(Semaphore::new(at_once));
    let count = requests.len().max(1);
    let requests: Vec<_> = requests
        .into_iter()
        .enumerate()
        .map(|(index, request)| {
            let slots = Arc::clone(&slots);
            let opens = (index == 0 && at_once == 1).then(|| held.clone());
            async move {
                // It is never closed.
                let _slot = slots.acquire().await;
                match opens {
                    Some(held) => open(held, &slots, request).await,
                    None => request.await,
                }
            }
        })
        .collect();
    stream::iter(requests).buffered(count)
}

/// The first request of a run, which lets the others go.
async fn open<T>(mut held: Held, slots: &Semaphore, request: Asking<'_, T>) -> T {
    let mut request = pin!(request);
    let early = tokio::select! {
        biased;
        answer = &mut request => Some(answer),
        Some(Protocol::Http2) = held.opened() => None,
    };
    let protocol = held.protocol().unwrap_or(Protocol::Http1);
    slots.add_permits(protocol.at_once() - 1);
    match early {
        Some(answer) => answer,
        None => request.await,
    }
}
