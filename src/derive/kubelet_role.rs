//! Writes `01-etcd-kubelet` of a pool that inherits from worker: a script and a unit that give the kubelet
//! of the machine the role and the taint of etcd.
//!
//! The MachineConfig copies nothing. A copy of the workers' `kubelet.service` goes stale with every upgrade
//! of the operating system: 4.22's kubelet refuses `--pod-infra-container-image`, 4.14's refuses
//! `--cloud-provider=aws`. The script reads the unit that is on the machine instead, and writes a drop-in
//! under `/run`, as OpenShift's own `nodeip-configuration.service` does. A wrapper around the kubelet would
//! lose the transition of SELinux to `kubelet_t`.

use serde_json::{Value, json};

use crate::derive::machine_config::KUBELET_UNIT;
use crate::derive::own_machine_config;
use crate::ignition;
use crate::model::names;
use crate::model::object::Object;

/// The name of the MachineConfig.
pub const NAME: &str = names::ETCD_KUBELET;
/// The unit that runs the script before each start of the kubelet.
pub const UNIT: &str = "oc-etcd-kubelet-role.service";
/// The path of the script on the machine.
pub const SCRIPT_PATH: &str = "/etc/oc-etcd/kubelet-role";
/// The drop-in of `kubelet.service` that the script writes. Its name sorts after the names that people give.
pub const DROP_IN: &str = "/run/systemd/system/kubelet.service.d/zzzz-oc-etcd-role.conf";
/// The drop-in of `kubelet.service` that requires [`UNIT`], also where somebody removed the links of the unit.
pub const REQUIREMENT: &str = "zzzz-oc-etcd-requirement.conf";
/// The script.
pub const SCRIPT: &str = include_str!("kubelet_role/kubelet-role.sh");

/// Returns the contents of [`UNIT`].
///
/// The unit runs after everything that OpenShift orders before the kubelet: that is one target from 4.12 on,
/// and the services themselves before. It is not `RemainAfterExit`, so that each start of the kubelet starts it
/// again, and the number of these starts is not limited. A script that a power cut left empty ends with 0 and writes
/// nothing; the unit therefore fails without the drop-in.
///
/// systemd restarts no service whose requirement failed, and a oneshot service of systemd 239 cannot be restarted. The
/// script therefore tries again after a failure that may pass, without a limit of time.
#[must_use]
pub fn unit() -> String {
    format!(
        "[Unit]\n\
         Description=Give the kubelet the role of etcd\n\
         After=kubelet-dependencies.target nodeip-configuration.service node-valid-hostname.service kubelet-auto-node-size.service aws-kubelet-nodename.service aws-kubelet-providerid.service\n\
         Before=kubelet.service\n\
         StartLimitIntervalSec=0\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         TimeoutStartSec=infinity\n\
         OOMScoreAdjust=-999\n\
         StandardOutput=journal+console\n\
         StandardError=journal+console\n\
         ExecStart=/usr/bin/bash {SCRIPT_PATH} derive {DROP_IN}\n\
         ExecStartPost=/usr/bin/test -s {DROP_IN}\n\
         \n\
         [Install]\n\
         RequiredBy=kubelet.service\n"
    )
}

/// Returns the contents of [`REQUIREMENT`].
#[must_use]
pub fn requirement() -> String {
    format!("[Unit]\nRequires={UNIT}\nAfter={UNIT}\n")
}

/// Returns the MachineConfig, with the version of Ignition that the cluster's own MachineConfigs have.
#[must_use]
pub fn machine_config(ignition_version: &str, tool_version: &str) -> Object {
    let config = json!({
        "storage": { "files": [ignition::file(SCRIPT_PATH, 0o755, SCRIPT)] },
        "systemd": { "units": [
            { "name": KUBELET_UNIT, "dropins": [{ "name": REQUIREMENT, "contents": requirement() }] },
            { "name": UNIT, "enabled": true, "contents": unit() },
        ] },
    });
    own_machine_config(NAME, names::ETCD, config, ignition_version, tool_version)
}

/// Returns whether a rendered config gives the kubelet the role on the machine: with the unit and the script
/// as they are written here. The contents of the script count where they are known.
#[must_use]
pub fn is_in(config: &Value) -> bool {
    let is_ours =
        |it: &Value| it["enabled"] == true && it["mask"] != true && it["dropins"].is_null();
    let has_unit = ignition::units(config)
        .iter()
        .any(|it| it["name"] == UNIT && it["contents"].as_str() == Some(&unit()) && is_ours(it));
    let script = ignition::file(SCRIPT_PATH, 0o755, SCRIPT);
    let has_script = ignition::files(config).iter().any(|it| {
        let contents = &it["contents"]["source"];
        it["path"] == SCRIPT_PATH
            && (contents.is_null() || *contents == script["contents"]["source"])
    });
    let is_requirement =
        |it: &Value| it["name"] == REQUIREMENT && it["contents"].as_str() == Some(&requirement());
    let requires = |it: &Value| {
        let mut drop_ins = it["dropins"].as_array().into_iter().flatten();
        it["name"] == KUBELET_UNIT && drop_ins.any(is_requirement)
    };
    has_unit && has_script && ignition::units(config).iter().any(requires)
}
