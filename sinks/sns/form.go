package sns

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// withForm has a PublishBatch written by batchForm: the SDK's own serializer takes half of what the call costs.
func withForm(o *sns.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		_, err := stack.Serialize.Swap(batchForm{}.ID(), batchForm{})
		return err
	})
}

// batchForm writes the form of a PublishBatch into its request:
// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
type batchForm struct{}

// ID is the name of the SDK's own serializer, in whose place this one stands.
func (batchForm) ID() string { return "OperationSerializer" }

// HandleSerialize writes the form, and hands the request on to be signed and sent.
func (batchForm) HandleSerialize(ctx context.Context, in middleware.SerializeInput, next middleware.SerializeHandler) (middleware.SerializeOutput, middleware.Metadata, error) {
	request, isHTTP := in.Request.(*smithyhttp.Request)
	input, isBatch := in.Parameters.(*sns.PublishBatchInput)
	if !isHTTP || !isBatch {
		return middleware.SerializeOutput{}, middleware.Metadata{}, errors.New("not a PublishBatch by HTTP")
	}
	request.Method, request.URL.Path = "POST", "/"
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	text := formOf(input)
	request, err := request.SetStream(bytes.NewReader(text))
	if err != nil {
		return middleware.SerializeOutput{}, middleware.Metadata{}, err
	}
	// Whoever sends it need not read the stream, which the SDK wraps.
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }
	in.Request = request
	return next.HandleSerialize(ctx, in)
}

func formOf(input *sns.PublishBatchInput) []byte {
	const perEntry = 1500 // bytes for attributes and names
	size := 0
	for _, entry := range input.PublishBatchRequestEntries {
		size += len(*entry.Message)*3/2 + perEntry
	}
	f := form{text: make([]byte, 0, size)}
	f.add("Action", "PublishBatch")
	f.add("Version", "2010-03-31")
	f.add("TopicArn", *input.TopicArn)
	for i, entry := range input.PublishBatchRequestEntries {
		f.prefix = "PublishBatchRequestEntries.member." + strconv.Itoa(i+1) + "."
		f.entry(entry)
	}
	return f.text
}

// form is a form as it is sent. The names of its fields begin with prefix.
type form struct {
	text   []byte
	prefix string
}

func (f *form) entry(entry types.PublishBatchRequestEntry) {
	f.optional("Id", entry.Id)
	f.optional("Subject", entry.Subject)
	f.optional("Message", entry.Message)
	f.optional("MessageGroupId", entry.MessageGroupId)
	f.optional("MessageDeduplicationId", entry.MessageDeduplicationId)
	prefix := f.prefix
	for i, name := range slices.Sorted(maps.Keys(entry.MessageAttributes)) {
		value := entry.MessageAttributes[name]
		f.prefix = prefix + "MessageAttributes.entry." + strconv.Itoa(i+1) + "."
		f.add("Name", name)
		f.optional("Value.DataType", value.DataType)
		f.optional("Value.StringValue", value.StringValue)
	}
}

func (f *form) optional(name string, value *string) {
	if value != nil {
		f.add(name, *value)
	}
}

func (f *form) add(name, value string) {
	if len(f.text) > 0 {
		f.text = append(f.text, '&')
	}
	f.text = append(f.text, f.prefix...)
	f.text = append(f.text, name...)
	f.text = append(f.text, '=')
	f.text = appendEscaped(f.text, value)
}

// appendEscaped appends a value as url.QueryEscape gives it, without a copy of its own.
func appendEscaped(text []byte, value string) []byte {
	const hex = "0123456789ABCDEF"
	from := 0
	for i := range len(value) {
		c := value[i]
		if isPlain(c) {
			continue
		}
		text = append(text, value[from:i]...)
		from = i + 1
		if c == ' ' {
			text = append(text, '+')
			continue
		}
		text = append(text, '%', hex[c>>4], hex[c&0xf])
	}
	return append(text, value[from:]...)
}

func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.' || c == '~'
}
