//! Names that say that what they name is secret: `BETTER_AUTH_SECRET`, `secrets.cohereApiKey`, `DATABASE_URL`.

/// Words that make a name secret wherever they stand in it.
const SECRET: [&str; 27] = [
    "secret",
    "secrets",
    "token",
    "tokens",
    "pwd",
    "pw",
    "passphrase",
    "passcode",
    "credential",
    "credentials",
    "cred",
    "creds",
    "passkey",
    "pat",
    "dsn",
    "authorization",
    "cookie",
    "bearer",
    "jwt",
    "hmac",
    "otp",
    "totp",
    "mnemonic",
    // Written as one word.
    "pgpass",
    "dbpass",
    "kennwort",
    "passwort",
];

/// Words before `key` that make it no secret: columns, public halves, and the fields of Kubernetes objects.
const OPEN_KEYS: [&str; 24] = [
    "public",
    "primary",
    "foreign",
    "partition",
    "sort",
    "cache",
    "topology",
    "label",
    "labels",
    "annotation",
    "match",
    "group",
    "index",
    "row",
    "idempotency",
    "merge",
    "map",
    "host",
    "object",
    "unique",
    "config",
    "taint",
    "field",
    "any",
];

/// Last words of names that tell about a secret without being one: `secretName`, `TOKEN_TTL`, `secretKeyRef`.
const ABOUT: [&str; 40] = [
    "name",
    "names",
    "ref",
    "refs",
    "file",
    "files",
    "path",
    "dir",
    "seconds",
    "secs",
    "ms",
    "minutes",
    "hours",
    "days",
    "ttl",
    "expiry",
    "expires",
    "expiration",
    "count",
    "length",
    "size",
    "limit",
    "type",
    "types",
    "kind",
    "version",
    "enabled",
    "policy",
    "provider",
    "issuer",
    "audience",
    "endpoint",
    "field",
    "column",
    "algorithm",
    "mode",
    "status",
    "state",
    "used",
    "usage",
];

/// What a URL must lead to, to carry a password as a rule.
const STORES: [&str; 20] = [
    "database",
    "db",
    "postgres",
    "postgresql",
    "pg",
    "mysql",
    "mariadb",
    "mongo",
    "mongodb",
    "redis",
    "rabbitmq",
    "amqp",
    "broker",
    "celery",
    "neon",
    "sqlalchemy",
    "connection",
    "dburl",
    "conn",
    // Who knows its address may post.
    "webhook",
];

/// Whether a variable, field, option or header of this name holds a secret.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let Some(last) = words.last() else { return false };
    if ABOUT.contains(last) {
        return false;
    }
    let locator = matches!(*last, "url" | "uri" | "string" | "str" | "conn" | "dburl");
    if locator && words.iter().any(|word| STORES.contains(word)) {
        return true;
    }
    if matches!(*last, "url" | "uri" | "id" | "ids") {
        return false;
    }
    words.iter().any(|word| is_secret_word(word) || is_nearly_secret(word))
        || words
            .windows(2)
            .any(|pair| is_key(pair[0], pair[1]) || is_nearly_key(pair[0], pair[1]))
        || (words.len() > 1 && words.contains(&"pass"))
}

/// Nearly one of these, and no word of its own: a slip of the fingers must not show what stands behind it.
fn is_nearly_secret(word: &str) -> bool {
    const WORDS: [&str; 9] = [
        "secret",
        "secrets",
        "token",
        "tokens",
        "password",
        "passwords",
        "passphrase",
        "credential",
        "credentials",
    ];
    const OTHERS: [&str; 6] = ["taken", "woken", "tokes", "secrete", "secreted", "credentialed"];
    let near = |known: &&str| {
        let most = if known.len() >= 8 { 2 } else { 1 };
        word.len() >= 4 && word.len().abs_diff(known.len()) <= most && strsim::osa_distance(word, known) <= most
    };
    !OTHERS.contains(&word) && WORDS.iter().any(near)
}

/// `API_KY`, `SECRET_KYE`: after such a word hardly anything else can stand.
fn is_nearly_key(before: &str, word: &str) -> bool {
    matches!(
        before,
        "api" | "secret" | "private" | "access" | "signing" | "encryption" | "auth" | "master"
    ) && word != "kex"
        && (2..=4).contains(&word.len())
        && word.starts_with('k')
        && strsim::osa_distance(word, "key") <= 1
}

/// A whole word that is secret by itself, also glued to another (`PGPASSWORD`, `authtoken`).
fn is_secret_word(word: &str) -> bool {
    SECRET.contains(&word)
        || ["password", "passwd", "apikey", "privatekey", "secretkey", "accesskey"]
            .iter()
            .any(|part| word.contains(part))
        || (word.len() > 6 && (word.ends_with("token") || word.ends_with("secret")))
}

fn is_key(before: &str, word: &str) -> bool {
    match word {
        "key" => !OPEN_KEYS.contains(&before),
        "keys" => before == "api",
        _ => false,
    }
}

/// Lower-case words of a name in any of the usual spellings (`A_B`, `a-b`, `a.b`, `aB`, `ABc`).
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        let starts = c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        let ends_run = c.is_ascii_uppercase() && before.is_ascii_uppercase() && rest.peek().is_some_and(char::is_ascii_lowercase);
        if (!c.is_ascii_alphanumeric() || starts || ends_run) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_users_give_their_secrets() {
        let secret = [
            "DATABASE_URL",
            "NEON_DATABASE_URL",
            "database.url",
            "REDIS_URL",
            "MONGODB_URI",
            "BETTER_AUTH_SECRET",
            "COHERE_API_KEY",
            "cohereApiKey",
            "secrets.cohereApiKey",
            "JWT_SECRET_KEY",
            "SECRET_KEY",
            "PGPASSWORD",
            "PGPASS",
            "CONN_STR",
            "JWT",
            "SLACK_WEBHOOK_URL",
            "password",
            "DB_PASS",
            "--api-key",
            "x-api-key",
            "apikey",
            "Authorization",
            "GITHUB_TOKEN",
            "accessToken",
            "AWS_SECRET_ACCESS_KEY",
            "client-key-data",
            "NEXT_PUBLIC_OPENAI_DOMAIN_KEY",
            "SENTRY_DSN",
            "CONNECTION_STRING",
        ];
        for name in secret {
            // `client-key-data` is the private key of a kubeconfig.
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn names_that_only_speak_of_secrets() {
        let open = [
            "",
            "secretName",
            "secretKeyRef",
            "imagePullSecretsPolicy",
            "tokenExpirationSeconds",
            "topologyKey",
            "key",
            "keys",
            "public_key",
            "BETTER_AUTH_URL",
            "NEXT_PUBLIC_API_URL",
            "TOKEN_URL",
            "pass",
            "monkey",
            "keyboard",
            "replicas",
            "TOKEN_TTL",
            "secret_file",
            "configMapKeyRef",
        ];
        for name in open {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
