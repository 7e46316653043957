// The kubelet of the boot lab, of the same version as the API server of ../../controlplane. There is
// nothing to import here: ../build reads this file.
module oc-etcd/tests/bootlab/kubelet

go 1.24.0

tool k8s.io/kubernetes/cmd/kubelet
