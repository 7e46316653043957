#!/usr/bin/env bash
# The documented procedure, command by command, on the cluster of KUBECONFIG. Usage:
#
#     documented.sh SCRATCH-DIRECTORY
#
# Its commands are the procedure's own, in its order. What the procedure does in an editor is done by
# jq here, so objects are fetched as JSON; nothing else differs between `-o json` and `-o yaml`. What
# the text gets wrong is done as it says, as long as the API server takes it: that is what the test
# wants to see. Left out: `-w`, which follows an object until somebody stops it.
#
# The files in the scratch directory hold the cluster's pull secret and user data.
#
# shellcheck disable=SC1003,SC2016 # what stands in single quotes is jq's, and the kubelet's
set -euo pipefail

OC=${OC:-kubectl}
umask 077
cd "$1"

# Edits a manifest in place by a jq program, as a person would in an editor.
edit() {
    local file=$1
    shift
    jq "$@" "$file" >"$file.edited"
    mv "$file.edited" "$file"
}

# "Edit the manifest and remove the attributes", of a MachineConfig.
remove_attributes() {
    edit "$1" 'del(.metadata.annotations, .metadata.creationTimestamp, .metadata.generation,
        .metadata.resourceVersion, .metadata.uid)'
}

# "Update the attributes from master to etcd", of a MachineConfig.
update_to_etcd() {
    edit "$1" --arg name "$2" '
        .metadata.labels["machineconfiguration.openshift.io/role"] = "etcd"
        | .metadata.name = $name'
}

### MachineConfigPool for etcd cluster

# 1. Create the manifest
$OC get machineconfigpool master -o json >mcp-etcd.yaml

# 2. Edit the manifest and remove the attributes
edit mcp-etcd.yaml 'del(.metadata.creationTimestamp, .metadata.generation,
    .metadata.resourceVersion, .metadata.uid, .spec.configuration, .status)'

# 3. Update to etcd role
edit mcp-etcd.yaml '
    .metadata.labels = {
        "machineconfiguration.openshift.io/mco-built-in": "",
        "operator.machineconfiguration.openshift.io/required-for-upgrade": "",
        "pools.operator.machineconfiguration.openshift.io/etcd": ""
    }
    | .metadata.name = "etcd"
    | .spec.machineConfigSelector.matchLabels = {"machineconfiguration.openshift.io/role": "etcd"}
    | .spec.nodeSelector.matchLabels = {"node-role.kubernetes.io/etcd": ""}
    | .spec.paused = false'

# 4. Create the MachineConfigPool, before there is any MachineConfig for it
$OC create -f mcp-etcd.yaml
$OC get machineconfigpool etcd

### MachineConfig base

# 1. Create the manifest
$OC get machineconfig 00-master -o json >mc-00-etcd.yaml

# 2. Remove the attributes
remove_attributes mc-00-etcd.yaml

# 2. b: Remove the machine-config-daemon systemd units
edit mc-00-etcd.yaml 'del(.spec.config.systemd.units[] | select(
    .name == "machine-config-daemon-firstboot.service"
    or .name == "machine-config-daemon-pull.service"))'

# 3. Update the attributes
update_to_etcd mc-00-etcd.yaml 00-etcd

# 4. Create the MachineConfig
$OC create -f mc-00-etcd.yaml
$OC get machineconfig 00-etcd

### MachineConfig for Container Runtime

# 1. to 4., as above
$OC get machineconfig 01-master-container-runtime -o json >mc-01-etcd-container-runtime.yaml
remove_attributes mc-01-etcd-container-runtime.yaml
update_to_etcd mc-01-etcd-container-runtime.yaml 01-etcd-container-runtime
$OC create -f mc-01-etcd-container-runtime.yaml
$OC get machineconfig 01-etcd-container-runtime

### MachineConfig for Kubelet

# 1. to 3., as above
$OC get machineconfig 01-master-kubelet -o json >mc-01-etcd-kubelet.yaml
remove_attributes mc-01-etcd-kubelet.yaml
update_to_etcd mc-01-etcd-kubelet.yaml 01-etcd-kubelet

# 4. Update the kubelet.service unit: the lines with `-` become those with `+`. The braces of the
# second `-` line are the procedure's.
edit mc-01-etcd-kubelet.yaml \
    --arg labels '--node-labels=node-role.kubernetes.io/master,node.openshift.io/os_id=${ID} \' \
    --arg etcd_labels '--node-labels=node-role.kubernetes.io/etcd,node.openshift.io/os_id=${ID} \' \
    --arg taints '--register-with-taints=node-role.kubernetes.io/master=:NoSchedule} \' \
    --arg etcd_taints '--register-with-taints=node-role.kubernetes.io/etcd=:NoSchedule \' '
    (.spec.config.systemd.units[] | select(.name == "kubelet.service") | .contents) |=
        (split($labels) | join($etcd_labels) | split($taints) | join($etcd_taints))'

# 5. Create the MachineConfig
$OC create -f mc-01-etcd-kubelet.yaml
$OC get machineconfig 01-etcd-kubelet

### MachineConfig for Image registry

# 1. to 4., as above
$OC get machineconfig 99-master-generated-registries -o json >mc-99-etcd-generated-registries.yaml
remove_attributes mc-99-etcd-generated-registries.yaml
update_to_etcd mc-99-etcd-generated-registries.yaml 99-etcd-generated-registries
$OC create -f mc-99-etcd-generated-registries.yaml
$OC get machineconfig 99-etcd-generated-registries

### MachineConfig for SSH

