// Command lambda is the bootstrap of the Tocsin Lambda function.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

func main() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(processors(os.Getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), runtime.GOMAXPROCS(0)))
	}
	ctx := awscall.WithSettings(context.Background(), new(awscall.Settings))
	handler, err := app.LoadReloading(ctx, app.Options{Settings: config.Environment(), Log: os.Stdout})
	if err != nil {
		for _, mistake := range app.Mistakes(err) {
			fmt.Fprintln(os.Stderr, "tocsin: configuration:", mistake)
		}
		os.Exit(1)
	}
	lambda.StartWithOptions(handler, lambda.WithContext(ctx))
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
