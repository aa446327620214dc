//go:build !lambda.norpc

package cloudtrail

import (
	"embed"

	"github.com/tocsin-sec/tocsin/events/source"
)

// sampleFiles are the events of the samples, each under the sort of event that it is.
//
//go:embed samples/*.json.tmpl
var sampleFiles embed.FS

func samples() source.Samples {
	return source.FileSamples(sampleFiles, rootSignInNoMFA)
}
