//! deploy/rbac.yaml grants what the program needs and nothing that it must not have.

use std::collections::BTreeSet;

use oc_etcd::model::kind::Kind;
use oc_etcd::model::rights;
use oc_etcd::model::rights::{Need, Right};
use oc_etcd_lab::documents;
use serde_json::Value;

use crate::golden_file::repository;

/// The rules of a role, each with the namespace it holds in.
fn rules(role: &str) -> Vec<(Option<String>, Value)> {
    let objects = documents::read(&repository().join("deploy/rbac.yaml")).unwrap();
    let mut rules = Vec::new();
    for object in objects.iter().filter(|it| it["metadata"]["name"] == role) {
        let namespace = object["metadata"]["namespace"].as_str().map(str::to_owned);
        for rule in object["rules"].as_array().unwrap() {
            rules.push((namespace.clone(), rule.clone()));
        }
    }
    assert!(rules.len() > 3, "{role} has {} rules", rules.len());
    rules
}

fn all_rules() -> Vec<(Option<String>, Value)> {
    [
        rules("oc-etcd-viewer"),
        rules("oc-etcd-operator"),
        rules("oc-etcd-remover"),
        rules("oc-etcd-disk"),
    ]
    .concat()
}

fn words<'a>(rule: &'a Value, field: &str) -> Vec<&'a str> {
    rule[field].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn no_rule_holds_a_wildcard() {
    for (_, rule) in all_rules() {
        for field in ["apiGroups", "resources", "resourceNames", "verbs"] {
            assert!(words(&rule, field).iter().all(|word| !word.contains('*')), "{rule}");
        }
        assert!(rule.get("nonResourceURLs").is_none(), "{rule}");
    }
}

#[test]
fn secrets_are_read_by_name_and_never_listed() {
    let of_secrets =
        |(_, rule): &(Option<String>, Value)| words(rule, "resources").contains(&"secrets");
    assert!(!rules("oc-etcd-viewer").iter().any(of_secrets));
    for (namespace, rule) in all_rules().into_iter().filter(of_secrets) {
        assert_eq!(namespace.as_deref(), Some("openshift-machine-api"));
        let verbs = words(&rule, "verbs");
        let known = ["get", "patch", "create", "delete"];
        assert!(verbs.iter().all(|verb| known.contains(verb)), "{rule}");
        let names = words(&rule, "resourceNames");
        let known = |name: &&str| ["master-user-data", "etcd-user-data"].contains(name);
        assert!(names.iter().all(known), "{rule}");
        // Only a creation cannot be limited by name.
        assert_eq!(names.is_empty(), verbs == ["create"], "{rule}");
    }
}

#[test]
fn only_a_remover_can_delete_more_than_machine_configs_and_nobody_passes_a_right_on() {
    let removable = |rule: &Value| match words(rule, "resources")[..] {
        ["machineconfigs" | "machines"] => words(rule, "resourceNames").is_empty(),
        ["machineconfigpools"] => words(rule, "resourceNames") == ["etcd"],
        ["secrets"] => words(rule, "resourceNames") == ["etcd-user-data"],
        _ => false,
    };
    for (_, rule) in rules("oc-etcd-remover") {
        let verbs = words(&rule, "verbs");
        assert!(!verbs.contains(&"delete") || removable(&rule), "{rule}");
        assert!(!verbs.iter().any(|verb| ["create", "patch"].contains(verb)), "{rule}");
    }
    for (_, rule) in all_rules() {
        let verbs = words(&rule, "verbs");
        for verb in ["escalate", "bind", "impersonate", "update", "deletecollection"] {
            assert!(!verbs.contains(&verb), "{rule}");
        }
    }
}

/// Whether a role grants a right that a command needs.
fn is_granted(role: &str, right: &Right) -> bool {
    let resource = right.kind.resource();
    rules(role).iter().any(|(namespace, rule)| {
        let names = words(rule, "resourceNames");
        namespace.as_deref() == right.namespace()
            && words(rule, "apiGroups") == [resource.group]
            && words(rule, "resources").contains(&resource.plural)
            && words(rule, "verbs").contains(&right.verb)
            && (names.is_empty() || right.name.is_some_and(|it| names.contains(&it)))
    })
}

#[test]
fn an_operator_may_make_all_that_is_made_and_a_viewer_nothing() {
    for right in rights::ALL.iter().filter(|it| it.need() == Need::Making) {
        assert!(is_granted("oc-etcd-operator", right), "{right:?}");
        let is_reading = ["get", "watch"].contains(&right.verb);
        assert!(is_reading || !is_granted("oc-etcd-viewer", right), "{right:?}");
    }
}

