//go:build !lambda.norpc

package config

import (
	"embed"

	"github.com/tocsin-sec/tocsin/events/source"
)

// sampleFiles are the events of the samples.
//
//go:embed samples/*.json.tmpl
var sampleFiles embed.FS

func samples() source.Samples {
	return source.FileSamples(sampleFiles, "ComplianceChange.NON_COMPLIANT")
}
