package table_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/awssend/awssendtest"
	"github.com/tocsin-sec/tocsin/pkg/table"
)

// sent is a request as it arrives.
type sent struct {
	Target, Type, Encoding string
	Body                   any
}

// answering is a DynamoDB that notes requests and gives the answers in their order.
func answering(t *testing.T, answers ...string) (url string, requests *[]sent) {
	t.Helper()
	requests = new([]sent)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := awssendtest.Key{ID: "AKIAEXAMPLE", Secret: "x", Region: "eu-west-1", Service: "dynamodb"}
		if err := awssendtest.Check(r, key); err != nil {
			t.Error(err)
		}
		one := sent{Target: r.Header.Get("X-Amz-Target"), Type: r.Header.Get("Content-Type"), Encoding: r.Header.Get("Accept-Encoding")}
		if err := json.NewDecoder(r.Body).Decode(&one.Body); err != nil {
			t.Error(err)
		}
		answer := answers[min(len(*requests), len(answers)-1)]
		*requests = append(*requests, one)
		w.Header().Set("X-Amz-Crc32", fmt.Sprint(crc32.ChecksumIEEE([]byte(answer))))
		if strings.Contains(answer, "__type") {
			w.WriteHeader(http.StatusBadRequest)
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func s(text string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: text} }
func n(number string) types.AttributeValue { return &types.AttributeValueMemberN{Value: number} }

// bySDK makes the calls of byUs with the SDK's client.
func bySDK(ctx context.Context, client *dynamodb.Client) error {
	const old = types.ReturnValuesOnConditionCheckFailureAllOld
	name, revision := aws.String("table"), map[string]string{"#revision": "revision"}
	key := map[string]types.AttributeValue{"pk": s("f"), "sk": s("<slack> & ü")}
	item := map[string]types.AttributeValue{"format": n("1"), "revision": n("1"), "expires": n("7"), "record": s(`{"a":"<b>"}`), "pk": key["pk"], "sk": key["sk"]}
	_, err1 := client.GetItem(ctx, &dynamodb.GetItemInput{TableName: name, Key: key, ConsistentRead: aws.Bool(true)})
	_, err2 := client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: name, Item: item, ConditionExpression: aws.String("attribute_not_exists(#revision)"),
		ExpressionAttributeNames: revision, ReturnValuesOnConditionCheckFailure: old,
	})
	item["revision"], item["record"] = n("4"), s("")
	_, err3 := client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: name, Item: item, ConditionExpression: aws.String("#revision = :revision"), ExpressionAttributeNames: revision,
		ExpressionAttributeValues: map[string]types.AttributeValue{":revision": n("3")}, ReturnValuesOnConditionCheckFailure: old,
	})
	_, err4 := client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: name, Key: key, ReturnValues: types.ReturnValueAllNew, UpdateExpression: aws.String("SET #expires = :expires ADD #n0 :n0, #n1 :n1"),
		ExpressionAttributeNames:  map[string]string{"#n0": "number slack", "#n1": "number sns", "#expires": "expires"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":n0": n("-1"), ":n1": n("2"), ":expires": n("7")},
	})
	_, err5 := client.PutItem(ctx, &dynamodb.PutItemInput{TableName: name, Item: map[string]types.AttributeValue{
		"format": n("1"), "expires": n("7"), "item": s("t"), "pk": s("f"), "sk": s("k"),
	}})
	_, err6 := client.Query(ctx, &dynamodb.QueryInput{
		TableName: name, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#partition = :partition"),
		ExpressionAttributeNames:  map[string]string{"#partition": "pk"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":partition": s("f")},
	})
	return errors.Join(err1, err2, err3, err4, err5, err6)
}

func byUs(ctx context.Context, store *table.DynamoDB) error {
	key := table.Key{Partition: "f", Sort: "<slack> & ü"}
	_, _, err1 := store.Load(ctx, key)
	err2 := store.Save(ctx, key, table.Record{Text: `{"a":"<b>"}`, Expires: time.Unix(7, 0)}, 0)
	err3 := store.Save(ctx, key, table.Record{Expires: time.Unix(7, 0)}, 3)
	_, err4 := store.Add(ctx, key, map[string]int64{"slack": -1, "sns": 2}, time.Unix(7, 0))
	err5 := store.Append(ctx, "f", table.Item{Key: "k", Text: "t", Expires: time.Unix(7, 0)})
	_, err6 := store.Items(ctx, "f")
	return errors.Join(err1, err2, err3, err4, err5, err6)
}

// What arrives is what the SDK's client would have sent.
func TestRequestsAreThoseOfTheSDK(t *testing.T) {
	const answer = `{"Attributes":{"number slack":{"N":"1"},"number sns":{"N":"2"}}}`
	url, got := answering(t, answer)
	must(t, byUs(t.Context(), dynamoDB(t, url)))
	url, want := answering(t, answer)
	t.Setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
	settings, err := config.LoadDefaultConfig(t.Context())
	must(t, err)
	must(t, bySDK(t.Context(), dynamodb.NewFromConfig(settings)))
	if diff := cmp.Diff(*want, *got); diff != "" || len(*got) != 6 {
		t.Errorf("%d requests; %s", len(*got), diff)
	}
}