/// `check` names the role that a user lacks.
#[test]
fn the_role_of_a_need_has_every_right_of_the_need() {
    for right in rights::ALL {
        let (role, _) = right.need().role();
        assert!(is_granted(role, right), "{role}: {right:?}");
    }
    rules(rights::VIEWER.0);
}

#[test]
fn who_gives_the_masters_a_disk_changes_one_template_and_one_machine_config() {
    for right in rights::ALL.iter().filter(|it| it.need() == Need::Masters) {
        assert!(is_granted("oc-etcd-disk", right), "{right:?}");
        for role in ["oc-etcd-viewer", "oc-etcd-operator", "oc-etcd-remover"] {
            let is_of_set = right.kind == Kind::ControlPlaneMachineSet;
            assert!(!is_of_set || !is_granted(role, right), "{role}: {right:?}");
        }
    }
    for (_, rule) in rules("oc-etcd-disk") {
        let names = words(&rule, "resourceNames");
        match words(&rule, "verbs")[..] {
            ["create"] => assert_eq!(words(&rule, "resources"), ["machineconfigs"]),
            ["patch", "delete"] => assert_eq!(names, ["98-master-etcd-disk"]),
            ["get", "list", "watch", "patch"] => assert_eq!(names, ["cluster"]),
            ref others => {
                let reading = ["get", "list", "watch"];
                assert!(others.iter().all(|it| reading.contains(it)), "{rule}");
            }
        }
    }
}

#[test]
fn an_operator_deletes_machine_configs_alone() {
    let rules = [rules("oc-etcd-viewer"), rules("oc-etcd-operator")].concat();
    for (_, rule) in rules.iter().filter(|(_, rule)| words(rule, "verbs").contains(&"delete")) {
        assert_eq!(words(rule, "resources"), ["machineconfigs"]);
    }
}

#[test]
fn whoever_writes_may_do_all_that_a_viewer_may() {
    for role in ["oc-etcd-operator", "oc-etcd-remover", "oc-etcd-disk"] {
        expect_viewer(role);
    }
}

fn expect_viewer(role: &str) {
    let granted = rules(role);
    for (namespace, wanted) in rules("oc-etcd-viewer") {
        for resource in words(&wanted, "resources") {
            let is_granted = granted.iter().any(|(at, rule)| {
                *at == namespace
                    && words(rule, "resources").contains(&resource)
                    && rule["apiGroups"] == wanted["apiGroups"]
                    && rule["resourceNames"] == wanted["resourceNames"]
                    && words(&wanted, "verbs").iter().all(|it| words(rule, "verbs").contains(it))
            });
            assert!(is_granted, "{role}: {resource} in {namespace:?}");
        }
    }
}

#[test]
fn the_role_for_perf_reads_metrics_and_what_lies_around_them() {
    let rules = rules("oc-etcd-perf");
    for (_, rule) in &rules {
        assert_eq!(words(rule, "verbs"), ["get"], "{rule}");
        let is_of_pages = words(rule, "nonResourceURLs") == ["/metrics"];
        assert!(is_of_pages || words(rule, "resourceNames").len() == 1, "{rule}");
    }
    assert_eq!(rules.iter().filter(|(_, it)| it.get("nonResourceURLs").is_some()).count(), 1);
}

/// The namespaces in which rbac.yaml has a part of a role.
fn namespaces(role: &str) -> BTreeSet<String> {
    rules(role).into_iter().filter_map(|(namespace, _)| namespace).collect()
}

/// The API server accepts a binding to a Role that does not exist.
#[test]
fn the_readme_binds_each_role_where_it_has_a_part() {
    let readme = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let bound = |role: &str| -> BTreeSet<String> {
        let (_, block) = readme.split_once(&format!("\nrole={role} ")).unwrap();
        let (block, _) = block.split_once("```").unwrap();
        let block = block.split("\nrole=").next().unwrap();
        block
            .split(" -n ")
            .skip(1)
            .map(|it| it.split_whitespace().next().unwrap().to_owned())
            .collect()
    };
    // The commands for the operator are those for each role of machines and disks.
    for role in ["oc-etcd-viewer", "oc-etcd-operator", "oc-etcd-remover", "oc-etcd-disk"] {
        assert_eq!(bound("oc-etcd-operator"), namespaces(role), "{role}");
    }
    assert_eq!(bound("oc-etcd-perf"), namespaces("oc-etcd-perf"));
    assert!(readme.contains("--clusterrole=cluster-monitoring-view"));
}
