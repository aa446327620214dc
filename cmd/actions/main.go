// Command actions is the bootstrap of the function that answers the buttons of messages, behind a URL of its own.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/tocsin-sec/tocsin/cmd/actions/internal/front"
	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

func main() {
	ctx := awscall.WithSettings(context.Background(), new(awscall.Settings))
	answerer, mistakes := front.Load(ctx, front.Options{Settings: config.Environment(), Log: os.Stdout})
	if len(mistakes) > 0 {
		for _, mistake := range mistakes {
			fmt.Fprintln(os.Stderr, "tocsin: configuration:", mistake)
		}
		os.Exit(1)
	}
	lambda.StartWithOptions(named{answerer}, lambda.WithContext(ctx))
}

// named is a handler that is told which invocation it serves.
type named struct{ next *front.Front }

// Invoke implements lambda.Handler.
func (n named) Invoke(ctx context.Context, payload []byte) ([]byte, error) { //nolint:unparam // an error would make Lambda answer in our place
	if of, ok := lambdacontext.FromContext(ctx); ok {
		ctx = front.WithInvocation(ctx, of.AwsRequestID)
	}
	return n.next.Invoke(ctx, payload), nil
}
