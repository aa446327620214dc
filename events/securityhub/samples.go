//go:build !lambda.norpc

package securityhub

import (
	"embed"

	"github.com/tocsin-sec/tocsin/events/source"
)

// templates are the samples: each file is one, called after its type.
//
//go:embed samples
var templates embed.FS

// samples returns one sample for each class of finding, and of an end.
func samples() source.Samples {
	return source.FileSamples(templates, "exposure")
}
