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
    /// The operators of the control plane: the master pool is rendered and rolled out, and the operators of
    /// the ControlPlaneMachineSet and of etcd act. None of it happens if not set.
    pub control_plane: Option<ControlPlaneOptions>,
}

/// How the operators of the control plane behave.
#[derive(Clone, Debug)]
pub struct ControlPlaneOptions {
    /// How long one second of the real operators takes here.
    pub second: Duration,
    /// What goes wrong.
    pub faults: ControlPlaneFaults,
}

/// What goes wrong while masters are replaced. Each holds for every master that is affected from the start of
/// the stand-ins on; other stand-ins on the same cluster go on without it.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each fault is on or off by itself")]
pub struct ControlPlaneFaults {
    /// The cloud refuses each replacement, with this message: its Machine is Failed.
    pub failed_replacement: Option<String>,
    /// A replacement is Provisioned and never registers a Node.
    pub never_a_node: bool,
    /// The Node of a replacement never becomes Ready.
    pub never_ready: bool,
    /// etcd's operator moves the members and never takes its hook from a Machine that leaves.
    pub hook_stays: bool,
    /// The member of a new master is added and never starts.
    pub member_never_starts: bool,
    /// The member of a new master starts and is never promoted.
    pub learner_stays: bool,
    /// The operator of the ControlPlaneMachineSet does nothing at all.
    pub machine_set_operator_is_idle: bool,
    /// etcd's operator does nothing at all.
    pub etcd_operator_is_idle: bool,
}

impl Default for ControlPlaneOptions {
    fn default() -> Self {
        Self { second: Duration::from_millis(10), faults: ControlPlaneFaults::default() }
    }
}

impl ControlPlaneOptions {
    /// The operators without a fault, with seconds that a person can follow.
    pub fn demo() -> Self {
        Self { second: Duration::from_millis(60), ..Self::default() }
    }
}

impl From<ControlPlaneFaults> for ControlPlaneOptions {
    fn from(faults: ControlPlaneFaults) -> Self {
        Self { faults, ..Self::default() }
    }
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
            control_plane: None,
        }
    }
}

impl StandInOptions {
    /// Quick stand-ins, the operators of the control plane among them, with these faults.
    pub fn with_control_plane(faults: ControlPlaneFaults) -> Self {
        Self { control_plane: Some(faults.into()), ..Self::default() }
    }

    /// What goes wrong with masters; nothing where their operators do not act.
    pub fn control_plane_faults(&self) -> ControlPlaneFaults {
        self.control_plane.as_ref().map(|it| it.faults.clone()).unwrap_or_default()
    }

    /// Delays that a person can follow, far shorter than the real ones.
    pub fn demo() -> Self {
        Self {
            render_delay: Duration::from_millis(500),
            machine_step_delay: Duration::from_millis(700),
            node_ready_delay: Duration::from_secs(1),
            node_update_delay: Duration::from_secs(1),
            registries: Registries::After(Duration::from_secs(1)),
            control_plane: Some(ControlPlaneOptions::demo()),
            ..Self::default()
        }
    }
}
