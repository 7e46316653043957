# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_oc_etcd_global_optspecs
    string join \n o/output= no-headers progress= color= kubeconfig= context= cluster= user= n/namespace= s/server= token= as= as-group= as-uid= as-user-extra= certificate-authority= client-certificate= client-key= insecure-skip-tls-verify tls-server-name= request-timeout= disable-compression cache-dir= warnings-as-errors v/v= h/help V/version
end

function __fish_oc_etcd_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_oc_etcd_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_oc_etcd_using_subcommand
    set -l cmd (__fish_oc_etcd_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s V -l version -d 'Print version'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "init" -d 'Create the etcd machine pool, or refresh it after an upgrade'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "diff" -d 'Show what init would change, as a unified diff without secrets'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "add-machine" -d 'Create an etcd machine in each of the zones'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "remove-machine" -d 'Delete etcd machines, and wait until they are gone'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "teardown" -d 'Remove what init and add-machine made'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "status" -d 'Show what exists, whether it is healthy, and what to do next'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "check" -d 'Ask whether the cluster is ready, and whether you may'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "perf" -d 'Measure how fast etcd is, and what causes its load'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "completion" -d 'Print a script that completes what is typed'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "options" -d 'List the options that every command takes'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "version" -d 'Show the versions of this program and of the cluster'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l layout -d 'How the pool gets its base configuration [default: auto]' -r -f -a "auto\t'What the cluster has, else inherit'
documented\t'A pool of its own with copies of the masters\' MachineConfigs, up to 4.17'
inherit\t'A pool on top of the workers\' MachineConfigs that copies nothing'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l first-boot -d 'What to do with the units of the first boot [default: auto]' -r -f -a "auto\t'Remove them only where the boot image needs no update'
remove\t'Remove them, as the documented procedure does'
keep\t'Keep them'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l disk-device -d 'Look at this device file alone; `probe` looks at all [default: probe]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l plan -d 'Carry out the plan that -o json or yaml saved, if the cluster is as it was; - is stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l from -d 'Read files, not a cluster: a must-gather, or what `oc get -o yaml` wrote; - is stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l dry-run -d 'client: show the plan and stop. server: send it, and have nothing stored' -r -f -a "none\t'It is no dry run'
client\t'Show the plan and stop'
server\t'Send it, and have nothing stored'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l wait -d 'Wait until it is done; --wait=false returns at once' -r -f -a "true\t''
false\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l ignore-checks -d 'Turn blockers of these checks into warnings; comma-separated ids' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l field-manager -d 'The name under which fields are owned' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l validate -d 'What the server does about unknown fields in what is written [default: strict]' -r -f -a "strict\t'Refuse them'
warn\t'Warn of them'
ignore\t'Say nothing'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l timeout -d 'How long to wait; 0 waits for ever' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l no-required-for-upgrade -d 'Do not make upgrades of the cluster wait for the pool'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l adopt -d 'Take over objects that are as wanted and that somebody else made'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l force-conflicts -d 'Overwrite fields that somebody else changed'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s y -l yes -d 'Do not ask before writing'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l show-sensitive -d 'Print manifests with their secrets, with -o yaml or json and --dry-run=client'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l layout -d 'How the pool gets its base configuration [default: auto]' -r -f -a "auto\t'What the cluster has, else inherit'
documented\t'A pool of its own with copies of the masters\' MachineConfigs, up to 4.17'
inherit\t'A pool on top of the workers\' MachineConfigs that copies nothing'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l first-boot -d 'What to do with the units of the first boot [default: auto]' -r -f -a "auto\t'Remove them only where the boot image needs no update'
remove\t'Remove them, as the documented procedure does'
keep\t'Keep them'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l disk-device -d 'Look at this device file alone; `probe` looks at all [default: probe]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l ignore-checks -d 'Turn blockers of these checks into warnings; comma-separated ids' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l field-manager -d 'The name under which fields are owned' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l from -d 'Read files, not a cluster: a must-gather, or what `oc get -o yaml` wrote; - is stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l no-required-for-upgrade -d 'Do not make upgrades of the cluster wait for the pool'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l adopt -d 'Take over objects that are as wanted and that somebody else made'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l force-conflicts -d 'Overwrite fields that somebody else changed'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l show-sensitive -d 'Show all texts, those that may be secrets too'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l zone -d 'The zone; can be repeated or comma-separated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l name -d 'The Machine\'s name [default: <cluster>-etcd-<n>, the lowest free n]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l instance-type -d 'The AWS instance type' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l volume-size -d 'The etcd disk\'s size in GiB' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l volume-type -d 'The etcd disk\'s EBS volume type' -r -f -a "gp3\t''
gp2\t''
io1\t''
io2\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l iops -d 'The etcd disk\'s I/O operations a second' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l throughput -d 'The etcd disk\'s throughput in MiB a second; from 4.21 on' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l kms-key -d 'ARN or id of the key that encrypts the etcd disk [default: the root\'s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l device-name -d 'The name under which EC2 attaches the etcd disk' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l subnet -d 'The subnet\'s id, instead of the one that the cluster uses in the zone' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l placement-group -d 'A placement group for the machine [default: none]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l placement-group-partition -d 'The partition in the placement group, from 1 to 7' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l capacity-reservation -d 'A capacity reservation for the machine [default: none]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l tenancy -d 'Shared, dedicated or host hardware [default: as the masters]' -r -f -a "default\t''
dedicated\t''
host\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l confidential-compute -d 'Encryption of the memory [default: as masters of the same type]' -r -f -a "disabled\t''
sev-snp\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l dry-run -d 'client: show the plan and stop. server: send it, and have nothing stored' -r -f -a "none\t'It is no dry run'
client\t'Show the plan and stop'
server\t'Send it, and have nothing stored'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l wait -d 'Wait until it is done; --wait=false returns at once' -r -f -a "true\t''
false\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l ignore-checks -d 'Turn blockers of these checks into warnings; comma-separated ids' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l field-manager -d 'The name under which fields are owned' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l validate -d 'What the server does about unknown fields in what is written [default: strict]' -r -f -a "strict\t'Refuse them'
warn\t'Warn of them'
ignore\t'Say nothing'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l timeout -d 'How long to wait; 0 waits for ever' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l another -d 'Make one more, even where there is one'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s y -l yes -d 'Do not ask before writing'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l show-sensitive -d 'Print manifests with their secrets, with -o yaml or json and --dry-run=client'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l confirm -d 'Remove this machine although oc-etcd did not make it; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l dry-run -d 'client: show the plan and stop. server: send it, and have nothing stored' -r -f -a "none\t'It is no dry run'
client\t'Show the plan and stop'
server\t'Send it, and have nothing stored'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l wait -d 'Wait until it is done; --wait=false returns at once' -r -f -a "true\t''
false\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l timeout -d 'How long to wait; 0 waits for ever' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l ignore-not-found -d 'A machine that is not there is no error'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s y -l yes -d 'Do not ask before writing'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l dry-run -d 'client: show the plan and stop. server: send it, and have nothing stored' -r -f -a "none\t'It is no dry run'
client\t'Show the plan and stop'
server\t'Send it, and have nothing stored'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l wait -d 'Wait until it is done; --wait=false returns at once' -r -f -a "true\t''
false\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l timeout -d 'How long to wait; 0 waits for ever' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s y -l yes -d 'Do not ask before writing'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l wait-for -d 'Wait until it is healthy, initialized, rendered or machines=N' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l stable -d 'With --wait-for: for how long it has to be so without interruption' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l timeout -d 'How long to watch or wait; 0 for ever [default: 30m for --wait-for]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l from -d 'Read files, not a cluster: a must-gather, or what `oc get -o yaml` wrote; - is stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s w -l watch -d 'Show it again whenever it changes; -o json writes a line each time'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l ignore-checks -d 'Do not count what these checks find; comma-separated ids' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l from -d 'Read files, not a cluster: a must-gather, or what `oc get -o yaml` wrote; - is stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l for -d 'How long to measure [default: 30s]; with --from: how far the files are apart' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l interval -d 'How often to read meanwhile [default: at the end alone]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l from -d 'Read two saved scrapes, not a cluster; they may be packed by gzip' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l prometheus -d 'Ask this Prometheus for the members\' view; none asks none' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l save -d 'Save the measurement into a new file' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l compare -d 'Show the measurement beside one that was saved' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s w -l watch -d 'Measure again and again; -o json writes a line each time'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l all -d 'Ask every API server by its own address'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l client -d 'Of this program only'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l no-headers -d 'Print tables without the names of their columns'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kubectl_etcd_global_optspecs
    string join \n o/output= no-headers progress= color= kubeconfig= context= cluster= user= n/namespace= s/server= token= as= as-group= as-uid= as-user-extra= certificate-authority= client-certificate= client-key= insecure-skip-tls-verify tls-server-name= request-timeout= disable-compression cache-dir= warnings-as-errors v/v= h/help V/version
end

function __fish_kubectl_etcd_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kubectl_etcd_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kubectl_etcd_using_subcommand
    set -l cmd (__fish_kubectl_etcd_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s V -l version -d 'Print version'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "init" -d 'Create the etcd machine pool, or refresh it after an upgrade'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "diff" -d 'Show what init would change, as a unified diff without secrets'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "add-machine" -d 'Create an etcd machine in each of the zones'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "remove-machine" -d 'Delete etcd machines, and wait until they are gone'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "teardown" -d 'Remove what init and add-machine made'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "status" -d 'Show what exists, whether it is healthy, and what to do next'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "check" -d 'Ask whether the cluster is ready, and whether you may'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "perf" -d 'Measure how fast etcd is, and what causes its load'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "completion" -d 'Print a script that completes what is typed'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "options" -d 'List the options that every command takes'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "version" -d 'Show the versions of this program and of the cluster'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l layout -d 'How the pool gets its base configuration [default: auto]' -r -f -a "auto\t'What the cluster has, else inherit'
documented\t'A pool of its own with copies of the masters\' MachineConfigs, up to 4.17'
inherit\t'A pool on top of the workers\' MachineConfigs that copies nothing'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l first-boot -d 'What to do with the units of the first boot [default: auto]' -r -f -a "auto\t'Remove them only where the boot image needs no update'
remove\t'Remove them, as the documented procedure does'
keep\t'Keep them'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l disk-device -d 'Look at this device file alone; `probe` looks at all [default: probe]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l plan -d 'Carry out the plan that -o json or yaml saved, if the cluster is as it was; - is stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l from -d 'Read files, not a cluster: a must-gather, or what `oc get -o yaml` wrote; - is stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l dry-run -d 'client: show the plan and stop. server: send it, and have nothing stored' -r -f -a "none\t'It is no dry run'
client\t'Show the plan and stop'
server\t'Send it, and have nothing stored'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l wait -d 'Wait until it is done; --wait=false returns at once' -r -f -a "true\t''
false\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l ignore-checks -d 'Turn blockers of these checks into warnings; comma-separated ids' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l field-manager -d 'The name under which fields are owned' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l validate -d 'What the server does about unknown fields in what is written [default: strict]' -r -f -a "strict\t'Refuse them'
warn\t'Warn of them'
ignore\t'Say nothing'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l timeout -d 'How long to wait; 0 waits for ever' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l no-required-for-upgrade -d 'Do not make upgrades of the cluster wait for the pool'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l adopt -d 'Take over objects that are as wanted and that somebody else made'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l force-conflicts -d 'Overwrite fields that somebody else changed'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s y -l yes -d 'Do not ask before writing'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l show-sensitive -d 'Print manifests with their secrets, with -o yaml or json and --dry-run=client'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l layout -d 'How the pool gets its base configuration [default: auto]' -r -f -a "auto\t'What the cluster has, else inherit'
documented\t'A pool of its own with copies of the masters\' MachineConfigs, up to 4.17'
inherit\t'A pool on top of the workers\' MachineConfigs that copies nothing'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l first-boot -d 'What to do with the units of the first boot [default: auto]' -r -f -a "auto\t'Remove them only where the boot image needs no update'
remove\t'Remove them, as the documented procedure does'
keep\t'Keep them'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l disk-device -d 'Look at this device file alone; `probe` looks at all [default: probe]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l ignore-checks -d 'Turn blockers of these checks into warnings; comma-separated ids' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l field-manager -d 'The name under which fields are owned' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l from -d 'Read files, not a cluster: a must-gather, or what `oc get -o yaml` wrote; - is stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l no-required-for-upgrade -d 'Do not make upgrades of the cluster wait for the pool'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l adopt -d 'Take over objects that are as wanted and that somebody else made'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l force-conflicts -d 'Overwrite fields that somebody else changed'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l show-sensitive -d 'Show all texts, those that may be secrets too'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l zone -d 'The zone; can be repeated or comma-separated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l name -d 'The Machine\'s name [default: <cluster>-etcd-<n>, the lowest free n]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l instance-type -d 'The AWS instance type' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l volume-size -d 'The etcd disk\'s size in GiB' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l volume-type -d 'The etcd disk\'s EBS volume type' -r -f -a "gp3\t''
gp2\t''
io1\t''
io2\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l iops -d 'The etcd disk\'s I/O operations a second' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l throughput -d 'The etcd disk\'s throughput in MiB a second; from 4.21 on' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l kms-key -d 'ARN or id of the key that encrypts the etcd disk [default: the root\'s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l device-name -d 'The name under which EC2 attaches the etcd disk' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l subnet -d 'The subnet\'s id, instead of the one that the cluster uses in the zone' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l placement-group -d 'A placement group for the machine [default: none]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l placement-group-partition -d 'The partition in the placement group, from 1 to 7' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l capacity-reservation -d 'A capacity reservation for the machine [default: none]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l tenancy -d 'Shared, dedicated or host hardware [default: as the masters]' -r -f -a "default\t''
dedicated\t''
host\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l confidential-compute -d 'Encryption of the memory [default: as masters of the same type]' -r -f -a "disabled\t''
sev-snp\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l dry-run -d 'client: show the plan and stop. server: send it, and have nothing stored' -r -f -a "none\t'It is no dry run'
client\t'Show the plan and stop'
server\t'Send it, and have nothing stored'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l wait -d 'Wait until it is done; --wait=false returns at once' -r -f -a "true\t''
false\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l ignore-checks -d 'Turn blockers of these checks into warnings; comma-separated ids' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l field-manager -d 'The name under which fields are owned' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l validate -d 'What the server does about unknown fields in what is written [default: strict]' -r -f -a "strict\t'Refuse them'
warn\t'Warn of them'
ignore\t'Say nothing'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l timeout -d 'How long to wait; 0 waits for ever' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l another -d 'Make one more, even where there is one'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s y -l yes -d 'Do not ask before writing'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l show-sensitive -d 'Print manifests with their secrets, with -o yaml or json and --dry-run=client'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l confirm -d 'Remove this machine although oc-etcd did not make it; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l dry-run -d 'client: show the plan and stop. server: send it, and have nothing stored' -r -f -a "none\t'It is no dry run'
client\t'Show the plan and stop'
server\t'Send it, and have nothing stored'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l wait -d 'Wait until it is done; --wait=false returns at once' -r -f -a "true\t''
false\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l timeout -d 'How long to wait; 0 waits for ever' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l ignore-not-found -d 'A machine that is not there is no error'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s y -l yes -d 'Do not ask before writing'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l dry-run -d 'client: show the plan and stop. server: send it, and have nothing stored' -r -f -a "none\t'It is no dry run'
client\t'Show the plan and stop'
server\t'Send it, and have nothing stored'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l wait -d 'Wait until it is done; --wait=false returns at once' -r -f -a "true\t''
false\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l timeout -d 'How long to wait; 0 waits for ever' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s y -l yes -d 'Do not ask before writing'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l wait-for -d 'Wait until it is healthy, initialized, rendered or machines=N' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l stable -d 'With --wait-for: for how long it has to be so without interruption' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l timeout -d 'How long to watch or wait; 0 for ever [default: 30m for --wait-for]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l from -d 'Read files, not a cluster: a must-gather, or what `oc get -o yaml` wrote; - is stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s w -l watch -d 'Show it again whenever it changes; -o json writes a line each time'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l ignore-checks -d 'Do not count what these checks find; comma-separated ids' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l from -d 'Read files, not a cluster: a must-gather, or what `oc get -o yaml` wrote; - is stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l for -d 'How long to measure [default: 30s]; with --from: how far the files are apart' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l interval -d 'How often to read meanwhile [default: at the end alone]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l from -d 'Read two saved scrapes, not a cluster; they may be packed by gzip' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l prometheus -d 'Ask this Prometheus for the members\' view; none asks none' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l save -d 'Save the measurement into a new file' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l compare -d 'Show the measurement beside one that was saved' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s w -l watch -d 'Measure again and again; -o json writes a line each time'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l all -d 'Ask every API server by its own address'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'For people, with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One kind/name a line'
jsonpath=\t'What kubectl\'s template finds in the document'
jsonpath-as-json=\t'The same as JSON arrays'
jsonpath-file=\t'The same as jsonpath, the template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'A line of names and a line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l progress -d 'How to tell on stderr what happens: json writes an event a line' -r -f -a "auto\t'Live lines on a terminal, else a line for each change'
plain\t'A line for each change'
json\t'JSON, an event a line; warnings and errors are events too'
none\t'Not at all, but for warnings and errors'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless `NO_COLOR` is set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -s n -l namespace -d 'Taken and not used: Machines are always in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated, for one key too' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l tls-server-name -d 'Server name to use for checking the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l request-timeout -d 'How long to wait for one request, e.g. 1s, 2m, 3h; 0 never times out [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l cache-dir -d 'Taken and not used: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -s v -l v -l loglevel -d 'Log to stderr: 6 requests, 7 and their headers, 8 and those of the answers, 9 as curl. Credentials are masked, and no body is shown at any level' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l client -d 'Of this program only'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l no-headers -d 'Print tables without the names of their columns'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate; this makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l disable-compression -d 'Do not ask the server to compress its answers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l warnings-as-errors -d 'Exit with 1 when the server has warned of something'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
