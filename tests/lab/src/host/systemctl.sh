#!/bin/bash
# A stand-in for systemctl and for what systemd knows of kubelet.service, for the tests. HOST is the root of the
# machine. What was loaded is what the files said at the last daemon-reload, as with systemd.
#
#   show --property=NAME --value kubelet.service    as systemctl does
#   daemon-reload                                   as systemctl does, and counted in loaded/reloads
#   words | settings                                the loaded command, a word a line; all of [Service]
set -eu
loaded=$HOST/loaded

fragment() {
    local directory
    for directory in etc run usr/lib; do
        [ ! -e "$HOST/$directory/systemd/system/kubelet.service" ] ||
            { echo "$HOST/$directory/systemd/system/kubelet.service"; return; }
    done
}

# Drop-ins by name; of one name, that of /etc counts before /run before /usr/lib, and that of the unit before
# that of its type.
drop_ins() {
    local unit directory file
    for unit in kubelet.service service; do
        for directory in etc run usr/lib; do
            for file in "$HOST/$directory/systemd/system/$unit.d"/*.conf; do
                [ ! -e "$file" ] || printf '%s %s\n' "${file##*/}" "$file"
            done
        done
    done | LC_ALL=C sort -s -k1,1 | awk '!seen[$1]++ { print $2 }'
}

# The assignments of [Service], each on a line: what a backslash continues is joined, comments are left out.
assignments() {
    awk '
        FNR == 1 { flush(); section = "" }
        /^[ \t]*[#;]/ { next }
        {
            line = $0
            sub(/^[ \t]+/, "", line)
            whole = whole line
            rest = whole
            count = 0
            while (rest ~ /\\$/) { count++; sub(/\\$/, "", rest) }
            if (count % 2) { sub(/\\$/, " ", whole); next }
            flush()
        }
        END { flush() }
        function flush() {
            gsub(/^[ \t]+|[ \t]+$/, "", whole)
            if (whole ~ /^\[.*\]$/) section = whole
            else if (whole != "" && section == "[Service]") {
                sub(/[ \t]*=[ \t]*/, "=", whole)
                print whole
            }
            whole = ""
        }
    ' "$@"
}

# Of a list, what follows its last empty value.
effective() {
    awk -v key="$1=" '
        index($0, key) == 1 { value = substr($0, length(key) + 1); if (value == "") n = 0; else kept[++n] = value }
        END { for (i = 1; i <= n; i++) print kept[i] }
    ' "$loaded/settings"
}

# A command split into words, quotes taken away.
words() {
    awk '{
        quote = ""; word = ""; begun = 0
        for (i = 1; i <= length($0); i++) {
            c = substr($0, i, 1)
            if (quote != "") { if (c == quote) quote = ""; else word = word c }
            else if (c == "\"" || c == "\047") { quote = c; begun = 1 }
            else if (c == " " || c == "\t") { if (begun) print word; word = ""; begun = 0 }
            else { word = word c; begun = 1 }
        }
        if (begun) print word
    }'
}

commands() {
    effective "$1" | while IFS= read -r command; do
        arguments=$(printf '%s\n' "$command" | words | tr '\n' ' ')
        printf '{ path=%s ; argv[]=%s ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }\n' \
            "${arguments%% *}" "${arguments% }"
    done
}

files() { fragment; drop_ins; }

# What changes when a file of the unit does.
signature() { files | while IFS= read -r file; do cksum "$file"; done; }

reload() {
    local files
    mkdir -p "$loaded"
    files=$(files)
    fragment >"$loaded/fragment"
    drop_ins >"$loaded/drop_ins"
    signature >"$loaded/signature"
    if [ -n "$files" ]; then
        # shellcheck disable=SC2086 # no name on such a machine holds a blank
        assignments $files >"$loaded/settings"
    else
        : >"$loaded/settings"
    fi
}

[ -d "$loaded" ] || reload
case $1 in
daemon-reload)
    echo reload >>"$HOST/reloads"
    reload
    ;;
words) effective ExecStart | words ;;
settings) cat "$loaded/settings" ;;
show)
    [ "$3 $4" = '--value kubelet.service' ] || exit 4
    case ${2#--property=} in
    LoadState)
        if [ ! -s "$loaded/fragment" ]; then echo not-found
        elif [ "$(readlink -f "$(cat "$loaded/fragment")")" = /dev/null ]; then echo masked
        else echo loaded
        fi
        ;;
    FragmentPath) cat "$loaded/fragment" ;;
    DropInPaths) tr '\n' ' ' <"$loaded/drop_ins" | sed 's/ $//' ;;
    NeedDaemonReload) if [ "$(signature)" = "$(cat "$loaded/signature")" ]; then echo no; else echo yes; fi ;;
    ExecStart | ExecStartPre) commands "${2#--property=}" ;;
    *) exit 4 ;;
    esac
    ;;
*) exit 4 ;;
esac
