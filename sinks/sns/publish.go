package sns

import (
	"context"
	"encoding/xml"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/batch"
)

const (
	// callsAtOnce is how many calls are under way at once as a rule.
	callsAtOnce = 2
	// maxTogether is how many messages PublishBatch takes; together as large as one.
	maxTogether = 10
	// patience is how long a message waits for others to go with.
	patience = 20 * time.Millisecond
)

// errNoID says that an answer without a failure gave no proof of acceptance. SNS always gives it:
// this is something else, the next answer would be the same, and the message may have been taken.
var errNoID = notify.PermanentSink(errors.New("the answer has no MessageId (see that the endpoint is that of SNS)"))

// errNoWord says that the answer to a batch leaves out a message. It names others, and so is SNS's.
var errNoWord = errors.New("the answer does not name the message")

// answer is what SNS answers to a call, or to one message of several.
type answer struct {
	ID          string `xml:"Id"`
	MessageID   string `xml:"MessageId"`
	Code        string
	SenderFault bool
}

// published is the answer to Publish, and batched that to PublishBatch.
type (
	published struct {
		Result answer `xml:"PublishResult"`
	}
	batched struct {
		Failed     []answer `xml:"PublishBatchResult>Failed>member"`
		Successful []answer `xml:"PublishBatchResult>Successful>member"`
	}
)

// call makes a call, and reads the answer of success into output.
func (s *Sink) call(ctx context.Context, request *form, output any) error {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}
	answer, err := s.client.Post(ctx, "/", header, request.text)
	switch {
	case err != nil:
		return err
	case answer.Status/100 != 2:
		return fault(answer)
	case xml.Unmarshal(answer.Body, output) != nil:
		return errNoID
	}
	return nil
}

func (s *Sink) publish(ctx context.Context, messages []message) ([]batch.Outcome, error) {
	if len(messages) > 1 {
		return s.publishBatch(ctx, messages)
	}
	request := newForm("Publish", s.topic, sizeOf(messages))
	request.add("", messages[0])
	var output published
	if err := s.call(ctx, request, &output); err != nil {
		return nil, err
	}
	return []batch.Outcome{accepted(output.Result.MessageID)}, nil
}

// sizeOf returns about how many bytes a request has: text with its line breaks escaped, and names.
func sizeOf(messages []message) int {
	size := 0
	for _, m := range messages {
		size += 2*m.size() + 1_024
	}
	return size
}

func accepted(id string) batch.Outcome {
	if id == "" {
		return batch.Outcome{Err: errNoID}
	}
	return batch.Outcome{Receipt: notify.Receipt{ID: id}}
}

func (s *Sink) publishBatch(ctx context.Context, messages []message) ([]batch.Outcome, error) {
	request := newForm("PublishBatch", s.topic, sizeOf(messages))
	outcomes := make([]batch.Outcome, len(messages))
	named := map[string]*batch.Outcome{}
	for i, m := range messages {
		id := strconv.Itoa(i)
		prefix := "PublishBatchRequestEntries.member." + strconv.Itoa(i+1) + "."
		request.set(prefix, "Id", id)
		request.add(prefix, m)
		named[id], outcomes[i].Err = &outcomes[i], errNoWord
	}
	var output batched
	if err := s.call(ctx, request, &output); err != nil {
		return nil, err
	}
	if len(output.Failed)+len(output.Successful) == 0 {
		return nil, errNoID
	}
	for _, failed := range output.Failed {
		if one := named[failed.ID]; one != nil {
			one.Err = entryFault(failed.Code, failed.SenderFault)
		}
	}
	for _, success := range output.Successful {
		if one := named[success.ID]; one != nil {
			*one = accepted(success.MessageID)
		}
	}
	return outcomes, nil
}
