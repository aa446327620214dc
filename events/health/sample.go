//go:build !lambda.norpc

package health

import (
	"embed"

	"github.com/tocsin-sec/tocsin/events/source"
)

// sampleFiles are events as templates. The two of one issue are its beginning and its end.
//
//go:embed samples/*.tmpl
var sampleFiles embed.FS

func samples() source.Samples {
	return source.FileSamples(sampleFiles, "AWS_RISK_CREDENTIALS_EXPOSED", "AWS_EC2_PERSISTENT_INSTANCE_RETIREMENT_SCHEDULED")
}
