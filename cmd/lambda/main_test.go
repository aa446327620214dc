package main

import (
	"context"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/tocsin-sec/tocsin/pkg/report"
)

// handler is a handler that sees which invocation it serves.
type handler func(context.Context)

func (h handler) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	h(ctx)
	return payload, nil
}

func TestNamed(t *testing.T) {
	inLambda := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "r1"})
	traced := context.WithValue(inLambda, traceKey, "Root=1-2-3;Parent=4;Sampled=0") //nolint:revive,staticcheck // the runtime's own key
	for name, test := range map[string]struct {
		ctx  context.Context //nolint:containedctx // of a test
		want report.Invocation
	}{
		"traced": {traced, report.Invocation{Request: "r1", Trace: "1-2-3"}}, "not traced": {inLambda, report.Invocation{Request: "r1"}},
		"elsewhere": {t.Context(), report.Invocation{}},
	} {
		var got report.Invocation
		answer, err := named{handler(func(ctx context.Context) { got = report.InvocationOf(ctx) })}.Invoke(test.ctx, []byte("x"))
		if got != test.want || string(answer) != "x" || err != nil {
			t.Errorf("%s: got %+v, %s, %v", name, got, answer, err)
		}
	}
}

func TestProcessors(t *testing.T) {
	for _, test := range []struct {
		memory     string
		seen, want int
	}{
		{"", 2, 2}, {"much", 2, 2}, {"0", 2, 2}, {"-1", 2, 2},
		{"128", 2, 1}, {"256", 2, 1}, {"1769", 2, 1}, {"1770", 2, 2}, {"3538", 2, 2}, {"10240", 6, 6}, {"10240", 2, 2},
	} {
		if got := processors(test.memory, test.seen); got != test.want {
			t.Errorf("%s MB and %d processors: got %d, want %d", test.memory, test.seen, got, test.want)
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	for memory, want := range map[string]int64{
		"": 0, "much": 0, "0": 0, "-1": 0, "128": 107374180, "256": 214748364, "10240": 8589934592,
	} {
		if got := memoryLimit(memory); got != want {
			t.Errorf("%q: got %d, want %d", memory, got, want)
		}
	}
}
