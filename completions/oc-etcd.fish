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

complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -s V -l version -d 'Print version'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "init" -d 'Create or refresh the etcd machine config pool'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "diff" -d 'Show the changes that init would make, without secrets'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "add-machine" -d 'Create an etcd machine in each zone'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "remove-machine" -d 'Delete etcd machines'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "teardown" -d 'Delete all objects that init and add-machine created'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "add-disk" -d 'Give the etcd on the masters a disk of its own'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "remove-disk" -d 'Remove the disk that add-disk gave to the etcd on the masters'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "status" -d 'Show the state of the etcd pool and machines'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "check" -d 'Check cluster readiness and your permissions'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "perf" -d 'Measure the performance and the load of etcd'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "completion" -d 'Print a shell completion script'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "options" -d 'List the global options'
complete -c oc-etcd -n "__fish_oc_etcd_needs_command" -f -a "version" -d 'Show the versions of oc-etcd, the API server and OpenShift'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l layout -d 'Source of the pool\'s base configuration [default: auto]' -r -f -a "auto\t'The layout of the existing pool, or inherit for a new pool'
documented\t'An isolated pool with copies of the masters\' MachineConfigs; up to 4.17'
inherit\t'A pool that extends the workers\' MachineConfigs and copies nothing'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l first-boot -d 'Whether to remove the first-boot units from the copies [default: auto]' -r -f -a "auto\t'Remove the units if the boot image needs no update'
remove\t'Always remove the units, as the documented procedure does'
keep\t'Keep the units'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l disk-device -d 'Device path of the etcd disk; `probe` detects the disk [default: probe]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l plan -d 'Apply a plan saved with -o json or -o yaml, if the cluster is unchanged since; - for stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l ignore-checks -d 'Downgrade blockers of these checks to warnings; comma-separated IDs' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l field-manager -d 'Name of the field manager' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l validate -d 'How the server validates unknown fields [default: strict]' -r -f -a "strict\t'Reject the request'
warn\t'Return a warning'
ignore\t'Drop unknown fields silently'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l no-required-for-upgrade -d 'Do not let cluster upgrades wait for the etcd pool'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l adopt -d 'Take ownership of existing objects whose content already matches'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l force-conflicts -d 'Overwrite fields that another field manager has changed'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s y -l yes -d 'Skip the confirmation prompt'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l show-sensitive -d 'Print manifests including secrets; requires --dry-run=client and -o yaml or json'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l layout -d 'Source of the pool\'s base configuration [default: auto]' -r -f -a "auto\t'The layout of the existing pool, or inherit for a new pool'
documented\t'An isolated pool with copies of the masters\' MachineConfigs; up to 4.17'
inherit\t'A pool that extends the workers\' MachineConfigs and copies nothing'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l first-boot -d 'Whether to remove the first-boot units from the copies [default: auto]' -r -f -a "auto\t'Remove the units if the boot image needs no update'
remove\t'Always remove the units, as the documented procedure does'
keep\t'Keep the units'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l disk-device -d 'Device path of the etcd disk; `probe` detects the disk [default: probe]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l ignore-checks -d 'Downgrade blockers of these checks to warnings; comma-separated IDs' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l field-manager -d 'Name of the field manager' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l no-required-for-upgrade -d 'Do not let cluster upgrades wait for the etcd pool'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l adopt -d 'Take ownership of existing objects whose content already matches'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l force-conflicts -d 'Overwrite fields that another field manager has changed'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l show-sensitive -d 'Show all file contents, including possible secrets'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l zone -d 'Availability zone; can be repeated or comma-separated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l name -d 'Machine name [default: <cluster>-etcd-<n> with the lowest free n]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l instance-type -d 'AWS instance type' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l volume-size -d 'Size of the etcd disk in GiB' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l volume-type -d 'EBS volume type of the etcd disk' -r -f -a "gp3\t''
gp2\t''
io1\t''
io2\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l iops -d 'Provisioned IOPS of the etcd disk' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l throughput -d 'Throughput of the etcd disk in MiB/s; OpenShift 4.21 or later' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l kms-key -d 'ARN or ID of the KMS key of the etcd disk [default: key of the root volume]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l device-name -d 'Device name for attaching the etcd disk in EC2' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l subnet -d 'Subnet ID [default: the subnet that the cluster uses in the zone]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l placement-group -d 'Placement group of the machine [default: none]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l placement-group-partition -d 'Partition of the placement group, from 1 to 7' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l capacity-reservation -d 'Capacity reservation ID for the machine [default: none]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l tenancy -d 'Instance tenancy [default: tenancy of the masters]' -r -f -a "default\t''
dedicated\t''
host\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l confidential-compute -d 'Memory encryption [default: as masters of the same instance type]' -r -f -a "disabled\t''
sev-snp\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l ignore-checks -d 'Downgrade blockers of these checks to warnings; comma-separated IDs' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l field-manager -d 'Name of the field manager' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l validate -d 'How the server validates unknown fields [default: strict]' -r -f -a "strict\t'Reject the request'
warn\t'Return a warning'
ignore\t'Drop unknown fields silently'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l another -d 'Create a machine even if the zone already has an etcd machine'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s y -l yes -d 'Skip the confirmation prompt'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l show-sensitive -d 'Print manifests including secrets; requires --dry-run=client and -o yaml or json'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-machine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l confirm -d 'Delete this machine although oc-etcd did not create it; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l ignore-not-found -d 'Treat a missing machine as a successful delete'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s y -l yes -d 'Skip the confirmation prompt'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-machine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s y -l yes -d 'Skip the confirmation prompt'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand teardown" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l volume-size -d 'Size of the volume in GiB [default: 64]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l volume-type -d 'EBS volume type [default: gp3]' -r -f -a "gp3\t''
gp2\t''
io1\t''
io2\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l iops -d 'Provisioned IOPS of the volume' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l throughput -d 'Throughput of the volume in MiB/s; OpenShift 4.21 or later' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l kms-key -d 'ARN or ID of the KMS key of the volume [default: key of the root volume]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l device-name -d 'Device name for attaching the volume in EC2 [default: /dev/xvdb]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l disk-device -d 'Device path of the volume on the machine; `probe` detects the volume [default: probe]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l stable -d 'Time for which etcd must be stable after the last replacement' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l field-manager -d 'Name of the field manager' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -s y -l yes -d 'Skip the confirmation prompt'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l accept-template-changes -d 'Also apply other changes that the template already contains'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand add-disk" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l stable -d 'Time for which etcd must be stable after the last replacement' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -s y -l yes -d 'Skip the confirmation prompt'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l accept-template-changes -d 'Also apply other changes that the template already contains'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand remove-disk" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l wait-for -d 'Wait until the state is healthy, initialized, rendered or machines=N' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l stable -d 'Time for which the state of --wait-for must last without interruption' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l timeout -d 'Time to watch or wait; 0 means no limit [default: 30m for --wait-for]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s w -l watch -d 'Watch for changes; -o json prints one line per change'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l ignore-checks -d 'Ignore findings of these checks; comma-separated IDs' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l for -d 'Length of the measurement [default: 30s]; with --from: time between the files' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l interval -d 'Interval of additional readings [default: none]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l from -d 'Read two saved metrics files instead of a cluster; gzip is supported' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l prometheus -d 'URL of the Prometheus with the metrics of the members; `none` disables it' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l save -d 'Save the measurement to a new file' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l compare -d 'Compare the measurement with a saved measurement' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s w -l watch -d 'Measure repeatedly; -o json prints one line per measurement'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l all -d 'Measure every API server at its own address'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand perf" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand options" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l context -d 'The name of the kubeconfig context to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l user -d 'The name of the kubeconfig user to use' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l token -d 'Bearer token for authentication to the API server' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l as -d 'Username to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l client -d 'Show the version of oc-etcd only'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l no-headers -d 'Print tables without headers'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l disable-compression -d 'Do not request compressed responses'
complete -c oc-etcd -n "__fish_oc_etcd_using_subcommand version" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
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

complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -s V -l version -d 'Print version'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "init" -d 'Create or refresh the etcd machine config pool'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "diff" -d 'Show the changes that init would make, without secrets'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "add-machine" -d 'Create an etcd machine in each zone'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "remove-machine" -d 'Delete etcd machines'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "teardown" -d 'Delete all objects that init and add-machine created'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "add-disk" -d 'Give the etcd on the masters a disk of its own'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "remove-disk" -d 'Remove the disk that add-disk gave to the etcd on the masters'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "status" -d 'Show the state of the etcd pool and machines'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "check" -d 'Check cluster readiness and your permissions'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "perf" -d 'Measure the performance and the load of etcd'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "completion" -d 'Print a shell completion script'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "options" -d 'List the global options'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_needs_command" -f -a "version" -d 'Show the versions of oc-etcd, the API server and OpenShift'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l layout -d 'Source of the pool\'s base configuration [default: auto]' -r -f -a "auto\t'The layout of the existing pool, or inherit for a new pool'
documented\t'An isolated pool with copies of the masters\' MachineConfigs; up to 4.17'
inherit\t'A pool that extends the workers\' MachineConfigs and copies nothing'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l first-boot -d 'Whether to remove the first-boot units from the copies [default: auto]' -r -f -a "auto\t'Remove the units if the boot image needs no update'
remove\t'Always remove the units, as the documented procedure does'
keep\t'Keep the units'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l disk-device -d 'Device path of the etcd disk; `probe` detects the disk [default: probe]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l plan -d 'Apply a plan saved with -o json or -o yaml, if the cluster is unchanged since; - for stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l ignore-checks -d 'Downgrade blockers of these checks to warnings; comma-separated IDs' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l field-manager -d 'Name of the field manager' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l validate -d 'How the server validates unknown fields [default: strict]' -r -f -a "strict\t'Reject the request'
warn\t'Return a warning'
ignore\t'Drop unknown fields silently'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l no-required-for-upgrade -d 'Do not let cluster upgrades wait for the etcd pool'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l adopt -d 'Take ownership of existing objects whose content already matches'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l force-conflicts -d 'Overwrite fields that another field manager has changed'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s y -l yes -d 'Skip the confirmation prompt'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l show-sensitive -d 'Print manifests including secrets; requires --dry-run=client and -o yaml or json'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l layout -d 'Source of the pool\'s base configuration [default: auto]' -r -f -a "auto\t'The layout of the existing pool, or inherit for a new pool'
documented\t'An isolated pool with copies of the masters\' MachineConfigs; up to 4.17'
inherit\t'A pool that extends the workers\' MachineConfigs and copies nothing'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l first-boot -d 'Whether to remove the first-boot units from the copies [default: auto]' -r -f -a "auto\t'Remove the units if the boot image needs no update'
remove\t'Always remove the units, as the documented procedure does'
keep\t'Keep the units'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l disk-device -d 'Device path of the etcd disk; `probe` detects the disk [default: probe]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l ignore-checks -d 'Downgrade blockers of these checks to warnings; comma-separated IDs' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l field-manager -d 'Name of the field manager' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l no-required-for-upgrade -d 'Do not let cluster upgrades wait for the etcd pool'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l adopt -d 'Take ownership of existing objects whose content already matches'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l force-conflicts -d 'Overwrite fields that another field manager has changed'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l show-sensitive -d 'Show all file contents, including possible secrets'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l zone -d 'Availability zone; can be repeated or comma-separated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l name -d 'Machine name [default: <cluster>-etcd-<n> with the lowest free n]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l instance-type -d 'AWS instance type' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l volume-size -d 'Size of the etcd disk in GiB' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l volume-type -d 'EBS volume type of the etcd disk' -r -f -a "gp3\t''
gp2\t''
io1\t''
io2\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l iops -d 'Provisioned IOPS of the etcd disk' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l throughput -d 'Throughput of the etcd disk in MiB/s; OpenShift 4.21 or later' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l kms-key -d 'ARN or ID of the KMS key of the etcd disk [default: key of the root volume]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l device-name -d 'Device name for attaching the etcd disk in EC2' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l subnet -d 'Subnet ID [default: the subnet that the cluster uses in the zone]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l placement-group -d 'Placement group of the machine [default: none]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l placement-group-partition -d 'Partition of the placement group, from 1 to 7' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l capacity-reservation -d 'Capacity reservation ID for the machine [default: none]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l tenancy -d 'Instance tenancy [default: tenancy of the masters]' -r -f -a "default\t''
dedicated\t''
host\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l confidential-compute -d 'Memory encryption [default: as masters of the same instance type]' -r -f -a "disabled\t''
sev-snp\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l ignore-checks -d 'Downgrade blockers of these checks to warnings; comma-separated IDs' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l field-manager -d 'Name of the field manager' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l validate -d 'How the server validates unknown fields [default: strict]' -r -f -a "strict\t'Reject the request'
warn\t'Return a warning'
ignore\t'Drop unknown fields silently'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l another -d 'Create a machine even if the zone already has an etcd machine'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s y -l yes -d 'Skip the confirmation prompt'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l show-sensitive -d 'Print manifests including secrets; requires --dry-run=client and -o yaml or json'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-machine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l confirm -d 'Delete this machine although oc-etcd did not create it; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l ignore-not-found -d 'Treat a missing machine as a successful delete'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s y -l yes -d 'Skip the confirmation prompt'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-machine" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s y -l yes -d 'Skip the confirmation prompt'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand teardown" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l volume-size -d 'Size of the volume in GiB [default: 64]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l volume-type -d 'EBS volume type [default: gp3]' -r -f -a "gp3\t''
gp2\t''
io1\t''
io2\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l iops -d 'Provisioned IOPS of the volume' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l throughput -d 'Throughput of the volume in MiB/s; OpenShift 4.21 or later' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l kms-key -d 'ARN or ID of the KMS key of the volume [default: key of the root volume]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l device-name -d 'Device name for attaching the volume in EC2 [default: /dev/xvdb]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l disk-device -d 'Device path of the volume on the machine; `probe` detects the volume [default: probe]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l stable -d 'Time for which etcd must be stable after the last replacement' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l field-manager -d 'Name of the field manager' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -s y -l yes -d 'Skip the confirmation prompt'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l accept-template-changes -d 'Also apply other changes that the template already contains'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand add-disk" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l dry-run -d 'client: print the plan only. server: submit the requests without persisting them' -r -f -a "none\t'Apply the changes'
client\t'Print the plan only'
server\t'Submit the requests without persisting them'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l wait -d 'Wait for completion; --wait=false returns immediately' -r -f -a "true\t''
false\t''"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l stable -d 'Time for which etcd must be stable after the last replacement' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l timeout -d 'Time to wait before giving up; 0 waits without limit' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -s y -l yes -d 'Skip the confirmation prompt'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l accept-template-changes -d 'Also apply other changes that the template already contains'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand remove-disk" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l wait-for -d 'Wait until the state is healthy, initialized, rendered or machines=N' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l stable -d 'Time for which the state of --wait-for must last without interruption' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l timeout -d 'Time to watch or wait; 0 means no limit [default: 30m for --wait-for]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s w -l watch -d 'Watch for changes; -o json prints one line per change'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l ignore-checks -d 'Ignore findings of these checks; comma-separated IDs' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l from -d 'Read a must-gather or the output of `oc get -o yaml` instead of a cluster; - for stdin' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l for -d 'Length of the measurement [default: 30s]; with --from: time between the files' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l interval -d 'Interval of additional readings [default: none]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l from -d 'Read two saved metrics files instead of a cluster; gzip is supported' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l prometheus -d 'URL of the Prometheus with the metrics of the members; `none` disables it' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l save -d 'Save the measurement to a new file' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l compare -d 'Compare the measurement with a saved measurement' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s w -l watch -d 'Measure repeatedly; -o json prints one line per measurement'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l all -d 'Measure every API server at its own address'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand perf" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand completion" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand options" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -s o -l output -d 'Output format: wide, json, yaml, name, jsonpath=…, …' -r -f -a "wide\t'Table with more columns'
json\t'A JSON document'
yaml\t'A YAML document'
name\t'One KIND/NAME per line'
jsonpath=\t'Result of a kubectl JSONPath template'
jsonpath-as-json=\t'Result of a kubectl JSONPath template, as JSON'
jsonpath-file=\t'Result of a kubectl JSONPath template in a file'
custom-columns=\t'NAME:.path,NAME:.path'
custom-columns-file=\t'File with one line of headers and one line of paths'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l progress -d 'Progress output on stderr; json prints one event per line' -r -f -a "auto\t'Live lines on a terminal, otherwise one line per change'
plain\t'One line per change'
json\t'One JSON event per line, including warnings and errors'
none\t'No progress; warnings and errors only'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l color -d 'When to use colors' -r -f -a "auto\t'On a terminal if `NO_COLOR` is not set'
always\t'Always'
never\t'Never'"
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l kubeconfig -d 'Path to the kubeconfig file to use' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l context -d 'The name of the kubeconfig context to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l cluster -d 'The name of the kubeconfig cluster to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l user -d 'The name of the kubeconfig user to use' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -s n -l namespace -d 'Accepted for compatibility and ignored: Machines are in openshift-machine-api' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -s s -l server -d 'The address and port of the Kubernetes API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l token -d 'Bearer token for authentication to the API server' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l as -d 'Username to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l as-group -d 'Group to impersonate for the operation; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l as-uid -d 'UID to impersonate for the operation' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l as-user-extra -d 'Extra field of the impersonated user; can be repeated' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l certificate-authority -d 'Path to a certificate file for the certificate authority' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l client-certificate -d 'Path to a client certificate file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l client-key -d 'Path to a client key file for TLS' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l tls-server-name -d 'Server name for the validation of the server\'s certificate' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l request-timeout -d 'Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l cache-dir -d 'Accepted for compatibility and ignored: nothing is cached' -r -F
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -s v -l v -l loglevel -d 'Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl commands. Credentials are masked; bodies are never logged' -r
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l client -d 'Show the version of oc-etcd only'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l no-headers -d 'Print tables without headers'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l insecure-skip-tls-verify -d 'Skip validation of the server\'s certificate; makes the connection insecure'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l disable-compression -d 'Do not request compressed responses'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -l warnings-as-errors -d 'Exit with 1 if the server returns a warning'
complete -c kubectl-etcd -n "__fish_kubectl_etcd_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
