//! todo-agent: container and Kubernetes work asked in plain words, and proof of what was done.
//!
//! The modules, in the order of the flow:
//!
//! - [`domain`] – the nouns that travel through a request, and the ports through which stages reach the world.
//! - [`redact`] – what a secret looks like, and the known values to hide.
//! - [`config`] – options from the user's and the project's files, and where state lives.
//! - [`prompts`] – what is sent to AI tools: templates with typed variables, as data.
//! - [`fallbacks`] – playbooks and the lexicon: the knowledge of each intent, as data.
//! - [`diagnostics`] – analyzers that judge a snapshot of the cluster and number what they find.
//! - [`transcripts`] – the record of each request: written before changes are sent, checked, exported; and undo data.
//! - [`adapters`] – everything outside the process: the cluster behind the gate, the embedded cluster, tools.
//! - [`stages`] – understand, survey, route, plan, execute, verify: one folder per arrow of the flow.
//! - [`flow`] – the only file that knows the order of the stages.
//! - [`app`] – the only place that picks concrete clusters and tools, and opens the record.
//! - [`front`] – the command line and the screen: the only place that prints.
//!
//! The walk of `todo-agent "scale backend to 3"`: `front::cli` makes a [`domain::request::Request`]; `app` assembles the
//! parts and opens the record; `flow` calls `stages::understand` (words → reading), `stages::survey` (what is there),
//! `understand` again (names → [`domain::intent::Intent`]), `stages::route` (who does it), `stages::plan` (server-side
//! dry-run → [`domain::plan::Plan`]), asks for approval, and only with [`domain::plan::Approved`] in hand
//! `stages::execute` and `stages::verify`. Everything that happens is a [`domain::event::Event`]: the screen, the record
//! and the exports read the same stream.

pub mod adapters;
pub mod app;
pub mod config;
pub mod diagnostics;
pub mod domain;
pub mod fallbacks;
pub mod flow;
pub mod front;
pub mod prompts;
pub mod redact;
pub mod stages;
pub mod transcripts;
