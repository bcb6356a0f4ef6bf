//! Playbooks and lexicon as JSON, which is read many times as fast as YAML: reading them is most of what a request costs
//! before it is sent. What they mean, and their mistakes, are the program's own business (`src/fallbacks`).

use std::{env, error::Error, fs, path::Path};

use serde_json::{Map, Value};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=fallbacks");
    let out = env::var("OUT_DIR")?;
    let (mut kubernetes, mut docker) = (Map::new(), Map::new());
    let mut paths = fs::read_dir("fallbacks")?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match name.as_str() {
            "_refusals.yaml" => {}
            "_lexicon.yaml" => fs::write(Path::new(&out).join("lexicon.json"), read(&path)?.to_string())?,
            "_docker.yaml" => fs::write(Path::new(&out).join("turn.json"), read(&path)?.to_string())?,
            name if name.ends_with(".yaml") => {
                let playbook = read(&path)?;
                let of = if playbook["domain"] == "docker" {
                    &mut docker
                } else {
                    &mut kubernetes
                };
                of.insert(name.to_owned(), playbook);
            }
            _ => {}
        }
    }
    fs::write(Path::new(&out).join("kubernetes.json"), Value::Object(kubernetes).to_string())?;
    fs::write(Path::new(&out).join("docker.json"), Value::Object(docker).to_string())?;
    Ok(())
}

/// Without the cases, which are tests: a request does not need them.
fn read(path: &Path) -> Result<Value, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let text = text.find("\ncases:").map_or(text.as_str(), |end| &text[..=end]);
    // "yes" and "on" are words here.
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| format!("{}: {error}", path.display()).into())
}
