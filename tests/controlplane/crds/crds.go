// Package crds holds no code: it names the directories of openshift/api whose
// CRDs the tests' control plane serves. The imports keep the requirement in
// go.mod, and ../build asks `go list` where they lie on disk.
package crds

import (
	_ "github.com/openshift/api/config/v1/zz_generated.crd-manifests"
	_ "github.com/openshift/api/machine/v1/zz_generated.crd-manifests"
	_ "github.com/openshift/api/machine/v1beta1/zz_generated.crd-manifests"
	_ "github.com/openshift/api/machineconfiguration/v1/zz_generated.crd-manifests"
	_ "github.com/openshift/api/operator/v1/zz_generated.crd-manifests"
)
