package tableserver

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// The most that an item and its keys may have, in bytes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const (
	mostBytes     = 400 << 10
	mostPartition = 2048
	mostSort      = 1024
	mostPage      = 1 << 20 // that a query or a scan reads
)

// table is a table whose keys are texts. Items are replaced, and never changed.
type table struct {
	partition, sort string // the names of the keys
	items           map[key]Item
	sorts           map[string][]string // the sort keys of a partition, in order
}

type key struct{ partition, sort string }

func (s *Server) createTable(body []byte) (any, error) {
	var in struct {
		TableName string
		KeySchema []struct{ AttributeName, KeyType string }
		// What follows makes no difference here: the keys are texts, and nobody pays.
		AttributeDefinitions, BillingMode, SSESpecification, StreamSpecification, TableClass, Tags json.RawMessage
	}
	if err := read(body, &in); err != nil {
		return nil, err
	}
	if len(in.TableName) < 3 {
		return nil, invalid("TableName must be at least 3 characters long and at most 255 characters long")
	}
	if len(in.KeySchema) != 2 {
		return nil, invalid("this server knows tables with a partition key and a sort key alone")
	}
	if err := s.CreateTable(in.TableName, in.KeySchema[0].AttributeName, in.KeySchema[1].AttributeName); err != nil {
		return nil, err
	}
	description := map[string]any{"TableName": in.TableName, "TableStatus": "ACTIVE", "KeySchema": in.KeySchema}
	return map[string]any{"TableDescription": description}, nil
}

// CreateTable makes a table whose keys have these names and are texts, as a call of that name does.
func (s *Server) CreateTable(name, partition, sort string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tables[name] != nil {
		return failure{kind: inDynamoDB + "ResourceInUseException", message: "Table already exists: " + name}
	}
	s.tables[name] = &table{partition: partition, sort: sort, items: map[key]Item{}, sorts: map[string][]string{}}
	return nil
}

func (t *table) isKey(name string) bool { return name == t.partition || name == t.sort }

// keyOf reads a key that stands alone.
func (t *table) keyOf(item Item) (key, error) {
	if err := item.check(); err != nil {
		return key{}, err
	}
	for name := range item {
		if !t.isKey(name) {
			return key{}, invalid("The provided key element does not match the schema")
		}
	}
	if len(item) != 2 {
		return key{}, invalid("The provided key element does not match the schema")
	}
	return t.keyIn(item)
}

// keyIn reads the key of an item.
func (t *table) keyIn(item Item) (k key, err error) {
	if k.partition, err = text(item, t.partition, mostPartition); err != nil {
		return key{}, err
	}
	k.sort, err = text(item, t.sort, mostSort)
	return k, err
}

func text(item Item, name string, most int) (string, error) {
	value, is := item[name]
	switch {
	case !is:
		return "", invalid("One or more parameter values were invalid: Missing the key " + name + " in the item")
	case value.S == nil:
		return "", invalid("One or more parameter values were invalid: Type mismatch for key " + name + " expected: S actual: " + value.kind())
	case *value.S == "":
		return "", invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: " + name)
	case len(*value.S) > most:
		return "", invalid("One or more parameter values were invalid: Size of the key " + name + " has exceeded its maximum size limit")
	}
	return *value.S, nil
}

func (t *table) put(k key, item Item) {
	t.items[k] = item
	if at, is := slices.BinarySearch(t.sorts[k.partition], k.sort); !is {
		t.sorts[k.partition] = slices.Insert(t.sorts[k.partition], at, k.sort)
	}
}

func (t *table) remove(k key) {
	delete(t.items, k)
	if at, is := slices.BinarySearch(t.sorts[k.partition], k.sort); is {
		t.sorts[k.partition] = slices.Delete(t.sorts[k.partition], at, at+1)
	}
	if len(t.sorts[k.partition]) == 0 {
		delete(t.sorts, k.partition)
	}
}

