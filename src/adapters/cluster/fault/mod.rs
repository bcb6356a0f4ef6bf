//! What can go wrong with a call, and its one translation into a [`Failure`].

pub(super) mod lost;
pub(super) mod status;

use std::io;

use http::{HeaderMap, StatusCode};
use tower::BoxError;

pub(super) use lost::Lost;
pub(super) use status::Status;

use super::target::Target;
use crate::domain::{
    failure::{Failure, FailureKind},
    risk::Call,
};

/// Why a call has no answer that can be used.
#[derive(Debug)]
pub(super) enum Fault {
    /// The server answered, and said no.
    Status(Box<Status>),
    /// No answer.
    Lost(Lost),
    /// The gate or the record said no; nothing was sent.
    Refused(Failure),
    /// An answer that is not what the API promises; how.
    Garbled(String),
}

/// The request of which this became may have reached the server.
pub(super) fn may_have_been_sent(error: &BoxError) -> bool {
    !error.is::<Failure>() && Lost::of(error.as_ref()).sent
}

impl Fault {
    pub(super) fn of_error(error: kube::Error) -> Self {
        match error {
            kube::Error::Service(error) => match error.downcast::<Failure>() {
                Ok(failure) => Self::Refused(*failure),
                Err(error) => Self::Lost(Lost::of(error.as_ref())),
            },
            error => Self::Lost(Lost::of(&error)),
        }
    }

    /// `accepted`: the same credentials were good before.
    pub(super) fn of_answer(code: StatusCode, headers: &HeaderMap, body: &[u8], accepted: bool) -> Self {
        Self::Status(Box::new(Status {
            accepted,
            ..Status::of(code, headers, body)
        }))
    }

    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status.code),
            _ => None,
        }
    }

    /// The object is not there, though its kind and namespace are served.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self, Self::Status(status) if status.code == 404 && status.named)
    }

    /// Worth another try after a while: the server is overloaded, starting, or was not reached.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Status(status) => status.database.is_none() && matches!(status.code, 429 | 500 | 502 | 503 | 504),
            Self::Lost(lost) => lost.is_passing(),
            Self::Garbled(_) => true,
            Self::Refused(_) => false,
        }
    }

    /// In words of the user's world, with what to do next.
    pub(super) fn failure(self, target: &Target, call: &Call) -> Failure {
        match self {
            Self::Refused(failure) => failure,
            Self::Lost(lost) => lost.failure(target),
            Self::Status(status) => status.failure(target, call),
            Self::Garbled(how) => Failure::new(
                FailureKind::Failed,
                format!(
                    "{} gave an answer to \"{}\" that cannot be understood: {how}",
                    target.named(),
                    call.summary()
                ),
            )
            .hint(format!("See that {} is the address of a Kubernetes API server.", target.address())),
        }
    }
}

/// Why a file could not be read, as the end of a sentence that begins with its name.
pub(super) fn file_trouble(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "is not there".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read by this user".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}
