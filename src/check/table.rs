//! The table of checks: the id names the bad condition, the title and `asks` the good condition; `why` is the reason,
//! and `remedy` is what to do.
//!
//! Checks are ordered by category.

use super::{About, Asker, Category, Ignorable};
use crate::model::kind::Kind;

checks! {
    NotOpenShift "not-openshift" Cluster No by [Init AddMachine RemoveMachine Teardown AddDisk RemoveDisk Status Check] reads [Infrastructure ClusterVersion]
        "OpenShift 4.10 or newer"
        asks "The cluster runs OpenShift 4.10 or later."
        why "oc-etcd copies Machines, MachineConfigPools and MachineConfigs of OpenShift; earlier releases lack some of these objects."
        remedy "Check the current context: `oc config current-context`."

    HostedControlPlane "hosted-control-plane" Cluster No by [Init AddMachine RemoveMachine Teardown AddDisk RemoveDisk Status Check] reads [Infrastructure]
        "control plane on nodes of the cluster"
        asks "The control plane runs on nodes of the cluster."
        why "A hosted control plane has no masters whose Machines and MachineConfigs can be copied."
        remedy "None: the hosting cluster decides where etcd runs."

    PlatformUnsupported "platform-unsupported" Cluster No by [Init AddMachine RemoveMachine Teardown AddDisk RemoveDisk Status Check] reads [Infrastructure]
        "platform AWS"
        asks "The cluster runs on AWS."
        why "On other platforms, the masters' MachineConfigs contain parts that only API server machines may have."
        remedy "None: only AWS is supported."

    NoMachineApi "no-machine-api" Cluster No by [Init AddMachine RemoveMachine Teardown AddDisk RemoveDisk Status Check] reads [Machine]
        "masters managed by the Machine API"
        asks "The Machine API manages the machines of the cluster, including the masters."
        why "An etcd Machine is a copy of a master's Machine with another role, disk and zone."
        remedy "None, if the cluster was installed without the Machine API."

    ReleaseUntested "release-untested" Cluster No by [Init AddMachine AddDisk RemoveDisk Check] reads [ClusterVersion]
        "release with which oc-etcd was tested"
        asks "oc-etcd was tested with the release of the cluster."
        why "OpenShift may change the objects that oc-etcd creates or copies in any release: nobody has seen what a newer release does with these objects."
        remedy "Use the newest release of oc-etcd, and read the plan before you agree."

    PermissionDenied "permission-denied" Permissions No by [Init AddMachine RemoveMachine Teardown AddDisk RemoveDisk Status Check] reads []
        "permissions for all commands"
        asks "The user has the permissions that the command needs."
        why "A command that is denied halfway leaves incomplete work, so all permissions are checked first. In `check`, a missing permission to write is a note: it tells nothing about the cluster."
        remedy "Bind the role of `deploy/rbac.yaml` for the command to the user, or ask a cluster administrator."

    Unreadable "unreadable" Permissions No by [Init AddMachine RemoveMachine Teardown AddDisk RemoveDisk Status Check] reads []
        "readable resources"
        asks "All resources that a decision depends on can be read."
        why "A resource that cannot be read may or may not exist; oc-etcd assumes neither."
        remedy "Run the command again. If the error persists, check the API server: `oc get clusteroperator kube-apiserver`."

    OperatorDegraded "operator-degraded" Operators Yes by [Init AddMachine AddDisk RemoveDisk Status Check] reads [ClusterOperator ClusterVersion MachineConfigPool]
        "available cluster operators"
        asks "The cluster operators that roll out the changes are available, not degraded, and managed by the Cluster Version Operator."
        why "The Machine Config Operator renders the pool. A degraded operator may not render the pool, or may render the pool incorrectly. The operator of the Machine API creates the instances of new Machines."
        remedy "`oc describe` the object that the finding names, and wait until the operator is no longer degraded. If the etcd pool is the cause, a plan that changes the pool is not blocked."

    UpgradeInProgress "upgrade-in-progress" Operators Yes by [Init AddMachine AddDisk RemoveDisk Status Check] reads [ClusterVersion]
        "no upgrade in progress"
        asks "No upgrade of the cluster is in progress."
        why "During an upgrade, the sources of the copies change, and new machines may get the old release."
        remedy "Wait for the upgrade to complete: `oc adm upgrade`. A plan that changes an existing etcd pool is allowed as soon as the sources have the new release, or if the layout copies nothing."

    MasterPoolNotUpdated "master-pool-not-updated" Operators Yes by [Init AddDisk RemoveDisk Status Check] reads [MachineConfigPool]
        "updated master pool"
        asks "The master pool has completed its last update."
        why "A configuration that is copied during an update may not work on the masters yet."
        remedy "`oc wait machineconfigpool/master --for=condition=Updated --timeout=1h`. A plan for an existing pool that copies no MachineConfig of the masters is not blocked."

    SourceMissing "source-missing" Sources No by [Init AddMachine AddDisk Status Check] reads [MachineConfig Secret Machine]
        "source objects"
        asks "All source objects exist."
        why "Without one of these objects, new machines do not boot or do not join the cluster."
        remedy "Find out why the operator did not create the object: `oc get clusteroperator machine-config`."

    SourceUnexpected "source-unexpected" Sources No by [Init AddMachine Status Check] reads [MachineConfig Machine]
        "source objects of the expected form"
        asks "All source objects have the expected form."
        why "oc-etcd changes only content that oc-etcd understands; a wrong change would break nodes."
        remedy "Check the object that the finding describes. If only the masters have a MachineConfig that etcd machines need too, create a MachineConfig with the role label etcd."

    UserDataInvalid "user-data-invalid" Sources No by [Init AddMachine Status Check] reads [Secret Machine]
        "valid user data of the masters"
        asks "The masters' user data can be used as a source, and fits the boot image of the masters."
        why "The user data tells a new machine where to fetch its configuration. The user data for etcd differs from the masters' user data only in the role."
        remedy "Check the keys of the secret, not the values: `oc describe secret master-user-data -n openshift-machine-api`."

    UserDataCaMissing "user-data-ca-missing" Sources Yes by [Init Status Check] reads [Secret]
        "CA of the Machine Config Server"
        asks "The user data contains the certificate authority of the Machine Config Server."
        why "Without the certificate authority, a new machine cannot fetch its configuration and never joins the cluster."
        remedy "Add the certificate authority to `master-user-data`, as the installer does, and run `oc etcd init`."

    BootImageSkew "boot-image-skew" Sources Yes by [Init AddMachine AddDisk Check] reads [MachineConfig ClusterVersion]
        "first boot into the current release"
        asks "New machines update to the operating system of the current release at first boot, and their boot image is from a release that the operator supports."
        why "Without the first-boot units, a machine keeps the operating system of its boot image and may never join the cluster. New machines have the boot image of the Machines of the masters, which is that of the installation; an image from before 4.6 cannot read user data with Ignition 3."
        remedy "`oc etcd init --first-boot=auto`. For an old boot image, set the AMI of the release in the manifest of the machine: `oc etcd add-machine --dry-run=client --show-sensitive -o yaml`. Up to 4.20, another AMI in the template of the ControlPlaneMachineSet replaces every master."

    KernelArgumentsMissing "kernel-arguments-missing" Sources Yes by [Init Check] reads [MachineConfig]
        "masters' kernel arguments"
        asks "The etcd pool has the masters' kernel arguments."
        why "Kernel arguments that an administrator set for the masters may also be needed for etcd."
        remedy "Create a MachineConfig with these kernel arguments and the role label etcd."

    FipsMismatch "fips-mismatch" Sources Yes by [Init Status Check] reads [MachineConfig]
        "masters' FIPS mode"
        asks "The etcd pool uses FIPS mode if the masters do, and a pool that is rendered keeps its FIPS mode."
        why "FIPS mode is enabled when a machine is installed, and cannot be enabled later."
        remedy "Create a MachineConfig with `fips: true` and the role label etcd before the first machine. A pool that is rendered without FIPS mode is made anew."

    KubeletConfigNotApplied "kubelet-config-not-applied" Sources Yes by [Init Check] reads [MachineConfig]
        "masters' KubeletConfigs"
        asks "KubeletConfigs and ContainerRuntimeConfigs that select the master pool also select the etcd pool."
        why "These settings cannot be copied as MachineConfigs: the operator generates a MachineConfig for each selected pool."
        remedy "Create a second object with the settings that etcd nodes need, whose selector has only the label of the etcd pool. Do not add the label to the existing selector: a selector selects the pools that have all of its labels."

    ForeignObject "foreign-object" Pool No by [Init AddMachine Teardown AddDisk RemoveDisk Status Check] reads [MachineConfig MachineConfigPool Secret Machine]
        "no conflicting objects"
        asks "No object with a required name was created by another tool or user."
        why "oc-etcd never changes objects that oc-etcd did not create."
        remedy "Check the object. If its content already matches, run `oc etcd init --adopt` to take ownership. Delete the object only if no etcd node needs it. A Machine that somebody else created counts as the etcd machine of its zone, and stays as it is."

    PoolPolicyDenied "pool-policy-denied" Pool No by [Init Status Check] reads [ClusterVersion MachineConfigPool ValidatingAdmissionPolicy]
        "layout allowed by the cluster"
        asks "The cluster's admission policy allows the selector of the pool."
        why "From 4.18 on, only pools that extend the worker pool are allowed; any other pool blocks the upgrade to 4.18."
        remedy "`oc etcd init --layout=inherit`"

    KubeletRoleWrong "kubelet-role-wrong" Pool No by [Init AddMachine Status Check] reads [MachineConfig MachineConfigPool]
        "nodes registered only as etcd"
        asks "Machines of the etcd pool register with the role and the taint of etcd, and with no other role."
        why "A Node gets its role at registration: a master is managed by the master pool, and a worker accepts Pods of any workload. In the layout `inherit`, a kubelet with another role does not start: etcd nodes that exist stop one after the other as they reboot into such a configuration."
        remedy "Pause the pool if etcd nodes exist. Change the MachineConfig that the finding names, in the drop-in, unit or file that the finding names."

    KubeletUncertain "kubelet-uncertain" Pool No by [Init AddMachine Status Check] reads [MachineConfig]
        "known programs before the kubelet"
        asks "All programs that MachineConfigs or the user data start before the kubelet are known, the user data names no Ignition config that is known on the machine only, no unit changes the files of the kubelet, the kubelet starts without conditions, and no program changes the roles or taints of a Node."
        why "A program whose contents no MachineConfig has, or that writes files of the kubelet, may change the role of the kubelet. In the layout `inherit`, a check of oc-etcd on the machine runs immediately before the kubelet and stops a kubelet with another role than etcd: the machine then never becomes a Node. In the layout `documented`, nothing stops such a kubelet: the finding is a warning, and a unit that changes the files of the kubelet is `kubelet-role-wrong`. Nothing stops a program that changes the labels or taints of a Node later, which is a warning too."
        remedy "If a machine does not become a Node, read the console of the machine, and change the MachineConfig that the finding names. Exclude etcd nodes from a program that labels or taints Nodes."

    OsPinned "os-pinned" Pool No by [Init Status Check] reads [MachineConfig]
        "operating system not pinned"
        asks "No MachineConfig pins the operating system image of the etcd pool."
        why "Cluster upgrades do not update a pool with a pinned image, and report no error."
        remedy "Remove `spec.osImageURL` from the MachineConfig that the finding names."

    MachineConfigRefused "machine-config-refused" Pool No by [Init Status Check] reads [MachineConfig ClusterVersion]
        "MachineConfigs that the operator renders"
        asks "The Machine Config Operator renders all MachineConfigs of the etcd pool, and renders them again after an upgrade or a change."
        why "The operator does not render a pool with a MachineConfig that the operator refuses: the pool does not get any change, and the upgrade of the cluster waits for the pool. The operator refuses an Ignition version that the release does not have, an unknown extension or kernel type, a file mode above 0777, and files with `append`. After an upgrade, the operator also refuses a MachineConfig with the annotation `machineconfiguration.openshift.io/generated-by-controller-version` that the operator did not generate, such as a copy of another MachineConfig."
        remedy "Change the MachineConfig that the finding names: `oc edit`. Remove the annotation: `oc annotate machineconfig/NAME machineconfiguration.openshift.io/generated-by-controller-version-`."

    GeneratedConfigPending "generated-config-pending" Pool Yes by [Init Check] reads [MachineConfig]
        "all generated MachineConfigs"
        asks "The operator has generated all of its MachineConfigs for the etcd pool."
        why "MachineConfigs that are generated later change the rendered configuration, and the nodes reboot."
        remedy "If the finding names a KubeletConfig or the latency profile of the workers, create a KubeletConfig with the settings that etcd nodes need, whose selector has only the label of the etcd pool. Otherwise no action is required. To choose the time of the reboot, pause the pool."

    SecondPool "second-pool" Pool Yes by [Init AddMachine Status Check] reads [MachineConfigPool Machine Node]
        "etcd Nodes in no other pool"
        asks "No other pool selects the Nodes of the etcd pool."
        why "The Machine Config Operator does not manage a Node that two custom pools select: the Node gets no new configuration and no upgrade. A Node that the master pool selects is managed as a master."
        remedy "Change the nodeSelector of the pool that the finding names, so that it does not match the labels of etcd Nodes: `oc edit machineconfigpool/NAME`. Do not change the pool of the masters: remove the label that selects the Node from its Machine, with the command of the finding."

    MaxUnavailable "max-unavailable" Pool Yes by [Init Status Check] reads [MachineConfigPool Node]
        "etcd nodes updated one at a time"
        asks "The etcd pool lets only one node be unavailable during an update."
        why "The Machine Config Operator reboots as many nodes at the same time as `maxUnavailable` of the pool allows, and does not look at etcd. With three members, etcd stops if two of them reboot at the same time."
        remedy "`oc patch machineconfigpool/etcd --type=merge -p '{\"spec\":{\"maxUnavailable\":1}}'`"

    WorkerPoolNotUpdated "worker-pool-not-updated" Pool Yes by [Init AddMachine Check] reads [MachineConfigPool]
        "updated worker pool"
        asks "If the etcd pool extends the workers' MachineConfigs, the worker pool is not degraded, and not paused before a change."
        why "The etcd machines get the same MachineConfigs as the workers. A MachineConfig that the operator cannot render, or that a worker cannot use, stops etcd machines too."
        remedy "`oc describe machineconfigpool/worker`, and correct the MachineConfig that the message names."

    WorkerSettingsUnsuitable "worker-settings-unsuitable" Pool Yes by [Init AddMachine Status Check] reads [MachineConfig Machine Node]
        "settings that fit etcd machines"
        asks "The kernel type, the huge pages, what the kubelet reserves, the CPUs that CRI-O gives to containers and the partitions of the root disk fit the etcd machines. The etcd pool has these settings from the workers or, in the layout *documented*, from the masters."
        why "etcd machines have the architecture of the masters and an instance type of their own. The Machine Config Operator refuses the kernel type `64k-pages` on other architectures than arm64, and the machine never becomes a Node. Memory for huge pages is of no use to etcd, and a machine with too little memory does not boot. A kubelet that reserves CPUs or memory that its machine does not have (`reservedSystemCPUs`, `systemReserved`, `kubeReserved`, `evictionHard`, `reservedMemory`) does not start. A container that CRI-O gives CPUs that its machine does not have (`infra_ctr_cpuset`, `cpuset` of a workload), as a PerformanceProfile sets them, does not start. A machine whose root volume, which is like that of a master, is too small for a partition stops at its first boot."
        remedy "Give the workers that need these settings a pool of their own, or choose a larger instance type: `oc etcd add-machine --instance-type`. From 4.15 on, a KubeletConfig for the etcd pool replaces the KubeletConfig of the workers."

    NodeTuningConflict "node-tuning-conflict" Pool Yes by [Init Status Check] reads [MachineConfig MachineConfigPool ClusterOperator]
        "no Node Tuning MachineConfig of the workers"
        asks "If the etcd pool extends the workers' MachineConfigs, no MachineConfig of the Node Tuning Operator is for the workers."
        why "The operator writes MachineConfigs for the pool that selects the `machineConfigLabels` of a Tuned or a PerformanceProfile. The etcd pool selects the labels of the workers' MachineConfigs too. With two pools, the operator deletes its MachineConfig of the workers from 4.14 on and creates no other one, so the workers lose the kernel arguments at a reboot; clusteroperator/node-tuning is degraded from 4.21 on, so upgrades of the cluster do not complete."
        remedy "Give the workers with the profile a pool of their own, and let the Tuned (`machineConfigLabels`) or the PerformanceProfile (`machineConfigLabel`, `nodeSelector`) name the role of this pool."

    NotInitialized "not-initialized" Pool No by [AddMachine Status Check] reads [MachineConfigPool Secret]
        "pool created by init"
        asks "`init` has created the etcd pool."
        why "Without the pool and the user data, a new machine becomes a worker or does not join the cluster."
        remedy "`oc etcd init`"

    NotRendered "not-rendered" Pool No by [AddMachine Status Check] reads [MachineConfigPool MachineConfig]
        "rendered pool"
        asks "The operator has rendered the etcd pool, including the role and the disk."
        why "A machine that is created before rendering gets another configuration and never becomes an etcd node."
        remedy "`oc etcd init` waits until the pool is rendered; `oc describe machineconfigpool/etcd` shows why rendering is delayed."

    Drifted "drifted" Pool No by [Init AddMachine Teardown AddDisk RemoveDisk Status Check] reads [MachineConfig MachineConfigPool Secret]
        "objects as init creates them"
        asks "The objects in the cluster are as `init` would create them."
        why "An object that differs may no longer produce working etcd nodes. A MachineConfig of etcd machines that another pool gets, because its role label was changed, stops the machines of that pool at their next boot, or lets them register as etcd Nodes."
        remedy "Run `oc etcd init`; with `--force-conflicts`, changes of other field managers are overwritten. If another pool gets the object, first pause that pool, with the command of the finding."

    StaleAfterUpgrade "stale-after-upgrade" Pool Yes by [Init AddMachine Status Check] reads [MachineConfig MachineConfigPool Secret]
        "copies in sync with their sources"
        asks "The copies match the current sources."
        why "An upgrade changes the sources. With old kubelet flags on a new operating system, a node may not start."
        remedy "`oc etcd init` refreshes the copies, and the nodes reboot one after the other."

    UpgradeNeedsPause "upgrade-needs-pause" Pool Yes by [Init Status Check] reads [ClusterVersion MachineConfig MachineConfigPool]
        "pool safe during upgrades"
        asks "After a cluster upgrade, no etcd node has copies of the old release. A pool with the documented layout is paused before the upgrade and refreshed during the upgrade. In a pool that extends the workers, no MachineConfig of others replaces parts of the MachineConfigs that the operator generates for the workers."
        why "An upgrade combines the new operating system with copies from the old release, and the kubelet may reject its flags."
        remedy "Pause the pool before the upgrade. When `oc etcd status` reports that the masters' MachineConfigs have the new release, run `oc etcd init` and resume the pool. With `oc etcd init --layout=inherit`, pausing is no longer needed. Delete a copy that somebody made by hand if its parts are those of the operator."

    UpgradeWaitsForPool "upgrade-waits-for-pool" Pool Yes by [Init Status Check] reads [MachineConfigPool Node]
        "upgrades independent of the pool"
        asks "Cluster upgrades do not wait for the etcd pool."
        why "With the label `required-for-upgrade`, which the documented procedure sets, an upgrade completes only after the etcd nodes are updated. A paused pool or a cordoned Node of the pool delays the upgrade. With or without the label, an upgrade waits while the pool is degraded."
        remedy "Resume the pool if it is paused, uncordon its Nodes, and solve the cause if it is degraded. None, if upgrades are meant to wait. Otherwise run `oc etcd init --no-required-for-upgrade`. Later runs of `init` keep this choice, until `oc etcd init --no-required-for-upgrade=false` puts the label back."

    ZoneUnknown "zone-unknown" Machines No by [AddMachine] reads [Machine MachineSet ControlPlaneMachineSet]
        "known availability zone"
        asks "The cluster has a machine, a MachineSet or a failure domain in the zone."
        why "Zone and subnet are copied from an existing object and never guessed."
        remedy "Choose one of the zones that the finding lists, or set a subnet with `--subnet`."

    ZoneSubnetMismatch "zone-subnet-mismatch" Machines No by [AddMachine Check] reads [Machine MachineSet ControlPlaneMachineSet]
        "known subnet in each zone"
        asks "The subnet is in the zone of the machine, and does not need a public IP address."
        why "AWS starts a machine in the zone of its subnet, regardless of the requested zone. A machine without a public IP address has no way to the internet from a public subnet, and cannot pull images."
        remedy "Set the correct subnet with `oc etcd add-machine --subnet`."

    InstanceArchitectureMismatch "instance-architecture-mismatch" Machines No by [AddMachine Check] reads [Machine Node]
        "instance type of the masters' architecture"
        asks "The instance type has the processor architecture of the masters."
        why "A new machine uses the boot image of the masters, which runs only on the masters' architecture."
        remedy "Choose another instance type with `oc etcd add-machine --instance-type`."

    InstanceTypeUnverified "instance-type-unverified" Machines Yes by [AddMachine] reads [Machine]
        "known instance type"
        asks "The instance type is `c5n.xlarge`, or the type of a master or of an etcd machine."
        why "oc-etcd cannot ask AWS whether a type exists and which zones offer the type. AWS refuses other types when the machine is created."
        remedy "Compare the type with the types that the zone offers: `aws ec2 describe-instance-type-offerings --location-type availability-zone`."

    DiskDeviceUncertain "disk-device-uncertain" Machines No by [Init AddMachine AddDisk RemoveDisk Status Check] reads [MachineConfig]
        "etcd disk identified reliably"
        asks "The etcd disk can be identified reliably on the machine."
        why "A machine stops at boot if its disk does not have the name given by `--disk-device`, and so does a machine with a Xen instance type if that name is not set. No new machine finds its disk by a name that contains the id of one volume, and only Xen instance types have names such as `/dev/xvdb`. A MachineConfig of an earlier version of oc-etcd writes a partition table over the data of the disk. A MachineConfig that changes the units or the script of `00-etcd-disk`, or that formats a disk, can take the etcd disk away. A unit that formats a disk, or writes to a disk, at each boot can destroy the data of etcd. A unit that mounts a disk by a name that the etcd disk can have can write other data to the etcd disk. If `find_multipaths` is not `yes` and the blacklist does not have EBS volumes, multipathd takes the etcd disk. If Ignition or a mount requires a device that etcd machines do not have, the machine stops at boot. If a unit that the kubelet requires does not find its device, the kubelet does not start. A master that ran without `98-master-etcd-disk`, and so has etcd's data on its root disk beside its volume, stops at the next boot with this MachineConfig. What a program does to the disk is unknown if no MachineConfig contains the program."
        remedy "`oc etcd init --disk-device=probe`, or `--disk-device=/dev/xvdb` on Xen, or change the MachineConfig that the finding names. See `docs/disk.md`. For masters, see `docs/add-disk.md`."

    ThroughputUnsupported "throughput-unsupported" Machines No by [AddMachine AddDisk] reads [ClusterVersion]
        "volume throughput supported"
        asks "The Machine API of this release supports the throughput of a volume."
        why "Releases before 4.21 drop the value without an error."
        remedy "Omit `--throughput`."

    VolumeTooSmall "volume-too-small" Machines No by [AddMachine AddDisk] reads [Etcd]
        "room for the database of etcd"
        asks "The new volume is larger than the quota of etcd's database, and has room for a second copy of the database."
        why "The members of etcd have the same database. If the volumes are smaller than the quota, all of them are full at the same time, and etcd stops before etcd refuses further writes. To defragment the database, etcd writes a second copy. OpenShift sets a quota of 8 GiB, or `spec.backendQuotaGiB` of `etcd/cluster`; `add-machine` does not read this field, and assumes 8 GiB."
        remedy "Set a larger `--volume-size`."

    EdgeZone "edge-zone" Machines Yes by [AddMachine Status Check] reads [Machine]
        "zones in the region"
        asks "No etcd machine is in a Local Zone or a Wavelength Zone."
        why "etcd members need a network latency of a few milliseconds, and such a zone has a higher latency."
        remedy "Choose an availability zone of the region, such as us-east-1a."

    MastersOptionsBound "masters-options-bound" Machines Yes by [AddMachine Check] reads [Machine]
        "no settings bound to the masters"
        asks "The masters' provider specs contain no settings that are bound to the masters."
        why "A placement group, a capacity reservation or a network interface of the masters may not fit another machine, which then never starts."
        remedy "Check which settings are kept and omitted; `oc etcd add-machine --help` lists a flag for each choice."

    MachineAccessInherited "machine-access-inherited" Machines Yes by [AddMachine] reads [Machine]
        "access of new machines"
        asks "etcd machines get no more access in AWS than etcd needs."
        why "An etcd machine gets the instance profile and the security groups of the masters, because the etcd ports are open only between masters."
        remedy "None, if this access is acceptable."

    OptionUnsupported "option-unsupported" Machines No by [AddMachine] reads [ClusterVersion]
        "options supported by the release"
        asks "The Machine API of this release supports the requested options."
        why "The Machine API drops fields of later releases without an error."
        remedy "Omit the flag that the finding names."

    MachineFailed "machine-failed" Machines Yes by [AddMachine Status Check] reads [Machine]
        "no failed etcd Machine"
        asks "No etcd Machine has failed."
        why "A failed Machine never recovers, and its zone has no etcd machine."
        remedy "`oc etcd remove-machine`, then `oc etcd add-machine` for the zone."

    MachineDiffers "machine-differs" Machines Yes by [Init AddMachine Status Check] reads [Machine MachineSet]
        "etcd Machines as add-machine creates them"
        asks "The provider spec of every etcd Machine has the user data and the volume of etcd, and neither a load balancer of the API nor the Spot market. Neither the ControlPlaneMachineSet owns an etcd Machine, nor does the Machine have the type or the deletion hook of a master."
        why "A Machine that was copied from a master's Machine by hand can have fields of the master. With the user data of masters, the machine becomes a master; without a second volume, the machine stops at boot; with the load balancers of the API, the machine gets requests although no API server runs on the machine. AWS can interrupt a Spot instance at any time, and the disk of etcd is then deleted. If the ControlPlaneMachineSet owns the Machine and is deleted, garbage collection deletes the Machine. etcd's operator removes its deletion hook only from Machines of masters, so that the deletion of an etcd Machine with this hook does not complete. A Machine that failed or is being deleted is not compared. `check` compares the template of each MachineSet of etcd machines in the same way."
        remedy "Remove the owner, the label or the hook with the command of the finding. Otherwise replace the Machine, if no etcd member runs on it: `oc etcd remove-machine`, then `oc etcd add-machine` for the zone."

    EvenMachineCount "even-machine-count" Machines Yes by [AddMachine RemoveMachine Status Check] reads [Machine]
        "odd number of etcd machines"
        asks "The number of etcd machines is odd."
        why "An even number of etcd members tolerates no more failures than one member fewer."
        remedy "Add a machine: `oc etcd add-machine`."

    NodeNotJoining "node-not-joining" Nodes Yes by [Status Check] reads [Machine Node]
        "etcd Machines that become Nodes"
        asks "The Node of every etcd Machine is Ready, accepts Pods, and reports no pressure."
        why "A machine that has not joined the cluster after 15 minutes needs intervention. A Node whose kubelet does not start after an update gets no other configuration, and the pool waits for the Node."
        remedy "The console of the instance shows why a machine stopped: `aws ec2 get-console-output --latest --instance-id ID`, and docs/disk.md has each reason. Other causes are the certificate authority in the user data, the boot image, and pending certificate signing requests (`oc get csr`). A machine that never joined is replaced: `oc etcd remove-machine`, then `oc etcd add-machine` for the zone. Replace the machine of a Node that stopped during an update in the same way."

    ControlPlaneTopologyUnsupported "control-plane-topology-unsupported" Nodes Yes by [Init AddMachine Status Check] reads [Infrastructure]
        "control plane of three masters"
        asks "The control plane has three or more masters, and no other nodes."
        why "With one or two masters, or with an arbiter, etcd's operator places members by other rules."
        remedy "None, if the control plane is meant to have this form."

    MixedRoles "mixed-roles" Nodes Yes by [Init AddMachine Teardown Status Check] reads [Node Machine]
        "one role per node"
        asks "Only Nodes of etcd Machines have the role etcd, none of these Nodes has another role, and each Machine that oc-etcd created has the role."
        why "A master with the role etcd is managed by the master pool, or by no pool, and etcd's operator treats the Node as a master. Any other Node with the role etcd is managed by the etcd pool: without an empty volume for etcd, the Node stops after its reboot. Workloads that select another role of an etcd Node can be placed on the Node if they tolerate its taint. A Machine without the role is no etcd machine to any command: add-machine would create another one, and teardown would leave it without a pool."
        remedy "Remove or add the label that the finding names. A worker that stopped after its reboot needs another machine, too: delete its Machine, and its MachineSet creates another one. The Machine API gives a Node the labels in `spec.metadata.labels` of its Machine again: remove such a label from the Machine first."

    NodeNotInPool "node-not-in-pool" Nodes Yes by [Status Check] reads [Node MachineConfigPool]
        "etcd Nodes in the etcd pool"
        asks "The Machine Config Operator gives every Node with the role etcd, and no Node without a role, the configuration of the etcd pool."
        why "A Node that another pool manages has neither the settings nor the disk of the etcd pool, and a Node that no pool manages gets no upgrade. Such a Node was labeled by hand while the etcd pool was paused, or does not match the nodeSelector of the pool: the label `node-role.kubernetes.io/etcd=true` is another one than `node-role.kubernetes.io/etcd=`. A Node that lost the role etcd and has no other role keeps the configuration that the etcd pool ordered: no pool takes it back."
        remedy "Correct the label with the command of the finding. Otherwise `oc get machineconfigpools`: resume the etcd pool if it is paused, or correct its nodeSelector."

    TaintMissing "taint-missing" Nodes Yes by [Status Check] reads [Node]
        "taint of every etcd Node"
        asks "Every etcd Node has the taint `node-role.kubernetes.io/etcd:NoSchedule`."
        why "Without the taint, any workload can be placed on the Node and compete with etcd for the disk. The kubelet sets the taint when the Node registers, and nothing restores a taint that was removed."
        remedy "`oc adm taint node NAME node-role.kubernetes.io/etcd=:NoSchedule`"

    EtcdUnhealthy "etcd-unhealthy" Nodes Yes by [RemoveMachine Teardown Status Check] reads [Etcd ConfigMap Node ClusterOperator ClusterVersion]
        "healthy etcd"
        asks "etcd's operator manages the members, and reports all members as healthy."
        why "Deleting a machine while etcd is unhealthy can cost etcd its quorum. The list of members that a stopped operator wrote may be outdated."
        remedy "`oc get pods -n openshift-etcd -l app=etcd`"

    EtcdMembersUnmanaged "etcd-members-unmanaged" Nodes Yes by [Init AddMachine Status Check] reads [ConfigMap Node]
        "etcd members only on masters"
        asks "etcd members run only where OpenShift's etcd operator places members."
        why "OpenShift's etcd operator does not place members on etcd machines, and removes members that run there."
        remedy "`oc get pods -n openshift-etcd -l app=etcd -o wide` shows on which nodes etcd runs."

    MasterCountUnsupported "master-count-unsupported" Masters No by [AddDisk RemoveDisk Check] reads [Machine Node ControlPlaneMachineSet]
        "three or five masters"
        asks "There are three or five masters, each with a Machine and a Node."
        why "The etcd operator moves one member after the other, and the remaining members must keep the quorum."
        remedy "`oc get machines.machine.openshift.io -n openshift-machine-api`: wait for a missing master and for the end of a replacement. Remove a surplus master only if no replacement is in progress."

    MachineSetInactive "control-plane-machine-set-inactive" Masters No by [AddDisk RemoveDisk Check] reads [ControlPlaneMachineSet]
        "active ControlPlaneMachineSet"
        asks "The ControlPlaneMachineSet `cluster` exists and is Active."
        why "The operator of the ControlPlaneMachineSet replaces the masters. The operator recreates an Inactive ControlPlaneMachineSet from the Machines, and a change of the template is lost."
        remedy "Compare the template with the masters, and set `spec.state` to `Active`. This cannot be undone."

    TemplateDiffers "template-differs" Masters No by [AddDisk RemoveDisk Status Check] reads [ControlPlaneMachineSet Machine]
        "masters that match their template"
        asks "The Machines of the masters match the template of the ControlPlaneMachineSet, except for a volume of etcd that is being added or removed."
        why "A replacement gets everything in the template, including a change that was made earlier."
        remedy "Revert the template, or also apply its other changes: `--accept-template-changes`."

    MastersRolling "masters-rolling" Masters No by [AddDisk RemoveDisk Check] reads [ControlPlaneMachineSet Machine Node]
        "no replacement of masters in progress"
        asks "No master is being replaced, deleted or started."
        why "A second change of the template during a replacement deletes the replacement that is pending."
        remedy "Wait until the ControlPlaneMachineSet reports `AllReplicasUpdated` and every master is Running."

    MasterPoolPaused "master-pool-paused" Masters No by [AddDisk RemoveDisk Status Check] reads [MachineConfigPool]
        "master pool not paused"
        asks "The master pool is not paused."
        why "A paused pool gives new masters the old configuration, without the script for the disk of etcd. The masters get no configuration and no upgrade, and an upgrade of the cluster waits for the pool."
        remedy "`oc patch machineconfigpool/master --type=merge -p '{\"spec\":{\"paused\":false}}'`"

    OperatorProgressing "operator-progressing" Masters No by [AddDisk RemoveDisk Check] reads [ClusterOperator]
        "operators not progressing"
        asks "The operators etcd, kube-apiserver, machine-config and control-plane-machine-set are not progressing."
        why "A master must not be removed while the other masters are being updated."
        remedy "Wait until the operators are done: `oc get clusteroperators`."

    EtcdUnstable "etcd-unstable" Masters No by [AddDisk RemoveDisk Check] reads [Etcd ConfigMap Node Machine]
        "healthy etcd member on every master"
        asks "Every master has a healthy voting etcd member, no other member exists, and etcd's operator manages the members, protects the quorum, and has a lifecycle hook on the Machine of every master."
        why "If a member is missing, the replacement of a master can cost etcd its quorum. A learner that fails keeps the operator from replacing any master."
        remedy "`oc describe etcd/cluster`, and wait until the conditions that the finding names are healthy."

    EtcdAlreadyMounted "etcd-already-mounted" Masters No by [AddDisk Check] reads [MachineConfig]
        "no other mount for etcd"
        asks "No other MachineConfig of the masters mounts a volume on /var/lib/etcd: by a unit, a command, fstab, a kernel argument or Ignition."
        why "If two volumes are mounted on one directory, one mount hides the other mount and the data of a member. A program that no MachineConfig contains may mount a volume if the MachineConfig names the directory, which is a warning."
        remedy "Keep the MachineConfig if etcd already has a disk of its own. Otherwise remove the MachineConfig first."

    VolumeSettingsRefused "volume-settings-refused" Masters No by [AddDisk] reads [ControlPlaneMachineSet]
        "volume settings accepted by EC2"
        asks "EC2 accepts the type, the size, the IOPS and the throughput of the new volume."
        why "Each new master would fail to start, and the replacement of the masters would stop."
        remedy "Change the flags that the message names."

    EtcdVolumeDiffers "etcd-volume-differs" Masters No by [AddDisk] reads [ControlPlaneMachineSet]
        "volume with the requested settings"
        asks "The volume of etcd in the template has the requested settings."
        why "A change of the volume in the template would replace every master once more."
        remedy "Omit the flag, or run `oc etcd remove-disk` first."

    MastersReplaced "masters-replaced" Masters Yes by [AddDisk RemoveDisk Status Check] reads [Machine MachineConfig Node]
        "replacement of the masters"
        asks "The plan names the effects on the masters, how to pause and stop the replacement, and how to revert the change. `status` names the command that continues a change, and each new machine that failed."
        why "Each master is rebooted and replaced, and clients of the API server lose connections."
        remedy "Choose the time of the replacement."

    RolloutPaused "rollout-paused" Masters Yes by [AddDisk RemoveDisk Status Check] reads [ControlPlaneMachineSet]
        "masters replaced one after the other"
        asks "The strategy of the ControlPlaneMachineSet is `RollingUpdate`."
        why "With `OnDelete`, a master is replaced only when its Machine is deleted, and all Machines that are deleted are replaced at the same time."
        remedy "Set `spec.strategy.type` to `RollingUpdate`, or delete one Machine after the other."

    EtcdBackupNeeded "etcd-backup-needed" Masters Yes by [AddDisk RemoveDisk] reads []
        "recent backup of etcd"
        asks "A recent backup of etcd exists. oc-etcd cannot check this."
        why "After a loss of the quorum, etcd can be restored only from a backup."
        remedy "Run `/usr/local/bin/cluster-backup.sh` on a master. See `docs/add-disk.md`, and \"Backing up etcd\" in the OpenShift documentation."

    AwsQuotaNeeded "aws-quota-needed" Masters Yes by [AddDisk RemoveDisk] reads [Machine]
        "AWS quota for the replacement"
        asks "The AWS account has quota for the replacement. oc-etcd cannot check this."
        why "If AWS refuses the instance, the Machine fails and the replacement stops."
        remedy "Check the service quotas of the account in the region of the cluster."

    NotSupported "not-supported" Masters Yes by [AddDisk RemoveDisk] reads []
        "support by Red Hat"
        asks "Red Hat supports this change."
        why "Red Hat's page on moving etcd to another disk excludes clusters with a ControlPlaneMachineSet."
        remedy "Contact Red Hat support before you use this in production."

    MachineRoleWrong "machine-role-wrong" Removal No by [RemoveMachine] reads [Machine]
        "machine of the role etcd"
        asks "The machine has the role etcd."
        why "Deleting a machine of another role drains and removes a node that other workloads use."
        remedy "Check the name: `oc get machines.machine.openshift.io -n openshift-machine-api`."

    ControlPlaneMachine "control-plane-machine" Removal No by [RemoveMachine Teardown] reads [Machine Node]
        "no control plane machine"
        asks "The machine does not belong to the control plane."
        why "Deleting the machine would remove an API server, and possibly an etcd member."
        remedy "If the machine is an etcd machine, remove the label or the owner of the control plane with the command of the finding. Otherwise remove the role etcd from the machine. Control plane machines are replaced by the ControlPlaneMachineSet."

    CarriesEtcdMember "carries-etcd-member" Removal No by [RemoveMachine Teardown] reads [Machine Node ConfigMap Etcd Pod]
        "no etcd member on the machine"
        asks "The machine runs no etcd member."
        why "The disk is deleted with the machine, and etcd loses a member or its quorum."
        remedy "Move the member first, until ConfigMap `etcd-endpoints` no longer lists the machine's address and no Pod runs etcd on the machine's Node. A Pod whose names or variables are those of an etcd counts as a member; if the Pod is not a member, keep such Pods off the Node: the hint names their owner. If somebody deleted the Node, restart the kubelet first: nobody knows the Pods of a machine without a Node."

    ForeignMachine "foreign-machine" Removal No by [RemoveMachine Teardown] reads [Machine]
        "machine created by oc-etcd"
        asks "A machine that oc-etcd did not create is deleted only after its name is confirmed."
        why "The owner of the machine may still need the machine."
        remedy "Type the name at the prompt, or pass the name twice: `--yes --confirm=NAME`."

    DeletionBlocked "deletion-blocked" Removal Yes by [RemoveMachine Teardown Status Check] reads [Machine]
        "deletion not blocked"
        asks "No lifecycle hook and no finalizer of another owner blocks the deletion of the machine. `status` reports each deletion that was requested more than one hour ago."
        why "A lifecycle hook or a finalizer keeps the machine until its owner removes the hook or the finalizer."
        remedy "Contact the owner that the finding names. A hook of etcd's operator was copied from a master; remove the hook with the command of the finding."

    LastMachine "last-machine" Removal Yes by [RemoveMachine] reads [Machine]
        "a remaining etcd machine"
        asks "At least one etcd machine remains."
        why "Without machines, the pool has no purpose."
        remedy "`oc etcd teardown` deletes the remaining objects too."

    NodeWithoutPool "node-without-pool" Removal No by [RemoveMachine Teardown Status Check] reads [Machine Node]
        "no Node without a pool"
        asks "No Node with the role etcd remains after its pool or its Machine is deleted."
        why "A Node without a pool gets no configuration and no upgrades. A Node without a Machine is of no use once the instance is terminated."
        remedy "Remove the machine of the Node first, or remove the label from the Node. If the Machine no longer exists and the instance is terminated, delete the Node."

    ObjectsLeftBehind "objects-left-behind" Removal Yes by [Teardown] reads [MachineConfig]
        "no leftover generated objects"
        asks "No object that the operator generated for the pool is left behind."
        why "No controller updates these objects after the pool is deleted, and an outdated object can prevent a new pool from rendering."
        remedy "Delete the object after the pool is deleted, or the KubeletConfig or ContainerRuntimeConfig from which the object is generated, as the finding describes."
}
