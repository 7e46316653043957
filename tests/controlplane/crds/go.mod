// The openshift/api module, for the CRDs it carries as YAML. It stands apart
// from ../tools because it asks for newer Kubernetes libraries than the
// Kubernetes built there compiles with.
module oc-etcd/tests/controlplane/crds

go 1.24.0

require github.com/openshift/api v0.0.0-20251015095338-264e80a2b6e7
