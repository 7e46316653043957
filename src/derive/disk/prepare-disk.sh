#!/usr/bin/bash
# Written by oc-etcd. Puts a file system on the disk of etcd, once.
#
# No device name is trusted: NVMe disks are numbered in the order in which they answer. The disk of
# etcd is the one EBS volume of this machine that holds nothing at all, seen twice. With none or
# several of them nothing is touched, and the machine stops before it could run etcd from its root
# disk. A machine that had its disk never gets another: a disk that is late or lost is no reason to
# take one that happens to look empty.
set -euo pipefail

label=var-lib-etcd
sys=${OC_ETCD_SYS_BLOCK:-/sys/block}
dev=${OC_ETCD_DEV:-/dev}
stamp=${OC_ETCD_STAMP:-/etc/oc-etcd/disk-is-made}
attempts=${OC_ETCD_ATTEMPTS:-30}

is_ebs() {
    case $1 in
        nvme*) [[ $(<"$sys/$1/device/model") == "Amazon Elastic Block Store"* ]] ;;
        xvd*) true ;;
        *) false ;;
    esac
}

# Whether all of stdin is zeros. A read that failed fails here too, by pipefail.
is_zero() {
    local rest
    rest=$(tr -d '\000' | head -c 1 | wc -c)
    [[ $rest == 0 ]]
}

# The root disk has partitions, so it never is empty. A new EBS volume is all zeros: the first 64 MiB
# and the last one tell, where a file system whose first sector is lost still shows.
is_empty() {
    local name=$1 found=0 last
    [[ $(<"$sys/$name/ro") == 0 && $(<"$sys/$name/size") -gt 131072 ]] || return 1
    compgen -G "$sys/$name/$name*" >/dev/null && return 1
    compgen -G "$sys/$name/holders/*" >/dev/null && return 1
    # 2 is blkid's answer for a disk on which it finds nothing, and for one that it cannot read.
    blkid --probe "$dev/$name" >/dev/null 2>&1 || found=$?
    [[ $found == 2 ]] || return 1
    last=$(($(<"$sys/$name/size") / 2048 - 1))
    dd if="$dev/$name" bs=1M count=64 status=none | is_zero || return 1
    dd if="$dev/$name" bs=1M skip="$last" count=1 status=none | is_zero || return 1
}

empty_disks() {
    local path name
    for path in "$sys"/*; do
        name=${path##*/}
        if is_ebs "$name" && is_empty "$name" 2>/dev/null; then
            echo "$dev/$name"
        fi
    done
}

leave_stamp() {
    mkdir -p "${stamp%/*}"
    touch "$stamp"
    sync "$stamp"
}

before=
for ((attempt = 1; attempt <= attempts; attempt++)); do
    if device=$(blkid --label "$label"); then
        echo "the disk of etcd is ready: $device"
        leave_stamp
        exit 0
    fi
    if [[ -e $stamp ]]; then
        sleep "${OC_ETCD_PAUSE:-2}"
        continue
    fi
    mapfile -t disks < <(empty_disks)
    if ((${#disks[@]} > 1)); then
        echo "several empty disks, so none is taken: ${disks[*]}" >&2
        exit 1
    fi
    if [[ -n $before && ${disks[*]} == "$before" ]]; then
        echo "making the file system of etcd on $before"
        # Without -f, mkfs.xfs itself refuses a disk that holds something. The label comes last: a
        # file system that has it is whole.
        mkfs.xfs "$before"
        xfs_admin -L "$label" "$before"
        leave_stamp
        udevadm settle --timeout=60
        exit 0
    fi
    before=${disks[*]}
    sleep "${OC_ETCD_PAUSE:-2}"
done
if [[ -e $stamp ]]; then
    echo "the disk that this machine made for etcd is not there, and it makes no other" >&2
else
    echo "no empty EBS disk for etcd on this machine" >&2
fi
exit 1
