//! How the stand-ins behave: which release they imitate, how long things take,
//! what goes wrong.

use std::time::Duration;

/// When `99-<pool>-generated-registries` appears for a new pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registries {
    /// This long after the pool. The real operator takes up to 40 minutes.
    After(Duration),
    /// Not at all.
    Never,
}

/// A Machine that the cloud refuses to make.
#[derive(Clone, Debug)]
pub struct MachineFailure {
    /// The name of the Machine or its availability zone.
    pub machine_or_zone: String,
    /// What the Machine's `errorMessage` will say.
    pub message: String,
}

/// The choices. `Default` is quick, for tests; `demo` can be watched.
#[derive(Clone, Debug)]
pub struct StandInOptions {
    /// The release to imitate, as `4.16`; that of the `ClusterVersion` if not set.
    pub release: Option<String>,
    /// From a change of a pool or its MachineConfigs to the rendered config.
    pub render_delay: Duration,
    /// From one phase of a Machine to the next.
    pub machine_step_delay: Duration,
    /// From the creation of a Node until it is Ready.
    pub node_ready_delay: Duration,
    /// How long a Node takes to get from one rendered config to another.
    pub node_update_delay: Duration,
    /// When the operator makes the registries' MachineConfig of a new pool.
    pub registries: Registries,
    /// Whether the operator makes the kubelet's MachineConfigs of a new pool at
    /// once, instead of at its next restart.
    pub generated_kubelet: bool,
    /// The Machines that fail.
    pub fail_machines: Vec<MachineFailure>,
}

impl Default for StandInOptions {
    fn default() -> Self {
        let quick = Duration::from_millis(20);
        Self {
            release: None,
            render_delay: quick,
            machine_step_delay: quick,
            node_ready_delay: quick,
            node_update_delay: quick,
            registries: Registries::After(quick),
            generated_kubelet: false,
            fail_machines: Vec::new(),
        }
    }
}

impl StandInOptions {
    /// Delays that a person can follow, far shorter than the real ones.
    pub fn demo() -> Self {
        Self {
            render_delay: Duration::from_secs(2),
            machine_step_delay: Duration::from_secs(3),
            node_ready_delay: Duration::from_secs(4),
            node_update_delay: Duration::from_secs(5),
            registries: Registries::After(Duration::from_secs(4)),
            ..Self::default()
        }
    }
}
