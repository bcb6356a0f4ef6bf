//! What the engine and its containers use.

use serde_json::Value;

use super::{list, number, tables::table, text};
use crate::domain::{answer::Table, docker::size, object::ObjectRef};

/// As `docker system df` tells it.
pub fn disk(found: &Value) -> Table {
    let images = list(found, "/Images");
    let used = images
        .iter()
        .filter(|image| image.get("Containers").and_then(Value::as_i64).unwrap_or_default() > 0);
    let in_use: u64 = used
        .clone()
        .map(|image| number(image, "/Size") - number(image, "/SharedSize").min(number(image, "/Size")))
        .sum();
    let layers = number(found, "/LayersSize");
    let containers = list(found, "/Containers");
    let runs = |container: &&Value| text(container, "/State") == "running";
    let written = |containers: &mut dyn Iterator<Item = &Value>| containers.map(|container| number(container, "/SizeRw")).sum::<u64>();
    let volumes = list(found, "/Volumes");
    let volume_size = |volume: &Value| volume.pointer("/UsageData/Size").and_then(Value::as_u64).unwrap_or_default();
    let is_used = |volume: &&Value| volume.pointer("/UsageData/RefCount").and_then(Value::as_i64).unwrap_or_default() > 0;
    let cache = list(found, "/BuildCache");
    let cache_size = |cache: &mut dyn Iterator<Item = &Value>| cache.map(|entry| number(entry, "/Size")).sum::<u64>();
    let in_cache = |entry: &&Value| entry.get("InUse").and_then(Value::as_bool) == Some(true);
    let rows = vec![
        row("images", images.len(), used.count(), layers, layers.saturating_sub(in_use)),
        row(
            "containers",
            containers.len(),
            containers.iter().filter(runs).count(),
            written(&mut containers.iter()),
            written(&mut containers.iter().filter(|container| !runs(container))),
        ),
        row(
            "volumes",
            volumes.len(),
            volumes.iter().filter(is_used).count(),
            volumes.iter().map(volume_size).sum(),
            volumes.iter().filter(|volume| !is_used(volume)).map(volume_size).sum(),
        ),
        row(
            "build cache",
            cache.len(),
            cache.iter().filter(in_cache).count(),
            cache_size(&mut cache.iter()),
            cache_size(&mut cache.iter().filter(|entry| !in_cache(entry))),
        ),
    ];
    let columns = [
        ("Name", false),
        ("Total", false),
        ("In use", false),
        ("Size", false),
        ("Could be freed", false),
    ];
    table("disk usage", &columns, rows)
}

fn row(name: &str, total: usize, used: usize, bytes: u64, free: u64) -> Vec<String> {
    vec![name.to_owned(), total.to_string(), used.to_string(), size(bytes), size(free)]
}

/// As `docker stats --no-stream` tells it; the busiest first.
pub fn containers(measured: &[(ObjectRef, Value)]) -> Table {
    let mut rows: Vec<(u64, Vec<String>)> = measured
        .iter()
        .map(|(container, stats)| {
            let percent = processor(stats);
            let (memory, limit) = memory(stats);
            let share = memory.saturating_mul(1000).checked_div(limit);
            let share = share.map_or_else(String::new, |share| format!("{}.{} %", share / 10, share % 10));
            let (received, sent) = network(stats);
            let cells = vec![
                container.name.clone(),
                format!("{}.{:02} %", percent / 100, percent % 100),
                format!("{} of {}", size(memory), size(limit)),
                share,
                format!("{} in, {} out", size(received), size(sent)),
                number(stats, "/pids_stats/current").to_string(),
            ];
            (percent, cells)
        })
        .collect();
    rows.sort_by_key(|(percent, _)| std::cmp::Reverse(*percent));
    let columns = [
        ("Name", false),
        ("CPU", false),
        ("Memory", false),
        ("Share", false),
        ("Network", false),
        ("Processes", false),
    ];
    table("running containers", &columns, rows.into_iter().map(|(_, cells)| cells).collect())
}

/// In hundredths of a percent of one processor, from the two samples of an answer.
fn processor(stats: &Value) -> u64 {
    let used = number(stats, "/cpu_stats/cpu_usage/total_usage").saturating_sub(number(stats, "/precpu_stats/cpu_usage/total_usage"));
    let all = number(stats, "/cpu_stats/system_cpu_usage").saturating_sub(number(stats, "/precpu_stats/system_cpu_usage"));
    let processors = match number(stats, "/cpu_stats/online_cpus") {
        0 => list(stats, "/cpu_stats/cpu_usage/percpu_usage").len() as u64,
        online => online,
    };
    let used = used.saturating_mul(processors.max(1)).saturating_mul(10_000);
    used.checked_div(all).unwrap_or_default()
}

/// Without what the kernel keeps of files and gives back (docker/cli, calculateMemUsageUnixNoCache).
fn memory(stats: &Value) -> (u64, u64) {
    let used = number(stats, "/memory_stats/usage");
    let files = ["/memory_stats/stats/total_inactive_file", "/memory_stats/stats/inactive_file"];
    let files = files
        .iter()
        .map(|pointer| number(stats, pointer))
        .find(|bytes| *bytes > 0)
        .unwrap_or_default();
    (used.saturating_sub(files.min(used)), number(stats, "/memory_stats/limit"))
}

fn network(stats: &Value) -> (u64, u64) {
    let networks = stats.get("networks").and_then(Value::as_object).into_iter().flatten();
    networks.fold((0, 0), |(received, sent), (_, network)| {
        (received + number(network, "/rx_bytes"), sent + number(network, "/tx_bytes"))
    })
}