// page is what a query and a scan have in common.
type page struct {
	target
	ConsistentRead    bool
	Limit             *int
	ExclusiveStartKey Item
}

// fill gives items in the order of their keys, up to the limit or the most that a page holds.
func (p *page) fill(t *table, keys []key, out *answer) {
	items, size := []Item{}, 0
	for i, k := range keys {
		items = append(items, t.items[k])
		size += t.items[k].size()
		isFull := p.Limit != nil && len(items) >= *p.Limit || size >= mostPage
		if isFull && (i < len(keys)-1 || p.Limit != nil) {
			out.LastEvaluatedKey = Item{t.partition: Value{S: &k.partition}, t.sort: Value{S: &k.sort}}
			break
		}
	}
	count := len(items)
	out.Items, out.Count, out.ScannedCount = &items, &count, &count
	out.reads = readUnits(size, p.ConsistentRead)
}

// start returns the key after which a page begins; the zero value comes before all.
func (p *page) start(t *table) (key, error) {
	if p.Limit != nil && *p.Limit < 1 {
		return key{}, invalid("1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1")
	}
	if p.ExclusiveStartKey == nil {
		return key{}, nil
	}
	return t.keyOf(p.ExclusiveStartKey)
}

type query struct {
	page
	KeyConditionExpression *string
}

func (q *query) run(t *table, out *answer) error {
	if q.KeyConditionExpression == nil {
		return invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	condition, err := parse(&q.expressions, "KeyConditionExpression", *q.KeyConditionExpression, (*parser).condition)
	if err != nil {
		return err
	}
	if err := q.checkUsed(); err != nil {
		return err
	}
	partition, ok := t.partitionOf(condition)
	if !ok {
		return invalid("Query condition missed key schema element, or is not supported")
	}
	if _, err := text(Item{t.partition: partition}, t.partition, mostPartition); err != nil {
		return err
	}
	from, err := q.start(t)
	if err != nil {
		return err
	}
	var keys []key
	for _, sort := range t.sorts[*partition.S] {
		k := key{*partition.S, sort}
		if (q.ExclusiveStartKey == nil || sort > from.sort) && condition.holds(t.items[k]) {
			keys = append(keys, k)
		}
	}
	q.fill(t, keys, out)
	return nil
}

// partitionOf returns the value of the partition key that a condition wants. It may want something
// of the sort key besides.
func (t *table) partitionOf(c condition) (partition Value, ok bool) {
	if g, is := c.(group); is {
		return t.partitionOf(g.condition)
	}
	if both, is := c.(and); is {
		switch {
		case t.isOfSort(both.right):
			c = both.left
		case t.isOfSort(both.left):
			c = both.right
		default:
			return Value{}, false
		}
	}
	equal, is := c.(comparison)
	if !is || equal.operator != "=" || equal.left.name != t.partition || equal.right.value == nil {
		return Value{}, false
	}
	return *equal.right.value, true
}

// isOfSort reports whether a condition is one of the sort key.
func (t *table) isOfSort(c condition) bool {
	switch c := c.(type) {
	case group:
		return t.isOfSort(c.condition)
	case comparison:
		return c.operator != "<>" && c.left.name == t.sort && c.right.value != nil
	case hasPrefix:
		return c.of.name == t.sort && c.prefix.value != nil
	default:
		return false
	}
}

type scan struct{ page }

func (s *scan) run(t *table, out *answer) error {
	if err := s.checkUsed(); err != nil {
		return err
	}
	from, err := s.start(t)
	if err != nil {
		return err
	}
	keys := slices.SortedFunc(maps.Keys(t.items), key.compare)
	after, _ := slices.BinarySearchFunc(keys, from, key.compare)
	if after < len(keys) && keys[after] == from {
		after++
	}
	s.fill(t, keys[after:], out)
	return nil
}

func (k key) compare(other key) int {
	if k.partition != other.partition {
		return strings.Compare(k.partition, other.partition)
	}
	return strings.Compare(k.sort, other.sort)
}
