// Package traits is what a type of sink says of itself, for those who read the table of sinks: how
// much it takes, what it needs, and what a deployment has to grant or make for it.
package traits

import "github.com/tocsin-sec/tocsin/formatter"

// Readable is how many messages a minute somebody reads one by one.
const Readable = 10

// Traits are what a type of sink says of itself. Settings are named without a prefix.
type Traits struct {
	// Concurrency is how many messages may be under way at once to one instance.
	Concurrency int
	// Rate is how many messages a second one instance takes; 0 means no limit.
	Rate float64
	// DigestAfter is how many messages a minute are sent one by one; 0 means no digests.
	DigestAfter int
	// Needs are the settings that an instance cannot be without: all those of one of the
	// alternatives, of which the first is preferred. Its first setting says which is meant.
	Needs [][]string
	// Placeholders are texts of settings that lead nowhere and are accepted, for whoever shows
	// messages and sends none, or has to judge an instance whose settings are elsewhere. There is
	// one for each setting of the first alternative.
	Placeholders map[string]string
	// Mentions is how the channel calls people; its zero value is one that calls nobody.
	Mentions Mentions
	// Mixed are the settings in which references to secrets may stand amid other text. Each function
	// returns the references in a value, by what isReference says of a word; its error says which part
	// holds a secret itself.
	Mixed map[string]func(value string, isReference func(word string) bool) ([]string, error)
	// Grants are the rights that the function needs for an instance.
	Grants []Grant
	// Makes are the resources that a deployment makes for instances that have none of their own.
	Makes []Resource
	// Pressed is the setting by which the messages of an instance have buttons that people press. That it
	// is set is what counts here: its value is read by the function that answers them. It is empty for a
	// type whose messages have none.
	Pressed string
	// Elsewhere are the settings that another function reads. The one that sends has no right to a secret
	// that they refer to, and never reads it.
	Elsewhere []string
	// Answers are the settings that the function that answers the buttons needs of an instance, Pressed among
	// them. It is given no others.
	Answers []string
	// TakesActions says that an instance that was told of a finding is told, too, what somebody did about
	// it: as notify.KindAction.
	TakesActions bool
}

// Mentions is how a channel calls people by name. Everybody who is there is called by @everyone,
// @channel and @here in all channels that have one of them.
type Mentions struct {
	// Parse reads one mention as the channel writes it, and reports whether it is one.
	Parse func(mention string) (formatter.Mention, bool)
	// Forms are examples of what Parse takes: "<@U012AB3CD>, <!subteam^S012AB3CD>".
	Forms string
	// Everybody says that the channel has a way to call all who are there.
	Everybody bool
}

// Grant is a right of the function to a resource.
type Grant struct {
	// Name says in one word what the right is for, such as PublishAlerts.
	Name string
	// Actions are those of IAM, such as sns:Publish.
	Actions []string
	// Setting holds the ARN of the resource, or what Resources makes ARNs of.
	Setting string
	// Resources returns the ARNs of the resources of one instance, where they are not the setting
	// itself. get returns the value of a setting of the instance, without a prefix, or "".
	Resources func(get func(setting string) string, at Home) []string
}

// Home is where the function runs. A deployment knows the values only later: what stands in their
// place may be put into an ARN, and is not to be looked into.
type Home struct{ Partition, Region, Account string }

// Resource is what a deployment can make in place of a setting that is not given.
type Resource struct {
	Kind ResourceKind
	// Setting refers to the resource.
	Setting string
}

// ResourceKind is a kind of resource that a deployment can make.
type ResourceKind string

// The kinds of resource.
const (
	// Topic is the SNS topic that alerts are published to, referred to by its ARN.
	Topic ResourceKind = "topic"
	// WebhookSecret is a secret for the URL of a webhook, which is filled by hand; with several
	// instances it has one JSON key for each.
	WebhookSecret ResourceKind = "webhook secret"
)
