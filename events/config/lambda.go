//go:build lambda.norpc

package config

import "github.com/tocsin-sec/tocsin/events/source"

// samples returns none: the Lambda, which is built with this tag, makes no samples.
func samples() source.Samples { return source.Samples{} }

// rules returns none: the Lambda makes no rules either.
func rules() source.Rules { return source.Rules{} }
