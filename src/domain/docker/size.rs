//! Sizes as docker tells them.

/// `2.98 MB`: in powers of a thousand and with three digits, as `docker images` tells sizes.
#[must_use]
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    #[allow(clippy::cast_precision_loss)]
    let (mut value, mut unit) = (bytes as f64, 0);
    while value >= 1000.0 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = match value {
        value if unit == 0 || value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        let told = [0, 999, 1000, 2_980_000, 91_600_000, 146_000_000, 5_120_000_000].map(size);
        assert_eq!(told, ["0 B", "999 B", "1.00 kB", "2.98 MB", "91.6 MB", "146 MB", "5.12 GB"]);
    }
}
