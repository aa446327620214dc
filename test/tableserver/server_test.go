package tableserver_test

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/test/tableserver"
)

// sized is an item of so many bytes.
func sized(bytes int) map[string]types.AttributeValue {
	return item("a", "s", strings.Repeat("x", bytes-len("pk"+"p"+"sk"+"a"+"s")))
}

// Calls take the units that DynamoDB's documents say; dynalite says the same of itself.
func TestUnits(t *testing.T) {
	for _, server := range []struct {
		name  string
		start func(*testing.T) string
	}{
		{"table server", func(t *testing.T) string { _, url := start(t); return url }},
		{"dynalite", startDynalite},
	} {
		t.Run(server.name, func(t *testing.T) {
			client := newClient(t, server.start(t))
			for i, step := range []struct {
				bytes                   int // of the item that is put before
				write, consistent, read float64
			}{
				{1024, 1, 1, 0.5}, {1025, 2, 1, 0.5}, {4096, 4, 1, 0.5}, {4097, 5, 2, 1}, {100, 5, 1, 0.5}, {100, 1, 1, 0.5},
			} {
				got := []float64{put1(t, client, sized(step.bytes)), read1(t, client, "a", true), read1(t, client, "a", false)}
				if diff := cmp.Diff([]float64{step.write, step.consistent, step.read}, got); diff != "" {
					t.Errorf("step %d: %s", i, diff)
				}
			}
			if got := read1(t, client, "nothing", true); got != 1 {
				t.Errorf("a read of nothing takes %v units", got)
			}
		})
	}
}

func put1(t *testing.T, client *dynamodb.Client, item map[string]types.AttributeValue) float64 {
	t.Helper()
	output, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: aws.String("tables"), Item: item, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	})
	if err != nil {
		t.Fatal(err)
	}
	return *output.ConsumedCapacity.CapacityUnits
}

func read1(t *testing.T, client *dynamodb.Client, sort string, isConsistent bool) float64 {
	t.Helper()
	output, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String("tables"), Key: key(sort), ConsistentRead: &isConsistent, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	})
	if err != nil {
		t.Fatal(err)
	}
	return *output.ConsumedCapacity.CapacityUnits
}

func TestCounts(t *testing.T) {
	server, url := start(t)
	client := newClient(t, url)
	put1(t, client, sized(3000))
	if got := put(item("a"), "attribute_not_exists(pk)")(t, client); got != "condition" { // pays for what is there
		t.Fatal(got)
	}
	if got := put(item("a"), "z = :one")(t, client); got != "Validation" { // pays nothing
		t.Fatal(got)
	}
	read1(t, client, "a", false)
	query("pk = :p", ":p", "p")(t, client)
	scan(5)(t, client)
	update("b", change{set: "ADD n :one", values: values(":one", 1)})(t, client)
	remove("a", "")(t, client)
	want := tableserver.Counts{
		"PutItem": {Calls: 3, Refused: 2, WriteUnits: 6}, "GetItem": {Calls: 1, ReadUnits: 0.5}, "Query": {Calls: 1, ReadUnits: 1},
		"Scan": {Calls: 1, ReadUnits: 0.5}, "UpdateItem": {Calls: 1, WriteUnits: 1}, "DeleteItem": {Calls: 1, WriteUnits: 3},
	}
	if diff := cmp.Diff(want, server.Counts()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, countsOf(t, http.MethodGet, url)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(tableserver.Count{Calls: 8, Refused: 2, ReadUnits: 2, WriteUnits: 10}, server.Counts().Total()); diff != "" {
		t.Error(diff)
	}
	countsOf(t, http.MethodDelete, url)
	if got := countsOf(t, http.MethodGet, url); len(got) != 0 {
		t.Errorf("after the reset: %v", got)
	}
}

func countsOf(t *testing.T, method, url string) (counts tableserver.Counts) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url+"/counts", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && len(text) > 0 {
		err = json.Unmarshal(text, &counts)
	}
	if err != nil {
		t.Fatal(err)
	}
	return counts
}

// A refusal has the form of DynamoDB's, with the item that is there.
func TestBodyOfARefusal(t *testing.T) {
	_, url := start(t)
	client := newClient(t, url)
	put1(t, client, item("a", "n", 1))
	status, body := post(t, url, "PutItem", `{"TableName":"tables","Item":{"pk":{"S":"p"},"sk":{"S":"a"}},
		"ConditionExpression":"attribute_not_exists(pk)","ReturnValuesOnConditionCheckFailure":"ALL_OLD"}`)
	const want = `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",` +
		`"Item":{"n":{"N":"1"},"pk":{"S":"p"},"sk":{"S":"a"}},"message":"The conditional request failed"}`
	if status != http.StatusBadRequest || body != want {
		t.Errorf("%d %s", status, body)
	}
}

