//go:build !lambda.norpc

package securityhubcspm

import (
	"embed"

	"github.com/tocsin-sec/tocsin/events/source"
)

// templates are the samples: each file is one, called after its type.
//
//go:embed samples
var templates embed.FS

// samples returns one sample for each form in which findings come.
func samples() source.Samples {
	return source.FileSamples(templates, "control-failed")
}
