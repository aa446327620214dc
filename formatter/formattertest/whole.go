package formattertest

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-sec/tocsin/events"
	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// hostile are texts that do harm in one channel or another, short enough to stand in every member of
// an event.
func hostile() []string {
	return []string{
		"https://evil.example/x", "evil.example", "aws.evil.example/a:b", "<!channel> <@U012AB3CD> `<https://evil.example|x>`",
		"one\r\nSubject: two\u2028\u202ethree\x1b[31m", "<script>alert(1)</script>[x](javascript:alert(1))",
		"arn:aws:iam::111122223333:role/https://evil.example", "Trojan:EC2/https://evil.example", "https://docs.aws.amazon.com@evil.example/",
	}
}

// Whole returns notifications of whole events of every source, as an attacker would write them: a
// hostile text in one member after the other, and in all of them. The events come with and without
// their envelopes, as notices, and as an InputTransformer or a source of one's own writes them.
func Whole(t testing.TB) iter.Seq2[string, notify.Notification] {
	t.Helper()
	return func(yield func(string, notify.Notification) bool) {
		whole := wholeEvents(t)
		for _, name := range slices.Sorted(maps.Keys(whole)) {
			for body := range poisoned(t, whole[name]) {
				for _, n := range notificationsOf(body) {
					if !yield(name+": "+string(body), n) {
						return
					}
				}
			}
		}
	}
}

// notificationsOf returns what is sent of the findings in a payload: the first one as it is new and as
// it is over, and all of them in a digest.
func notificationsOf(body []byte) []notify.Notification {
	delivery, err := events.Open(events.Table(), body)
	if err != nil {
		return nil
	}
	var all []notify.Notification
	for _, record := range delivery.Records {
		if record.Err != nil {
			continue
		}
		findings := events.Parse(events.Table(), record.Envelope)
		one := findings[:1]
		change := notify.Change{What: one[0].Type, From: one[0].Title, To: one[0].Resource.ID}
		all = append(all, notify.Notification{Findings: one},
			notify.Notification{Kind: notify.KindResolved, Findings: one, Changes: []notify.Change{change}},
			notify.Notification{Kind: notify.KindDigest, Findings: append(slices.Clone(findings), findings...)})
	}
	return all
}

// wholeEvents returns the samples of every source by name, and events that no source has a sample of.
func wholeEvents(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{
		"notice": `{"Type":"Notification","MessageId":"m1","TopicArn":"arn:aws:sns:eu-west-1:111122223333:t","Subject":"A backup",
			"Message":"It is done.","MessageAttributes":{"State":{"Type":"String","Value":"COMPLETED"}}}`,
		"transformed": `{"title":"x","severity":"HIGH","account":"111122223333","region":"eu-west-1","type":"t","source":"aws.x","resource":"r"}`,
		"of one's own": `{"source":"com.example","detail-type":"x","id":"e1","resources":["a"],"account":"111122223333","region":"eu-west-1",
			"detail":{"severity":"high","instanceType":"m5.large","name":"n","x-y":"z","publicAccess":"x","status":"open"}}`,
		"product": `{"source":"aws.securityhub","detail-type":"Security Hub Findings - Imported","account":"111122223333","region":"eu-west-1",
			"detail":{"findings":[{"ProductArn":"arn:aws:securityhub:eu-west-1::product/hawk/scan","ProductName":"Hawk","CompanyName":"Owl",
			"AwsAccountId":"111122223333","AwsAccountName":"prod","Id":"1","Title":"t","Types":["a/b"],"Resources":[{"Type":"AwsEc2Instance","Id":"i-1",
			"Details":{"AwsEc2Instance":{"Type":"m5.large","ImageId":"ami-1"}}}],"Remediation":{"Recommendation":{"Text":"x","Url":"https://aws.amazon.com/x"}}}]}}`,
	}
	const most = 2 // of a source, since one can have hundreds
	for _, s := range events.Table() {
		if s.Samples.Types == nil {
			continue
		}
		for i, name := range s.Samples.Types() {
			if i%max(len(s.Samples.Types())/most, 1) != 0 {
				continue
			}
			event, err := s.Samples.Event(name, source.SampleOptions{Time: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)})
			if err != nil {
				t.Fatal(err)
			}
			var e struct{ Detail json.RawMessage }
			if err := json.Unmarshal(event, &e); err != nil {
				t.Fatal(err)
			}
			all[s.ID+" "+name], all[s.ID+" "+name+" without an envelope"] = string(event), string(e.Detail)
		}
	}
	return all
}

// poisoned returns an event with a hostile text behind all of its texts, and then in one after the
// other: in its place or behind it.
func poisoned(t testing.TB, event string) iter.Seq[[]byte] {
	t.Helper()
	return func(yield func([]byte) bool) {
		var tree any
		if err := json.Unmarshal([]byte(event), &tree); err != nil {
			t.Fatal(err)
		}
		texts, attacks := 0, hostile()
		rewritten(tree, func(text string) string { texts++; return text })
		give := func(change func(at int, text string) string) bool {
			at := -1
			body, err := json.Marshal(rewritten(tree, func(text string) string { at++; return change(at, text) }))
			if err != nil {
				t.Fatal(err)
			}
			return yield(body)
		}
		for _, attack := range attacks {
			if !give(func(_ int, text string) string { return text + " " + attack }) {
				return
			}
		}
		for i := range texts {
			isOn := give(func(at int, text string) string {
				switch {
				case at != i:
					return text
				case (i+len(event))%2 == 0: // so that the members of another event have the other form
					return attacks[i%len(attacks)]
				default:
					return text + attacks[i%4]
				}
			})
			if !isOn {
				return
			}
		}
	}
}

// rewritten returns a document with other texts.
func rewritten(tree any, other func(string) string) any {
	switch node := tree.(type) {
	case string:
		return other(node)
	case map[string]any:
		all := make(map[string]any, len(node))
		for _, name := range slices.Sorted(maps.Keys(node)) {
			all[name] = rewritten(node[name], other)
		}
		return all
	case []any:
		all := make([]any, len(node))
		for i := range node {
			all[i] = rewritten(node[i], other)
		}
		return all
	}
	return tree
}
