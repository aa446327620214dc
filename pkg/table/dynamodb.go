package table

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

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
	table string
	// The calls that are made. They are held as functions because a type that holds a
	// *dynamodb.Client makes the linker keep every call that the client has.
	getItem    call[dynamodb.GetItemInput, dynamodb.GetItemOutput]
	putItem    call[dynamodb.PutItemInput, dynamodb.PutItemOutput]
	updateItem call[dynamodb.UpdateItemInput, dynamodb.UpdateItemOutput]
	query      call[dynamodb.QueryInput, dynamodb.QueryOutput]
}

type call[In, Out any] func(context.Context, *In, ...func(*dynamodb.Options)) (*Out, error)

// NewDynamoDB returns the store in the named table of the function's region. It makes no request.
//
// A call is made again over dead connections, since without the ledger a finding would be sent
// twice. There is no time for more: the alert is sent without. The table may have seen the request,
// which does no harm: a record whose write comes again is in conflict with itself, is read and
// found to be our own; an item is stored under its key once more; a message too many or too few in
// the count of a minute makes a digest begin one message earlier or later.
func NewDynamoDB(ctx context.Context, table string) (*DynamoDB, error) {
	settings, err := awscall.Config(ctx, awscall.Client{Retries: awscall.OverDeadConnections})
	if err != nil {
		return nil, err
	}
	client := dynamodb.NewFromConfig(settings)
	return &DynamoDB{table, client.GetItem, client.PutItem, client.UpdateItem, client.Query}, nil
}

// Load implements Store.
func (d *DynamoDB) Load(ctx context.Context, key Key) (Record, int64, error) {
	item, err := d.get(ctx, key)
	if err != nil || len(item) == 0 {
		return Record{}, 0, err
	}
	written, _ := numberOf(item[attrFormat])
	revision, isOurs := numberOf(item[attrRevision])
	expires, _ := numberOf(item[attrExpires])
	if !isOurs {
		return Record{}, 0, errors.New("an item of the table is not Tocsin's")
	}
	text, _ := item[attrRecord].(*types.AttributeValueMemberS)
	if text == nil || written != format {
		return Record{}, revision, nil
	}
	return Record{Text: text.Value, Expires: time.Unix(expires, 0)}, revision, nil
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
	_, err := d.putItem(ctx, input)
	return fault(ctx, err)
}

// numberName begins the name of an attribute that holds a number.
const numberName = attrNumber + " "

// Add implements Store.
func (d *DynamoDB) Add(ctx context.Context, key Key, numbers map[string]int64, expires time.Time) (map[string]int64, error) {
	names := map[string]string{"#expires": attrExpires}
	values := map[string]types.AttributeValue{":expires": numeric(expires.Unix())}
	var adds []string
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		n := strconv.Itoa(len(adds))
		names["#n"+n], values[":n"+n] = numberName+name, numeric(numbers[name])
		adds = append(adds, "#n"+n+" :n"+n)
	}
	output, err := d.updateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &d.table, Key: keyOf(key), ReturnValues: types.ReturnValueAllNew,
		UpdateExpression:         aws.String("SET #expires = :expires ADD " + strings.Join(adds, ", ")),
		ExpressionAttributeNames: names, ExpressionAttributeValues: values,
	})
	if err != nil {
		return nil, fault(ctx, err)
	}
	sums := numbersOf(output.Attributes)
	for name := range numbers {
		if _, ok := sums[name]; !ok {
			return nil, errors.New("DynamoDB gave no sum")
		}
	}
	return sums, nil
}

// Numbers implements Store.
func (d *DynamoDB) Numbers(ctx context.Context, key Key) (map[string]int64, error) {
	item, err := d.get(ctx, key)
	return numbersOf(item), err
}

func numbersOf(item map[string]types.AttributeValue) map[string]int64 {
	numbers := map[string]int64{}
	for attribute, value := range item {
		if name, isOne := strings.CutPrefix(attribute, numberName); isOne {
			numbers[name], _ = numberOf(value)
		}
	}
	return numbers
}

// Append implements Store. The items of a list stand under one partition key.
func (d *DynamoDB) Append(ctx context.Context, list string, item Item) error {
	attributes := keyOf(Key{list, bounded(item.Key)}) // a sort key has up to 1,024 bytes
	attributes[attrFormat] = numeric(format)
	attributes[attrExpires] = numeric(item.Expires.Unix())
	attributes[attrItem] = &types.AttributeValueMemberS{Value: item.Text}
	_, err := d.putItem(ctx, &dynamodb.PutItemInput{TableName: &d.table, Item: attributes})
	return fault(ctx, err)
}

// Items implements Store; they are in the order of their keys.
func (d *DynamoDB) Items(ctx context.Context, list string) ([]Item, error) {
	input := &dynamodb.QueryInput{
		TableName: &d.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("#list = :list"),
		ExpressionAttributeNames:  map[string]string{"#list": attrPartition},
		ExpressionAttributeValues: map[string]types.AttributeValue{":list": &types.AttributeValueMemberS{Value: bounded(list)}},
	}
	var items []Item
	for {
		page, err := d.query(ctx, input)
		if err != nil {
			return nil, fault(ctx, err)
		}
		for _, attributes := range page.Items {
			text, _ := attributes[attrItem].(*types.AttributeValueMemberS)
			key, _ := attributes[attrSort].(*types.AttributeValueMemberS)
			expires, _ := numberOf(attributes[attrExpires])
			if text != nil && key != nil {
				items = append(items, Item{Key: key.Value, Text: text.Value, Expires: time.Unix(expires, 0)})
			}
		}
		if len(page.LastEvaluatedKey) == 0 {
			return items, nil
		}
		input.ExclusiveStartKey = page.LastEvaluatedKey
	}
}

// get returns the item under a key; it is empty for one that is not there.
func (d *DynamoDB) get(ctx context.Context, key Key) (map[string]types.AttributeValue, error) {
	output, err := d.getItem(ctx, &dynamodb.GetItemInput{
		TableName: &d.table, Key: keyOf(key), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, fault(ctx, err)
	}
	return output.Item, nil
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

func numeric(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func numberOf(value types.AttributeValue) (n int64, ok bool) {
	text, ok := value.(*types.AttributeValueMemberN)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text.Value, 10, 64)
	return n, err == nil
}

// fault returns ErrConflict for a condition that did not hold, and otherwise what can be said in
// the same words each time.
func fault(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if _, isConflict := errors.AsType[*types.ConditionalCheckFailedException](err); isConflict {
		return ErrConflict
	}
	failed := awscall.Explain(ctx, "DynamoDB", err)
	if errors.Is(failed, context.DeadlineExceeded) {
		return errors.New("DynamoDB did not answer in time")
	}
	return errors.New(failed.Short())
}
