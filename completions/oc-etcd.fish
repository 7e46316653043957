# Completes direct calls of oc-etcd and kubectl-etcd: asks the program, as oc and kubectl do.
function __oc_etcd_complete
    set -l words (commandline -opc | string replace -r '^~/' "$HOME/")
    set -l typed (commandline -ct | string replace -r '^~/' "$HOME/")
    set -l program $words[1]
    set -e words[1]
    set -l answer ($program __complete $words "$typed" 2>/dev/null)
    set -q answer[1]
    or return
    set -l directive $answer[-1]
    set -e answer[-1]
    # The value of a flag is completed together with the flag.
    set -l flag (string match -r -- '^-[^=]*=' "$typed")
    set -l value (string replace -- "$flag" '' "$typed")
    switch $directive
        case ':0'
            set answer (__fish_complete_path "$value")
        case ':16'
            set answer (__fish_complete_directories "$value")
    end
    for line in $answer
        printf '%s%s\n' "$flag" $line
    end
end

for program in oc-etcd kubectl-etcd
    complete -c $program -f -a '(__oc_etcd_complete)'
end
