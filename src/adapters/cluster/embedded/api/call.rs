//! One call of a resource: what is asked, of which kind, with what body.

use http::{Method, Request};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Bytes;

use super::accept::Accept;
use super::answer::Reply;
use super::path::Address;
use super::query::Query;
use super::refusal::Refusal;
use super::rights::{self, User};
use super::{LARGEST, delete, list, subresource, watch, write};
use crate::adapters::cluster::embedded::Embedded;
use crate::adapters::cluster::embedded::facts::Kind;
use crate::adapters::cluster::embedded::facts::schema::{self, Shape};
use crate::adapters::cluster::embedded::patch::managed::Writer;

#[derive(Debug)]
pub struct Call {
    pub method: Method,
    pub address: Address,
    pub kind: Kind,
    pub query: Query,
    pub accept: Accept,
    pub content_type: String,
    pub user_agent: String,
    pub user: User,
    pub body: Bytes,
}

impl Call {
    pub async fn read<B>(embedded: &Embedded, address: Address, accept: Accept, request: Request<B>) -> Result<Self, Refusal>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<tower::BoxError>,
    {
        let (parts, body) = request.into_parts();
        let kind = {
            let (embedded, address) = (embedded.clone(), address.clone());
            super::blocking(move || super::discovery::kind(&embedded, &address)).await??
        };
        let header = |name: http::HeaderName| parts.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let content_type = header(http::header::CONTENT_TYPE)
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned();
        let user_agent = header(http::header::USER_AGENT).to_owned();
        let user = User::read(&parts.headers)?;
        let mut query = Query::read(parts.uri.query().unwrap_or_default());
        if address.watch {
            query.set("watch", "true");
        }
        let body = Limited::new(std::pin::pin!(body), LARGEST).collect().await.map_err(|error| {
            if error.downcast_ref::<LengthLimitError>().is_some() {
                Refusal::new(
                    413,
                    "RequestEntityTooLarge",
                    format!("Request entity too large: limit is {LARGEST}"),
                )
            } else {
                Refusal::bad_request(format!("the body of the request could not be read: {error}"))
            }
        })?;
        Ok(Self {
            method: parts.method,
            address,
            kind,
            query,
            accept,
            content_type,
            user_agent,
            user,
            body: body.to_bytes(),
        })
    }

    /// The namespace that the address names; empty for cluster-scoped kinds.
    pub fn namespace(&self) -> &str {
        self.address.namespace.as_deref().unwrap_or_default()
    }

    /// Who writes, for `managedFields`: as the query says, else the program's name.
    pub fn writer(&self, time: String) -> Writer {
        let program = self.user_agent.split('/').next().unwrap_or_default();
        let manager = self
            .query
            .get("fieldManager")
            .unwrap_or(if program.is_empty() { "unknown" } else { program });
        let part = self.address.subresource.as_deref().unwrap_or_default();
        Writer {
            manager: manager.to_owned(),
            api_version: self.kind.api_version(),
            subresource: part.split('/').next().unwrap_or_default().to_owned(),
            time,
        }
    }

    /// The type of what is stored of this kind.
    pub fn stored_shape(&self) -> Option<Shape> {
        let (group, version) = self.kind.stored();
        self.kind
            .custom
            .is_none()
            .then(|| schema::named(group, version, &self.kind.kind))
            .flatten()
    }

    pub fn name(&self) -> &str {
        self.address.name.as_deref().unwrap_or_default()
    }

    /// What the caller wants to do, as rules name it.
    pub fn verb(&self) -> &'static str {
        match (self.method.as_str(), self.address.name.is_some()) {
            ("GET" | "HEAD", _) if self.query.flag("watch") => "watch",
            ("GET" | "HEAD", true) => "get",
            ("GET" | "HEAD", false) => "list",
            ("PUT", _) => "update",
            ("PATCH", _) => "patch",
            ("DELETE", true) => "delete",
            ("DELETE", false) => "deletecollection",
            _ => "create",
        }
    }

    pub fn run(self, embedded: &Embedded) -> Result<Reply, Refusal> {
        embedded.store().read(|view| rights::check(view, &self))?;
        self.fits_scope()?;
        let watching = self.query.flag("watch");
        if let Some(reply) = subresource::virtual_kind(&self, embedded) {
            return reply;
        }
        if let Some(name) = self.address.subresource.clone() {
            return subresource::run(self, embedded, &name);
        }
        match (self.method.as_str(), self.address.name.is_some()) {
            ("GET" | "HEAD", _) if watching => {
                self.allows("watch")?;
                watch::start(self, embedded)
            }
            ("GET" | "HEAD", true) => self.allows("get").and_then(|()| list::get(&self, embedded)),
            ("GET" | "HEAD", false) => self.allows("list").and_then(|()| list::list(&self, embedded)),
            ("POST", false) => self.allows("create").and_then(|()| write::create(&self, embedded)),
            ("PUT", true) => self.allows("update").and_then(|()| write::update(&self, embedded)),
            ("PATCH", true) => self.allows("patch").and_then(|()| write::patch(&self, embedded)),
            ("DELETE", true) => self.allows("delete").and_then(|()| delete::delete(&self, embedded)),
            ("DELETE", false) => self.allows("deletecollection").and_then(|()| delete::collection(&self, embedded)),
            _ => Err(Refusal::method_not_allowed()),
        }
    }

    /// Namespaced objects are named with their namespace, cluster-scoped ones without.
    fn fits_scope(&self) -> Result<(), Refusal> {
        let namespaced = self.address.namespace.is_some();
        if (namespaced && !self.kind.namespaced) || (!namespaced && self.kind.namespaced && self.address.name.is_some()) {
            return Err(Refusal::no_such_resource());
        }
        Ok(())
    }

    fn allows(&self, verb: &str) -> Result<(), Refusal> {
        if self.kind.verbs.iter().any(|known| known == verb) {
            Ok(())
        } else {
            Err(Refusal::method_not_allowed())
        }
    }
}