// What the server does not know is refused, so that it is seen.
func TestUnknownIsRefused(t *testing.T) {
	_, url := start(t)
	newClient(t, url)
	for action, requests := range map[string][]string{
		"TransactWriteItems": {`{}`},
		"BatchGetItem":       {`{}`},
		"GetItem": {
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a"}},"ProjectionExpression":"n"}`,
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"X":"a"}}}`,
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{}}}`,
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a"},"n":{"N":"1"}}}`,
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a","N":"1"}}}`, `{`, ``,
		},
		"UpdateItem": {
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a"}},"UpdateExpression":"REMOVE a.b"}`,
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a"}},"UpdateExpression":"DELETE a b"}`,
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a"}},"UpdateExpression":"SET a = list_append(a, b)"}`,
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a"}},"UpdateExpression":"SET"}`,
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a"}},"UpdateExpression":""}`,
		},
		"DeleteItem": {
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a"}},"ReturnValues":"ALL_NEW"}`,
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a"}},"ReturnValuesOnConditionCheckFailure":"ALL_NEW"}`,
			`{"TableName":"tables","Key":{"pk":{"S":"p"},"sk":{"S":"a"}},"ConditionExpression":"n BETWEEN n AND m"}`,
		},
	} {
		for _, request := range requests {
			if status, body := post(t, url, action, request); status != http.StatusBadRequest {
				t.Errorf("%s %s: %d %s", action, request, status, body)
			}
		}
	}
}

// post sends a call, and holds the checksum of the answer against it.
func post(t *testing.T, url, action, body string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Amz-Target", "DynamoDB_20120810."+action)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprint(crc32.ChecksumIEEE(text)); response.Header.Get("X-Amz-Crc32") != sum {
		t.Errorf("the checksum is %s, want %s", response.Header.Get("X-Amz-Crc32"), sum)
	}
	return response.StatusCode, string(text)
}

// Queries and scans come page by page.
func TestPages(t *testing.T) {
	_, url := start(t)
	client := newClient(t, url)
	for i := range 7 {
		put1(t, client, item(fmt.Sprint(i), "s", strings.Repeat("x", 300<<10)))
	}
	var sorts []string
	input := &dynamodb.QueryInput{
		TableName: aws.String("tables"), KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: values(":p", "p"),
	}
	pages := dynamodb.NewQueryPaginator(client, input)
	count := 0
	for ; pages.HasMorePages(); count++ {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range page.Items {
			sorts = append(sorts, one["sk"].(*types.AttributeValueMemberS).Value)
		}
	}
	if got := strings.Join(sorts, ""); got != "0123456" || count != 2 {
		t.Errorf("%s in %d pages", got, count)
	}
	scanned := 0
	scans := dynamodb.NewScanPaginator(client, &dynamodb.ScanInput{TableName: aws.String("tables"), Limit: aws.Int32(3)})
	for scans.HasMorePages() {
		page, err := scans.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		scanned += len(page.Items)
	}
	if scanned != 7 {
		t.Errorf("%d items were scanned", scanned)
	}
}

func TestLatency(t *testing.T) {
	server, url := start(t)
	server.Latency = 20 * time.Millisecond
	began := time.Now()
	post(t, url, "GetItem", `{}`)
	if took := time.Since(began); took < server.Latency {
		t.Errorf("a call took %v", took)
	}
}

func TestCreateTable(t *testing.T) {
	server, url := start(t)
	if err := server.CreateTable("tables", "hash", "range"); err != nil {
		t.Fatal(err)
	}
	if err := server.CreateTable("tables", "hash", "range"); err == nil {
		t.Error("a table was made twice")
	}
	const item = `{"TableName":"tables","Item":{"hash":{"S":"p"},"range":{"S":"a"}}}`
	if status, body := post(t, url, "PutItem", item); status != http.StatusOK || body != "{}" {
		t.Errorf("%d %s", status, body)
	}
}

func TestSize(t *testing.T) {
	server := tableserver.New()
	for _, name := range []string{"one", "other"} {
		if err := server.CreateTable(name, "pk", "sk"); err != nil {
			t.Fatal(err)
		}
	}
	for i, body := range []string{
		`{"TableName":"one","Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}`, `{"TableName":"one","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"text":{"S":"12345"}}}`,
		`{"TableName":"other","Item":{"pk":{"S":"a"},"sk":{"S":"b"}}}`,
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810.PutItem")
		w := httptest.NewRecorder()
		if server.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Fatalf("%d: %s", i, w.Body)
		}
	}
	if items, bytes := server.Size(); items != 2 || bytes != 6+15 {
		t.Errorf("%d items of %d bytes, want 2 of 21", items, bytes)
	}
}
