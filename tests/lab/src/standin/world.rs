//! What the stand-ins know of the cluster: the objects of a few kinds, kept
//! up to date by watches. Nobody but the watches and the stand-ins' own writes
//! changes it.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use kube::api::{Api, DynamicObject};
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Client, ResourceExt};
use serde_json::Value;
use tokio::sync::{Notify, watch};

use crate::kind::{self, Kind, POOL};

type Key = (Kind, Option<String>, String);

/// The known objects.
pub struct World {
    known: Mutex<Known>,
    changed: Notify,
    synced: watch::Sender<HashSet<Kind>>,
}

#[derive(Default)]
struct Known {
    objects: BTreeMap<Key, Arc<Value>>,
    /// The versions that objects were deleted at.
    deleted: BTreeMap<Key, u64>,
    deleted_pools: HashSet<String>,
}

impl World {
    /// Knows nothing yet.
    pub fn new() -> Self {
        Self {
            known: Mutex::default(),
            changed: Notify::new(),
            synced: watch::Sender::new(HashSet::new()),
        }
    }

    /// All objects of a kind.
    pub fn list(&self, kind: &Kind) -> Vec<Arc<Value>> {
        let known = self.known();
        let of_kind = known.objects.iter().filter(|(key, _)| key.0 == *kind);
        of_kind.map(|(_, object)| object.clone()).collect()
    }

    /// One object.
    pub fn get(&self, kind: &Kind, namespace: Option<&str>, name: &str) -> Option<Arc<Value>> {
        let key = (*kind, namespace.map(str::to_owned), name.to_owned());
        self.known().objects.get(&key).cloned()
    }

    /// The pools other than the operator's own.
    pub fn custom_pools(&self) -> Vec<Arc<Value>> {
        let mut pools = self.list(&POOL);
        pools.retain(|pool| {
            !matches!(kind::name(pool), "master" | "worker" | "arbiter")
                && pool["metadata"]["deletionTimestamp"].is_null()
        });
        pools
    }

    /// Whether a pool of this uid was there and is gone.
    pub fn is_deleted_pool(&self, uid: &str) -> bool {
        self.known().deleted_pools.contains(uid)
    }

    /// Takes over an object, unless a newer state of it is known.
    pub fn store(&self, kind: &Kind, object: Value) {
        let key = key(kind, &object);
        let version = version(&object);
        let mut known = self.known();
        let newest = known.objects.get(&key).map(|known| self::version(known));
        let newest = newest.max(known.deleted.get(&key).copied());
        if newest.is_none_or(|newest| newest < version) {
            known.objects.insert(key, Arc::new(object));
            self.changed.notify_one();
        }
    }

    fn remove(&self, kind: &Kind, object: &Value) {
        let key = key(kind, object);
        let mut known = self.known();
        known.objects.remove(&key);
        known.deleted.insert(key, version(object));
        if *kind == POOL
            && let Some(uid) = object["metadata"]["uid"].as_str()
        {
            known.deleted_pools.insert(uid.to_owned());
        }
        self.changed.notify_one();
    }

    /// Returns at the next change.
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Wakes whoever waits for a change.
    pub fn wake(&self) {
        self.changed.notify_one();
    }

    /// Returns when all of the kinds have been read once.
    pub async fn synced(&self, kinds: &[Kind]) {
        let mut synced = self.synced.subscribe();
        // It ends with an error only if the sender is gone, which we hold.
        let _ = synced.wait_for(|synced| kinds.iter().all(|kind| synced.contains(kind))).await;
    }

    /// Follows the objects of a kind for ever.
    pub async fn follow(&self, client: Client, kind: Kind, namespace: Option<&str>) {
        let resource = kind.api_resource();
        let api: Api<DynamicObject> = match namespace {
            Some(namespace) => Api::namespaced_with(client, namespace, &resource),
            None => Api::all_with(client, &resource),
        };
        let mut events = watcher(api, watcher::Config::default()).default_backoff().boxed();
        let mut listed = Vec::new();
        while let Some(event) = events.next().await {
            match event {
                Ok(Event::Init) => listed.clear(),
                Ok(Event::InitApply(object)) => listed.push(object),
                Ok(Event::InitDone) => self.replace(&kind, &std::mem::take(&mut listed)),
                Ok(Event::Apply(object)) => self.store(&kind, json(&kind, &object)),
                Ok(Event::Delete(object)) => self.remove(&kind, &json(&kind, &object)),
                // The watcher lists again by itself.
                Err(_) => {}
            }
        }
    }

    /// Takes over a complete list; what is not in the object no longer exists.
    fn replace(&self, kind: &Kind, listed: &[DynamicObject]) {
        let names: HashSet<(Option<String>, String)> =
            listed.iter().map(|object| (object.namespace(), object.name_any())).collect();
        for known in self.list(kind) {
            let (_, namespace, name) = key(kind, &known);
            if !names.contains(&(namespace, name)) {
                self.remove(kind, &known);
            }
        }
        for object in listed {
            self.store(kind, json(kind, object));
        }
        self.synced.send_modify(|synced| {
            synced.insert(*kind);
        });
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

fn key(kind: &Kind, object: &Value) -> Key {
    (*kind, kind::namespace(object).map(str::to_owned), kind::name(object).to_owned())
}

fn version(object: &Value) -> u64 {
    let version = object["metadata"]["resourceVersion"].as_str();
    version.and_then(|version| version.parse().ok()).unwrap_or_default()
}

fn json(kind: &Kind, object: &DynamicObject) -> Value {
    // A dynamic object came from JSON and goes back to it.
    let mut json = serde_json::to_value(object).unwrap_or_default();
    json["apiVersion"] = kind.api_version().into();
    json["kind"] = kind.name.into();
    json
}
