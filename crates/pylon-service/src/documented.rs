//! Holds `docs/operations.md` to what there is: every metric, every setting and every field of the log.

use std::collections::BTreeSet;
use std::path::Path;

use crate::config::{settings, variables};
use crate::metrics::Metrics;

type Names = BTreeSet<String>;

fn page() -> String {
    std::fs::read_to_string(repository().join("docs/operations.md")).unwrap()
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The cells of a section's table, row by row.
fn rows<'a>(page: &'a str, section: &str) -> Vec<Vec<&'a str>> {
    let (_, behind) = page.split_once(&format!("\n## {section}\n")).unwrap();
    let section = behind.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned)
}

#[test]
fn every_metric_is_documented_with_its_type_and_no_other() {
    let exposed: BTreeSet<(String, String)> = Metrics::NAMES
        .iter()
        .map(|(name, kind)| {
            if kind.contains("Counter") {
                (format!("{name}_total"), "counter".to_owned())
            } else if kind.contains("Histogram") {
                ((*name).to_owned(), "histogram".to_owned())
            } else {
                ((*name).to_owned(), "gauge".to_owned())
            }
        })
        .collect();
    let page = page();
    let documented = rows(&page, "Metrics")
        .into_iter()
        .map(|cells| (quoted(cells[0]).next().unwrap(), cells[1].to_owned()))
        .collect();
    assert_eq!(exposed, documented);
    let names: Names = exposed.into_iter().map(|(name, _)| name).collect();
    let mentioned =
        quoted(&page).filter(|word| word.starts_with("pylon_") && !word.contains("service"));
    for name in mentioned {
        assert!(names.contains(&name), "{name}");
    }
}

#[test]
fn every_setting_is_documented_with_its_variables_and_no_other() {
    let mut keys = Names::new();
    let tables = [
        "chain",
        "evm",
        "database",
        "retention",
        "weights",
        "commitments",
        "webhook",
        "classic",
        "limits",
        "recent",
        "wallet",
        "sentry",
        "otel",
        "dev",
    ];
    for key in settings::keys_of("") {
        if !tables.contains(&key.as_str()) && key != "identities" {
            keys.insert(key);
        }
    }
    for table in tables {
        keys.extend(
            settings::keys_of(table)
                .iter()
                .map(|key| format!("{table}.{key}")),
        );
    }
    for table in [
        "identities.NAME",
        "identities.NAME.tokens.OTHER",
        "identities.NAME.sign",
    ] {
        let of_table = settings::keys_of(table);
        let is_table = |key: &str| matches!(key, "tokens" | "sign");
        let of_table = of_table.iter().filter(|key| !is_table(key));
        keys.extend(of_table.map(|key| format!("{table}.{key}")));
    }

    let (variables, known) = variables::all();
    let page = page();
    let rows = rows(&page, "Configuration");
    let documented: Names = rows.iter().flat_map(|cells| quoted(cells[0])).collect();
    assert_eq!(keys, documented);
    for cells in &rows {
        let key = quoted(cells[0]).next().unwrap();
        let expected: Names = variables
            .iter()
            .filter(|(_, sets)| *sets == key)
            .map(|(name, _)| name.clone())
            .collect();
        assert_eq!(expected, quoted(cells[2]).collect(), "{key}");
    }
    let mut all: Names = known.iter().map(|name| format!("PYLON_{name}")).collect();
    all.extend(variables.into_iter().map(|(name, _)| name));
    let words = page.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
    let mentioned: Names = words
        .filter(|word| word.starts_with("PYLON_") && !matches!(*word, "PYLON_" | "PYLON_CLIENT_"))
        .map(|word| {
            word.strip_suffix("_FILE")
                .map_or(word, |name| if name == "PYLON_ENV" { word } else { name })
                .to_owned()
        })
        .collect();
    assert_eq!(all, mentioned);
}

#[test]
fn every_field_of_the_log_is_documented_and_no_other() {
    let mut fields = Names::new();
    for source in [
        "crates/pylon-chain/src",
        "crates/pylon-service/src",
        "crates/pylon-storage/src",
    ] {
        in_folder(&repository().join(source), &mut fields);
    }
    let page = page();
    let documented = rows(&page, "Log fields")
        .iter()
        .flat_map(|cells| quoted(cells[0]))
        .collect();
    assert_eq!(fields, documented);
}

fn in_folder(folder: &Path, fields: &mut Names) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            in_folder(&path, fields);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && path.file_name() != Path::new(file!()).file_name()
        {
            let text = std::fs::read_to_string(&path).unwrap();
            in_source(text.split("#[cfg(test)]\nmod").next().unwrap(), fields);
        }
    }
}

/// The names before `=`, and those that stand alone, in what logs and what opens a span.
fn in_source(text: &str, fields: &mut Names) {
    let makers = [
        "trace!(",
        "debug!(",
        "info!(",
        "warn!(",
        "error!(",
        "debug_span!(",
    ];
    for (at, _) in text.match_indices("tracing::") {
        let call = &text[at + "tracing::".len()..];
        let Some(arguments) = makers.iter().find_map(|maker| call.strip_prefix(maker)) else {
            continue;
        };
        let is_span = call.starts_with("debug_span");
        for argument in arguments_of(arguments) {
            let argument = argument.trim();
            // What follows the message is put into it.
            if argument.starts_with('"') && !is_span {
                break;
            }
            let name = argument
                .split(" = ")
                .next()
                .unwrap()
                .trim_start_matches(['%', '?']);
            let is_name = |letter: char| letter.is_ascii_lowercase() || matches!(letter, '_' | '.');
            if !name.is_empty() && name.chars().all(is_name) {
                fields.insert(name.to_owned());
            }
        }
    }
}

/// The arguments of a call, up to its closing bracket.
fn arguments_of(text: &str) -> Vec<String> {
    let (mut arguments, mut current) = (Vec::new(), String::new());
    let (mut depth, mut in_text) = (0_u32, false);
    for letter in text.chars() {
        match letter {
            '"' => in_text = !in_text,
            '(' | '[' | '{' if !in_text => depth += 1,
            ')' | ']' | '}' if !in_text && depth == 0 => break,
            ')' | ']' | '}' if !in_text => depth -= 1,
            ',' if !in_text && depth == 0 => {
                arguments.push(std::mem::take(&mut current));
                continue;
            }
            _ => {}
        }
        current.push(letter);
    }
    arguments.push(current);
    arguments
}
