//! Whether every dependency's licence is one that deny.toml accepts.
//!
//! The file is cargo-deny's, and so is the meaning; this reads the part about licences with nothing to install.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use spdx::{Expression, Licensee, ParseMode};

use crate::workspace::Workspace;

#[derive(Deserialize)]
struct DenyFile {
    licenses: Rules,
}

#[derive(Deserialize)]
struct Rules {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// One crate that may have more than the rest.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

/// The part of `cargo metadata` that matters here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_members: Vec<String>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    license_file: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    dependencies: Vec<String>,
}

/// Checks the whole dependency tree: all platforms, build and test dependencies included.
///
/// # Errors
/// A crate has a licence that is not accepted, or deny.toml accepts one that nothing needs.
pub fn check(workspace: &Workspace) -> Result<()> {
    let output = workspace
        .cargo()
        .args(["metadata", "--format-version=1", "--locked"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!("`cargo metadata --locked` failed");
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .context("cannot read what `cargo metadata` printed")?;
    let file: DenyFile =
        toml::from_str(&workspace.read("deny.toml")?).context("deny.toml is not valid")?;
    let complaints = complaints(&metadata, &file.licenses)?;
    if complaints.is_empty() {
        eprintln!(
            "    {} crates, all accepted by deny.toml",
            metadata.packages.len()
        );
        return Ok(());
    }
    bail!(
        "deny.toml does not agree with the dependencies:\n  {}\nReplace the crate, or accept the licence in deny.toml \
         with the reason",
        complaints.join("\n  ")
    )
}

/// A licence in deny.toml, and where it stands there: `None` for the list for all crates.
type Accepted<'a> = (Option<&'a str>, Licensee);

fn complaints(metadata: &Metadata, rules: &Rules) -> Result<Vec<String>> {
    let accepted = accepted(rules)?;
    let mut used = BTreeSet::new();
    let mut complaints = Vec::new();
    for package in &metadata.packages {
        if let Some(problem) = problem_with(package, &accepted, &mut used) {
            complaints.push(format!(
                "{} {}: {problem}; it comes in as {}",
                package.name,
                package.version,
                path_to(metadata, &package.id).join(" -> ")
            ));
        }
    }
    for (index, (name, licensee)) in accepted.iter().enumerate() {
        if !used.contains(&index) {
            let place = name.map_or("for all crates".to_owned(), |name| format!("for {name}"));
            complaints.push(format!(
                "deny.toml accepts {licensee} {place}, which nothing needs: remove it"
            ));
        }
    }
    Ok(complaints)
}

fn accepted(rules: &Rules) -> Result<Vec<Accepted<'_>>> {
    let parse = |licence: &String| {
        Licensee::parse(licence)
            .with_context(|| format!("deny.toml: {licence} is not an SPDX licence"))
    };
    let general = rules
        .allow
        .iter()
        .map(|licence| Ok((None, parse(licence)?)));
    let special = rules.exceptions.iter().flat_map(|exception| {
        exception
            .allow
            .iter()
            .map(move |licence| Ok((Some(exception.name.as_str()), parse(licence)?)))
    });
    general.chain(special).collect()
}

