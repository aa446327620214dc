package ses

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// request is the body of SendEmail. There is no FromEmailAddress: SES would put it in the place of
// the mail's own From. https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
type request struct {
	Content                content
	Destination            destination
	EmailTags              []tag
	ConfigurationSetName   string `json:",omitempty"`
	ConfigurationOverrides overrides
}

type content struct{ Raw rawMail }

type rawMail struct{ Data []byte }

type destination struct{ ToAddresses []string }

type tag struct{ Name, Value string }

// overrides keep SES from putting an image into the mail and from leading its links elsewhere,
// whatever account and configuration set say.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_TrackingConfigurationOverrides.html
type overrides struct{ Tracking tracking }

type tracking struct{ ClickTrackingEnabled, OpenTrackingEnabled string }

// off is how tracking is switched off.
const off = "DISABLED"

func (s *Sink) request(n notify.Notification, m letter) request {
	r := request{
		Content: content{rawMail{m.whole}}, ConfigurationSetName: s.set, ConfigurationOverrides: overrides{tracking{off, off}},
	}
	for _, one := range s.head.to {
		r.Destination.ToAddresses = append(r.Destination.ToAddresses, one.mailbox)
	}
	add := func(name, value string) {
		if value = tagValue(value); value != "" {
			r.EmailTags = append(r.EmailTags, tag{name, value})
		}
	}
	add("kind", n.Kind.String())
	add("level", m.level)
	if len(n.Findings) == 1 {
		f := n.Findings[0]
		add("source", f.Source)
		add("type", f.Type)
		add("account", f.Account.ID)
		add("region", f.Region)
	}
	return r
}

// maxTag is the longest value of a tag.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html
const maxTag = 256

// tagValue returns a text in the characters that a tag may have; others become "_".
func tagValue(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < 0x80 && strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-", r) {
			return r
		}
		return '_'
	}, text)
	return text[:min(len(text), maxTag)]
}
