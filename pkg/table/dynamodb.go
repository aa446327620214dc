package table

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/pkg/awscall"
	"github.com/tocsin-sec/tocsin/pkg/awssend"
)

// DynamoDB is a store in a table that all executions share.
type DynamoDB struct {
	client *awssend.Client
	table  string
}

// NewDynamoDB returns the store in the named table of the function's region. It makes no request.
//
// A call is made again over dead connections, and where the answer is damaged, since without the
// ledger a finding would be sent twice. There is no time for more: the alert is sent without. The
// table may have seen the request, which does no harm: a record whose write comes again is in
// conflict with itself, and what is there is found to be our own; an item is stored under its key
// once more; a message too many or too few in the count of a minute makes a digest begin one message
// earlier or later.
func NewDynamoDB(ctx context.Context, table string) (*DynamoDB, error) {
	// The endpoint is the region's, also where the credentials name an account that has its own.
	service := awssend.Service{Name: "DynamoDB", SDK: "DynamoDB", Host: "dynamodb", Signing: "dynamodb", IsValidated: true}
	client, err := awssend.New(ctx, service, awscall.Client{Retries: awscall.OverDeadConnections})
	if err != nil {
		return nil, err
	}
	return &DynamoDB{client, table}, nil
}

// Load implements Store.
func (d *DynamoDB) Load(ctx context.Context, key Key) (Record, int64, error) {
	item, err := d.get(ctx, key)
	if err != nil || len(item) == 0 {
		return Record{}, 0, err
	}
	record, revision, isOurs := recordOf(item)
	if !isOurs {
		return Record{}, 0, errors.New("an item of the table is not Tocsin's")
	}
	return record, revision, nil
}

// Save implements Store. The error is a *ConflictError where DynamoDB gives the record that is there.
func (d *DynamoDB) Save(ctx context.Context, key Key, record Record, revision int64) error {
	item := keyOf(key)
	item[attrFormat] = numeric(format)
	item[attrRevision] = numeric(revision + 1)
	item[attrExpires] = numeric(record.Expires.Unix())
	item[attrRecord] = text(record.Text)
	in := request{Item: item, condition: condition{
		Condition: "attribute_not_exists(#revision)", OnFailure: "ALL_OLD",
		Names: map[string]string{"#revision": attrRevision},
	}}
	if revision > 0 {
		in.Condition, in.Values = "#revision = :revision", attributes{":revision": numeric(revision)}
	}
	_, err := d.call(ctx, putItem, in)
	return err
}

// numberName begins the name of an attribute that holds a number.
const numberName = attrNumber + " "

// Add implements Store.
func (d *DynamoDB) Add(ctx context.Context, key Key, numbers map[string]int64, expires time.Time) (map[string]int64, error) {
	names := map[string]string{"#expires": attrExpires}
	values := attributes{":expires": numeric(expires.Unix())}
	var adds []string
	for _, name := range slices.Sorted(maps.Keys(numbers)) {
		n := strconv.Itoa(len(adds))
		names["#n"+n], values[":n"+n] = numberName+name, numeric(numbers[name])
		adds = append(adds, "#n"+n+" :n"+n)
	}
	output, err := d.call(ctx, updateItem, request{
		Key: keyOf(key), ReturnValues: "ALL_NEW",
		UpdateExpression: "SET #expires = :expires ADD " + strings.Join(adds, ", "),
		condition:        condition{Names: names, Values: values},
	})
	if err != nil {
		return nil, err
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

func numbersOf(item attributes) map[string]int64 {
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
	written := keyOf(Key{list, bounded(item.Key)}) // a sort key has up to 1,024 bytes
	written[attrFormat] = numeric(format)
	written[attrExpires] = numeric(item.Expires.Unix())
	written[attrItem] = text(item.Text)
	_, err := d.call(ctx, putItem, request{Item: written})
	return err
}

// Items implements Store; they are in the order of their keys.
func (d *DynamoDB) Items(ctx context.Context, list string) ([]Item, error) {
	var items []Item
	err := d.each(ctx, list, func(found attributes) {
		text, key := found[attrItem].S, found[attrSort].S
		expires, _ := numberOf(found[attrExpires])
		if text != nil && key != nil {
			items = append(items, Item{Key: *key, Text: *text, Expires: time.Unix(expires, 0)})
		}
	})
	if err != nil {
		return nil, err
	}
	return items, nil
}

// HasFindings reports whether there may be a record of which neither key begins with a slash: one of a
// finding and one sink. It looks at the first items of the table alone: where those are all others, there may.
func (d *DynamoDB) HasFindings(ctx context.Context) (bool, error) {
	const first = 25
	page, err := d.call(ctx, scan, request{ConsistentRead: true, Limit: first})
	if err != nil {
		return false, err
	}
	for _, found := range page.Items {
		isOther := func(key *string) bool { return key != nil && strings.HasPrefix(*key, "/") }
		if !isOther(found[attrPartition].S) && !isOther(found[attrSort].S) {
			return true, nil
		}
	}
	return len(page.LastEvaluatedKey) > 0, nil
}

// each hands over the items under a partition key.
func (d *DynamoDB) each(ctx context.Context, partition string, take func(attributes)) error {
	in := request{ConsistentRead: true, condition: condition{
		KeyCondition: "#partition = :partition", Names: map[string]string{"#partition": attrPartition},
		Values: attributes{":partition": text(bounded(partition))},
	}}
	for {
		page, err := d.call(ctx, query, in)
		if err != nil {
			return err
		}
		for _, found := range page.Items {
			take(found)
		}
		if len(page.LastEvaluatedKey) == 0 {
			return nil
		}
		in.ExclusiveStart = page.LastEvaluatedKey
	}
}

// get returns the item under a key; it is empty for one that is not there.
func (d *DynamoDB) get(ctx context.Context, key Key) (attributes, error) {
	output, err := d.call(ctx, getItem, request{Key: keyOf(key), ConsistentRead: true})
	return output.Item, err
}
