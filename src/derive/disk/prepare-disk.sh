#!/usr/bin/bash
# Written by oc-etcd. Puts a file system on the disk of etcd, once, and finds that disk at every boot.
#
# Usage: prepare-disk [--master] [DEVICE]
#
# With --master, for a machine on which etcd may run on the root disk: on a machine whose kubelet ran before
# this script did, or on whose root disk etcd's data is, the script changes nothing. A new machine without a
# second EBS volume keeps its data on the root disk too. A machine that made its disk requires it from then on.
#
# A disk with the label below is the disk of etcd. Where no disk has the label, the script takes the
# one EBS volume that holds nothing, seen twice; DEVICE narrows where the script looks. The name of a
# device is never a reason to write: NVMe disks are numbered in the order in which they answer. With
# no such volume, or with several, the script writes to no disk and fails, and the machine stops
# before etcd could run on the root disk. A machine that made its disk makes no other.
set -euo pipefail

label=var-lib-etcd
master=
[[ ${1:-} != --master ]] || { master=yes; shift; }
device=${1:-}
# The serial number of the disk whose file system this machine finished; on NVMe, the id of the EBS
# volume. The file is empty where the disk has no serial number, or where an older version wrote it.
made=/etc/oc-etcd/disk-is-made
mount_point=/var/lib/etcd
# The UUID of the file system that this machine began to make, and the serial number of the disk.
begun=/etc/oc-etcd/disk-is-begun
begun_uuid= begun_serial=
read -r begun_uuid begun_serial 2>/dev/null <"$begun" || true
samples=/run/oc-etcd-disk.samples
attempts=30
MiB=1048576

stop() {
    describe_disks
    echo "the disk of etcd is not mounted: $1"
    exit 1
}

# Prints the words of a file; nothing where the file cannot be read.
words_of() {
    local words=
    read -r words 2>/dev/null <"$1" || true
    echo "$words"
}

model_of() { words_of "/sys/block/$1/device/model"; }
serial_of() { words_of "/sys/block/$1/device/serial"; }

# Whether a disk of so many bytes is all zeros where the script looks: the first 64 MiB, 256 pieces of
# 64 KiB that begin at each 256th part of the disk, and the last MiB. xfs_io copies all pieces in one
# process. A piece that cannot be read counts as data: then the copy is too short. A program that fails
# proves no zeros either.
is_zero() {
    local path=$1 size=$2 piece=65536 i rest commands=()
    commands=(-c "sendfile -q -i $path 0 $((64 * MiB))")
    for ((i = 0; i < 256; i++)); do
        commands+=(-c "sendfile -q -i $path $((size / 256 * i)) $piece")
    done
    commands+=(-c "sendfile -q -i $path $((size - MiB)) $MiB")
    xfs_io -f -t "${commands[@]}" "$samples" >/dev/null 2>&1 || return
    [[ $(stat -c %s "$samples") == $((64 * MiB + 256 * piece + MiB)) ]] || return
    rest=$(tr -d '\000' <"$samples" | head -c 1 | wc -c) || return
    [[ $rest == 0 ]]
}

# Sets `why` to the reason why a disk is not EBS's, not whole, or not at rest; to nothing where the
# disk may be looked into.
judge_disk() {
    local name=$1 model
    model=$(model_of "$name")
    why=
    case $name in
        nvme*) [[ $model == "Amazon Elastic Block Store" ]] || why="it is not an EBS volume" ;;
        xvd*)
            # Nothing on the machine tells an instance store from an EBS volume here, but the names
            # are those that EC2 was asked for.
            [[ -n $device ]] || why="on Xen it may be an instance store; --disk-device can name it"
            ;;
        *) why="it is not an EBS volume" ;;
    esac
    [[ -z $why ]] || return 0
    if [[ -n $device && $(readlink -e -- "$device") != "/dev/$name" ]]; then
        why="--disk-device names $device"
    elif [[ $(words_of "/sys/block/$name/ro") != 0 ]]; then
        why="it is read-only"
    elif compgen -G "/sys/block/$name/$name*" >/dev/null; then
        why="it has partitions"
    elif compgen -G "/sys/block/$name/holders/*" >/dev/null; then
        why="another device is made of it"
    elif ! (($(words_of "/sys/block/$name/size") > 64 * MiB / 512)); then
        why="it is not larger than 64 MiB"
    fi
}

