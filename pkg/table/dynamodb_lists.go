package table

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Add implements Store. The number must not be 0: an answer need not hold a number that did not change.
func (d *DynamoDB) Add(ctx context.Context, key Key, number int64, expires time.Time) (int64, error) {
	output, err := d.calls.updateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &d.table, Key: keyOf(key), ReturnValues: types.ReturnValueUpdatedNew,
		UpdateExpression:         aws.String("ADD #number :number SET #expires = :expires"),
		ExpressionAttributeNames: map[string]string{"#number": attrNumber, "#expires": attrExpires},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":number": numeric(number), ":expires": numeric(expires.Unix()),
		},
	})
	if err != nil {
		return 0, fault(ctx, err)
	}
	sum, ok := numberOf(output.Attributes[attrNumber])
	if !ok {
		return 0, errors.New("DynamoDB gave no sum")
	}
	return sum, nil
}

// Number implements Store.
func (d *DynamoDB) Number(ctx context.Context, key Key) (int64, error) {
	output, err := d.calls.getItem(ctx, &dynamodb.GetItemInput{
		TableName: &d.table, Key: keyOf(key), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return 0, fault(ctx, err)
	}
	number, _ := numberOf(output.Item[attrNumber])
	return number, nil
}

// Append implements Store. The items of a list stand under one partition key.
func (d *DynamoDB) Append(ctx context.Context, list string, item Item) error {
	attributes := keyOf(Key{list, bounded(item.Key)}) // a sort key has up to 1,024 bytes
	attributes[attrFormat] = numeric(format)
	attributes[attrExpires] = numeric(item.Expires.Unix())
	attributes[attrItem] = &types.AttributeValueMemberS{Value: item.Text}
	if _, err := d.calls.putItem(ctx, &dynamodb.PutItemInput{TableName: &d.table, Item: attributes}); err != nil {
		return fault(ctx, err)
	}
	return nil
}

// Items implements Store; they are in the order of their keys.
func (d *DynamoDB) Items(ctx context.Context, list string) ([]Item, error) {
	pages := dynamodb.NewQueryPaginator(d.calls.query, &dynamodb.QueryInput{
		TableName: &d.table, ConsistentRead: aws.Bool(true),
		KeyConditionExpression:    aws.String("#list = :list"),
		ExpressionAttributeNames:  map[string]string{"#list": attrPartition},
		ExpressionAttributeValues: map[string]types.AttributeValue{":list": &types.AttributeValueMemberS{Value: bounded(list)}},
	})
	var items []Item
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fault(ctx, err)
		}
		for _, attributes := range page.Items {
			text, _ := attributes[attrItem].(*types.AttributeValueMemberS)
			key, _ := attributes[attrSort].(*types.AttributeValueMemberS)
			expires, _ := numberOf(attributes[attrExpires])
			if text != nil && key != nil {
				items = append(items, Item{Key: key.Value, Text: text.Value, Expires: unix(expires)})
			}
		}
	}
	return items, nil
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

func unix(seconds int64) time.Time { return time.Unix(seconds, 0) }
