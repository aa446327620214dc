package queue

import (
	"errors"
	"net/url"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/remote"
)

// place is where a queue is, as its URL says.
type place struct {
	url    *url.URL
	region string // empty when the host does not name one
	isAWS  bool   // set for the hosts whose name today the SDK knows by the region
}

// regionInHost finds the region in the name of a host: of SQS itself, its FIPS and dual-stack
// endpoints, those of a VPC, and, of old, REGION.queue.amazonaws.com.
const regionInHost = `(?:^|\.)sqs(?:-fips)?\.` + region + `\.|^` + region + `\.queue\.`

const region = `([a-z]+(?:-[a-z]+)+-[0-9]+)`

// placeOf reads the URL of a queue. The error shows no part of it.
// https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
func placeOf(text string) (place, error) {
	u, ok := webURL(text)
	if !ok || u.User != nil || strings.Trim(u.Path, "/") == "" {
		return place{}, errors.New("is not the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/dead-letters")
	}
	host := strings.ToLower(u.Host)
	if host == "queue.amazonaws.com" {
		return place{u, "us-east-1", true}, nil
	}
	p := place{url: u}
	if found := regexp.MustCompile(regionInHost).FindStringSubmatch(host); found != nil {
		p.region = found[1] + found[2]
	}
	for _, partition := range finding.Partitions() {
		suffix := "." + partition.DNSSuffix
		p.isAWS = p.isAWS || host == "sqs."+p.region+suffix || host == p.region+".queue"+suffix
	}
	return p, nil
}

// webURL reads a URL of https or http, which names a host.
func webURL(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	return u, err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

// set makes a client ask the SQS of this place. An endpoint that the environment has set stays.
func (p place) set(o *sqs.Options) error {
	if p.region != "" {
		o.Region = p.region
	}
	if o.Region == "" {
		return errors.New("no region is set; use AWS_REGION")
	}
	_, isEndpoint := webURL(aws.ToString(o.BaseEndpoint))
	switch {
	case o.BaseEndpoint != nil && !isEndpoint:
		return errors.New("AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL is not the URL of an endpoint, such as http://127.0.0.1:4566")
	case o.BaseEndpoint != nil, p.isAWS:
		return nil
	case p.url.Scheme == "http" && !remote.IsThisMachine(p.url.Hostname()):
		return errors.New("its URL must begin with https:// (plain http:// is for this machine itself only); " +
			"for another endpoint use AWS_ENDPOINT_URL_SQS")
	}
	o.BaseEndpoint = aws.String(p.url.Scheme + "://" + p.url.Host)
	// The URL has chosen the host, and the SDK refuses to choose another kind of host beside it.
	o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateDisabled
	o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateDisabled
	return nil
}
