#!/usr/bin/bash
# Gives the kubelet of this machine the role and the taint of etcd, whatever else its unit says.
#
#   kubelet-role derive DROP_IN             before each start of kubelet.service, by a unit of its own:
#       writes DROP_IN, which holds the effective command of kubelet.service with another role
#   kubelet-role try DROP_IN                the same, once
#   kubelet-role check CONSOLE USE=NAME...  as ExecStartPre of kubelet.service, where the environment is
#       the kubelet's: refuses variables whose values bring a role, a taint or one of the two flags, and a
#       command with another role or other variables, which another unit has made since DROP_IN was written
#
# What is not understood ends with 3 and one sentence, and the kubelet does not start then. After any other failure,
# "derive" tries again, because systemd restarts no service whose requirement failed: the kubelet would stay down. No
# content of a unit or of a variable is printed, because it may be secret. Written for bash 4.4 and systemd 239 or newer.

set -euo pipefail
export LC_ALL=C
umask 022

readonly unit=kubelet.service
readonly self=/etc/oc-etcd/kubelet-role
readonly domain=node-role.kubernetes.io
readonly label=$domain/etcd
readonly taint=$label=:NoSchedule

# One word of a command line as systemd splits it: quotes may stand anywhere, a backslash takes one character.
readonly word="^([[:space:]]*)(([^][:space:]\"'\\\\]|]|\\\\.|\"([^\"\\\\]|\\\\.)*\"|'([^'\\\\]|\\\\.)*')+)"

# Patterns stand in variables, because bash reads quotes in a written pattern otherwise from release to release.
readonly quoted=$'^(["\'])(.*)(["\'])$'
readonly plainly_quoted=$'^(["\'])([^"\'\\\\]*)(["\'])$'
readonly variable='\$\{([A-Za-z_][A-Za-z0-9_]*)\}'
readonly one_of_two='^(--node-labels|--register-with-taints)(=(.*))?$'
readonly any_variable='\$\{?([A-Za-z_][A-Za-z0-9_]*)'

fail() {
    stop 3 "$1; correct the MachineConfig that this comes from, then replace this machine"
}

# For what may pass.
fail_for_now() {
    stop 1 "$1; this is tried again"
}

stop() {
    local sentence="oc-etcd: the kubelet is not started, because $2"
    printf '%s\n' "$sentence" >&2
    # The unit of "derive" writes to the console itself; kubelet.service writes to the journal alone.
    if [[ ${console:-} ]]; then printf '%s\n' "$sentence" 2>/dev/null >"$console" || :; fi
    exit "$1"
}

show() {
    systemctl show --property="$1" --value "$unit" || fail_for_now "systemctl cannot show $1 of $unit"
}

is_comment() {
    local comment='^[[:space:]]*[#;]'
    [[ $1 =~ $comment ]]
}

