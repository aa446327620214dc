package sns_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awssns "github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/tocsin-sec/tocsin/sinks/sns"
	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

// recorder answers each call with nothing, and keeps what it asked.
type recorder struct {
	path, contentType, form string
	// again is the form as it is sent when a connection turns out to be closed.
	again  string
	length int64
}

func (r *recorder) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if request.GetBody != nil {
		if again, err := request.GetBody(); err == nil {
			text, _ := io.ReadAll(again)
			r.again = string(text)
		}
	}
	r.path, r.contentType, r.form, r.length = request.URL.Path, request.Header.Get("Content-Type"), string(body), request.ContentLength
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(snstest.Batch("", "")))}, err
}

// sent gives what a PublishBatch sends.
func sent(t *testing.T, input *awssns.PublishBatchInput, options ...func(*awssns.Options)) recorder {
	t.Helper()
	var asked recorder
	known := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "A", SecretAccessKey: "x"}, nil
	})
	client := awssns.New(awssns.Options{Region: "eu-west-1", HTTPClient: &asked, Credentials: known})
	if _, err := client.PublishBatch(t.Context(), input, options...); err != nil {
		t.Fatal(err)
	}
	return asked
}

// FuzzForm holds the form of a PublishBatch against the one that the SDK writes.
func FuzzForm(f *testing.F) {
	f.Add("[HIGH] GuardDuty: a+b & c", "text = 100%\nline; \u00e9 \U0001f600 \xff", "severity", "8.0", "group", true)
	f.Add("", "", "", "", "", false)
	f.Fuzz(func(t *testing.T, subject, text, name, value, group string, isFIFO bool) {
		one := types.PublishBatchRequestEntry{Id: aws.String("0"), Subject: &subject, Message: &text}
		two := types.PublishBatchRequestEntry{Id: aws.String("1"), Message: &value, MessageAttributes: map[string]types.MessageAttributeValue{
			name:     {DataType: aws.String("String"), StringValue: &value},
			"level":  {DataType: aws.String("String"), StringValue: &text},
			"region": {DataType: aws.String("Number"), StringValue: aws.String("")},
		}}
		if isFIFO {
			one.MessageGroupId, one.MessageDeduplicationId = &group, &name
		}
		input := &awssns.PublishBatchInput{TopicArn: aws.String(topic), PublishBatchRequestEntries: []types.PublishBatchRequestEntry{one, two}}
		got, want := sent(t, input, sns.WithForm), sent(t, input)
		gotForm, err := url.ParseQuery(got.form)
		if err != nil {
			t.Fatal(err)
		}
		wantForm, err := url.ParseQuery(want.form)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(gotForm, wantForm) {
			t.Errorf("got  %s\nwant %s", got.form, want.form)
		}
		if got.again != got.form {
			t.Errorf("got  %s\nonce more %s", got.form, got.again)
		}
		if got.path != want.path || got.contentType != want.contentType || got.length != int64(len(got.form)) {
			t.Errorf("got %s, %s, %d bytes, want %s, %s, %d", got.path, got.contentType, got.length, want.path, want.contentType, len(got.form))
		}
	})
}
