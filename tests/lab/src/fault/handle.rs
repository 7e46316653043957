//! What happens to one request.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::{Frame, Incoming};
use kube::client::Body;

use super::State;
use super::relay::{clean, whole};
use super::reply::Reply;
use super::rule::{Fault, Moment, Point};
use super::stream::{self, Broken, Pieces};
use super::wire::Fate;

type Answer = Response<StreamBody<BoxStream<'static, Result<Frame<Bytes>, Broken>>>>;

/// Answers a request, in the way of the first rule that takes it.
pub(super) async fn answer(
    state: Arc<State>,
    fate: Fate,
    request: Request<Incoming>,
) -> Result<Answer, Broken> {
    let (parts, body) = request.into_parts();
    let request = Request::from_parts(parts, body.collect().await?.to_bytes());
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let number = state.log.note(&request);
    let fault = {
        let mut rules = state.rules.lock().unwrap_or_else(PoisonError::into_inner);
        let method = request.method().as_str();
        rules.iter_mut().find_map(|it| it.meets(method, path, query, request.headers()))
    };
    let answer = meet(&state, &fate, fault.unwrap_or(Fault::Nothing), request).await?;
    state.log.answered(number, answer.status().as_u16());
    Ok(answer)
}

async fn meet(
    state: &State,
    fate: &Fate,
    fault: Fault,
    request: Request<Bytes>,
) -> Result<Answer, Broken> {
    match fault {
        Fault::Answer(reply) => Ok(given(reply)),
        Fault::Stall(Point::BeforeHeaders) => std::future::pending().await,
        Fault::Reset(Point::BeforeHeaders) => {
            fate.reset();
            Err("this is the fault".into())
        }
        Fault::GoAway(time) => {
            // The accepting task takes this connection down with all others.
            let _sent = state.absence.send(time);
            std::future::pending().await
        }
        Fault::Delay(time) => {
            tokio::time::sleep(time).await;
            plain(state, request).await
        }
        Fault::Pause(Moment::BeforeForwarding, gate) => {
            gate.pass().await;
            plain(state, request).await
        }
        Fault::Nothing => plain(state, request).await,
        fault => meet_answer(state, fate, fault, request).await,
    }
}

/// Faults of what comes back, once the server has carried the request out.
async fn meet_answer(
    state: &State,
    fate: &Fate,
    fault: Fault,
    request: Request<Bytes>,
) -> Result<Answer, Broken> {
    let is_watch = request.uri().query().is_some_and(|it| it.contains("watch="));
    let (mut parts, body) = state.relay.forward(request).await?.into_parts();
    clean(&mut parts.headers);
    let response = Response::from_parts(parts, body);
    match fault {
        Fault::DropWatch(count, end) if is_watch => {
            Ok(with(response, |body| stream::cut_off(body, count, end, fate.clone())))
        }
        Fault::Malformed(change) if is_watch => {
            Ok(with(response, |body| stream::changed_events(body, change)))
        }
        Fault::Header(name, value) => {
            let mut answer = with(response, stream::passed_on);
            let name = HeaderName::from_static(name);
            answer.headers_mut().append(name, HeaderValue::from_static(value));
            Ok(answer)
        }
        fault => meet_body(fate, fault, response).await,
    }
}

/// Faults of a body that is had as a whole.
async fn meet_body(fate: &Fate, fault: Fault, response: Response<Body>) -> Result<Answer, Broken> {
    let (mut parts, body) = whole(response).await?.into_parts();
    // It is said how much is to come, so that what is missing is missed.
    parts.headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let half = body.slice(..body.len() / 2);
    let pieces = match fault {
        Fault::Stall(Point::AfterHeaders) => futures::stream::pending().boxed(),
        Fault::Stall(_) => stream::stalled(half),
        Fault::Drip(size, time) => stream::dripping(&body, size, time),
        Fault::Reset(Point::AfterHeaders) => stream::broken(Bytes::new(), Some(fate.clone())),
        Fault::Reset(_) => stream::broken(half, Some(fate.clone())),
        Fault::Truncate => stream::broken(half, None),
        Fault::Lost(None) => {
            fate.reset();
            return Err("this is the fault".into());
        }
        Fault::Lost(Some(reply)) => return Ok(given(reply)),
        Fault::LostInSilence => std::future::pending().await,
        Fault::Pause(_, gate) => {
            gate.pass().await;
            stream::whole(body)
        }
        Fault::Malformed(change) => {
            clean(&mut parts.headers);
            stream::whole(stream::changed(&body, &change))
        }
        Fault::Garbled(change) => {
            clean(&mut parts.headers);
            stream::whole(Bytes::from(change(body.to_vec())))
        }
        _ => stream::whole(body),
    };
    Ok(made(parts, pieces))
}

async fn plain(state: &State, request: Request<Bytes>) -> Result<Answer, Broken> {
    let mut response = state.relay.forward(request).await?;
    clean(response.headers_mut());
    Ok(with(response, stream::passed_on))
}

fn with(response: Response<Body>, pieces: impl FnOnce(Body) -> Pieces) -> Answer {
    let (parts, body) = response.into_parts();
    made(parts, pieces(body))
}

fn made(parts: http::response::Parts, pieces: Pieces) -> Answer {
    Response::from_parts(parts, StreamBody::new(pieces.map(stream::frame).boxed()))
}

fn given(reply: Reply) -> Answer {
    let (mut parts, ()) = Response::new(()).into_parts();
    parts.status = http::StatusCode::from_u16(reply.status).unwrap_or_default();
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            parts.headers.insert(HeaderName::from_static(name), value);
        }
    }
    made(parts, stream::whole(Bytes::from(reply.body)))
}
