//! Schedules of cron jobs: five fields of a time, or a word, as the real controller reads them.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _, Zoned};

/// What each field may be.
struct Range {
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const RANGES: [Range; 5] = [
    Range {
        least: 0,
        most: 59,
        names: &[],
    },
    Range {
        least: 0,
        most: 23,
        names: &[],
    },
    Range {
        least: 1,
        most: 31,
        names: &[],
    },
    Range {
        least: 1,
        most: 12,
        names: &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
    },
    Range {
        least: 0,
        most: 6,
        names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
    },
];

/// The words, and what each stands for.
const WORDS: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A schedule that names no day within so many has none: the 29th of February comes every eight years at worst.
const DAYS: i64 = 366 * 8;

/// When something is to happen again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schedule {
    Every(SignedDuration),
    /// A set of bits each for minute, hour, day of the month, month and day of the week; whether the two days are both free.
    Fields {
        bits: [u64; 5],
        any_day: bool,
    },
}

impl Schedule {
    /// # Errors
    /// What the real server says of such a text.
    pub fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("empty spec string".to_owned());
        }
        let text = if let Some(word) = text.strip_prefix('@') {
            if let Some(every) = word.strip_prefix("every ") {
                let every: SignedDuration = every
                    .parse()
                    .map_err(|_| format!("failed to parse duration {text}: time: invalid duration \"{every}\""))?;
                return Ok(Self::Every(every.max(SignedDuration::from_secs(1))));
            }
            let known = WORDS.iter().find(|(known, _)| *known == text);
            known
                .map(|(_, fields)| *fields)
                .ok_or_else(|| format!("unrecognized descriptor: {text}"))?
        } else {
            text
        };
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
        };
        let mut bits = [0; 5];
        for ((bits, range), text) in bits.iter_mut().zip(&RANGES).zip([minute, hour, day, month, weekday]) {
            *bits = field(text, range)?;
        }
        let free = |text: &str| text.starts_with(['*', '?']);
        Ok(Self::Fields {
            bits,
            any_day: free(day) || free(weekday),
        })
    }

    /// The first moment after another.
    pub fn after(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::Every(every) => at.checked_add(*every).ok(),
            Self::Fields { bits, any_day } => {
                let start = at.to_zoned(zone.clone());
                (0..DAYS).find_map(|days| {
                    let date = start.date().checked_add(days.days()).ok()?;
                    on_day(*bits, *any_day, date).then(|| first_in(*bits, date, &start, zone)).flatten()
                })
            }
        }
    }
}

fn on_day([_, _, days, months, weekdays]: [u64; 5], any_day: bool, date: Date) -> bool {
    let has = |bits: u64, at: i8| bits & (1 << at) != 0;
    let (day, weekday) = (has(days, date.day()), has(weekdays, date.weekday().to_sunday_zero_offset()));
    // Of two that are both given, one is enough.
    has(months, date.month()) && if any_day { day && weekday } else { day || weekday }
}

fn first_in([minutes, hours, ..]: [u64; 5], date: Date, after: &Zoned, zone: &TimeZone) -> Option<Timestamp> {
    let bits = |set: u64, most: i8| (0..=most).filter(move |at| set & (1 << at) != 0);
    let mut times = bits(hours, 23).flat_map(|hour| bits(minutes, 59).map(move |minute| (hour, minute)));
    times.find_map(|(hour, minute)| {
        let time = Time::new(hour, minute, 0, 0).ok()?;
        let found = date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp();
        (found > after.timestamp()).then_some(found)
    })
}

/// The bits of one field: values, ranges and steps, parted by commas.
fn field(text: &str, range: &Range) -> Result<u64, String> {
    text.split(',').try_fold(0, |bits, part| Ok(bits | one(part, range)?))
}

fn one(text: &str, range: &Range) -> Result<u64, String> {
    let (span, step) = match text.split('/').collect::<Vec<_>>().as_slice() {
        [span] => (*span, None),
        [span, step] => (*span, Some(number(step)?)),
        _ => return Err(format!("too many slashes: {text}")),
    };
    let (first, last) = match span.split('-').collect::<Vec<_>>().as_slice() {
        ["*" | "?"] => (range.least, range.most),
        // `N/step` goes on to the end.
        [only] => (named(only, range)?, if step.is_some() { range.most } else { named(only, range)? }),
        [first, last] => (named(first, range)?, named(last, range)?),
        _ => return Err(format!("too many hyphens: {text}")),
    };
    if first < range.least {
        return Err(format!("beginning of range ({first}) below minimum ({}): {text}", range.least));
    }
    if last > range.most {
        return Err(format!("end of range ({last}) above maximum ({}): {text}", range.most));
    }
    if first > last {
        return Err(format!("beginning of range ({first}) beyond end of range ({last}): {text}"));
    }
    match step.unwrap_or(1) {
        0 => Err(format!("step of range should be a positive number: {text}")),
        step => Ok((first..=last).step_by(step as usize).fold(0, |bits, at| bits | 1 << at)),
    }
}

fn named(text: &str, range: &Range) -> Result<u32, String> {
    let lower = text.to_lowercase();
    match range.names.iter().position(|name| **name == lower) {
        Some(index) => Ok(index as u32 + range.least),
        None => number(text),
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.parse()
        .map_err(|_| format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_moment_is_the_one_that_the_fields_name() {
        // From a Thursday.
        let cases = [
            ("* * * * *", "2026-01-01T12:00:30Z", "2026-01-01T12:01:00Z"),
            ("*/15 * * * *", "2026-01-01T12:00:00Z", "2026-01-01T12:15:00Z"),
            ("30 3 * * *", "2026-01-01T12:00:00Z", "2026-01-02T03:30:00Z"),
            ("0 0 1 1 *", "2026-01-01T12:00:00Z", "2027-01-01T00:00:00Z"),
            ("0 9 * * mon-fri", "2026-01-02T12:00:00Z", "2026-01-05T09:00:00Z"),
            ("0 0 13 * fri", "2026-01-01T12:00:00Z", "2026-01-02T00:00:00Z"),
            ("5/20 1,2 * * ?", "2026-01-01T01:45:00Z", "2026-01-01T02:05:00Z"),
            ("0 0 29 2 *", "2026-01-01T12:00:00Z", "2028-02-29T00:00:00Z"),
            ("@hourly", "2026-01-01T12:00:00Z", "2026-01-01T13:00:00Z"),
            ("@every 90s", "2026-01-01T12:00:00Z", "2026-01-01T12:01:30Z"),
        ];
        for (text, at, next) in cases {
            let found = Schedule::read(text).unwrap().after(at.parse().unwrap(), &TimeZone::UTC);
            assert_eq!(found.unwrap().to_string(), next, "{text} after {at}");
        }
        let never = Schedule::read("0 0 30 2 *").unwrap();
        assert_eq!(never.after("2026-01-01T12:00:00Z".parse().unwrap(), &TimeZone::UTC), None);
    }

    #[test]
    fn what_is_no_schedule_is_told_as_the_real_server_tells_it() {
        let cases = [
            ("", "empty spec string"),
            ("not a time", "expected exactly 5 fields, found 3: [not a time]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            (
                "x * * * *",
                "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax",
            ),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("@sometimes", "unrecognized descriptor: @sometimes"),
        ];
        for (text, why) in cases {
            assert_eq!(Schedule::read(text), Err(why.to_owned()));
        }
    }
}
