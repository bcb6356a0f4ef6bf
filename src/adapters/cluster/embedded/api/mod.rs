//! The Kubernetes API: one generic path from a request to an answer, over tables of kinds.
//!
//! `path` and `query` say what is asked for, `accept` in which form; `read`, `list`, `write`, `delete`, `watch`, … are the
//! verbs; `answer` gives the result its form.

mod accept;
mod answer;
mod body;
mod call;
mod convert;
mod decode;
mod definition;
mod delete;
mod discovery;
mod list;
mod log;
mod options;
mod patch;
mod path;
mod prepare;
pub(super) mod protobuf;
mod query;
mod refusal;
mod review;
mod rights;
mod scale;
mod selector;
mod strict;
mod subresource;
mod table;
mod watch;
mod write;

use http::Request;
use http_body::Body;
use hyper::body::Bytes;

use accept::Accept;
use answer::Reply;
pub use answer::Wire;
use call::Call;
use path::Path;
pub use refusal::DATABASE;
use refusal::Refusal;

use super::Embedded;

/// Bodies larger than this are refused, as the real server does.
const LARGEST: usize = 3 << 20;

/// Answers one request.
pub async fn answer<B>(embedded: Embedded, request: Request<B>) -> http::Response<Wire>
where
    B: Body<Data = Bytes>,
    B::Error: Into<tower::BoxError>,
{
    let accept = request
        .headers()
        .get(http::header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let path = Path::read(request.uri().path());
    let read = if path == Path::OpenApi2 {
        // It has forms of its own.
        Ok(Accept::PLAIN)
    } else {
        Accept::read(accept.as_deref(), matches!(path, Path::Api | Path::Apis))
    };
    let accept = match read {
        Ok(accept) => accept,
        Err(refusal) => return answer::refused(&refusal, Accept::PLAIN),
    };
    match dispatch(embedded, path, accept, request).await {
        Ok(reply) => reply.into_response(accept),
        Err(refusal) => answer::refused(&refusal, accept),
    }
}

/// The answer to a caller without the server's token.
pub fn unauthorized() -> http::Response<Wire> {
    answer::refused(&Refusal::new(401, "Unauthorized", "Unauthorized"), Accept::PLAIN)
}

async fn dispatch<B>(embedded: Embedded, path: Path, accept: Accept, request: Request<B>) -> Result<Reply, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<tower::BoxError>,
{
    match path {
        Path::Resource(address) => {
            let call = Call::read(&embedded, address, accept, request).await?;
            blocking(move || call.run(&embedded)).await?
        }
        other => {
            let (parts, _) = request.into_parts();
            let user = rights::User::read(&parts.headers)?;
            blocking(move || {
                let (method, path) = (parts.method.as_str(), parts.uri.path());
                embedded.store().read(|view| rights::check_path(view, &user, method, path))?;
                discovery::answer(&embedded, &other, accept, &parts)
            })
            .await?
        }
    }
}

/// Runs what waits for the disk where waiting is allowed.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Refusal::new(500, "InternalError", format!("Internal error occurred: {error}")))
}
