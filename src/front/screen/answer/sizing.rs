//! What containers request and may use beside what they use, and what could be set better.

use super::{View, next_steps, table};
use crate::{
    domain::{
        answer::{Column, Row, Table},
        sizing::{Amounts, ContainerSize, SizingAnswer, Sums},
    },
    front::screen::look::Tone,
};

const HEADS: [&str; 8] = ["Name", "Pods", "CPU", "Request", "Limit", "Memory", "Request", "Limit"];

pub fn lines(answer: &SizingAnswer, view: &View<'_>) -> Vec<String> {
    let place = answer
        .namespace
        .as_deref()
        .map_or_else(|| view.place_in_all(), |namespace| view.place(Some(namespace)));
    if answer.containers.is_empty() {
        return view.look.with_right("No workloads.", &place);
    }
    let verdict = match answer.advice.len() {
        0 if answer.unmeasured.is_some() => "Requests and limits are set; nothing was measured.",
        0 => "Requests and limits fit what is used now.",
        1 => "One thing could be set better.",
        _ => "Some things could be set better.",
    };
    let mut lines = view.headline(verdict, &place);
    lines.push(String::new());
    lines.extend(table::lines(&grid(answer), view));
    lines.push(String::new());
    lines.extend(view.look.wrapped(&sums(answer), 2));
    let sign = view.look.paint(Tone::Careful, "!");
    for advice in &answer.advice {
        lines.extend(view.look.wrapped(&format!("  {sign} {}", advice.what), 6));
    }
    let remark = match &answer.unmeasured {
        Some(why) => format!("No amounts are suggested: {why}."),
        None => "Measured once, now: look again under load before you lower anything.".to_owned(),
    };
    lines.extend(view.look.wrapped(&view.look.paint(Tone::Dim, &remark), 2));
    lines.extend(next_steps(
        answer.advice.iter().flat_map(|advice| &advice.hints).map(String::as_str),
        view.look,
    ));
    lines
}

/// A container is named where its workload has several.
fn grid(answer: &SizingAnswer) -> Table {
    let row = |size: &ContainerSize| {
        let several = answer.containers.iter().filter(|other| other.workload == size.workload).count() > 1;
        let name = match several {
            true => format!("{}/{}", size.workload.name, size.container),
            false => size.workload.name.clone(),
        };
        let mut cells = vec![name.clone(), size.replicas.to_string()];
        cells.extend([&size.cpu, &size.memory].into_iter().flat_map(three));
        Row {
            namespace: size.workload.namespace.clone(),
            name,
            cells,
        }
    };
    Table {
        ordered: false,
        of: "workloads".to_owned(),
        namespace: answer.namespace.clone(),
        columns: HEADS
            .iter()
            .map(|name| Column {
                name: (*name).to_owned(),
                wide: false,
            })
            .collect(),
        rows: answer.containers.iter().map(row).collect(),
    }
}

fn three(amounts: &Amounts) -> [String; 3] {
    [&amounts.used, &amounts.request, &amounts.limit].map(|amount| amount.clone().unwrap_or_else(|| "–".to_owned()))
}

fn sums(answer: &SizingAnswer) -> String {
    let of = |sums: &Sums| {
        let limits = sums
            .limits
            .as_ref()
            .map_or_else(|| "no limit".to_owned(), |limits| format!("{limits} at most"));
        format!("{} requested, {limits}", sums.requests)
    };
    let alone = |amounts: &Amounts| amounts.request.is_none() && amounts.limit.is_some();
    let copied = answer
        .containers
        .iter()
        .any(|size| size.replicas > 0 && (alone(&size.cpu) || alone(&size.memory)));
    let remark = if copied {
        " A limit without a request counts as one: the server copies it."
    } else {
        ""
    };
    format!("All pods together: cpu {}; memory {}.{remark}", of(&answer.cpu), of(&answer.memory))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{kind::Kind, object::ObjectRef};

    #[test]
    fn a_limit_that_counts_as_a_request_is_told() {
        let amounts = |request: Option<&str>| Amounts {
            used: None,
            request: request.map(str::to_owned),
            limit: Some("100m".to_owned()),
        };
        let all = |request: Option<&str>| SizingAnswer {
            namespace: None,
            containers: vec![ContainerSize {
                workload: ObjectRef {
                    kind: Kind::deployment(),
                    namespace: None,
                    name: "v".to_owned(),
                    uid: None,
                },
                container: "v".to_owned(),
                replicas: 2,
                cpu: amounts(request),
                memory: Amounts {
                    used: None,
                    request: None,
                    limit: None,
                },
            }],
            cpu: Sums {
                requests: "200m".to_owned(),
                limits: Some("200m".to_owned()),
            },
            memory: Sums {
                requests: "0Mi".to_owned(),
                limits: None,
            },
            unmeasured: None,
            advice: Vec::new(),
        };
        let line = "All pods together: cpu 200m requested, 200m at most; memory 0Mi requested, no limit.";
        assert_eq!(sums(&all(Some("100m"))), line);
        assert_eq!(
            sums(&all(None)),
            format!("{line} A limit without a request counts as one: the server copies it.")
        );
    }
}
