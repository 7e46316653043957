use super::*;
use serde_json::json;

fn one(text: &str) -> Value {
    let mut read = read(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    assert_eq!(read.values.len(), 1, "{text}");
    read.values.remove(0)
}

fn places(text: &str) -> Vec<(usize, usize)> {
    read(text).unwrap().duplicate_keys.iter().map(|it| (it.line, it.column)).collect()
}

#[test]
fn words_that_old_yaml_takes_for_others_are_quoted() {
    for word in ["on", "off", "yes", "no", "y", "n", "1_000", "0777", "null", "~", "1e3"] {
        let text = to_string(&json!({ "key": word })).unwrap();
        assert!(
            text.contains(&format!("\"{word}\"")) || text.contains(&format!("'{word}'")),
            "{text}"
        );
        assert_eq!(documents(&text).unwrap(), [json!({ "key": word })]);
    }
}

#[test]
fn an_error_names_the_place_and_quotes_nothing() {
    let error = documents("a: 1\nb: [CANARY\nc: d\n").unwrap_err().to_string();
    assert!(error.starts_with("not valid YAML at line"), "{error}");
    assert!(!error.contains("CANARY"), "{error}");
    for text in ["a: !!int CANARY", "a: *CANARY", "? [CANARY]\n: 1", "a: .inf", "<<: CANARY"] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.starts_with("not valid YAML at line 1"), "{error}");
        assert!(!error.contains("CANARY"), "{error}");
    }
}

#[test]
fn of_a_key_that_stands_twice_the_last_one_counts_and_the_place_is_told() {
    let text = "a: 1\nb:\n  c: 1\n  c: 2\n";
    assert_eq!((one(text), places(text)), (json!({"a": 1, "b": {"c": 2}}), vec![(4, 3)]));
    assert_eq!(
        documents(text).unwrap_err(),
        YamlError::DuplicateKey(Position { line: 4, column: 3 })
    );
    let stream = "{\"a\": 1}\n{\"a\": 1,\n \"a\": 2}\n";
    assert_eq!(read(stream).unwrap().values, [json!({"a": 1}), json!({"a": 2})]);
    assert_eq!(places(stream), [(3, 2)]);
    assert_eq!(places("{\"a\": {\"b\": 1}, \"c\": {\"b\": 1}}"), []);
}

#[test]
fn anchors_and_merges_give_what_go_makes_of_them() {
    let text = "\
base: &base {a: 1, b: 2}
one: {<<: *base, b: 3}
late: {b: 3, <<: *base}
many: {<<: [{a: 4}, *base]}
key: &key k
*key : v
quoted: {'<<': 1}
";
    assert_eq!(
        one(text),
        json!({
            "base": {"a": 1, "b": 2},
            "one": {"a": 1, "b": 3},
            "late": {"a": 1, "b": 2},
            "many": {"a": 4, "b": 2},
            "key": "k",
            "k": "v",
            "quoted": {"<<": 1},
        })
    );
}

#[test]
fn a_few_bytes_do_not_become_any_number_of_values() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let list = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    assert!(read(&bomb).is_err());
    let mut deep = "a0: &a0 [x]\n".to_owned();
    for level in 1..1200 {
        deep.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert!(read(&deep).is_err());
    for open in ["[", "{a: ", "- ", "{\"a\":"] {
        assert!(read(&open.repeat(100_000)).is_err(), "{open}");
    }
}

#[test]
fn documents_are_parted_as_people_part_them() {
    let a = json!({"a": 1});
    for (text, expected) in [
        ("", vec![]),
        ("# nothing\n---\n---\n# again\n", vec![]),
        ("---\na: 1\n---\na: 1\n...\n", vec![a.clone(), a.clone()]),
        ("--- # first\na: 1\r\n---   \r\na: 1\r\n", vec![a.clone(), a.clone()]),
        ("--- {a: 1}\n", vec![a.clone()]),
        ("{\"a\": 1}{\"a\": 1}\n", vec![a.clone(), a.clone()]),
        ("{\"a\": 1}\n---\na: 1\n", vec![a.clone(), a.clone()]),
        ("\u{feff}a: 1\n", vec![a.clone()]),
        ("{\n\t\"a\": 1\n}\n", vec![a]),
    ] {
        assert_eq!(read(text).unwrap().values, expected, "{text:?}");
    }
}

#[test]
fn line_endings_of_windows_are_line_endings() {
    let text = "a: |\r\n  one\r\n  two\r\nb: \"x\\\r\n  y\"\r\nc: one\r\n  two\r\n";
    assert_eq!(one(text), json!({"a": "one\ntwo\n", "b": "xy", "c": "one two"}));
}
