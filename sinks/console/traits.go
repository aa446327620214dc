package console

import "github.com/tocsin-sec/tocsin/sinks/traits"

// Traits returns what the sink says of itself.
func Traits() traits.Traits { return traits.Traits{Concurrency: 1} }
