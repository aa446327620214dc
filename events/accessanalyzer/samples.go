//go:build !lambda.norpc

package accessanalyzer

import (
	"embed"

	"github.com/tocsin-sec/tocsin/events/source"
)

// sampleFiles are events of the project's own.
//
//go:embed samples/*.tmpl
var sampleFiles embed.FS

// samples makes sample events: of each sort of access, of an error, and of an ending.
func samples() source.Samples {
	return source.FileSamples(sampleFiles, "public")
}
