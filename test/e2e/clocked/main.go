// Command clocked is the bootstrap, cmd/lambda, with a clock that a test moves: what is kept is as old by it
// as the first line of the file TOCSIN_TEST_CLOCK says, in seconds since 1970. Deadlines and signatures go
// by the real one.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

func main() {
	ctx := awscall.WithSettings(context.Background(), new(awscall.Settings))
	handler, err := app.LoadReloading(ctx, app.Options{Settings: config.Environment(), Log: os.Stdout, Now: now})
	if err != nil {
		for _, mistake := range app.Mistakes(err) {
			fmt.Fprintln(os.Stderr, "tocsin: configuration:", mistake)
		}
		os.Exit(1)
	}
	lambda.StartWithOptions(handler, lambda.WithContext(ctx))
}

func now() time.Time {
	text, err := os.ReadFile(os.Getenv("TOCSIN_TEST_CLOCK")) //nolint:gosec // a test says which
	seconds, numberErr := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || numberErr != nil {
		panic("the clock cannot be read")
	}
	return time.Unix(seconds, 0)
}
