package table

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
)

// The attributes of an item. The table's keys are pk and sk, its time to live is expires.
const (
	attrPartition = "pk"
	attrSort      = "sk"
	attrFormat    = "format"
	attrRevision  = "revision"
	attrExpires   = "expires" // seconds since 1970
	attrRecord    = "record"
	attrNumber    = "number"
	attrItem      = "item"
)

// format is the number of the form that records are written in. A record of another form reads as
// absent: sending twice is better than not sending.
const format = 1

// DynamoDB is a store in a table that all executions share.
type DynamoDB struct {
	calls calls
	table string
}

// calls are those that are made. They are held as functions because a type that holds a *dynamodb.Client makes the
// linker keep every call that the client has.
type calls struct {
	getItem    call[dynamodb.GetItemInput, dynamodb.GetItemOutput]
	putItem    call[dynamodb.PutItemInput, dynamodb.PutItemOutput]
	updateItem call[dynamodb.UpdateItemInput, dynamodb.UpdateItemOutput]
	query      query
}

type call[In, Out any] func(context.Context, *In, ...func(*dynamodb.Options)) (*Out, error)

// query is a call that comes in pages.
type query call[dynamodb.QueryInput, dynamodb.QueryOutput]

// Query implements dynamodb.QueryAPIClient.
func (q query) Query(ctx context.Context, in *dynamodb.QueryInput, options ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	return q(ctx, in, options...)
}

// NewDynamoDB gives the store in the named table of the function's own region. It makes no request.
//
// A call is made again over dead connections, since without the ledger a finding would be told twice. There is no time for
// more: the alert is sent without. The table may have seen the request, which does no harm: a record whose write comes
// again is in conflict with itself, is read and found to be our own; an item is stored under its key once more; a message
// too many or too few in the count of a minute makes a digest begin one message earlier or later.
func NewDynamoDB(ctx context.Context, table string) (*DynamoDB, error) {
	settings, err := awscall.Config(ctx, awscall.Client{Retries: awscall.OverDeadConnections})
	if err != nil {
		return nil, err
	}
	client := dynamodb.NewFromConfig(settings)
	return &DynamoDB{calls{client.GetItem, client.PutItem, client.UpdateItem, client.Query}, table}, nil
}

// Load implements Store.
func (d *DynamoDB) Load(ctx context.Context, key Key) (Record, int64, error) {
	output, err := d.calls.getItem(ctx, &dynamodb.GetItemInput{
		TableName: &d.table, Key: keyOf(key), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return Record{}, 0, fault(ctx, err)
	}
	if len(output.Item) == 0 {
		return Record{}, 0, nil
	}
	written, _ := numberOf(output.Item[attrFormat])
	revision, isOurs := numberOf(output.Item[attrRevision])
	expires, _ := numberOf(output.Item[attrExpires])
	if !isOurs {
		return Record{}, 0, errors.New("an item of the table is not Tocsin's")
	}
	text, _ := output.Item[attrRecord].(*types.AttributeValueMemberS)
	if text == nil || written != format {
		return Record{}, revision, nil
	}
	return Record{Text: text.Value, Expires: unix(expires)}, revision, nil
}

// Save implements Store.
func (d *DynamoDB) Save(ctx context.Context, key Key, record Record, revision int64) error {
	item := keyOf(key)
	item[attrFormat] = numeric(format)
	item[attrRevision] = numeric(revision + 1)
	item[attrExpires] = numeric(record.Expires.Unix())
	item[attrRecord] = &types.AttributeValueMemberS{Value: record.Text}
	input := &dynamodb.PutItemInput{
		TableName: &d.table, Item: item, ExpressionAttributeNames: map[string]string{"#revision": attrRevision},
		ConditionExpression: aws.String("attribute_not_exists(#revision)"),
	}
	if revision > 0 {
		input.ConditionExpression = aws.String("#revision = :revision")
		input.ExpressionAttributeValues = map[string]types.AttributeValue{":revision": numeric(revision)}
	}
	if _, err := d.calls.putItem(ctx, input); err != nil {
		return fault(ctx, err)
	}
	return nil
}

func keyOf(key Key) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		attrPartition: &types.AttributeValueMemberS{Value: bounded(key.Partition)},
		attrSort:      &types.AttributeValueMemberS{Value: key.Sort},
	}
}

// bounded keeps a key within the 2,048 bytes that a partition key may have:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
func bounded(key string) string {
	const most = 1024
	if key == "" || len(key) > most {
		sum := sha256.Sum256([]byte(key))
		return "sha256:" + hex.EncodeToString(sum[:])
	}
	return key
}

// fault returns ErrConflict for a condition that did not hold, and otherwise what can be said in the same words each time.
func fault(ctx context.Context, err error) error {
	if _, isConflict := errors.AsType[*types.ConditionalCheckFailedException](err); isConflict {
		return ErrConflict
	}
	failed := awscall.Explain(ctx, "DynamoDB", err)
	if errors.Is(failed, context.DeadlineExceeded) {
		return errors.New("DynamoDB did not answer in time")
	}
	return errors.New(failed.Short())
}
