// Command ignition-merge folds Ignition configs into one, the way OpenShift's
// Machine Config Operator folds the MachineConfigs of a pool into the rendered
// one: with Ignition's own parser, translation and merge. The tests use it as
// the reference for what a pool's nodes will receive.
//
// It reads a JSON array of configs from stdin, in the order of the operator
// (sorting them is the caller's part), and writes the merged config to stdout.
// An entry that is null or {}, a MachineConfig without spec.config, is skipped.
//
// It never prints what a config contains, for configs carry secrets: an error
// names the entry's position in the array and the place inside it.
//
// It is a program of its own because the operator's function,
// MergeMachineConfigs, cannot be had as a module.
package main

import (
	stdjson "encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	// The operator's encoder: unlike the standard one it leaves out empty
	// structs, so a field newer than the config's version does not show up.
	"github.com/clarketm/json"
	v3_2 "github.com/coreos/ignition/v2/config/v3_2/types"
	v3_4 "github.com/coreos/ignition/v2/config/v3_4/types"
	"github.com/coreos/ignition/v2/config/v3_5"
	"github.com/coreos/ignition/v2/config/v3_5/types"
	"github.com/coreos/vcontext/report"
)

func main() {
	version := flag.String("version", "3.5.0",
		"the `spec version` of the output: the operator of OpenShift 4.12 writes 3.2.0, that of 4.16 3.4.0, that of 4.20 3.5.0")
	flag.Parse()

	if err := run(os.Stdin, os.Stdout, *version); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

// run reads the configs, merges them and writes the result.
func run(in io.Reader, out io.Writer, version string) error {
	var raws []stdjson.RawMessage
	if err := stdjson.NewDecoder(in).Decode(&raws); err != nil {
		return errors.New("stdin is not a JSON array of Ignition configs")
	}
	merged, err := merge(raws)
	if err != nil {
		return err
	}
	merged.Ignition.Version = version

	doc, err := json.Marshal(merged)
	if err != nil {
		return errors.New("the merged config cannot be encoded")
	}
	if err := fits(doc, version); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n", doc)
	return err
}

// merge folds the configs from first to last; a later one wins.
func merge(raws []stdjson.RawMessage) (types.Config, error) {
	merged := types.Config{Ignition: types.Ignition{Version: types.MaxVersion.String()}}
	first := true
	for i, raw := range raws {
		var fields map[string]stdjson.RawMessage
		if err := stdjson.Unmarshal(raw, &fields); err != nil {
			return types.Config{}, fmt.Errorf("config %d: not a JSON object", i)
		}
		if len(fields) == 0 {
			continue
		}
		config, rpt, err := v3_5.ParseCompatibleVersion(raw)
		if err != nil {
			return types.Config{}, fmt.Errorf("config %d: %w%s", i, err, places(rpt))
		}
		if first {
			merged, first = config, false
		} else {
			merged = v3_5.Merge(merged, config)
		}
	}

	// As the operator does: it overwrites every file anyhow, while Ignition
	// refuses to unless told so.
	overwrite := true
	for i := range merged.Storage.Files {
		if merged.Storage.Files[i].Overwrite == nil {
			merged.Storage.Files[i].Overwrite = &overwrite
		}
	}
	return merged, nil
}

// places tells where the fatal findings of a report lie. Their messages are
// left out, since those of the JSON parser quote the config.
func places(rpt report.Report) string {
	var at []string
	for _, entry := range rpt.Entries {
		if entry.Kind.IsFatal() && entry.Context.Len() > 0 {
			at = append(at, entry.Context.String())
		}
	}
	if len(at) == 0 {
		return ""
	}
	return " at " + strings.Join(at, ", ")
}

// fits checks that the spec version knows every field the config uses. If so,
// writing that version into the config is the whole translation: from 3.2 to
// 3.5 the spec only ever gained fields.
func fits(doc []byte, version string) error {
	var config any
	switch version {
	case "3.2.0":
		config = &v3_2.Config{}
	case "3.4.0":
		config = &v3_4.Config{}
	case "3.5.0":
		config = &types.Config{}
	default:
		return errors.New("-version must be 3.2.0, 3.4.0 or 3.5.0")
	}
	decoder := stdjson.NewDecoder(strings.NewReader(string(doc)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(config); err != nil {
		return fmt.Errorf("the merged config uses fields that spec version %s does not have", version)
	}
	return nil
}