# Sets `why` to the reason why a disk is not an empty EBS volume; to nothing where it is one.
judge_empty() {
    local name=$1 answer=0 size disk
    judge_disk "$name"
    disk="$name $(serial_of "$name")"
    [[ -z $why ]] || return 0
    # What holds data is not read again.
    why=${holds[$disk]:-}
    [[ -z $why ]] || return 0
    # 2 is blkid's answer for a disk on which it finds nothing, and for one that it cannot read.
    blkid -p "/dev/$name" >/dev/null 2>&1 || answer=$?
    size=$(($(words_of "/sys/block/$name/size") * 512))
    if [[ $answer != 2 ]]; then
        why="it holds $(contents_of "$name")"
    elif ! is_zero "/dev/$name" "$size"; then
        why="it holds data, or cannot be read"
    fi
    rm -f "$samples"
    [[ -z $why ]] || holds[$disk]=$why
}

# Sets `why` to the reason why a disk cannot be the one that this machine began to make.
judge_begun() {
    local name=$1 answer=0 tags begin
    judge_disk "$name"
    [[ -z $why ]] || return 0
    tags=$(blkid -p -s UUID -s TYPE -s PTTYPE -s LABEL -o export "/dev/$name" 2>/dev/null) || answer=$?
    begin=$(printf '%s\n' "DEVNAME=/dev/$name" "UUID=$begun_uuid" "TYPE=xfs")
    if [[ $(serial_of "$name") != "$begun_serial" ]]; then
        why="this machine began to make the file system on another disk"
    elif [[ $answer != 2 && $tags != "$begin" ]]; then
        why="it holds more than the beginning of a file system: $(contents_of "$name")"
    fi
}

# Prints what blkid finds on a disk.
contents_of() {
    local type
    type=$(blkid -p -s TYPE -s PTTYPE -o value "/dev/$1" 2>/dev/null) || true
    echo "${type:-an unknown format}"
}

each_disk() {
    local path
    for path in /sys/block/*; do
        case ${path##*/} in
            loop* | ram* | zram* | sr* | dm-* | md*) ;;
            *) echo "${path##*/}" ;;
        esac
    done
}

has_label() { [[ $(blkid -p -s LABEL -o value "/dev/$1" 2>/dev/null) == "$label" ]]; }

# Prints the names of all disks, partitions and mapped devices with the label.
labeled() {
    local path name
    for path in /sys/block/* /sys/block/*/*/partition; do
        name=${path%/partition}
        name=${name##*/}
        ! has_label "$name" || echo "$name"
    done
}

# The disk of a partition, or the name itself.
disk_of() {
    local path
    for path in /sys/block/*/"$1"/partition; do
        [[ ! -e $path ]] || set -- "$(basename "${path%/*/*}")"
    done
    echo "$1"
}

describe_disks() {
    local name model serial judge=judge_empty
    [[ -z $begun_serial ]] || judge=judge_begun
    for name in $(each_disk); do
        model=$(model_of "$name") serial=$(serial_of "$name")
        if [[ " ${found[*]} " == *" $name "* ]]; then
            why="it has the label $label"
        else
            "$judge" "$name"
        fi
        echo "/dev/$name (${model:-no model}, ${serial:-no serial number}): ${why:-it may be taken}"
    done
}

# Keeps words in a file so that both outlast a power cut.
keep() {
    local file=$1 words=$2
    [[ ! -e $file || $(words_of "$file") != "$words" ]] || return 0
    echo "$words" >"$file.new"
    sync "$file.new"
    mv "$file.new" "$file"
    sync "${file%/*}"
}

# Whether systemd did not give up this boot. `systemctl is-system-running` says "initializing" until the
# boot is finished, in emergency mode too.
is_booting() {
    local states
    states=$(systemctl show --property=ActiveState --value emergency.target emergency.service \
        rescue.target | tr -s '\n' ' ') || true
    [[ $states == "inactive inactive inactive " ]]
}

# Makes the file system on a disk that was just looked at; further arguments go to mkfs.xfs. The serial
# number and a UUID are kept first, so that after a power cut this disk, and no other, is made again. The
# label comes last, so that a file system with the label is whole.
make_file_system() {
    local name=$1 serial uuid=$begun_uuid held
    is_booting || stop "no file system is made in emergency mode"
    # While a disk is open, no other disk can come under its name.
    exec {held}<"/dev/$name" || stop "/dev/$name cannot be opened"
    serial=$(serial_of "$name")
    [[ ";$seen" == *";$name $serial ;"* ]] || stop "/dev/$name is now another disk"
    [[ -n $uuid ]] || uuid=$(words_of /proc/sys/kernel/random/uuid)
    [[ -z $serial ]] || keep "$begun" "$uuid $serial"
    echo "making the file system of etcd on /dev/$name (${serial:-no serial number})"
    mkfs.xfs -m "uuid=$uuid" "${@:2}" "/dev/$name" || stop "mkfs.xfs failed on /dev/$name"
    sync "/dev/$name"
    xfs_admin -L "$label" "/dev/$name" || stop "xfs_admin failed on /dev/$name"
    sync "/dev/$name"
    has_label "$name" || stop "xfs_admin wrote no label to /dev/$name"
    use "$name"
}

