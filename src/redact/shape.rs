//! Secrets that give themselves away by their shape, whatever stands around them.

use std::{borrow::Cow, sync::LazyLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use regex::Captures;

use super::{
    has_mark, mark,
    pattern::{Pattern, has, has_run, lower},
};

/// Pattern, name of the mark, and whether a text in lower case may have it. What is outside the group `hide` stays.
type Shape = (&'static str, &'static str, fn(&str) -> bool);

/// How the keys begin that have a prefix.
const PREFIXES: [&str; 42] = [
    "sk-",
    "gsk_",
    "xai-",
    "aiza",
    "hf_",
    "r8_",
    "pplx-",
    "co-",
    "fw_",
    "nvapi-",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "dckr_",
    "npm_",
    "pypi-",
    "akia",
    "asia",
    "abia",
    "acca",
    "ya29.",
    "gocspx-",
    "xox",
    "xapp-",
    "k_live_",
    "k_test_",
    "whsec_",
    "sg.",
    "re_",
    "napi_",
    "sbp_",
    "sb_secret_",
    "vercel_",
    "dop_v1_",
    "hvs.",
    "age-secret-key-1",
    "tskey-",
    "lsv2_",
];

/// With a user or a password in it.
fn has_url(lower: &str) -> bool {
    lower.contains("://") && lower.contains('@')
}

const PATTERNS: [Shape; 18] = [
    (
        r"(?P<hide>-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-[^-]|--[^-])*(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|-*\z)?)",
        "private-key",
        |text| text.contains("-----begin "),
    ),
    // Databases: people leave `/`, `#` and `@` in passwords unencoded, so everything up to the last `@` is taken.
    (
        r#"(?i)\b(?:postgres(?:ql)?|mysql|mariadb|mongodb|rediss?|valkey|amqps?|mssql|sqlserver|oracle|cockroachdb|clickhouse|libsql|nats|kafka|smtps?|ldaps?|ftps?|sftp)(?:\+[a-z0-9.]+)*://(?P<hide>[^\s"'`<>\\]*)@"#,
        "credentials",
        has_url,
    ),
    (
        r#"(?i)\b[a-z][a-z0-9+.-]{1,20}://(?P<hide>[^\s"'`<>\\/?#@]*:[^\s"'`<>\\/?#]+)@"#,
        "credentials",
        has_url,
    ),
    // A password with a slash in it: what begins like a port is one.
    (
        r#"(?i)\b[a-z][a-z0-9+.-]{1,20}://(?P<hide>[^\s"'`<>\\/?#@]+:(?:[0-9]*[^\s"'`<>\\/?#@0-9][^\s"'`<>\\/?#@]*)/[^\s"'`<>\\?#@]*)@"#,
        "credentials",
        has_url,
    ),
    // As people write a registry: `user:password@host/image`.
    (
        r#"(?i)(?:^|[\s"'=(,])(?P<user>[a-z0-9][a-z0-9_.+-]*):(?P<hide>[^\s"'`<>/@]+)@(?:(?:[a-z0-9-]+\.)+[a-z]{2,}\b|[a-z0-9.-]+:[0-9]{2,5}/|localhost\b)"#,
        "credentials",
        |text| text.contains('@'),
    ),
    // As Go's drivers take it: `user:password@tcp(host:3306)/db`. Everything up to the last `@` is taken.
    (
        r#"(?i)(?:^|[\s"'`=(,;>])(?P<account>[^\s"'`<>:@/(),;=]+):(?P<hide>[^\s"'`<>]+)@(?:tcp[46]?|udp[46]?|unix|mysql\+tcp|cloudsql[a-z-]*|ssh)\("#,
        "credentials",
        |text| text.contains('@') && text.contains('('),
    ),
    // No address of mail has a path: whoever stands in front is an account, also one that is called `user`.
    (
        r#"(?i)(?:^|[\s"'`=(,])(?P<account>[a-z0-9][a-z0-9_.+-]*):(?P<hide>[^\s"'`<>/@]+)@(?:[a-z0-9.-]+(?::[0-9]{2,5})?)?/"#,
        "credentials",
        |text| text.contains('@'),
    ),
    // What is signed in a URL opens it to whoever has the URL.
    (
        r#"(?i)(?:[?&;]|\\u0026)(?:sig|signature|x-amz-signature|x-goog-signature)=(?P<hide>[A-Za-z0-9+/_~%-]{20,}=*)"#,
        "signature",
        |text| has(text, &["sig=", "signature="]),
    ),
    (
        r#"(?i)\bhttps?://[^\s"'`<>]*(?:[?&;]|\\u0026)(?:sig|signature|x-amz-signature|x-goog-signature)=(?P<hide>[^\s"'`<>\\&;#]+)"#,
        "signature",
        |text| text.contains("://") && has(text, &["sig=", "signature="]),
    ),
    (
        r"(?i)\bhooks\.slack\.com/(?:services|workflows|triggers)/(?P<hide>[A-Za-z0-9/_-]{10,})",
        "webhook",
        |text| text.contains("hooks.slack.com/"),
    ),
    (
        r"(?i)\bdiscord(?:app)?\.com/api/webhooks/(?P<hide>[0-9]+/[A-Za-z0-9_-]{10,})",
        "webhook",
        |text| text.contains("/api/webhooks/"),
    ),
    (r#"(?i)\bhttps?://(?P<hide>[^\s"'`<>\\/?#@:]{16,})@"#, "credentials", has_url),
    (
        r"(?P<hide>eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]+)*)",
        "jwt",
        |text| text.contains("eyj"),
    ),
    (
        // Keys with a prefix that their makers chose so that scanners find them.
        concat!(
            r"(?:\b|_)(?P<hide>",
            r"sk-[A-Za-z0-9_-]{16,}|gsk_[A-Za-z0-9]{16,}|xai-[A-Za-z0-9]{20,}|AIza[0-9A-Za-z_-]{30,}|hf_[A-Za-z0-9]{16,}",
            r"|r8_[A-Za-z0-9]{30,}|pplx-[A-Za-z0-9]{30,}|co-[A-Za-z0-9]{30,}|fw_[A-Za-z0-9]{20,}|nvapi-[A-Za-z0-9_-]{30,}",
            r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}",
            r"|dckr_(?:pat|oat)_[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{40,}",
            r"|(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}",
            r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{20,}|(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{16,}",
            r"|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|re_[A-Za-z0-9]{8,}_[A-Za-z0-9]{16,}|napi_[A-Za-z0-9]{20,}",
            r"|sbp_[a-f0-9]{30,}|sb_secret_[A-Za-z0-9_-]{16,}|vercel_[A-Za-z0-9]{20,}|dop_v1_[a-f0-9]{40,}|hvs\.[A-Za-z0-9_-]{20,}",
            r"|AGE-SECRET-KEY-1[0-9A-Z]{30,}|tskey-[A-Za-z0-9-]{20,}|lsv2_[a-z]{2}_[a-f0-9]{20,}",
            r")",
        ),
        "api-key",
        |text| has(text, &PREFIXES),
    ),
    (r"(?P<hide>npg_[A-Za-z0-9]{6,})", "neon-password", |text| text.contains("npg_")),
    // Keys without any prefix, such as Cohere's.
    (
        r#"(?:^|[\s"'`=:,(])(?P<hide>[A-Za-z0-9]{40})(?:$|[\s"'`,;.)&])"#,
        "api-key",
        |text| has_run(text, 40),
    ),
    (
        r#"(?i)\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?(?P<hide>(?:bearer|basic|token|digest|negotiate|ntlm|key|api-?key|aws4-hmac-sha256)\s+[^\s"'‹”’]+|[^\s"'‹”’]{16,})"#,
        "authorization",
        |text| text.contains("authorization"),
    ),
    (
        r"(?i)\b(?:bearer|basic|token)\s+(?P<hide>[A-Za-z0-9+/._~=-]{8,})",
        "authorization",
        |text| has(text, &["bearer", "basic", "token"]),
    ),
];

static SHAPES: LazyLock<Vec<(Pattern, &'static str)>> =
    LazyLock::new(|| PATTERNS.map(|(source, name, may)| (Pattern::new(source, may), name)).into());

/// Hides every shape.
pub fn hide(text: &str) -> Cow<'_, str> {
    let mut out = Cow::Borrowed(text);
    let mut seen = lower(text);
    for (pattern, name) in SHAPES.iter() {
        let Some(regex) = pattern.for_text(&out, &seen) else { continue };
        if let Cow::Owned(changed) = regex.replace_all(&out, |found: &Captures<'_>| replacement(found, name)) {
            seen = lower(&changed);
            out = Cow::Owned(changed);
        }
    }
    out
}

/// The password of a URL, as it is written there.
pub fn password_of_url(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let (user_info, _) = rest.rsplit_once('@')?;
    let (_, password) = user_info.split_once(':')?;
    Some(password.to_owned())
}

fn replacement(found: &Captures<'_>, name: &str) -> String {
    let whole = found.get(0).map_or("", |m| m.as_str());
    let (Some(all), Some(secret)) = (found.get(0), found.name("hide")) else {
        return whole.to_owned();
    };
    let value = secret.as_str();
    if value.is_empty()
        || has_mark(value)
        || !is_secret(name, whole, value)
        || found.name("user").is_some_and(|user| is_no_user(user.as_str(), value))
        || found.name("account").is_some_and(|account| is_no_account(account.as_str(), value))
        || (name == "signature" && is_placeholder(value))
    {
        return whole.to_owned();
    }
    let (before, after) = (secret.start() - all.start(), secret.end() - all.start());
    let head = whole.get(..before).unwrap_or_default();
    let tail = whole.get(after..).unwrap_or_default();
    format!("{head}{}{tail}", mark(name))
}

/// "basic authentication" and "bearer tokens" are words; a credential has digits, signs or both cases in it.
fn is_secret(name: &str, whole: &str, value: &str) -> bool {
    let Some(scheme) = whole.split_whitespace().next() else {
        return true;
    };
    match (name, scheme.to_lowercase().as_str()) {
        ("authorization", "basic") => STANDARD
            .decode(value.trim_end_matches('.'))
            .is_ok_and(|plain| plain.contains(&b':')),
        ("authorization", "bearer" | "token") => looks_random(value),
        ("api-key", _) => is_key(value),
        _ => true,
    }
}

/// What stands before the address in `mailto:me@example.com`, `npm:react@18.2.0`, `12:30@office.example`.
fn is_no_user(user: &str, password: &str) -> bool {
    const LABELS: [&str; 22] = [
        "mailto",
        "mail",
        "email",
        "e-mail",
        "to",
        "cc",
        "bcc",
        "from",
        "by",
        "author",
        "owner",
        "contact",
        "assignee",
        "user",
        "username",
        "member",
        "group",
        "serviceaccount",
        "sip",
        "xmpp",
        "acct",
        "npm",
    ];
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b':');
    LABELS.contains(&user.to_lowercase().as_str()) || (digits(user) && digits(password))
}

/// Where no address of mail can stand: what still is no account, and what stands for a password that is not told.
fn is_no_account(account: &str, password: &str) -> bool {
    let is_account = matches!(account.to_lowercase().as_str(), "user" | "username");
    is_placeholder(password) || (!is_account && is_no_user(account, password))
}

/// `$PASSWORD`, `%s`, `{{password}}`, `password`: where one puts the value in.
fn is_placeholder(value: &str) -> bool {
    value.starts_with(['$', '%', '{']) || matches!(value.to_lowercase().as_str(), "password" | "passwd" | "pass" | "pwd" | "pw")
}

/// `sk-backend-6d4cf56db6-x2x9k` is a pod, and forty letters of one case are a hash.
fn is_key(value: &str) -> bool {
    let count = |test: fn(&u8) -> bool| value.as_bytes().iter().filter(|b| test(b)).count();
    if value.starts_with("sk-") {
        let run = value.split(['-', '_']).map(str::len).max().unwrap_or_default();
        return run >= 16 || count(u8::is_ascii_uppercase) > 0;
    }
    let bare = value.len() == 40 && value.bytes().all(|b| b.is_ascii_alphanumeric());
    !bare || (count(u8::is_ascii_uppercase) >= 3 && count(u8::is_ascii_lowercase) >= 3 && count(u8::is_ascii_digit) >= 1)
}

/// Words are of one case and have no digits; tokens mix.
pub fn looks_random(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let classes = [has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase), has(u8::is_ascii_digit)];
    let mixed = classes.into_iter().filter(|&there| there).count() >= 2;
    value.len() >= 32 || (value.len() >= 12 && mixed && has(u8::is_ascii_digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert!(SHAPES.iter().all(|(pattern, _)| pattern.compiled().is_some()));
    }

    #[test]
    fn shapes_are_hidden_and_their_surroundings_stay() {
        let cases = [
            (
                "psql postgresql://neondb_owner:npg_AbC123dEf456@ep-x-1.neon.tech/db?sslmode=require ok",
                "psql postgresql://‹redacted:credentials›@ep-x-1.neon.tech/db?sslmode=require ok",
            ),
            (
                "postgresql+asyncpg://u:p@/w#1@h/db",
                "postgresql+asyncpg://‹redacted:credentials›@h/db",
            ),
            ("redis://:hunter2@cache:6379/0", "redis://‹redacted:credentials›@cache:6379/0"),
            ("mongodb+srv://a:b@c.net/x", "mongodb+srv://‹redacted:credentials›@c.net/x"),
            ("amqps://a:b@c/x", "amqps://‹redacted:credentials›@c/x"),
            (
                "git clone https://me:pw@example.com/x.git",
                "git clone https://‹redacted:credentials›@example.com/x.git",
            ),
            ("http://example.com:8080/?mail=a@b.c", "http://example.com:8080/?mail=a@b.c"),
            ("postgres://localhost:5432/db", "postgres://localhost:5432/db"),
            ("ssh://git@example.com/x", "ssh://git@example.com/x"),
            ("npg_AbC123dEf456", "‹redacted:neon-password›"),
            ("key sk-proj-abcdefghijklmnop1234 end", "key ‹redacted:api-key› end"),
            ("gsk_abcdefghijklmnopqrst12", "‹redacted:api-key›"),
            ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "‹redacted:api-key›"),
            ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "‹redacted:api-key›"),
            ("github_pat_11ABCDEFG0abcdefghijkl_mn", "‹redacted:api-key›"),
            ("hf_abcdefghijklmnopqrst", "‹redacted:api-key›"),
            ("AKIAABCDEFGHIJKLMNOP", "‹redacted:api-key›"),
            ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def_1", "‹redacted:jwt›"),
            ("Authorization: Bearer abc.def-123", "Authorization: ‹redacted:authorization›"),
            (
                "may require authorization: server message: insufficient_scope",
                "may require authorization: server message: insufficient_scope",
            ),
            (
                "curl -H 'Authorization: Basic dTpw'",
                "curl -H 'Authorization: ‹redacted:authorization›'",
            ),
            ("Bearer abcdef123456", "Bearer ‹redacted:authorization›"),
            ("basic dXNlcjpwYXNz", "basic ‹redacted:authorization›"),
            (
                "basic authentication with bearer authentication",
                "basic authentication with bearer authentication",
            ),
            (
                "a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE-x\n-----END RSA PRIVATE KEY-----\nb",
                "a\n‹redacted:private-key›\nb",
            ),
            ("-----BEGIN PRIVATE KEY-----\nMIIE", "‹redacted:private-key›"),
            ("-----BEGIN CERTIFICATE-----\nMIIE", "-----BEGIN CERTIFICATE-----\nMIIE"),
        ];
        for (text, expected) in cases {
            assert_eq!(hide(text), expected);
            assert_eq!(hide(expected), expected, "again");
        }
    }
}
