// Package queueurl reads the URL of an SQS queue: of which region, account and name it is, and where
// SQS is asked for it.
//
// https://docs.aws.amazon.com/general/latest/gr/sqs-service.html
package queueurl

import (
	"errors"
	"net/url"
	"regexp"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/remote"
)

// Place is where a queue is, as its URL says.
type Place struct {
	url *url.URL
	// Region is empty when the host does not name one.
	Region string
	// IsAWS is set for the hosts whose name today the SDK knows by the region.
	IsAWS bool
}

// regionInHost finds the region in the name of a host: of SQS itself, its FIPS and dual-stack
// endpoints, those of a VPC, and, of old, REGION.queue.amazonaws.com.
const regionInHost = `(?:^|\.)sqs(?:-fips)?\.` + region + `\.|^` + region + `\.queue\.`

const region = `([a-z]+(?:-[a-z]+)+-[0-9]+)`

// Parse reads the URL of a queue. The error shows no part of it.
func Parse(text string) (Place, error) {
	u, ok := webURL(text)
	if !ok || u.User != nil || strings.Trim(u.Path, "/") == "" {
		return Place{}, errors.New("is not the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/dead-letters")
	}
	host := strings.ToLower(u.Host)
	if host == "queue.amazonaws.com" {
		return Place{u, "us-east-1", true}, nil
	}
	p := Place{url: u}
	if found := regexp.MustCompile(regionInHost).FindStringSubmatch(host); found != nil {
		p.Region = found[1] + found[2]
	}
	for _, partition := range finding.Partitions() {
		suffix := "." + partition.DNSSuffix
		p.IsAWS = p.IsAWS || host == "sqs."+p.Region+suffix || host == p.Region+".queue"+suffix
	}
	return p, nil
}

// webURL reads a URL of https or http, which names a host.
func webURL(text string) (*url.URL, bool) {
	u, err := url.Parse(text)
	return u, err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != ""
}

// Queue returns the account and the name of the queue, which are the two parts of the URL's path. It
// reports whether the path has just these.
func (p Place) Queue() (account, name string, ok bool) {
	account, name, ok = strings.Cut(strings.Trim(p.url.Path, "/"), "/")
	return account, name, ok && account != "" && name != "" && !strings.Contains(name, "/") && p.url.RawQuery == "" && p.url.Fragment == ""
}

// IsPlain reports whether the URL asks for plain http at another machine.
func (p Place) IsPlain() bool {
	return p.url.Scheme == "http" && !remote.IsThisMachine(p.url.Hostname())
}

// Endpoint returns where SQS is to be asked; given is the endpoint that the environment has set, or
// nil, and stays. It is nil where the SDK knows the place by the region, and made of the URL itself
// where fromURL says so.
func (p Place) Endpoint(given *string) (endpoint *string, fromURL bool, err error) {
	if given != nil {
		if _, isEndpoint := webURL(*given); !isEndpoint {
			return nil, false, errors.New("AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL is not the URL of an endpoint, such as http://127.0.0.1:4566")
		}
		return given, false, nil
	}
	switch {
	case p.IsAWS:
		return nil, false, nil
	case p.IsPlain():
		return nil, false, errors.New("its URL must begin with https:// (plain http:// is for this machine itself only); " +
			"for another endpoint use AWS_ENDPOINT_URL_SQS")
	}
	own := p.url.Scheme + "://" + p.url.Host
	return &own, true, nil
}
