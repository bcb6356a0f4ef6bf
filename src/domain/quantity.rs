//! Amounts of cpu and memory as Kubernetes writes them (`resource.Quantity`): `250m`, `1Gi`, `0.5`.

/// The number of cores or bytes, or `None` where the text is no quantity.
#[must_use]
pub fn amount(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let factor = match text.get(digits.len()..)? {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0 * 1024.0,
        "Gi" => 1024.0 * 1024.0 * 1024.0,
        "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "Pi" => 1024.0 * 1024.0 * 1024.0 * 1024.0 * 1024.0,
        "Ei" => 1024.0 * 1024.0 * 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let number = digits.parse::<f64>().ok().filter(|number| *number >= 0.0)?;
    Some(number * factor)
}

/// Cores in thousandths, rounded up: `12m`.
#[must_use]
pub fn cores(cpu: f64) -> String {
    format!("{:.0}m", (cpu * 1000.0 - 1e-6).max(0.0).ceil())
}

/// Bytes in mebibytes: `34Mi`.
#[must_use]
pub fn mebibytes(memory: f64) -> String {
    format!("{:.0}Mi", memory / 1024.0 / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_in_all_units_that_a_metrics_server_writes() {
        let read = |text: &str| amount(text).map(|amount| (cores(amount), mebibytes(amount)));
        assert_eq!(read("12345678n").unwrap().0, "13m");
        assert_eq!(read("250m").unwrap().0, "250m");
        assert_eq!(read("0.5").unwrap().0, "500m");
        assert_eq!(read("35840Ki").unwrap().1, "35Mi");
        assert_eq!(read("1Gi").unwrap().1, "1024Mi");
        assert_eq!(["", "Mi", "12x", "-1", "1Gib"].map(amount), [None; 5]);
    }
}
