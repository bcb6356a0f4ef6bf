//! Kubernetes quantities: `500m`, `128Mi`, `1.5`, `2e3`.

/// A quantity in thousandths of its unit (millicores, thousandths of a byte), rounded up; `None` for what the server refuses.
pub fn milli(text: &str) -> Option<i128> {
    let text = text.trim();
    let split = text
        .find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, '.' | '+' | '-')))
        .unwrap_or(text.len());
    let (digits, suffix) = text.split_at(split);
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) || whole.len() + fraction.len() > 24 {
        return None;
    }
    let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (times, over) = scale(suffix)?;
    let places = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let over = places.checked_mul(over)?;
    let scaled = mantissa.checked_mul(times)?.checked_mul(1000)?;
    let value = scaled / over + i128::from(scaled % over != 0);
    Some(if negative { -value } else { value })
}

/// The suffix as a fraction.
fn scale(suffix: &str) -> Option<(i128, i128)> {
    let binary = |power: u32| Some((1024_i128.pow(power), 1));
    let decimal = |power: u32| Some((1000_i128.pow(power), 1));
    match suffix {
        "" => Some((1, 1)),
        "n" => Some((1, 1_000_000_000)),
        "u" => Some((1, 1_000_000)),
        "m" => Some((1, 1000)),
        "k" => decimal(1),
        "M" => decimal(2),
        "G" => decimal(3),
        "T" => decimal(4),
        "P" => decimal(5),
        "E" => decimal(6),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        exponent => {
            let power: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            let size = 10_i128.checked_pow(power.unsigned_abs().min(30))?;
            Some(if power < 0 { (1, size) } else { (size, 1) })
        }
    }
}

/// Millicores as the server prints them: `2`, `500m`.
pub fn cpu_text(milli: i128) -> String {
    if milli % 1000 == 0 {
        (milli / 1000).to_string()
    } else {
        format!("{milli}m")
    }
}

/// Thousandths of a byte as the server prints them: the largest binary unit that divides them.
pub fn memory_text(milli: i128) -> String {
    let bytes = milli / 1000;
    if bytes == 0 {
        return "0".to_owned();
    }
    [("Ti", 4), ("Gi", 3), ("Mi", 2), ("Ki", 1)]
        .into_iter()
        .map(|(unit, power)| (unit, 1024_i128.pow(power)))
        .find(|(_, size)| bytes % size == 0)
        .map_or_else(|| bytes.to_string(), |(unit, size)| format!("{}{unit}", bytes / size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_as_the_server_reads_them() {
        let cases = [
            ("500m", Some(500)),
            ("2", Some(2000)),
            ("0.1", Some(100)),
            ("1.5", Some(1500)),
            (".5", Some(500)),
            ("128Mi", Some(134_217_728_000)),
            ("1e3", Some(1_000_000)),
            ("100u", Some(1)),
            ("-1", Some(-1000)),
            ("", None),
            ("abc", None),
            ("1 Gi", None),
            ("1GB", None),
            ("1..5", None),
        ];
        for (text, expected) in cases {
            assert_eq!(milli(text), expected, "{text}");
        }
    }

    #[test]
    fn and_printed_as_it_prints_them() {
        assert_eq!(cpu_text(1500), "1500m");
        assert_eq!(cpu_text(2000), "2");
        assert_eq!(memory_text(134_217_728_000), "128Mi");
        assert_eq!(memory_text(1000), "1");
    }
}
