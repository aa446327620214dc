//go:build !lambda.norpc

package inspector

import (
	"embed"

	"github.com/tocsin-sec/tocsin/events/source"
)

// sampleFiles are events of the project's own. Addresses and names in them are from the ranges that
// are kept free for documentation.
//
//go:embed samples/*.tmpl
var sampleFiles embed.FS

// samples makes sample events: of each sort of finding, of an ending, and of a scan.
func samples() source.Samples {
	return source.FileSamples(sampleFiles, "package")
}
