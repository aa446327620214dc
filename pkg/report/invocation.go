package report

import (
	"context"
	"strings"
)

// Invocation says which invocation of Lambda a payload came in.
type Invocation struct {
	// Request is the id of the request; Lambda's own lines have it too.
	Request string
	// Trace is the id of the trace of X-Ray, see TraceID.
	Trace string
}

type invocationKey struct{}

// WithInvocation returns a context in which the lines of the log say which invocation they are of.
func WithInvocation(ctx context.Context, in Invocation) context.Context {
	return context.WithValue(ctx, invocationKey{}, in)
}

// InvocationOf returns the invocation of a context; zero where there is none.
func InvocationOf(ctx context.Context) Invocation {
	in, _ := ctx.Value(invocationKey{}).(Invocation)
	return in
}

// TraceID returns the id of the trace that a tracing header names: "1-5759e988-bd862e3fe1be46a994272793" of
// "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1". It is empty where there is
// none. https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
func TraceID(header string) string {
	for part := range strings.SplitSeq(header, ";") {
		if id, ok := strings.CutPrefix(strings.TrimSpace(part), "Root="); ok {
			return id
		}
	}
	return ""
}
