//! Judges the machines of the etcd pool by the configuration of the pool. The configuration is read and merged once for all
//! questions.

use super::etcd_disk::Machines;
use super::finding::{Finding, Severity};
use super::worker_settings::EtcdMachines;
use super::{etcd_disk, etcd_user_data, pool, registration, worker_settings};
use crate::derive::disk;
use crate::derive::pool::layout_of;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::openshift::kubelet::boot::Boot;
use crate::openshift::pool_status::served;

/// The MachineConfigs that decide what a machine of the pool gets.
#[derive(Debug)]
pub struct PoolConfiguration<'a> {
    snapshot: &'a Snapshot,
    layout: Option<Layout>,
    parts: Parts<'a>,
}

#[derive(Debug)]
enum Parts<'a> {
    /// What the pool was rendered from, in merge order.
    Sources(Vec<&'a Object>),
    /// The rendered MachineConfig, where the others were not all read. `merged` holds the same under a name that does not
    /// make each part a part of the operator.
    Rendered { rendered: &'a Object, merged: Box<Object> },
    /// The pool serves nothing that was read.
    Nothing,
}

impl<'a> PoolConfiguration<'a> {
    /// Returns the configuration of the etcd pool of a Snapshot.
    #[must_use]
    pub fn of(snapshot: &'a Snapshot) -> Self {
        let layout = snapshot.pool(names::ETCD).and_then(layout_of);
        let parts = match pool::sources(snapshot) {
            Some(sources) => Parts::Sources(sources),
            None => Self::rendered(snapshot).unwrap_or(Parts::Nothing),
        };
        Self { snapshot, layout, parts }
    }

    fn rendered(snapshot: &'a Snapshot) -> Option<Parts<'a>> {
        let served = served(snapshot.pool(names::ETCD)?)?;
        let rendered = snapshot.machine_config(served)?;
        let reference = ObjectRef::cluster(Kind::MachineConfig, "merged");
        let merged = Object::new(reference).with("spec", rendered.get("/spec").cloned()?);
        Some(Parts::Rendered { rendered, merged: Box::new(merged) })
    }

    /// Returns a machine that boots with the configuration.
    #[must_use]
    pub fn boot(&self) -> PoolBoot<'_> {
        let machine_configs = match &self.parts {
            Parts::Sources(sources) => sources.clone(),
            Parts::Rendered { merged, .. } => vec![&**merged],
            Parts::Nothing => Vec::new(),
        };
        PoolBoot { configuration: self, boot: Boot::of(machine_configs) }
    }
}

/// A machine that boots with the configuration of the etcd pool.
#[derive(Debug)]
pub struct PoolBoot<'a> {
    configuration: &'a PoolConfiguration<'a>,
    boot: Boot<'a>,
}

impl PoolBoot<'_> {
    /// Finds the units that change labels or taints of a Node.
    #[must_use]
    pub fn changing_nodes(&self) -> Vec<Finding> {
        let layout = self.configuration.layout;
        self.judged(layout.map(|it| registration::changing_nodes(&self.boot, it)))
    }

    /// Finds the units and scripts that may format or mount the disk of etcd, at each boot.
    #[must_use]
    pub fn using_disk(&self) -> Vec<Finding> {
        self.judged(Some(etcd_disk::by_programs(&self.boot, Machines::ETCD)))
    }

    /// Finds the parts that may format or mount the disk of a new machine, or that require another disk.
    #[must_use]
    pub fn using_disk_of_new_machine(&self, instance_type: Option<&str>) -> Vec<Finding> {
        // The rendered MachineConfig does not tell whose `storage.disks` it has, and the disk has a finding of its own.
        let ours = etcd_disk::ours(self.configuration.snapshot);
        if ours.is_some_and(disk::is_older_form) {
            return self.using_disk();
        }
        let machines = Machines { instance_type, ..Machines::of_etcd(self.configuration.snapshot) };
        self.judged(Some(etcd_disk::formatting(&self.boot, machines)))
    }

    /// Reports settings that do not fit new machines of an instance type.
    #[must_use]
    pub fn worker_settings(&self, instance_type: &str) -> Vec<Finding> {
        let Some(layout) = self.configuration.layout else { return Vec::new() };
        let worst_of_capacity = Severity::Blocker;
        let machines = EtcdMachines { instance_type, layout, worst_of_capacity };
        let found = worker_settings::findings(self.configuration.snapshot, &self.boot, machines);
        let of_rendered = |it: Finding| match self.subject() {
            Some(subject) => Finding { subject, ..it },
            None => it,
        };
        found.into_iter().map(of_rendered).collect()
    }

    /// Finds what the user data of etcd machines brings beside the configuration.
    #[must_use]
    pub fn user_data(&self) -> Vec<Finding> {
        let PoolConfiguration { snapshot, layout, parts } = self.configuration;
        let secret = snapshot.machine_secret(names::ETCD_USER_DATA);
        let (Some(layout), Some(secret)) = (layout, secret) else { return Vec::new() };
        if matches!(parts, Parts::Nothing) {
            return Vec::new();
        }
        etcd_user_data::of_existing(snapshot, secret, &self.boot, *layout)
    }

    /// Returns the rendered MachineConfig as the subject of findings that name no source.
    fn subject(&self) -> Option<String> {
        match self.configuration.parts {
            Parts::Rendered { rendered, .. } => Some(rendered.reference().to_string()),
            Parts::Sources(_) | Parts::Nothing => None,
        }
    }

    fn judged(&self, found: Option<Vec<Finding>>) -> Vec<Finding> {
        let of_rendered = |it: Finding| match self.subject() {
            Some(subject) => {
                let hint = format!("oc get {subject} -o yaml");
                Finding { subject, ..it }.hint(hint)
            }
            None => it,
        };
        found.unwrap_or_default().into_iter().map(of_rendered).collect()
    }
}