// A condition that does not hold is a conflict, with what is there instead where the answer has it.
func TestConflict(t *testing.T) {
	const failed = `"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"The conditional request failed"`
	there := table.ConflictError{Record: table.Record{Text: "{}", Expires: time.Unix(7, 0)}, Revision: 3}
	for name, test := range map[string]struct {
		more string
		want *table.ConflictError
	}{
		"not given":    {``, nil},
		"ours":         {`,"Item":{"format":{"N":"1"},"revision":{"N":"3"},"expires":{"N":"7"},"record":{"S":"{}"},"x":{"M":{"a":{"S":"b"}}}}`, &there},
		"another form": {`,"Item":{"format":{"N":"2"},"revision":{"N":"3"},"record":{"S":"{}"}}`, &table.ConflictError{Revision: 3}},
		"not ours":     {`,"Item":{"record":{"S":"{}"}}`, nil},
		"no item":      {`,"Item":"x"`, nil},
	} {
		url, _ := answering(t, "{"+failed+test.more+"}")
		err := dynamoDB(t, url).Save(t.Context(), table.Key{Partition: "f", Sort: "s"}, table.Record{}, 2)
		got, isKnown := errors.AsType[*table.ConflictError](err)
		if !errors.Is(err, table.ErrConflict) || err.Error() != table.ErrConflict.Error() || isKnown != (test.want != nil) {
			t.Errorf("%s: got %v", name, err)
		}
		if isKnown && test.want != nil && *got != *test.want {
			t.Errorf("%s: got %+v, want %+v", name, *got, *test.want)
		}
	}
}

// A store in memory says what is there, too.
func TestConflictInMemory(t *testing.T) {
	store, key := table.NewMemory(), table.Key{Partition: "f", Sort: "s"}
	record := table.Record{Text: "{}", Expires: time.Unix(7, 0)}
	must(t, store.Save(t.Context(), key, record, 0))
	err := store.Save(t.Context(), key, table.Record{}, 0)
	got, isKnown := errors.AsType[*table.ConflictError](err)
	if !isKnown || !errors.Is(err, table.ErrConflict) || *got != (table.ConflictError{Record: record, Revision: 1}) {
		t.Errorf("got %v, %+v", err, got)
	}
}

// Whether there may be findings in a table is seen from its first items.
func TestHasFindings(t *testing.T) {
	item := func(partition string) string { return `{"pk":{"S":"` + partition + `"},"sk":{"S":"x"}}` }
	for answer, want := range map[string]bool{
		`{"Items":[]}`: false,
		`{"Items":[` + item("/mute") + `,` + item("/ledger") + `]}`:                                false,
		`{"Items":[` + item("/mute") + `,` + item("aws.guardduty/1/x/f") + `]}`:                    true,
		`{"Items":[` + item("/mute") + `],"LastEvaluatedKey":{"pk":{"S":"/mute"},"sk":{"S":"x"}}}`: true,
		`{"Items":[{"pk":{"S":"aws.guardduty/1/x/f"},"sk":{"S":"/sinks"}}]}`:                       false,
		`{"Items":[{"pk":{"N":"1"}}]}`:                                                             true,
	} {
		k := newKeeping(t)
		k.answer = answer
		if got, err := dynamoDB(t, k.url).HasFindings(t.Context()); got != want || err != nil {
			t.Errorf("%s: got %v, %v", answer, got, err)
		}
	}
}

// What stands under a partition key comes in one call: the records by their sort keys. What is no record is left out.
func TestUnder(t *testing.T) {
	url, requests := answering(t, `{"Items":[{"pk":{"S":"f"},"sk":{"S":"/sinks"},"format":{"N":"1"},"revision":{"N":"3"},"expires":{"N":"1800000000"},"record":{"S":"{}"}},
		{"pk":{"S":"f"},"sk":{"S":"slack"},"format":{"N":"2"},"revision":{"N":"4"},"expires":{"N":"1800000000"},"record":{"S":"{}"}},
		{"pk":{"S":"f"},"sk":{"S":"other"},"item":{"S":"{}"}}]}`)
	got, err := dynamoDB(t, url).Under(t.Context(), "f")
	must(t, err)
	expires := time.Unix(1_800_000_000, 0)
	want := map[string]table.Kept{"/sinks": {Record: table.Record{Text: "{}", Expires: expires}, Revision: 3}, "slack": {Revision: 4}}
	if len(*requests) != 1 || len(got) != len(want) || got["/sinks"] != want["/sinks"] || got["slack"] != want["slack"] {
		t.Errorf("%d requests: %+v, want %+v", len(*requests), got, want)
	}
	url, _ = answering(t, `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException"}`)
	if _, err := dynamoDB(t, url).Under(t.Context(), "f"); err == nil {
		t.Error("a table that is not there has no error")
	}
}
