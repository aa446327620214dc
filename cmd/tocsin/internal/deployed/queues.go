package deployed

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/queueurl"
)

// queue is what SQS says of one.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
type queue struct {
	arn, policy, redrive string
	messages             int
}

// readQueue reads the attributes of a queue.
func readQueue(ctx context.Context, url string) (queue, error) {
	s := sqs()
	at, err := queueurl.Parse(url)
	if err != nil {
		return queue{}, err
	}
	if endpoint, isOwn, err := at.Endpoint(nil); err == nil && isOwn {
		s.Endpoint = *endpoint
	}
	var of struct{ Attributes map[string]string }
	input := map[string]any{"QueueUrl": url, "AttributeNames": []string{"All"}}
	if err := (action{s, "GetQueueAttributes", at.Region}.call(ctx, input, &of)); err != nil {
		return queue{}, err
	}
	q := queue{arn: of.Attributes["QueueArn"], policy: of.Attributes["Policy"], redrive: of.Attributes["RedrivePolicy"]}
	for _, count := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		n, _ := strconv.Atoi(of.Attributes[count])
		q.messages += n
	}
	return q, nil
}

// DeadLetters looks at the queue for what could not be sent.
func DeadLetters(ctx context.Context, url string) []notify.Check {
	const what = "dead letters"
	q, err := readQueue(ctx, url)
	switch {
	case err != nil:
		return []notify.Check{missing(what, err, "there is no such queue: what can never be sent is not kept; see DEAD_LETTER_QUEUE_URL")}
	case q.messages > 0:
		return []notify.Check{fault(what, fmt.Sprintf("findings that were sent to nobody: about %d; tocsin replay --queue-url %s --dry-run shows why, "+
			"and without --dry-run sends them", q.messages, url))}
	}
	return []notify.Check{ok(what, "the queue is there, and empty")}
}

// Queue looks at the queue that findings wait in, at the rules of the default bus that send to it, and
// at what takes findings out of it.
func Queue(ctx context.Context, url string) []notify.Check {
	q, err := readQueue(ctx, url)
	if err != nil {
		return []notify.Check{missing("queue", err, "there is no such queue: findings come to nobody")}
	}
	rules, err := rulesOf(ctx, q.arn)
	all := q.checks(len(rules) > 0, "")
	switch {
	case err != nil:
		all = append(all, notify.Check{What: "rules", State: notify.Unknown, Says: err.Error()})
	case len(rules) == 0:
		all = append(all, warning("rules", "no rule of the default bus sends to the queue; that is right only where findings come by another bus or a topic"))
	}
	all = append(all, checkRules(ctx, rules, []string{q.arn})...)
	return append(all, mappingsOf(ctx, q.arn)...)
}

// checks says what a queue of findings is like, to which rules send or not. deadLetters is the ARN of the
// queue that is to take what is tried too often, where that is known.
func (q queue) checks(hasRules bool, deadLetters string) []notify.Check {
	const what, redrive = "queue", "redrive"
	all := []notify.Check{ok(what, fmt.Sprintf("it is there; findings that wait: about %d", q.messages))}
	if hasRules && !strings.Contains(q.policy, "events.amazonaws.com") {
		all[0] = fault(what, "its policy does not let EventBridge send (sqs:SendMessage to events.amazonaws.com), so that the findings of rules do not arrive")
	}
	var policy struct {
		Target string `json:"deadLetterTargetArn"`
	}
	switch {
	case json.Unmarshal([]byte(q.redrive), &policy) != nil || policy.Target == "":
		return append(all, fault(redrive, "it has no redrive policy: a finding that cannot be sent is lost when SQS deletes it; set one with the dead-letter queue"))
	case deadLetters != "" && policy.Target != deadLetters:
		return append(all, warning(redrive, "what is tried too often goes to another queue than the stack's own: "+policy.Target))
	}
	return append(all, ok(redrive, "what is tried too often goes to the dead-letter queue"))
}
