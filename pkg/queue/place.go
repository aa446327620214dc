package queue

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/tocsin-sec/tocsin/pkg/queueurl"
)

// setAt returns what makes a client ask the SQS of a place. An endpoint that the environment has set
// stays.
func setAt(p queueurl.Place) func(*sqs.Options) error {
	return func(o *sqs.Options) error {
		if p.Region != "" {
			o.Region = p.Region
		}
		if o.Region == "" {
			return errors.New("no region is set; use AWS_REGION")
		}
		endpoint, isOwn, err := p.Endpoint(o.BaseEndpoint)
		if err != nil {
			return err
		}
		o.BaseEndpoint = endpoint
		if isOwn {
			// The URL has chosen the host, and the SDK refuses to choose another kind of host beside it.
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateDisabled
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateDisabled
		}
		return nil
	}
}
