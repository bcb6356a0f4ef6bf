//! What went through a forwarded port, told when it has ended.

use super::View;
use crate::{
    domain::{answer::ForwardAnswer, docker::size},
    front::screen::{look::Tone, words::count},
};

/// `3 connections to pod/web-x: 1.2kB sent, 3.4kB received.`
pub fn remarks(answer: &ForwardAnswer, view: &View<'_>) -> Vec<String> {
    let number = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let pods: Vec<String> = answer.pods.iter().map(|pod| format!("pod/{pod}")).collect();
    let told = if answer.connections == 0 {
        "No connection was made".to_owned()
    } else {
        format!(
            "{} to {}: {} sent, {} received",
            count(number(answer.connections), "connection"),
            pods.join(", "),
            size(answer.sent),
            size(answer.received)
        )
    };
    let failed = match answer.failed {
        0 => String::new(),
        failed => format!("; {} not answered", count(number(failed), "connection")),
    };
    let look = view.look;
    let lines = look.wrapped(&format!("Forwarding has ended. {told}{failed}."), 2);
    lines.iter().map(|line| look.paint(Tone::Dim, line)).collect()
}
