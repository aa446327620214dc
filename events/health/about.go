package health

import (
	"net/url"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// about returns what is known of an event beside it.
func about(f *finding.Finding) finding.About {
	return finding.About{Headlines: headlines(f.Type), Links: links(f)}
}

// longestCode bounds the codes that there can be words for.
const longestCode = 100

// headlines returns the keys under which words for a code can stand: the code, then its last words
// from long to short, with the service that stands in front, as in AWS_EC2_OPERATIONAL_ISSUE.
func headlines(code string) []finding.Headline {
	if len(code) > longestCode || !strings.HasPrefix(code, "AWS_") {
		return nil
	}
	const prefix = "health." // as source.Source.WordPrefix says
	all := []finding.Headline{{Key: prefix + code}}
	service, rest, _ := strings.Cut(strings.TrimPrefix(code, "AWS_"), "_")
	with := prefix + "service." + service
	for rest != "" {
		all = append(all, finding.Headline{Key: prefix + "end." + rest, With: with})
		_, rest, _ = strings.Cut(rest, "_")
	}
	return append(all, finding.Headline{Key: prefix + "begin." + service})
}

// links returns an event in the log of its account's Health dashboard, whose host is one for all
// regions of a partition.
func links(f *finding.Finding) finding.Links {
	var home string
	switch f.Partition {
	case "aws":
		home = "https://health.aws.amazon.com/health/home#/account/"
	case "aws-cn":
		home = "https://health.amazonaws.cn/health/home#/account/"
	case "aws-us-gov":
		home = "https://phd.amazonaws-us-gov.com/phd/home#/account/"
	default:
		return finding.Links{}
	}
	list := home + "event-log"
	if !strings.HasPrefix(f.ID, "arn:") {
		return finding.Links{Finding: list, Findings: list}
	}
	return finding.Links{Finding: list + "?eventID=" + url.QueryEscape(f.ID), Findings: list}
}
