package tocsin_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cdk/tocsin"
	"github.com/tocsin-sec/tocsin/formatter"
	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
	"github.com/tocsin-sec/tocsin/sinks"
	"github.com/tocsin-sec/tocsin/sinks/traits"
)

// toy is a type of sink that nobody has but these tests: it needs a secret and a queue.
type toy struct {
	Token    secret.Ref
	QueueARN string `split_words:"true"`
}

func newToy(_ context.Context, _ string, c toy, _ formatter.Style) (notify.Notifier, error) {
	if !c.Token.IsSet() {
		return nil, errors.New("TOKEN: is not set")
	}
	if !strings.HasPrefix(c.QueueARN, "arn:") {
		return nil, errors.New("QUEUE_ARN: is not an ARN")
	}
	return nil, nil
}

const queueArn = "arn:aws:sqs:eu-west-1:111122223333:toys"

// withToy adds the type to those of Tocsin.
func withToy(p *tocsin.Props) {
	p.SinkTypes = append(sinks.Table(), sinks.Of("toy", traits.Traits{
		Concurrency:  1,
		Needs:        [][]string{{"TOKEN", "QUEUE_ARN"}},
		Placeholders: map[string]string{"TOKEN": "placeholder", "QUEUE_ARN": queueArn},
		Grants:       []traits.Grant{{Name: "PlayWithToys", Actions: []string{"sqs:SendMessage"}, Setting: "QUEUE_ARN"}},
	}, newToy))
	p.Sinks = "sns,toy,other=toy"
	p.Env = map[string]string{
		"TOY_TOKEN": secretArn, "TOY_QUEUE_ARN": queueArn, "OTHER_TOKEN": secretArn, "OTHER_QUEUE_ARN": queueArn + "2", "OTHER_MIN_SEVERITY": "low",
	}
}

// A type of sink gets the rights that it says it needs, and its secrets are kept out of the
// template.
func TestAnotherTypeOfSink(t *testing.T) {
	role := only(t, document(t, synth(t, props(withToy))), "AWS::IAM::Role")
	statements := map[string]object{}
	for _, policy := range role["Policies"].(list) {
		for _, statement := range policy.(object)["PolicyDocument"].(object)["Statement"].(list) {
			statements[statement.(object)["Sid"].(string)] = statement.(object)
		}
	}
	toys := statements["PlayWithToys"]
	if toys == nil || toys["Action"] != "sqs:SendMessage" || !slices.Equal(toys["Resource"].(list), list{queueArn, queueArn + "2"}) {
		t.Errorf("the right to the toys is %v", toys)
	}
	if reads := statements["ReadSecrets"]; reads == nil || reads["Resource"] != secretArn {
		t.Errorf("the right to secrets is %v", reads)
	}
	if statements["PublishAlerts"] == nil {
		t.Error("the right to the topic of the SNS sink is gone")
	}
	_, err := tocsin.NewTocsin(newStack(t), "Tocsin", props(withToy, func(p *tocsin.Props) {
		p.Env["TOY_TOKEN"], p.Env["OTHER_QUEUE_ARN"] = plainToken, "x"
	}))
	checkLines(t, err, []string{"env.TOY_TOKEN: holds the secret itself", "env.OTHER_QUEUE_ARN: is not an ARN"})
}

// A type without a secret of its own is one that nobody has given any: that is a mistake in the
// hub, and none in a member, which sends to nobody and has the thresholds alone.
func TestAnotherTypeOfSinkInAMember(t *testing.T) {
	hub := props(withToy)
	member := hub.ForMember(hubBusArn)
	if _, err := tocsin.NewTocsinMember(newStack(t), "Tocsin", member); err != nil {
		t.Fatal(err)
	}
	pattern := func(p *tocsin.Props) any {
		return only(t, document(t, synth(t, p)), "AWS::Events::Rule")["EventPattern"]
	}
	if ofHub, ofMember := pattern(hub), pattern(member); ofHub == nil || !reflect.DeepEqual(ofHub, ofMember) {
		t.Errorf("the hub's rule has %v, and the member's %v", ofHub, ofMember)
	}
	member.Env["OTHER_MIN_SEVERITY"] = "loud"
	_, err := tocsin.NewTocsinMember(newStack(t), "Tocsin", member)
	checkLines(t, err, []string{"env.OTHER_MIN_SEVERITY: not a severity"})
	delete(hub.Env, "TOY_TOKEN")
	_, err = tocsin.NewTocsin(newStack(t), "Tocsin", hub)
	checkLines(t, err, []string{"env.TOY_TOKEN: is not set"})
}
