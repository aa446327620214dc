package tableserver_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/test/tableserver"
)

// start starts a table server and returns it with its address.
func start(t *testing.T) (*tableserver.Server, string) {
	t.Helper()
	server := tableserver.New()
	front := httptest.NewServer(server)
	t.Cleanup(front.Close)
	return server, front.URL
}

// newClient returns the SDK's client of a server with a table of the name "tables", whose keys are "pk"
// and "sk".
func newClient(t *testing.T, url string) *dynamodb.Client {
	t.Helper()
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "us-east-1",
		"AWS_SESSION_TOKEN": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	settings, err := awscall.Config(t.Context(), awscall.Client{Retries: awscall.Once}) // its requests are whole
	if err != nil {
		t.Fatal(err)
	}
	client := dynamodb.NewFromConfig(settings, func(o *dynamodb.Options) { o.BaseEndpoint = &url })
	_, err = client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: aws.String("tables"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// values reads attributes: a Go string is a text, a number a number, a list of strings a set. They
// come as names and values in turn.
func values(pairs ...any) map[string]types.AttributeValue {
	item := map[string]types.AttributeValue{}
	for i := 0; i < len(pairs); i += 2 {
		item[pairs[i].(string)] = value(pairs[i+1])
	}
	return item
}

func value(of any) types.AttributeValue {
	switch of := of.(type) {
	case string:
		return &types.AttributeValueMemberS{Value: of}
	case bool:
		return &types.AttributeValueMemberBOOL{Value: of}
	case []string:
		return &types.AttributeValueMemberSS{Value: of}
	case number:
		return &types.AttributeValueMemberN{Value: string(of)}
	case map[string]types.AttributeValue:
		return &types.AttributeValueMemberM{Value: of}
	default:
		return &types.AttributeValueMemberN{Value: fmt.Sprint(of)}
	}
}

// number is a number as it is written.
type number string

// key is the key of an item of the partition "p".
func key(sort string) map[string]types.AttributeValue { return values("pk", "p", "sk", sort) }

// text writes items in short, in the order of their names, and leaves the keys out.
func text(items ...map[string]types.AttributeValue) string {
	var all []string
	for _, item := range items {
		if item == nil {
			all = append(all, "none")
			continue
		}
		short := map[string]any{}
		for name, v := range item {
			switch v := v.(type) {
			case *types.AttributeValueMemberS:
				short[name] = v.Value
			case *types.AttributeValueMemberN:
				short[name] = json.Number(v.Value)
			case *types.AttributeValueMemberSS:
				short[name] = v.Value
			case *types.AttributeValueMemberM:
				short[name] = text(v.Value)
			default:
				short[name] = v
			}
		}
		if short["pk"] == "p" {
			delete(short, "pk")
		}
		written, _ := json.Marshal(short)
		all = append(all, string(written))
	}
	return strings.Join(all, " ")
}

// failed writes an error in short: its code, and the item that it holds.
func failed(err error) string {
	if refused, is := errors.AsType[*types.ConditionalCheckFailedException](err); is {
		if refused.Item == nil {
			return "condition"
		}
		return "condition " + text(refused.Item)
	}
	if answered, is := errors.AsType[smithy.APIError](err); is {
		return strings.TrimSuffix(answered.ErrorCode(), "Exception")
	}
	if answered, is := errors.AsType[*smithyhttp.ResponseError](err); is {
		return fmt.Sprint("status ", answered.HTTPStatusCode())
	}
	return "no answer: " + err.Error()
}

// startDynalite starts dynalite where it is installed, and returns its address.
func startDynalite(t *testing.T) string {
	t.Helper()
	const installed = "../e2e/node_modules/.package-lock.json" // npm writes it last
	if _, err := os.Stat(installed); err != nil {
		t.Skip("dynalite is not installed; run npm ci in test/e2e, or the tests there, which do")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not installed")
	}
	emulator := exec.CommandContext(t.Context(), "node", "emulator.mjs")
	emulator.Dir = "../e2e"
	if _, err := emulator.StdinPipe(); err != nil { // it ends when this is closed
		t.Fatal(err)
	}
	stdout, err := emulator.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := emulator.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = emulator.Wait() }) // the test's context has ended it by then
	lines := bufio.NewScanner(stdout)
	address := ""
	for range 2 { // the second one is that of DynamoDB
		if !lines.Scan() {
			t.Fatal("the emulators did not say their addresses")
		}
		address = strings.TrimSpace(lines.Text())
	}
	return address
}