# 1. to 4., as above
$OC get machineconfig 99-master-ssh -o json >mc-99-etcd-ssh.yaml
remove_attributes mc-99-etcd-ssh.yaml
update_to_etcd mc-99-etcd-ssh.yaml 99-etcd-ssh
$OC create -f mc-99-etcd-ssh.yaml
$OC get machineconfig 99-etcd-ssh

### Machine for etcd cluster

# 1. Create the machine manifest based on the current master
CLUSTER_ID="$($OC get infrastructure cluster -o jsonpath="{.status.infrastructureName}")"
machine="machine-${CLUSTER_ID}-etcd-0.yaml"
$OC get machine "${CLUSTER_ID}-master-0" -o json -n openshift-machine-api >"$machine"

# 2. Remove the attributes
edit "$machine" 'del(.metadata.creationTimestamp, .metadata.generation, .metadata.resourceVersion,
    .metadata.uid, .spec.lifecycleHooks, .spec.metadata, .spec.providerID,
    .spec.providerSpec.value.loadBalancers, .spec.providerSpec.value.metadata, .status)'

# 3. Update the attributes. The cluster's name is the only thing taken from the cluster.
edit "$machine" --arg name "${CLUSTER_ID}-etcd-0" '
    .metadata.labels["machine.openshift.io/cluster-api-machine-role"] = "etcd"
    | .metadata.labels["machine.openshift.io/cluster-api-machine-type"] = "etcd"
    | .metadata.labels["machine.openshift.io/instance-type"] = "c5n.xlarge"
    | .metadata.name = $name
    | .spec.providerSpec.value.userDataSecret = "etcd-user-data"
    | .spec.providerSpec.value.instanceType = "c5n.xlarge"
    | .spec.providerSpec.value.blockDevices = [
        {
            "ebs": {
                "encrypted": true,
                "iops": 0,
                "kmsKey": {"arn": ""},
                "volumeSize": 64,
                "volumeType": "gp3"
            }
        },
        {
            "deviceName": "/dev/xvdb",
            "ebs": {
                "encrypted": true,
                "iops": 0,
                "kmsKey": {"arn": ""},
                "volumeType": "gp3",
                "volumeSize": 64
            }
        }
    ]'

# 4. Create the userDataSecret
$OC get secrets -n openshift-machine-api master-user-data -o json |
    jq -r .data.userData | base64 -d | jq .ignition.config.merge

# Extract the master's userData secret
$OC get secrets -n openshift-machine-api master-user-data -o jsonpath="{.data}" \
    >etcd-userData-secret.json

# Extract the userData payload
jq -r .userData etcd-userData-secret.json | base64 -d >etcd-userData-raw.json

# Change the MCS path to retrieve etcd MachineConfigPool. The host is the procedure's.
jq -r '.ignition.config.merge[].source="https://api-int.lab.devcluster.openshift.com:22623/config/etcd"' \
    etcd-userData-raw.json >etcd-userData-raw-with-etcd.json

# Make sure the URL was updated
jq -r '.ignition.config.merge[].source' etcd-userData-raw-with-etcd.json

# Update the secret data
USER_DATA_ENC=$(base64 --wrap=0 <etcd-userData-raw-with-etcd.json)
jq -r ".userData=\"${USER_DATA_ENC}\"" etcd-userData-secret.json \
    >etcd-userData-secret-with-etcd.json

# Make sure the data was updated
jq -r .userData etcd-userData-secret-with-etcd.json | base64 -d | jq .ignition.config.merge

# Create the secret etcd-user-data. The procedure has no quotes here, and needs none for user data
# without blanks.
# shellcheck disable=SC2046
$OC create secret generic etcd-user-data \
    --from-literal=userData=$(awk -v ORS= -v OFS= '{$1=$1}1' ./etcd-userData-raw-with-etcd.json) \
    --from-literal=disableTemplating=$(jq -r .disableTemplating etcd-userData-secret.json | base64 -d) \
    -n openshift-machine-api

# Check if the endpoint is correct on the secret
$OC get secrets -n openshift-machine-api etcd-user-data -o json |
    jq -r .data.userData | base64 -d | jq .ignition.config.merge

# 5. Create MachineConfig to mount the new block device on etcd path
cat <<'MANIFEST' | $OC create -n openshift-machine-api -f -
apiVersion: machineconfiguration.openshift.io/v1
kind: MachineConfig
metadata:
  labels:
    machineconfiguration.openshift.io/role: etcd
  name: 00-etcd-disk
spec:
  config:
    ignition:
      version: 3.2.0
    storage:
      disks:
      - device: /dev/nvme1n1
        wipe_table: true
        partitions:
        - size_mib: 0
          label: etcd
      filesystems:
        - path: /var/lib/etcd
          device: /dev/disk/by-partlabel/etcd
          format: xfs
          wipe_filesystem: true
    systemd:
      units:
        - name: var-lib-etcd.mount
          enabled: true
          contents: |
            [Unit]
            Before=local-fs.target
            [Mount]
            Where=/var/lib/etcd
            What=/dev/disk/by-partlabel/etcd
            [Install]
            WantedBy=local-fs.target
MANIFEST
$OC get machineconfig 00-etcd-disk --show-labels

# Create the Machine
$OC create -f "$machine" -n openshift-machine-api
$OC get machines -l machine.openshift.io/cluster-api-machine-role=etcd -n openshift-machine-api

# Create the second machine manifest
sed 's/etcd-0/etcd-1/' "$machine" >"machine-${CLUSTER_ID}-etcd-1.yaml"

# Adjust the config: Zone ID
sed -i 's/us-east-1a/us-east-1b/g' "machine-${CLUSTER_ID}-etcd-1.yaml"

# Create the machine
$OC create -f "machine-${CLUSTER_ID}-etcd-1.yaml"
