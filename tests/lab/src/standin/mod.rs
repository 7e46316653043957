//! Stand-ins for the controllers, which no test machine can run: the parts of
//! the Machine Config Operator and of the Machine API that a new role of
//! machines meets, and the operators that replace masters, with delays that can
//! be set. The only place for them, for the tests and for the demo.

pub mod conditions;
pub mod digest;
pub mod etcd_operator;
pub mod etcd_pod;
pub mod generated;
pub mod ignition;
pub mod kubelet;
pub mod machine;
pub mod machine_set;
pub mod machine_set_operator;
pub mod machines;
pub mod node;
pub mod options;
pub mod os_image;
pub mod pool_status;
pub mod pools;
pub mod reconcile;
pub mod release;
pub mod render;
pub mod scene;
pub mod selector;
pub mod user_data;
pub mod world;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use kube::Client;
use tokio::task::JoinSet;

use crate::kind::{
    CLUSTER_OPERATOR, CLUSTER_VERSION, CONFIG_MAP, CONTROL_PLANE_MACHINE_SET, CONTROLLER_CONFIG,
    ETCD, Kind, MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, NODE, POOL, SECRET,
};
use crate::rest::Rest;
pub use options::{
    ControlPlaneFaults, ControlPlaneOptions, MachineFailure, Registries, StandInOptions,
};
use release::Release;
use scene::{MACHINE_API, Scene};
use world::World;

const FOLLOWED: &[Kind] = &[
    CLUSTER_VERSION,
    CONTROLLER_CONFIG,
    MACHINE_CONFIG_OBJECT,
    MACHINE_OBJECT,
    NODE,
    POOL,
    SECRET,
];

/// What the operators of the control plane look at besides.
const FOLLOWED_FOR_MASTERS: &[Kind] =
    &[CLUSTER_OPERATOR, CONFIG_MAP, CONTROL_PLANE_MACHINE_SET, ETCD];

/// How often to look whether a delay is over.
const BEAT: Duration = Duration::from_millis(20);

/// The running stand-ins. They stop when this is dropped; `stop` also waits
/// until their last write is through.
pub struct StandIns {
    tasks: JoinSet<()>,
    world: Arc<World>,
    restart: Arc<AtomicBool>,
    errors: Arc<Mutex<Vec<String>>>,
}

impl StandIns {
    /// Starts the stand-ins on a cluster that is loaded; `client` must be an
    /// administrator's. They see the whole cluster when this returns.
    pub async fn start(client: Client, options: StandInOptions) -> Result<Self> {
        let rest = Rest::new(client.clone()).as_manager("machine-config-controller");
        let release = release(&rest, &options).await?;
        let world = Arc::new(World::new());
        let mut tasks = JoinSet::new();
        let mut followed = FOLLOWED.to_vec();
        if options.control_plane.is_some() {
            followed.extend(FOLLOWED_FOR_MASTERS);
        }
        for kind in followed.clone() {
            let (world, client) = (world.clone(), client.clone());
            let namespace = match kind {
                SECRET => Some(MACHINE_API),
                CONFIG_MAP => Some(etcd_operator::NAMESPACE),
                _ => None,
            };
            tasks.spawn(async move { world.follow(client, kind, namespace).await });
        }
        world.synced(&followed).await;
        let stand_ins =
            Self { tasks, world: world.clone(), restart: Arc::default(), errors: Arc::default() };
        Ok(stand_ins.act(Scene { world, rest, options, release }))
    }

    fn act(mut self, scene: Scene) -> Self {
        let (restart, errors) = (self.restart.clone(), self.errors.clone());
        self.tasks.spawn(async move {
            let mut cast = Cast::default();
            loop {
                if let Err(error) = cast.tick(&scene, &restart).await {
                    note(&errors, format!("{error:#}"));
                    // Whatever it is, it will not be over at once.
                    tokio::time::sleep(BEAT * 10).await;
                }
                tokio::select! {
                    () = scene.world.changed() => {}
                    () = tokio::time::sleep(BEAT) => {}
                }
            }
        });
        self
    }

    /// Has the Machine Config Operator do what it does only after a restart:
    /// make `97-` and `98-<pool>-generated-kubelet` for the custom pools.
    pub fn operator_restarts(&self) {
        self.restart.store(true, Ordering::SeqCst);
        self.world.wake();
    }

    /// What went wrong so far, other than lost races.
    pub fn errors(&self) -> Vec<String> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Stops the stand-ins and waits until they are through.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// All the stand-ins with what they remember.
#[derive(Default)]
struct Cast {
    generated: generated::Generated,
    pools: pools::Pools,
    machines: machines::Machines,
    machine_set_operator: machine_set_operator::MachineSetOperator,
    etcd_operator: etcd_operator::EtcdOperator,
}

impl Cast {
    async fn tick(&mut self, scene: &Scene, restart: &AtomicBool) -> Result<()> {
        self.generated.tick(scene, restart).await?;
        self.pools.tick(scene).await?;
        self.machines.tick(scene).await?;
        if let Some(options) = &scene.options.control_plane {
            self.etcd_operator.tick(scene, options).await?;
            self.machine_set_operator.tick(scene, options).await?;
        }
        Ok(())
    }
}

async fn release(rest: &Rest, options: &StandInOptions) -> Result<Release> {
    let version = if let Some(release) = &options.release {
        release.clone()
    } else {
        let read = rest.get(&CLUSTER_VERSION, None, "version").await;
        let version = read.context("read the cluster's version")?;
        version["status"]["desired"]["version"].as_str().unwrap_or_default().to_owned()
    };
    Release::of(&version).with_context(|| format!("{version:?} is no version of OpenShift 4"))
}

fn note(errors: &Mutex<Vec<String>>, error: String) {
    let mut errors = errors.lock().unwrap_or_else(PoisonError::into_inner);
    if errors.last() != Some(&error) {
        eprintln!("oc-etcd-lab: stand-in: {error}");
        errors.push(error);
    }
}
