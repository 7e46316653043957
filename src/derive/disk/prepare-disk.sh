#!/usr/bin/bash
# Written by oc-etcd. Puts a file system on the disk of etcd, once.
#
# No device name is trusted: NVMe disks are numbered in the order in which they answer. The disk of
# etcd is the one EBS volume of this machine that holds nothing at all. With none or several of
# them nothing is touched, and the machine stops before it could run etcd from its root disk.
set -euo pipefail

label=var-lib-etcd
sys=${OC_ETCD_SYS_BLOCK:-/sys/block}
attempts=${OC_ETCD_ATTEMPTS:-30}

is_ebs() {
    case $1 in
        nvme*) [[ $(<"$sys/$1/device/model") == "Amazon Elastic Block Store"* ]] ;;
        xvd*) true ;;
        *) false ;;
    esac
}

# The root disk has partitions, so it never is empty.
is_empty() {
    local name=$1 found=0
    [[ $(<"$sys/$name/ro") == 0 && $(<"$sys/$name/size") -gt 0 ]] || return 1
    compgen -G "$sys/$name/$name*" >/dev/null && return 1
    compgen -G "$sys/$name/holders/*" >/dev/null && return 1
    # 2 is blkid's answer for a disk on which it finds nothing.
    blkid --probe "/dev/$name" >/dev/null 2>&1 || found=$?
    [[ $found == 2 ]]
}

empty_disks() {
    local path name
    for path in "$sys"/*; do
        name=${path##*/}
        if is_ebs "$name" && is_empty "$name"; then
            echo "/dev/$name"
        fi
    done
}

for ((attempt = 1; attempt <= attempts; attempt++)); do
    if device=$(blkid --label "$label"); then
        echo "the disk of etcd is ready: $device"
        exit 0
    fi
    mapfile -t disks < <(empty_disks)
    case ${#disks[@]} in
        0) sleep "${OC_ETCD_PAUSE:-2}" ;;
        1)
            echo "making the file system of etcd on ${disks[0]}"
            # Without -f, mkfs.xfs itself refuses a disk that holds something.
            mkfs.xfs -L "$label" "${disks[0]}"
            udevadm settle --timeout=60
            exit 0
            ;;
        *)
            echo "several empty disks, so none is taken: ${disks[*]}" >&2
            exit 1
            ;;
    esac
done
echo "no empty EBS disk for etcd on this machine" >&2
exit 1
