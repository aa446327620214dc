//go:build !lambda.norpc

package cloudwatch

import (
	"embed"

	"github.com/tocsin-sec/tocsin/events/source"
)

// sampleFiles are events as templates. That of the state OK is the end of the one in ALARM.
//
//go:embed samples/*.tmpl
var sampleFiles embed.FS

func samples() source.Samples {
	return source.FileSamples(sampleFiles, "ALARM", "OK")
}
