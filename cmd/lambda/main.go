// Command lambda is the bootstrap of the Tocsin Lambda function.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/tocsin-sec/tocsin/pkg/app"
)

func main() {
	handler, err := app.Load(context.Background(), app.Options{Log: os.Stdout})
	if err != nil {
		for _, mistake := range app.Mistakes(err) {
			fmt.Fprintln(os.Stderr, "tocsin: configuration:", mistake)
		}
		os.Exit(1)
	}
	lambda.Start(handler)
}
