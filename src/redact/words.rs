//! The places in objects where other programs write words: every status, and an annotation of a Node.

use std::collections::HashMap;

use serde_json::Value;

use super::quotes::Secrets;
use crate::model::kind::Kind;
use crate::model::names::CONFIG_REASON;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;

/// The fields of a status that hold words of other programs whatever they are.
const WORDS: [&str; 4] = ["message", "reason", "errorMessage", "errorReason"];

/// Returns a Snapshot in which the words of other programs hold no secret, and the secrets that the Snapshot holds.
///
/// Both doors through which objects come in call this: `cluster::read` and `archive`. So no finding has to.
#[must_use]
pub fn without_quotes(snapshot: Snapshot) -> (Snapshot, Secrets) {
    let secrets = Secrets::of_admins(&snapshot);
    let mut known: HashMap<String, String> = HashMap::new();
    let mut clean = |words: &str| {
        known.entry(words.to_owned()).or_insert_with(|| secrets.without(words)).clone()
    };
    let objects = Kind::ALL.into_iter().flat_map(|kind| snapshot.all(kind));
    let changed: Vec<Object> = objects.filter_map(|it| cleaned(it, &mut clean)).collect();
    (snapshot.with_objects(changed), secrets)
}

/// Returns an object in which the words of other programs hold no secret.
#[must_use]
pub(crate) fn without_secrets(object: Object, secrets: &Secrets) -> Object {
    cleaned(&object, |words| secrets.without(words)).unwrap_or(object)
}

/// Returns an object whose words of other programs are cleaned; `None` when that changes nothing.
fn cleaned(object: &Object, mut clean: impl FnMut(&str) -> String) -> Option<Object> {
    let is_dirty = {
        let mut is_dirty = false;
        let mut look = |words: &str| is_dirty |= clean(words) != words;
        object.get("/status").into_iter().for_each(|it| each_text(it, "", &mut look));
        object.annotation(CONFIG_REASON).into_iter().for_each(look);
        is_dirty
    };
    if !is_dirty {
        return None;
    }
    let mut body = object.body().clone();
    let mut change = |words: &mut String| *words = clean(words);
    body.get_mut("status").into_iter().for_each(|it| each_text_mut(it, "", &mut change));
    let annotations = body.pointer_mut("/metadata/annotations");
    if let Some(Value::String(words)) = annotations.and_then(|it| it.get_mut(CONFIG_REASON)) {
        change(words);
    }
    Object::from_value(body).ok()
}

/// Returns whether a text of a status is words of another program, and no identifier. A reason that is one word of letters
/// is one of the reasons by which an operator's state is judged.
fn is_words(key: &str, text: &str) -> bool {
    let is_reason = key == "reason" && text.bytes().all(|it| it.is_ascii_alphabetic());
    (WORDS.contains(&key) && !is_reason) || text.contains(char::is_whitespace)
}

fn each_text(value: &Value, key: &str, look: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) if is_words(key, text) => look(text),
        Value::Array(items) => items.iter().for_each(|it| each_text(it, key, look)),
        Value::Object(fields) => fields.iter().for_each(|(key, it)| each_text(it, key, look)),
        _ => {}
    }
}

fn each_text_mut(value: &mut Value, key: &str, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) if is_words(key, text) => change(text),
        Value::Array(items) => items.iter_mut().for_each(|it| each_text_mut(it, key, change)),
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(key, it)| each_text_mut(it, key, change));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::ObjectRef;
    use serde_json::json;

    #[test]
    fn a_condition_loses_what_it_quotes_of_an_admins_machine_config() {
        let object = |reference, body: Value| {
            let mut object = Object::new(reference).into_body();
            for (key, value) in body.as_object().unwrap() {
                object[key] = value.clone();
            }
            Object::from_value(object).unwrap()
        };
        let source = ObjectRef::cluster(Kind::MachineConfig, "99-master-x");
        let spec = json!({"spec": {"kernelArguments": ["rd.iscsi.password=opensesame"]}});
        let pool = ObjectRef::cluster(Kind::MachineConfigPool, "etcd");
        let message = "running rpm-ostree kargs --append=rd.iscsi.password=opensesame failed";
        let status =
            json!({"status": {"conditions": [{"type": "NodeDegraded", "message": message}]}});
        let snapshot = Snapshot::new("2024-08-21T12:00:00Z".parse().unwrap())
            .with_objects([object(source, spec), object(pool, status)]);
        let told = |snapshot: &Snapshot| {
            let pool = snapshot.pool("etcd").unwrap();
            pool.condition("NodeDegraded").unwrap().message.to_owned()
        };
        assert_eq!(told(&snapshot), message);
        let expected = "running rpm-ostree kargs --append=rd.iscsi.password=(withheld) failed";
        assert_eq!(told(&without_quotes(snapshot).0), expected);
    }
}
