//go:build lambda.norpc

package accessanalyzer

import "github.com/tocsin-sec/tocsin/events/source"

// samples returns none: the Lambda, which is built with this tag, makes no samples.
func samples() source.Samples { return source.Samples{} }
