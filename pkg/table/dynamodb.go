package table

import (
	"context"
	"encoding/json"
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
	in := d.request(len(record.Text))
	in.Begin("Item")
	in.key(key)
	in.number(attrFormat, format)
	in.number(attrRevision, revision+1)
	in.number(attrExpires, record.Expires.Unix())
	in.text(attrRecord, record.Text)
	in.End()
	in.Begin(forNames)
	in.Text("#revision", attrRevision)
	in.End()
	in.Text("ReturnValuesOnConditionCheckFailure", "ALL_OLD")
	if revision == 0 {
		in.Text("ConditionExpression", "attribute_not_exists(#revision)")
	} else {
		in.Text("ConditionExpression", "#revision = :revision")
		in.Begin(forValues)
		in.number(":revision", revision)
		in.End()
	}
	_, err := d.call(ctx, putItem, in)
	return err
}

// numberName begins the name of an attribute that holds a number.
const numberName = attrNumber + " "

// Add implements Store.
func (d *DynamoDB) Add(ctx context.Context, key Key, numbers map[string]int64, expires time.Time) (map[string]int64, error) {
	in := d.request(0)
	in.Begin("Key")
	in.key(key)
	in.End()
	in.Text("ReturnValues", "ALL_NEW")
	sorted := slices.Sorted(maps.Keys(numbers))
	in.Begin(forNames)
	in.Text("#expires", attrExpires)
	for i, name := range sorted {
		in.Text("#n"+strconv.Itoa(i), numberName+name)
	}
	in.End()
	adds := make([]string, len(sorted))
	in.Begin(forValues)
	in.number(":expires", expires.Unix())
	for i, name := range sorted {
		n := strconv.Itoa(i)
		adds[i] = "#n" + n + " :n" + n
		in.number(":n"+n, numbers[name])
	}
	in.End()
	in.Text("UpdateExpression", "SET #expires = :expires ADD "+strings.Join(adds, ", "))
	output, err := d.call(ctx, updateItem, in)
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
	in := d.request(len(item.Text))
	in.Begin("Item")
	in.key(Key{list, bounded(item.Key)}) // a sort key has up to 1,024 bytes
	in.number(attrFormat, format)
	in.number(attrExpires, item.Expires.Unix())
	in.text(attrItem, item.Text)
	in.End()
	_, err := d.call(ctx, putItem, in)
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

// Under returns the records under a partition key, by their sort keys, in one call.
func (d *DynamoDB) Under(ctx context.Context, partition string) (map[string]Kept, error) {
	all := map[string]Kept{}
	err := d.each(ctx, partition, func(found attributes) {
		record, revision, isOurs := recordOf(found)
		if sort := found[attrSort].S; isOurs && sort != nil {
			all[*sort] = Kept{record, revision}
		}
	})
	return all, err
}

// HasFindings reports whether there may be a record of which neither key begins with a slash: one of a
// finding and one sink. It looks at the first items of the table alone: where those are all others, there may.
func (d *DynamoDB) HasFindings(ctx context.Context) (bool, error) {
	const first = "25"
	in := d.request(0)
	in.Raw("ConsistentRead", "true")
	in.Raw("Limit", first)
	page, err := d.call(ctx, scan, in)
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
	var start []byte // where the next page begins
	for {
		in := d.request(0)
		in.Raw("ConsistentRead", "true")
		in.Text("KeyConditionExpression", "#partition = :partition")
		in.Begin(forNames)
		in.Text("#partition", attrPartition)
		in.End()
		in.Begin(forValues)
		in.text(":partition", bounded(partition))
		in.End()
		if start != nil {
			in.Raw("ExclusiveStartKey", string(start))
		}
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
		if start, err = json.Marshal(page.LastEvaluatedKey); err != nil {
			return errors.New("DynamoDB does not say where it goes on")
		}
	}
}

// get returns the item under a key; it is empty for one that is not there.
func (d *DynamoDB) get(ctx context.Context, key Key) (attributes, error) {
	in := d.request(0)
	in.Begin("Key")
	in.key(key)
	in.End()
	in.Raw("ConsistentRead", "true")
	output, err := d.call(ctx, getItem, in)
	return output.Item, err
}