# Whether a line goes on in the next one: it ends in an odd number of backslashes.
goes_on() {
    local end=${1##*[!\\]}
    ((${#end} % 2))
}

# Reads the files in the order in which systemd reads them. Sets commands, the effective ExecStart lines
# as they stand in the files, and origins, the files that they stand in. As in systemd, a comment inside
# a continued line is passed over, a blank line ends it, and an empty value forgets what came before.
read_commands() {
    local file line raw logical section
    commands=() origins=()
    for file; do
        [[ -r $file && ! -d $file ]] || fail "$file of $unit cannot be read"
        raw='' logical='' section=''
        while IFS= read -r line || [[ $line ]]; do
            # systemd takes a carriage return for a part of the end of a line.
            [[ $line == *\\$'\r' ]] || line=${line%$'\r'}
            [[ $line != *$'\r'* ]] || fail "$file has carriage returns"
            if is_comment "$line"; then
                [[ -z $raw ]] || raw+=$line$'\n'
                continue
            fi
            raw+=$line$'\n'
            if goes_on "$line"; then
                logical+="${line%\\} "
                continue
            fi
            logical+=$line
            finish_line
        done <"$file"
        [[ -z $raw ]] || finish_line
    done
}

# One whole line of a file: a section, an assignment, or something of no interest here.
finish_line() {
    local assignment='^[[:space:]]*ExecStart[[:space:]]*=[[:space:]]*(.*)$'
    logical=${logical#$'\xef\xbb\xbf'}
    local include='^[[:space:]]*\.include[[:space:]]' header='^[[:space:]]*(\[.*\])[[:space:]]*$'
    [[ ! $logical =~ $include ]] || fail "$file includes another file"
    if [[ $logical =~ $header ]]; then
        section=${BASH_REMATCH[1]}
    elif [[ $section == '[Service]' && $logical =~ $assignment ]]; then
        if [[ ${BASH_REMATCH[1]} ]]; then
            commands+=("$raw") origins+=("$file")
        else
            commands=() origins=()
        fi
    fi
    raw='' logical=''
}

# The list of a flag with etcd's item in the place of the items of any role. Sets list and found.
with_item() {
    local rest=$1, item
    list='' found=''
    while [[ $rest ]]; do
        item=${rest%%,*} rest=${rest#*,}
        if [[ $item == "$domain/"* ]]; then
            [[ -z $found ]] || continue
            found=yes item=$2
        fi
        list+=,$item
    done
    list=${list#,}
}

# The value of one of the two flags, rewritten. Sets value. Quotes around the whole of it stay.
rewrite_value() {
    local flag=$1 text=$2 quote='' rest
    if [[ $text =~ $quoted && ${BASH_REMATCH[1]} == "${BASH_REMATCH[3]}" ]]; then
        quote=${BASH_REMATCH[1]} text=${BASH_REMATCH[2]}
    fi
    [[ $text != *[[:space:]\"\'\\]* ]] || fail "the value of $flag in $origin is quoted in a way that is not understood"
    rest=$text
    while [[ $rest =~ $variable ]]; do
        uses+=("${flag#--}=${BASH_REMATCH[1]}")
        rest=${rest/"${BASH_REMATCH[0]}"/}
    done
    [[ $rest != *\$* ]] || fail "the value of $flag in $origin has a variable that is not written as \${NAME}"
    case $flag in
    --node-labels)
        with_item "$text" "$label"
        [[ $found ]] || fail "--node-labels in $origin has no role to replace"
        ;;
    --register-with-taints)
        with_item "$text" "$taint"
        [[ $found ]] || list+=${list:+,}$taint
        ;;
    esac
    value=$quote$list$quote
}

# The command with another role. Sets rewritten, and uses, the variables in it with where they stand.
rewrite_command() {
    local raw=$1 origin=$2 line rest space text bare quote flag='' value list found
    local kubelet='' labels=0 taints=0 after_labels=0 first=yes name
    rewritten='' uses=()
    while IFS= read -r line; do
        if is_comment "$line"; then
            rewritten+=$line$'\n'
            continue
        fi
        rest=$line
        if [[ $first ]]; then
            [[ $line == *=* ]] || fail "ExecStart in $origin is broken before its equals sign"
            rewritten+=${line%%=*}= rest=${line#*=} first=''
        fi
        while [[ $rest =~ $word ]]; do
            space=${BASH_REMATCH[1]} text=${BASH_REMATCH[2]} rest=${rest:${#BASH_REMATCH[0]}}
            bare=$text quote=''
            if [[ $text =~ $plainly_quoted && ${BASH_REMATCH[1]} == "${BASH_REMATCH[3]}" ]]; then
                quote=${BASH_REMATCH[1]} bare=${BASH_REMATCH[2]}
            fi
            if [[ $flag ]]; then
                rewrite_value "$flag" "$text"
                text=$value
            elif [[ $bare =~ $one_of_two ]]; then
                [[ $kubelet ]] || fail "ExecStart in $origin has ${BASH_REMATCH[1]} before a kubelet"
                flag=${BASH_REMATCH[1]}
                case $flag in
                --node-labels) labels=$((labels + 1)) ;;
                *) taints=$((taints + 1)) ;;
                esac
                if [[ -z ${BASH_REMATCH[2]} ]]; then
                    rewritten+=$space$text
                    continue
                fi
                rewrite_value "$flag" "${BASH_REMATCH[3]}"
                text=$quote$flag=$value$quote
            elif [[ ${text//_/-} == *--node-labels* || ${text//_/-} == *--register-with-taints* ]]; then
                fail "ExecStart in $origin has --node-labels or --register-with-taints inside another argument"
            elif [[ $text == ';' ]]; then
                fail "ExecStart in $origin has more than one command"
            else
                name=$bare
                while [[ $name =~ $any_variable ]]; do
                    uses+=("other=${BASH_REMATCH[1]}")
                    name=${name/"${BASH_REMATCH[0]}"/}
                done
                while [[ -z $kubelet && $bare == [-@:+!\|]* ]]; do bare=${bare:1}; done
                [[ ${bare##*/} != kubelet ]] || kubelet=yes
            fi
            rewritten+=$space$text
            [[ $flag != --node-labels ]] || after_labels=${#rewritten}
            flag=''
        done
        [[ $rest =~ ^[[:space:]]*\\?$ ]] || fail "ExecStart in $origin has a quote that does not end in its line"
        rewritten+=$rest$'\n'
    done <<<"${raw%$'\n'}"

    [[ $kubelet ]] || fail "ExecStart in $origin runs no kubelet"
    [[ -z $flag ]] || fail "$flag in $origin has no value"
    ((labels == 1)) || fail "ExecStart in $origin has $labels --node-labels flags, not 1"
    ((taints <= 1)) || fail "ExecStart in $origin has $taints --register-with-taints flags, not 1"
    if ((taints == 0)); then
        rewritten="${rewritten:0:after_labels} --register-with-taints=$taint${rewritten:after_labels}"
    fi
}

# What the drop-in is to hold, from all files of the unit but the drop-in. Sets wanted, and files.
derive() {
    local state fragment drop_ins path others=()
    state=$(show LoadState)
    [[ $state == loaded ]] || fail "$unit is ${state:-unknown} to systemd"
    fragment=$(show FragmentPath)
    drop_ins=$(show DropInPaths)
    read -r -a files <<<"${fragment:-/none} ${drop_ins//$'\n'/ }"
    for path in "${files[@]}"; do
        [[ $path == "$drop_in" ]] || others+=("$path")
    done
    read_commands "${others[@]}"
    ((${#commands[@]} == 1)) || fail "$unit has ${#commands[@]} commands in ExecStart, not 1"
    rewrite_command "${commands[0]}" "${origins[0]}"
    # The empty line ends a command whose last line ends in a backslash.
    wanted="# Written by oc-etcd before each start of the kubelet, from ${origins[0]}.
[Service]
ExecStart=
$rewritten
ExecStartPre=/usr/bin/bash $self check /dev/console${uses[*]:+ ${uses[*]}}
"
}

write_drop_in() {
    local directory=${drop_in%/*}
    mkdir -p "$directory" || fail_for_now "$directory cannot be made"
    # A name without .conf is none of systemd's business, and the renaming is atomic.
    temporary=$(mktemp "$directory/.oc-etcd.XXXXXXXX") || fail_for_now "$directory cannot be written to"
    trap 'rm -f "$temporary"' EXIT
    { printf '%s' "$wanted" >"$temporary" && chmod 0644 "$temporary" && mv -f "$temporary" "$drop_in"; } ||
        fail_for_now "$drop_in cannot be written"
    trap - EXIT
    # The type that the files beside it have, systemd_unit_file_t.
    if command -v restorecon >/dev/null; then restorecon -R "$directory" || :; fi
}

# Sets roles to the items of one flag that are of a role, in the command that systemd has loaded, each behind a comma.
loaded_roles() {
    local flag=$1 text previous='' values=() rest item
    for text in "${loaded[@]}"; do
        text=${text#[\"\']} text=${text%[\"\']}
        if [[ $previous == "$flag" ]]; then values+=("$text"); fi
        if [[ $text == "$flag="* ]]; then values+=("${text#*=}"); fi
        previous=$text
    done
    ((${#values[@]} == 1)) || fail "systemd has loaded ${#values[@]} $flag flags for $unit, not 1"
    rest=${values[0]},
    roles=''
    while [[ $rest ]]; do
        item=${rest%%,*} rest=${rest#*,}
        [[ $item != *"$domain"* ]] || roles+=,$item
    done
}

# Asks systemd which role it will run the kubelet with, and whether every variable in the command is in uses.
verify_loaded() {
    local text rest roles
    local one_line='^[^{]*\{ path=[^{}]* ; argv\[\]=(.*) ; (ignore_errors|flags)='
    text=$(show ExecStart)
    [[ $text != *$'\n'* && $text =~ $one_line ]] ||
        fail "systemd has not loaded one command for $unit"
    read -r -a loaded <<<"${BASH_REMATCH[1]}"
    for text in "${loaded[@]}"; do
        [[ $text == *-node-labels* || ${text//_/-} != *-node-labels* ]] ||
            fail "systemd has loaded --node-labels with underscores for $unit"
        [[ $text == *-register-with-taints* || ${text//_/-} != *-register-with-taints* ]] ||
            fail "systemd has loaded --register-with-taints with underscores for $unit"
        rest=$text
        while [[ $rest =~ $any_variable ]]; do
            [[ " ${uses[*]#*=} " == *" ${BASH_REMATCH[1]} "* ]] ||
                fail "systemd has loaded the variable ${BASH_REMATCH[1]}, which the command did not have before, for $unit"
            rest=${rest/"${BASH_REMATCH[0]}"/}
        done
    done
    loaded_roles --node-labels
    [[ $roles == ",$label" ]] ||
        fail "systemd has loaded another role than etcd for $unit"
    loaded_roles --register-with-taints
    [[ $roles == ",$taint" ]] ||
        fail "systemd has loaded another taint than that of etcd for $unit"
}

# Asks systemd what it will run, because another drop-in may sort after ours or stand in its place.
verify() {
    local prepare
    [[ " ${files[*]} " == *" $drop_in "* ]] || fail "systemd does not read $drop_in"
    read_commands "${files[@]}"
    [[ ${#commands[@]} -eq 1 && ${origins[0]} == "$drop_in" ]] ||
        fail "ExecStart of $unit is set after $drop_in, in ${origins[*]: -1}"
    verify_loaded
    prepare=$(show ExecStartPre)
    # The check is the last one: a command after it could change what the kubelet reads.
    [[ $prepare == *" $self check /dev/console"* && ${prepare##*"$self check /dev/console"} != *'{ path='* ]] ||
        fail "ExecStartPre of $unit is set after $drop_in"
}

reload() { systemctl daemon-reload || fail_for_now "systemctl daemon-reload failed"; }

derive_until_loaded() {
    local round
    # Files may have come and gone since systemd read them.
    [[ $(show NeedDaemonReload) != yes ]] || reload
    for round in 1 2 3; do
        derive
        if [[ -f $drop_in && $(cat "$drop_in" && printf x) == "${wanted}x" ]]; then
            verify
            return
        fi
        write_drop_in
        reload
    done
    fail_for_now "$unit changes while it is read"
}

# The value of a variable in the environment of this script, whose own variables may have the same names.
of_environment() {
    local entry
    while IFS= read -r -d '' entry; do
        if [[ $entry == "$1="* ]]; then printf '%s' "${entry#*=}"; fi
    done <"/proc/$$/environ"
}

check_variables() {
    local use name text
    for use; do
        name=${use#*=}
        text=$(of_environment "$name") || fail_for_now "the environment of $unit cannot be read"
        case ${use%%=*} in
        node-labels)
            [[ $text != *"$domain"* ]] || fail "the variable $name in --node-labels of $unit brings a role"
            ;;
        register-with-taints)
            [[ -z $text ]] || fail "the variable $name in --register-with-taints of $unit brings a taint"
            ;;
        *)
            [[ ${text//_/-} != *--node-labels* && ${text//_/-} != *--register-with-taints* ]] ||
                fail "the variable $name of $unit brings --node-labels or --register-with-taints"
            ;;
        esac
    done
}

case ${1:-} in
derive)
    status=0
    bash "$0" try "$2" || status=$?
    until ((status == 0 || status == 3)); do
        sleep 5 || :
        status=0
        bash "$0" try "$2" || status=$?
    done
    exit "$status"
    ;;
try)
    readonly drop_in=$2
    derive_until_loaded
    ;;
check)
    readonly console=$2
    uses=("${@:3}")
    check_variables "${uses[@]}"
    verify_loaded
    ;;
*)
    printf 'usage: kubelet-role derive|try DROP_IN | check CONSOLE USE=NAME...\n' >&2
    exit 2
    ;;
esac
