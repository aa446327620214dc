// Command lambda is the bootstrap of the Tocsin Lambda function.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/report"
)

func main() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(processors(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), runtime.GOMAXPROCS(0)))
	}
	if limit := memoryLimit(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")); limit > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
	ctx := awscall.WithSettings(context.Background(), new(awscall.Settings))
	handler, err := app.LoadReloading(ctx, app.Options{Settings: config.Environment(), Log: os.Stdout})
	if err != nil {
		for _, mistake := range app.Mistakes(err) {
			fmt.Fprintln(os.Stderr, "tocsin: configuration:", mistake)
		}
		os.Exit(1)
	}
	lambda.StartWithOptions(named{handler}, lambda.WithContext(ctx))
}

// named is a handler that is told which invocation it serves.
type named struct{ next lambda.Handler }

// Invoke implements lambda.Handler.
func (n named) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	return n.next.Invoke(report.WithInvocation(ctx, invocationOf(ctx)), payload)
}

// traceKey is that of the tracing header in a context of Lambda's, as AWS's own SDK for X-Ray reads it:
// https://github.com/aws/aws-xray-sdk-go
const traceKey = "x-amzn-trace-id"

func invocationOf(ctx context.Context) (in report.Invocation) {
	if of, ok := lambdacontext.FromContext(ctx); ok {
		in.Request = of.AwsRequestID
	}
	header, _ := ctx.Value(traceKey).(string)
	in.Trace = report.TraceID(header)
	return in
}

// perProcessor is the memory in MB that has the time of one processor.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
const perProcessor = 1769

// processors returns how many processors are worth using, of those that are seen: as many as Lambda
// gives the time of to a function with this memory, in MB. Lambda shows two to the smallest
// function, but the time of both counts, and what threads cost each other is a third of what a lone
// finding takes.
func processors(memory string, seen int) int {
	megabytes, err := strconv.Atoi(memory)
	if err != nil || megabytes <= 0 {
		return seen
	}
	return min(seen, (megabytes+perProcessor-1)/perProcessor)
}

// memoryLimit returns the bytes beyond which the garbage collector works harder, for a function with this memory, in MB; 0 where that is
// not known. Without it Go lets the heap grow to twice what is in use, and Lambda ends a function that needs more than it has: a large
// digest would be read again and again, and never sent. A fifth is left for what Go does not count.
// https://go.dev/doc/gc-guide#Memory_limit
func memoryLimit(memory string) int64 {
	megabytes, err := strconv.ParseInt(memory, 10, 32)
	if err != nil || megabytes <= 0 {
		return 0
	}
	return megabytes << 20 / 5 * 4
}
