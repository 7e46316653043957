# Completes direct calls of oc-etcd and kubectl-etcd: asks the program, as oc and kubectl do.
_oc_etcd() {
    local directive=4 glue='' line typed
    local -a words=()
    # Bash separates a word at = and : and takes the separators for words.
    for line in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        # The program gets words as a command gets them, without quotes.
        line=${line//[\"\'\\]/}
        if [[ ${#words[@]} -gt 1 && ( -n $glue || $line =~ ^[=:]+$ ) ]]; then
            words[${#words[@]}-1]+=$line
        else
            words+=("${line/#\~\//$HOME/}")
        fi
        if [[ $line =~ ^[=:]+$ ]]; then glue=yes; else glue=''; fi
    done
    # What stands before the part of the word that Bash completes.
    line=${words[${#words[@]}-1]}
    typed=${2//[\"\'\\]/}
    [[ $typed =~ ^[=:]+$ ]] && typed=''
    glue=${line%"$typed"}
    # The candidates for the value of a flag come without the flag.
    [[ $line != --*=* ]] || glue=${glue#*=}
    COMPREPLY=()
    while IFS= read -r line; do
        case $line in
            :*) directive=${line#:} ;;
            *)
                line=${line%%$'\t'*} line=${line#"$glue"}
                # Inside of quotes, Bash would expand some of the signs all the same.
                if [[ $line =~ [^A-Za-z0-9_./:=,@%+^~-] ]]; then
                    [[ ${COMP_WORDS[COMP_CWORD]} != [\"\']* ]] || continue
                    printf -v line %q "$line"
                fi
                COMPREPLY+=("$line")
                ;;
        esac
    done < <("${words[@]:0:1}" __complete "${words[@]:1}" 2>/dev/null)
    case $directive in
        0) compopt -o default 2>/dev/null ;;
        6) compopt -o nospace 2>/dev/null ;;
        16) compopt -o dirnames 2>/dev/null ;;
    esac
    return 0
}

if [[ ${BASH_VERSINFO[0]} -eq 4 && ${BASH_VERSINFO[1]} -ge 4 || ${BASH_VERSINFO[0]} -gt 4 ]]; then
    complete -F _oc_etcd -o nosort oc-etcd kubectl-etcd
else
    complete -F _oc_etcd oc-etcd kubectl-etcd
fi
