//! The table of checks. Written for whoever meets a finding: what is asked, why, and what to do.
//!
//! Checks stand by category. A title names what is wanted.

use super::{About, Asker, Category, Ignorable};
use crate::model::kind::Kind;

checks! {
    NotOpenShift "not-openshift" Cluster No by [Init AddMachine RemoveMachine Teardown Status Check] reads [Infrastructure ClusterVersion]
        "OpenShift 4.10 or newer"
        asks "The cluster is OpenShift 4.10 or newer."
        why "Machines, pools and MachineConfigs are OpenShift's; older releases lack what is copied."
        remedy "Look at the context: `oc config current-context`."

    HostedControlPlane "hosted-control-plane" Cluster No by [Init AddMachine RemoveMachine Teardown Status Check] reads [Infrastructure]
        "a control plane on nodes of its own"
        asks "The control plane runs on nodes of this cluster."
        why "A hosted control plane has no masters whose Machines and MachineConfigs could be copied."
        remedy "Nothing: the hosting cluster decides where etcd runs."

    PlatformUnsupported "platform-unsupported" Cluster No by [Init AddMachine RemoveMachine Teardown Status Check] reads [Infrastructure]
        "AWS as the platform"
        asks "The cluster runs on AWS."
        why "On other platforms the masters' MachineConfigs hold parts that only an API server's machine may have."
        remedy "Nothing: only AWS is supported."

    NoMachineApi "no-machine-api" Cluster No by [Init AddMachine RemoveMachine Teardown Status Check] reads [Machine]
        "masters that the Machine API made"
        asks "The cluster makes its machines with the Machine API, masters included."
        why "An etcd Machine is a copy of a master's, with another role, disk and zone."
        remedy "Nothing, where the cluster was installed on machines of your own."

    PermissionDenied "permission-denied" Permissions No by [Init AddMachine RemoveMachine Teardown Status Check] reads []
        "rights to do what the commands do"
        asks "The user may do what the command does."
        why "A run that is refused half way leaves work half done, so every right is asked for beforehand."
        remedy "Bind a role of `deploy/rbac.yaml` to the user, or ask somebody who has it."

    Unreadable "unreadable" Permissions No by [Init AddMachine RemoveMachine Teardown Status Check] reads []
        "an answer to every question"
        asks "Everything that a decision rests on could be read."
        why "What could not be read may be there or not, and neither is assumed."
        remedy "Run the command again; if it stays, look at the API server: `oc get clusteroperator kube-apiserver`."

    OperatorDegraded "operator-degraded" Operators Yes by [Init Status Check] reads [ClusterOperator MachineConfigPool]
        "operators that are available and well"
        asks "The operators that carry the change out are available."
        why "The Machine Config Operator renders the pool; one that is degraded may not, or not rightly."
        remedy "`oc describe` the object that the finding names, and wait until it is well. Where the etcd pool is the reason, a plan that changes the pool is not refused."

    UpgradeInProgress "upgrade-in-progress" Operators Yes by [Init AddMachine Status Check] reads [ClusterVersion]
        "no upgrade under way"
        asks "No upgrade of the cluster is under way."
        why "During an upgrade the sources change under the copies, and new machines may get the old release."
        remedy "Wait for it: `oc adm upgrade`. A plan that changes an etcd pool which is there goes on once the sources are the new release's, or where nothing is copied."

    MasterPoolNotUpdated "master-pool-not-updated" Operators Yes by [Init Status Check] reads [MachineConfigPool]
        "a master pool that is updated"
        asks "The master pool has finished its last update."
        why "What is copied now may not yet work on the masters themselves."
        remedy "`oc wait machineconfigpool/master --for=condition=Updated --timeout=1h`"

    SourceMissing "source-missing" Sources No by [Init AddMachine Status Check] reads [MachineConfig Secret Machine]
        "everything that is copied"
        asks "Everything that is copied is there."
        why "A pool without one of them makes machines that do not boot or do not join."
        remedy "See why the operator has not made it: `oc get clusteroperator machine-config`."

    SourceUnexpected "source-unexpected" Sources No by [Init AddMachine Status Check] reads [MachineConfig Machine]
        "sources that look as they should"
        asks "Everything that is copied looks as it should."
        why "Only what is understood is changed; a guess would make broken nodes."
        remedy "Read what the finding says of the object. Where only the masters have a MachineConfig, make one for the role etcd if its machines need it too."

    UserDataInvalid "user-data-invalid" Sources No by [Init Status Check] reads [Secret]
        "the masters' user data"
        asks "The masters' user data can be derived from."
        why "It tells a new machine where its configuration is; ours differs from it in the role alone."
        remedy "Look at its keys, not at its values: `oc describe secret master-user-data -n openshift-machine-api`."

    UserDataCaMissing "user-data-ca-missing" Sources Yes by [Init Status Check] reads [Secret]
        "an authority that the user data trusts"
        asks "The user data trusts the certificate authority of the Machine Config Server."
        why "Without it a new machine cannot fetch its configuration and never joins."
        remedy "Put the authority into `master-user-data`, as the installer does, and run `oc etcd init`."

    BootImageSkew "boot-image-skew" Sources Yes by [Init Check] reads [MachineConfig ClusterVersion]
        "a first boot into the release"
        asks "New machines reach their release's operating system at the first boot."
        why "Without the first-boot units a machine keeps its boot image's system, and may never join."
        remedy "`oc etcd init --first-boot=auto`"

    KernelArgumentsMissing "kernel-arguments-missing" Sources Yes by [Init Check] reads [MachineConfig]
        "the masters' kernel arguments"
        asks "The etcd pool gets the masters' kernel arguments."
        why "Arguments that somebody set for the masters may matter to etcd as well."
        remedy "Make a MachineConfig with them and the label of the role etcd."

    FipsMismatch "fips-mismatch" Sources Yes by [Init Check] reads [MachineConfig]
        "the masters' FIPS mode"
        asks "The etcd pool is in FIPS mode when the masters are."
        why "FIPS mode is switched on when a machine is installed, and never later."
        remedy "Make a MachineConfig with `fips: true` and the label of the role etcd, before the first machine."

    KubeletConfigNotApplied "kubelet-config-not-applied" Sources Yes by [Init Check] reads [MachineConfig]
        "the masters' KubeletConfigs"
        asks "KubeletConfigs and ContainerRuntimeConfigs of the masters select the etcd pool too."
        why "They are no MachineConfigs that could be copied: the operator makes one for each pool they select."
        remedy "Let them select the pool's label too, or make a second one for it."

    ForeignObject "foreign-object" Pool No by [Init AddMachine Teardown Status Check] reads [MachineConfig MachineConfigPool Secret Machine]
        "nothing of somebody else's in the way"
        asks "No object of somebody else's stands in the way."
        why "What this tool has not made it never changes."
        remedy "Look at it; remove it if nobody needs it, or take it over with `oc etcd init --adopt` if it is as wanted."

    PoolPolicyDenied "pool-policy-denied" Pool No by [Init Status Check] reads [ClusterVersion MachineConfigPool ValidatingAdmissionPolicy]
        "a layout that the cluster allows"
        asks "The cluster's admission policy allows the pool's selector."
        why "From 4.18 on only pools on top of worker are allowed; another one blocks the upgrade to it."
        remedy "`oc etcd init --layout=inherit`"

    KubeletRoleWrong "kubelet-role-wrong" Pool No by [Init AddMachine Status Check] reads [MachineConfig MachineConfigPool]
        "machines that register as etcd alone"
        asks "Machines of the etcd pool register with the role and the taint of etcd, and no other."
        why "A Node gets its role when it registers: as a master it is managed with the masters, as a worker it takes anybody's Pods."
        remedy "Change the MachineConfig that the finding names, at the drop-in, unit or file that the finding names."

    OsPinned "os-pinned" Pool No by [Init Status Check] reads [MachineConfig]
        "no pinned operating system"
        asks "No MachineConfig pins the operating system of the etcd pool."
        why "Upgrades of the cluster leave a pinned pool behind, and say nothing."
        remedy "Empty `spec.osImageURL` of the MachineConfig that the finding names."

    GeneratedConfigPending "generated-config-pending" Pool Yes by [Init Check] reads [MachineConfig]
        "all that the operator generates"
        asks "The operator has generated everything for the etcd pool that it generates."
        why "What it makes later may render the pool anew, and its nodes reboot at that time."
        remedy "Let a KubeletConfig that the finding names select the etcd pool's label too; else nothing. To choose the time, pause the pool."

    NotInitialized "not-initialized" Pool No by [AddMachine Status Check] reads [MachineConfigPool Secret]
        "a pool that init has made"
        asks "`init` has made the etcd pool."
        why "A machine without pool and user data becomes a worker, or nothing."
        remedy "`oc etcd init`"

    NotRendered "not-rendered" Pool No by [AddMachine Status Check] reads [MachineConfigPool MachineConfig]
        "a rendered pool, where there is one"
        asks "The operator has rendered the etcd pool, with the role and the disk in it."
        why "A machine that is made earlier gets another configuration, and never becomes an etcd node."
        remedy "`oc etcd init` waits for it; `oc describe machineconfigpool/etcd` says what keeps the operator."

    Drifted "drifted" Pool No by [Init AddMachine Teardown Status Check] reads [MachineConfig MachineConfigPool Secret]
        "objects as init makes them"
        asks "What init made is as init would make it."
        why "Somebody changed it, and it may no longer make etcd nodes."
        remedy "`oc etcd init`; with `--force-conflicts` it overwrites what others changed."

    StaleAfterUpgrade "stale-after-upgrade" Pool Yes by [Init Status Check] reads [MachineConfig MachineConfigPool Secret]
        "copies as new as their sources"
        asks "The copies are as new as their sources."
        why "An upgrade changes the sources; old kubelet flags on a new system may keep a node from starting."
        remedy "`oc etcd init` refreshes them, and the nodes reboot one after the other."

    UpgradeNeedsPause "upgrade-needs-pause" Pool Yes by [Init Status Check] reads [ClusterVersion MachineConfigPool]
        "no copies that an upgrade leaves behind"
        asks "A pool of the documented layout is paused before an upgrade of the cluster, and refreshed during it."
        why "An upgrade brings the new operating system together with the copies of the older release, and a kubelet may refuse its flags."
        remedy "Pause the pool before the upgrade. Run `oc etcd init` when the masters' MachineConfigs are the new release's, which `oc etcd status` says, and resume the pool. `oc etcd init --layout=inherit` ends the need."

    UpgradeWaitsForPool "upgrade-waits-for-pool" Pool Yes by [Init Check] reads [MachineConfigPool]
        "upgrades that wait for nobody unawares"
        asks "Whether an upgrade of the cluster waits for the etcd pool."
        why "With the procedure's label `required-for-upgrade` an upgrade is complete only when the etcd nodes have it, and a paused pool holds it up."
        remedy "Nothing, where that is wanted; else `oc etcd init --no-required-for-upgrade`."

    ZoneUnknown "zone-unknown" Machines No by [AddMachine] reads [Machine MachineSet ControlPlaneMachineSet]
        "a zone that is known"
        asks "The zone is one that the cluster knows."
        why "Zone and subnet are taken from something that is there; none is made up."
        remedy "Choose one of the zones that the finding lists, or name a subnet with `--subnet`."

    ZoneSubnetMismatch "zone-subnet-mismatch" Machines No by [AddMachine Check] reads [Machine MachineSet ControlPlaneMachineSet]
        "a subnet in each known zone"
        asks "The subnet lies in the machine's zone."
        why "AWS starts a machine where its subnet is, whatever zone it asks for."
        remedy "Name the right one with `oc etcd add-machine --subnet`."

    InstanceArchitectureMismatch "instance-architecture-mismatch" Machines No by [AddMachine Check] reads [Machine Node]
        "an instance type for the masters' image"
        asks "The instance type has the masters' processor architecture."
        why "A new machine gets the masters' boot image, which runs on their architecture alone."
        remedy "Choose another type with `oc etcd add-machine --instance-type`."

    DiskDeviceUncertain "disk-device-uncertain" Machines No by [Init AddMachine Check] reads [MachineConfig]
        "an etcd disk that is found without doubt"
        asks "The second disk is found on the machine without doubt."
        why "A machine whose disk has another name than `--disk-device` says stops, and so does one on Xen without that \
             name. A MachineConfig of an earlier version makes a partition over what the disk holds."
        remedy "`oc etcd init --disk-device=probe`, or `--disk-device=/dev/xvdb` on Xen; `docs/disk.md` has more."

    ThroughputUnsupported "throughput-unsupported" Machines No by [AddMachine] reads [ClusterVersion]
        "a volume's throughput"
        asks "The release's Machine API knows a volume's throughput."
        why "Before 4.21 it drops the value without a word."
        remedy "Leave `--throughput` out."

    EdgeZone "edge-zone" Machines Yes by [AddMachine Status Check] reads [Machine]
        "zones of the region itself"
        asks "No etcd machine is in a Local Zone or a Wavelength Zone."
        why "Members of etcd need each other within some milliseconds, and such a zone is farther away."
        remedy "Choose one of the region's own zones, such as us-east-1a."

    MastersOptionsBound "masters-options-bound" Machines Yes by [AddMachine Check] reads [Machine]
        "nothing bound to the masters' machines"
        asks "What is bound to the masters' machines stays with them."
        why "A placement group, a reservation or an interface of the masters may not fit another machine, which then never starts."
        remedy "Read what is kept and left out; `oc etcd add-machine --help` has a flag for each choice."

    MachineAccessInherited "machine-access-inherited" Machines Yes by [AddMachine] reads [Machine]
        "the access that a machine gets"
        asks "What an etcd machine may do in AWS, and who may reach it."
        why "It gets the masters' instance profile and security groups, because etcd's ports are open between masters."
        remedy "Nothing, if that is as it should be."

    OptionUnsupported "option-unsupported" Machines No by [AddMachine] reads [ClusterVersion]
        "options that the release knows"
        asks "The release's Machine API knows what is asked for."
        why "It drops fields of later releases without a word."
        remedy "Leave the flag out that the finding names."

    MachineFailed "machine-failed" Machines Yes by [AddMachine Status Check] reads [Machine]
        "no etcd Machine that failed"
        asks "No etcd Machine has failed."
        why "A Machine that failed never recovers, and its zone has no etcd machine."
        remedy "`oc etcd remove-machine`, then `oc etcd add-machine` for its zone."

    EvenMachineCount "even-machine-count" Machines Yes by [AddMachine RemoveMachine Status Check] reads [Machine]
        "an odd number of etcd machines, if any"
        asks "The number of etcd machines is odd."
        why "With an even number etcd survives no more failures than with one less."
        remedy "Add one: `oc etcd add-machine`."

    NodeNotJoining "node-not-joining" Nodes Yes by [Status Check] reads [Machine Node]
        "etcd Machines that become Nodes in time"
        asks "Every etcd Machine has become a Node that is Ready."
        why "A machine that does not join after a quarter of an hour does not join by itself."
        remedy "`oc get csr`; the usual causes are the user data's certificate authority, the boot image, and requests that wait for approval."

    ControlPlaneTopologyUnsupported "control-plane-topology-unsupported" Nodes Yes by [Init AddMachine Status Check] reads [Infrastructure]
        "a control plane of three masters"
        asks "The control plane consists of three masters or more, and of masters alone."
        why "With one node, with two, or with an arbiter, etcd's operator places members by other rules."
        remedy "Nothing; `--ignore-checks=control-plane-topology-unsupported` makes the machines all the same."

    MixedRoles "mixed-roles" Nodes Yes by [Status Check] reads [Node Machine]
        "nodes of one role"
        asks "No Node has the role etcd and one of the control plane."
        why "Such a Node follows the masters' pool, or none, and is a master to etcd's operator."
        remedy "Take the label away that the finding names."

    EtcdUnhealthy "etcd-unhealthy" Nodes Yes by [RemoveMachine Teardown Status Check] reads [Etcd ConfigMap]
        "a healthy etcd"
        asks "etcd's operator reports no fault of etcd."
        why "Removing a machine while etcd is unhealthy can cost etcd its quorum."
        remedy "`oc get pods -n openshift-etcd -l app=etcd`"

    EtcdMembersUnmanaged "etcd-members-unmanaged" Nodes Yes by [Init AddMachine Status Check] reads [ConfigMap Node]
        "etcd members on the control plane's nodes"
        asks "etcd members run only where OpenShift's etcd operator places members."
        why "OpenShift's etcd operator does not place members on etcd machines, and removes members that run there."
        remedy "`oc get pods -n openshift-etcd -l app=etcd -o wide` shows on which nodes etcd runs."

    MachineRoleWrong "machine-role-wrong" Removal No by [RemoveMachine] reads [Machine]
        "a machine of the role etcd"
        asks "Only machines of the role etcd are removed."
        why "Another machine's deletion drains and ends a node that others use."
        remedy "Look at the name: `oc get machines -n openshift-machine-api`."

    ControlPlaneMachine "control-plane-machine" Removal No by [RemoveMachine Teardown] reads [Machine Node]
        "no machine of the control plane"
        asks "No machine of the control plane is removed."
        why "Its API server, and maybe a member of etcd, would go with it."
        remedy "Take the role etcd from it; the control plane's machines are the ControlPlaneMachineSet's to replace."

    CarriesEtcdMember "carries-etcd-member" Removal No by [RemoveMachine Teardown] reads [Machine Node ConfigMap Etcd Pod]
        "no member of etcd on the machine"
        asks "No machine is removed that carries a member of etcd."
        why "The disk goes with the machine, and etcd loses a member, or its quorum."
        remedy "Move the member away first, until neither ConfigMap `etcd-endpoints` has its address nor a pod runs an etcd on the machine's Node."

    ForeignMachine "foreign-machine" Removal No by [RemoveMachine Teardown] reads [Machine]
        "a machine that oc-etcd made"
        asks "A machine that oc-etcd did not make is removed only by its own name."
        why "Whoever made it may still need it."
        remedy "Type its name when asked, or give it twice: `--yes --confirm=NAME`."

    DeletionBlocked "deletion-blocked" Removal Yes by [RemoveMachine Teardown] reads [Machine]
        "a deletion that nothing holds back"
        asks "Nothing holds the deletion of a machine back."
        why "A lifecycle hook or a finalizer of somebody else's keeps the machine until its owner takes it away."
        remedy "Ask the owner that the finding names."

    LastMachine "last-machine" Removal Yes by [RemoveMachine] reads [Machine]
        "an etcd machine that stays"
        asks "An etcd machine stays."
        why "Without machines the pool has no use any more."
        remedy "`oc etcd teardown` removes the rest as well."

    NodeWithoutPool "node-without-pool" Removal No by [RemoveMachine Teardown] reads [Node]
        "no Node without its pool"
        asks "No Node with the role etcd stays without its pool."
        why "Such a Node gets no configuration and no upgrade."
        remedy "Remove the Node's machine first, or take the label from the Node."

    ObjectsLeftBehind "objects-left-behind" Removal Yes by [Teardown] reads [MachineConfig]
        "nothing that the operator made"
        asks "Nothing stays behind that the operator made for the pool."
        why "Nobody keeps it up to date once the pool is gone, and an old one keeps a new pool from rendering."
        remedy "Delete it when the pool is gone, as the finding says."
}
