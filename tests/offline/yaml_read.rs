//! YAML is read as kubectl reads it: what was recorded of the real one, by `tests/apiserver/yaml.rs`.

use oc_etcd::model::yaml;

use crate::golden_file::repository;
use crate::yaml_as_go::{RECORDED, STRINGS, config_map, document, readings};

#[test]
fn yaml_means_what_kubectl_takes_it_for() {
    for (data, expected) in readings() {
        let found = yaml::read(&document(data)).ok();
        let found = found.map(|it| it.values[0]["data"].clone());
        assert_eq!(found, expected, "{data:?}");
    }
}

#[test]
fn what_kubectl_writes_for_awkward_strings_is_read_back() {
    let written = std::fs::read_to_string(repository().join("tests/yaml").join(RECORDED)).unwrap();
    let read = yaml::documents(&written).unwrap();
    let expected = config_map(STRINGS.iter().map(|&it| it.to_owned()));
    for (key, text) in expected["data"].as_object().unwrap() {
        assert_eq!(&read[0]["data"][key], text, "{key}");
    }
}