# Ends the script: the disk of etcd is there.
use() {
    keep "$made" "$(serial_of "$(disk_of "$1")")"
    rm -f "$begun"
    # The mount waits for the label's link by itself.
    udevadm settle --timeout=60 || true
    echo "the disk of etcd is /dev/$1"
    [[ -z $master ]] || mount_disk "$1"
    exit 0
}

# Prints the serial number of the disk that this machine made, or else began to make.
own_serial() {
    local serial
    serial=$(words_of "$made")
    echo "${serial:-$begun_serial}"
}

is_of_this_machine() {
    local own serial
    own=$(own_serial)
    serial=$(serial_of "$(disk_of "$1")")
    [[ -z $own || -z $serial || $own == "$serial" ]]
}

mount_disk() {
    mkdir -p "$mount_point"
    mount -t xfs -o defaults,prjquota "/dev/$1" "$mount_point" || stop "mount failed on /dev/$1"
    # A new file system has no SELinux labels.
    restorecon -R "$mount_point" || stop "restorecon failed on $mount_point"
}

# Ends the script where etcd stays on the root disk. What cannot be read counts as data.
stay_on_root() {
    local why= source
    if mountpoint -q "$mount_point"; then
        source=$(findmnt --noheadings --output SOURCE "$mount_point") || true
        if [[ $(blkid -p -s LABEL -o value "$source" 2>/dev/null) == "$label" ]]; then
            echo "the disk of etcd is $source, and is mounted"
            exit 0
        fi
        why="something is mounted on $mount_point already"
    elif [[ -e $mount_point && -n $(ls -A "$mount_point" 2>&1) ]]; then
        why="etcd's data is on the root disk"
    elif [[ ! -e $made && -z $begun_serial && -e /var/lib/kubelet/pki ]]; then
        why="the kubelet of this machine ran before"
    fi
    [[ -n $why ]] || return 0
    mapfile -t found < <(labeled)
    ((${#found[@]} == 0)) || stop "$why, and a disk has the label $label: ${found[*]}"
    [[ ! -e $made && -z $begun_serial ]] || stop "$why, and this machine has a disk of its own"
    echo "etcd stays on the root disk: $why"
    exit 0
}

# Sets `doubtful` to the disks that may be meant for etcd though the script does not take them, whatever
# the device that --disk-device names.
doubt() {
    local name named=$device device=
    doubtful=()
    for name in $(each_disk); do
        judge_empty "$name"
        case $why in
            "" | "it holds data, or cannot be read") doubtful+=("$name") ;;
            "on Xen "*)
                compgen -G "/sys/block/$name/$name*" >/dev/null || doubtful+=("$name")
                ;;
        esac
    done
    [[ -z $named || ! -e $named ]] || doubtful+=("$named")
}

declare -A holds=()
found=()
[[ -z $master ]] || stay_on_root
before=
for ((attempt = 1; attempt <= attempts; attempt++)); do
    ((attempt == 1)) || sleep 2
    mapfile -t found < <(labeled)
    if ((${#found[@]} > 1)); then
        stop "several devices have the label $label: ${found[*]}"
    elif ((${#found[@]} == 1)); then
        if is_of_this_machine "${found[0]}"; then
            use "${found[0]}"
        fi
        continue
    elif [[ -e $made ]]; then
        continue
    fi

    judge=judge_empty options=()
    if [[ -n $begun_serial ]]; then
        judge=judge_begun options=(-f)
    fi
    # All that was seen, to be compared with the next look, and the disks that may be taken.
    seen= disks=()
    for name in $(each_disk); do
        "$judge" "$name"
        seen+="$name $(serial_of "$name") $why;"
        [[ -n $why ]] || disks+=("$name")
    done
    if ((${#disks[@]} > 1)); then
        stop "several empty EBS volumes, so none is taken: ${disks[*]}"
    elif ((${#disks[@]} == 1)) && [[ $seen == "$before" ]]; then
        make_file_system "${disks[0]}" "${options[@]}"
    fi
    before=$seen
done

if ((${#found[@]} == 1)); then
    stop "/dev/${found[0]} has the label $label and is not the disk $(own_serial) of this machine"
elif [[ -e $made ]]; then
    stop "the disk that this machine made is not there, and the machine makes no other"
elif [[ -n $begun_serial ]]; then
    stop "the disk $begun_serial on which this machine began to make the file system cannot be taken"
elif [[ -n $master ]]; then
    doubt
    ((${#doubtful[@]} == 0)) || stop "a disk may be meant for etcd and is not taken: ${doubtful[*]}"
    echo "etcd stays on the root disk: this machine has no second EBS volume"
else
    stop "no empty EBS volume for etcd on this machine"
fi