/// What is wrong with a package's licence. Notes by index which entries of `accepted` it made use of.
fn problem_with(
    package: &Package,
    accepted: &[Accepted<'_>],
    used: &mut BTreeSet<usize>,
) -> Option<String> {
    let Some(text) = &package.license else {
        return Some(match &package.license_file {
            Some(file) => format!("names no licence, only the file {file}"),
            None => "names no licence".to_owned(),
        });
    };
    // Crates from before SPDX expressions write `MIT/Apache-2.0`.
    let expression = match Expression::parse_mode(text, ParseMode::LAX) {
        Ok(expression) => expression,
        Err(error) => {
            return Some(format!(
                "its licence `{text}` is not an SPDX expression: {}",
                error.reason
            ));
        }
    };
    let outcome = expression.evaluate_with_failures(|requirement| {
        let fits: Vec<usize> = accepted
            .iter()
            .enumerate()
            .filter(|(_, (name, licensee))| {
                name.is_none_or(|name| name == package.name) && licensee.satisfies(requirement)
            })
            .map(|(index, _)| index)
            .collect();
        used.extend(&fits);
        !fits.is_empty()
    });
    let failures = outcome.err()?;
    let names: Vec<String> = failures
        .iter()
        .map(|failure| failure.req.to_string())
        .collect();
    Some(format!(
        "its licence is `{text}`, and {} is not accepted",
        names.join(", ")
    ))
}

/// The shortest way from a crate of ours to a package, by names.
fn path_to<'a>(metadata: &'a Metadata, target: &'a str) -> Vec<&'a str> {
    let dependencies: HashMap<&str, &Node> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| (node.id.as_str(), node))
        .collect();
    let mut reached_from: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    let mut queue: VecDeque<&str> = VecDeque::new();
    for member in &metadata.workspace_members {
        reached_from.insert(member, None);
        queue.push_back(member);
    }
    while let Some(id) = queue.pop_front() {
        for next in dependencies
            .get(id)
            .into_iter()
            .flat_map(|node| &node.dependencies)
        {
            if !reached_from.contains_key(next.as_str()) {
                reached_from.insert(next, Some(id));
                queue.push_back(next);
            }
        }
    }
    let ids = std::iter::successors(Some(target), |id| reached_from.get(id).copied().flatten());
    let mut names: Vec<&str> = ids
        .filter_map(|id| metadata.packages.iter().find(|package| package.id == id))
        .map(|package| package.name.as_str())
        .collect();
    names.reverse();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ours -> middle -> leaf, the leaf with the given licence.
    fn tree(licence: Option<&str>) -> Metadata {
        let package = |name: &str, license: Option<&str>| Package {
            id: format!("id-{name}"),
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
            license_file: None,
        };
        let node = |name: &str, dependencies: &[&str]| Node {
            id: format!("id-{name}"),
            dependencies: dependencies
                .iter()
                .map(|name| format!("id-{name}"))
                .collect(),
        };
        Metadata {
            packages: vec![
                package("ours", Some("MIT")),
                package("middle", Some("MIT")),
                package("leaf", licence),
            ],
            workspace_members: vec!["id-ours".to_owned()],
            resolve: Resolve {
                nodes: vec![
                    node("ours", &["middle"]),
                    node("middle", &["leaf"]),
                    node("leaf", &[]),
                ],
            },
        }
    }

    fn rules(text: &str) -> Rules {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn accepted_expressions_pass() {
        let rules = rules("allow = ['MIT', 'Apache-2.0']");
        for licence in [
            "Apache-2.0",
            "MIT/Apache-2.0",
            "GPL-3.0-only OR Apache-2.0",
            "MIT AND Apache-2.0",
            "(GPL-2.0-only OR MIT) AND Apache-2.0",
        ] {
            let found = complaints(&tree(Some(licence)), &rules).unwrap();
            assert_eq!(found, Vec::<String>::new(), "{licence}");
        }
    }

    #[test]
    fn a_refused_licence_is_named_with_its_crate_and_the_way_it_comes_in() {
        let found = complaints(
            &tree(Some("MIT AND GPL-3.0-only")),
            &rules("allow = ['MIT']"),
        )
        .unwrap();
        assert_eq!(
            found,
            [
                "leaf 1.0.0: its licence is `MIT AND GPL-3.0-only`, and GPL-3.0-only is not accepted; it comes in as \
              ours -> middle -> leaf"
            ]
        );
    }

    #[test]
    fn no_licence_and_nonsense_are_refused() {
        let rules = rules("allow = ['MIT']");
        assert!(complaints(&tree(None), &rules).unwrap()[0].contains("names no licence"));
        let nonsense = complaints(&tree(Some("Beerware-ish")), &rules).unwrap();
        assert!(
            nonsense[0].contains("not an SPDX expression"),
            "{nonsense:?}"
        );
    }

    #[test]
    fn an_exception_is_for_its_crate_alone() {
        let for_leaf =
            rules("allow = ['MIT']\nexceptions = [{ crate = 'leaf', allow = ['MPL-2.0'] }]");
        assert!(
            complaints(&tree(Some("MPL-2.0")), &for_leaf)
                .unwrap()
                .is_empty()
        );
        let for_other =
            rules("allow = ['MIT']\nexceptions = [{ crate = 'middle', allow = ['MPL-2.0'] }]");
        // The leaf is refused, and the exception is of no use.
        assert_eq!(
            complaints(&tree(Some("MPL-2.0")), &for_other)
                .unwrap()
                .len(),
            2
        );
    }

    #[test]
    fn entries_that_nothing_needs_are_reported() {
        let found = complaints(&tree(Some("MIT")), &rules("allow = ['MIT', 'ISC']")).unwrap();
        assert_eq!(
            found,
            ["deny.toml accepts ISC for all crates, which nothing needs: remove it"]
        );
    }

    #[test]
    fn a_misspelt_licence_in_the_rules_is_an_error() {
        assert!(complaints(&tree(Some("MIT")), &rules("allow = ['MIT-ish']")).is_err());
    }
}
