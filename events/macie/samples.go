//go:build !lambda.norpc

package macie

import (
	"embed"

	"github.com/tocsin-sec/tocsin/events/source"
)

// sampleFiles are events of the project's own. Addresses and names in them are from the ranges that
// are kept free for documentation.
//
//go:embed samples/*.tmpl
var sampleFiles embed.FS

// samples makes sample events: of sensitive data, of a policy that was changed, and of an ending.
func samples() source.Samples {
	return source.FileSamples(sampleFiles, "credentials")
}
