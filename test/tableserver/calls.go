package tableserver

import (
	"bytes"
	"encoding/json"
	"math"
)

// target is what every call of an item or of items says.
type target struct {
	TableName              string
	ReturnConsumedCapacity string
	expressions
}

// base returns the target of a call.
func (t *target) base() *target { return t }

// request is the input of a call.
type request interface {
	base() *target
	run(t *table, answer *answer) error
}

// answer is the output of a call.
type answer struct {
	Attributes       Item      `json:",omitempty"`
	Item             Item      `json:",omitempty"`
	Items            *[]Item   `json:",omitempty"`
	Count            *int      `json:",omitempty"`
	ScannedCount     *int      `json:",omitempty"`
	LastEvaluatedKey Item      `json:",omitempty"`
	ConsumedCapacity *capacity `json:",omitempty"`

	reads, writes float64 // units
}

type capacity struct {
	TableName     string
	CapacityUnits float64
}

// call does what a call asks for and counts it.
func (s *Server) call(action string, body []byte) (any, error) {
	var in request
	switch action {
	case "CreateTable":
		return s.createTable(body)
	case "GetItem":
		in = &getItem{}
	case "PutItem":
		in = &putItem{}
	case "UpdateItem":
		in = &updateItem{}
	case "DeleteItem":
		in = &deleteItem{}
	case "Query":
		in = &query{}
	case "Scan":
		in = &scan{}
	default:
		return nil, failure{kind: "com.amazon.coral.service#UnknownOperationException", message: "this server does not know " + action}
	}
	err := read(body, in)
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &answer{}
	if err == nil {
		err = s.run(in, out)
	}
	count := s.counts[action]
	count.Calls++
	if err != nil {
		count.Refused++
	}
	count.ReadUnits += out.reads
	count.WriteUnits += out.writes
	s.counts[action] = count
	if err != nil {
		return nil, err
	}
	if kind := in.base().ReturnConsumedCapacity; kind != "" && kind != "NONE" {
		out.ConsumedCapacity = &capacity{in.base().TableName, out.reads + out.writes}
	}
	return out, nil
}

func (s *Server) run(in request, out *answer) error {
	t := s.tables[in.base().TableName]
	if t == nil {
		return failure{kind: inDynamoDB + "ResourceNotFoundException", message: "Requested resource not found"}
	}
	if err := in.base().check(); err != nil {
		return err
	}
	return in.run(t, out)
}

// read reads the input of a call. What is not known of it is refused.
func read(body []byte, in any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(in); err != nil {
		return invalid("this server does not know such a request: " + err.Error())
	}
	return nil
}

// readUnits returns what it takes to read so many bytes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
func readUnits(size int, isConsistent bool) float64 {
	units := math.Max(1, math.Ceil(float64(size)/4096))
	if isConsistent {
		return units
	}
	return units / 2
}

// writeUnits returns what it takes to write an item of the larger of two sizes, before and after.
func writeUnits(before, after Item) float64 {
	return math.Max(1, math.Ceil(float64(max(before.size(), after.size()))/1024))
}

type getItem struct {
	target
	Key            Item
	ConsistentRead bool
}

func (g *getItem) run(t *table, out *answer) error {
	if err := g.checkUsed(); err != nil {
		return err
	}
	key, err := t.keyOf(g.Key)
	if err != nil {
		return err
	}
	out.Item = t.items[key]
	out.reads = readUnits(out.Item.size(), g.ConsistentRead)
	return nil
}

// write is what every call says that writes.
type write struct {
	target
	ConditionExpression                 *string
	ReturnValues                        string
	ReturnValuesOnConditionCheckFailure string
}

// condition reads the condition of a call; nil stands for none.
func (w *write) condition() (condition, error) {
	if on := w.ReturnValuesOnConditionCheckFailure; on != "" && on != "NONE" && on != "ALL_OLD" {
		return nil, invalid("Value '" + on + "' at 'returnValuesOnConditionCheckFailure' is not one of [ALL_OLD, NONE]")
	}
	if w.ConditionExpression == nil {
		return nil, nil
	}
	return parse(&w.expressions, "ConditionExpression", *w.ConditionExpression, (*parser).condition)
}

// refuse returns the failure of a condition that does not hold of the item that is there.
func (w *write) refuse(c condition, before Item, out *answer) error {
	if c == nil || c.holds(before) {
		return nil
	}
	out.writes = writeUnits(before, nil)
	failed := failure{kind: inDynamoDB + "ConditionalCheckFailedException", message: "The conditional request failed"}
	if w.ReturnValuesOnConditionCheckFailure == "ALL_OLD" {
		failed.item = before
	}
	return failed
}

type putItem struct {
	write
	Item Item
}

func (p *putItem) run(t *table, out *answer) error {
	condition, err := p.condition()
	if err != nil {
		return err
	}
	if err := p.checkUsed(); err != nil {
		return err
	}
	if err := p.Item.check(); err != nil {
		return err
	}
	key, err := t.keyIn(p.Item)
	if err != nil {
		return err
	}
	if p.Item.size() > mostBytes {
		return invalid("Item size has exceeded the maximum allowed size")
	}
	before := t.items[key]
	if out.Attributes, err = returned(p.ReturnValues, before); err != nil {
		return err
	}
	if err := p.refuse(condition, before, out); err != nil {
		return err
	}
	out.writes = writeUnits(before, p.Item)
	t.put(key, p.Item)
	return nil
}

// returned returns what a call returns that replaces or removes an item.
func returned(values string, before Item) (Item, error) {
	switch values {
	case "", "NONE":
		return nil, nil
	case "ALL_OLD":
		return before, nil
	default:
		return nil, invalid("Return values set to invalid value")
	}
}

type deleteItem struct {
	write
	Key Item
}

func (d *deleteItem) run(t *table, out *answer) error {
	condition, err := d.condition()
	if err != nil {
		return err
	}
	if err := d.checkUsed(); err != nil {
		return err
	}
	key, err := t.keyOf(d.Key)
	if err != nil {
		return err
	}
	before := t.items[key]
	if out.Attributes, err = returned(d.ReturnValues, before); err != nil {
		return err
	}
	if err := d.refuse(condition, before, out); err != nil {
		return err
	}
	out.writes = writeUnits(before, nil)
	t.remove(key)
	return nil
}

type updateItem struct {
	write
	Key              Item
	UpdateExpression *string
}

func (u *updateItem) run(t *table, out *answer) error {
	condition, err := u.condition()
	if err != nil {
		return err
	}
	var changes update
	if u.UpdateExpression != nil {
		if changes, err = parse(&u.expressions, "UpdateExpression", *u.UpdateExpression, (*parser).update); err != nil {
			return err
		}
	}
	if err := u.checkUsed(); err != nil {
		return err
	}
	key, err := t.keyOf(u.Key)
	if err != nil {
		return err
	}
	for _, name := range changes.names {
		if t.isKey(name) {
			return invalid("One or more parameter values were invalid: Cannot update attribute " + name + ". This attribute is part of the key")
		}
	}
	before := t.items[key]
	if err := u.refuse(condition, before, out); err != nil {
		return err
	}
	after, err := changes.apply(before)
	if err != nil {
		return err
	}
	for name, value := range u.Key {
		after[name] = value
	}
	if after.size() > mostBytes {
		return invalid("Item size to update has exceeded the maximum allowed size")
	}
	if out.Attributes, err = u.returned(before, after, changes.names); err != nil {
		return err
	}
	out.writes = writeUnits(before, after)
	t.put(key, after)
	return nil
}

func (u *updateItem) returned(before, after Item, names []string) (Item, error) {
	some := func(of Item) Item {
		item := Item{}
		for _, name := range names {
			if value, is := of[name]; is {
				item[name] = value
			}
		}
		return item
	}
	switch u.ReturnValues {
	case "ALL_NEW":
		return after, nil
	case "UPDATED_NEW":
		return some(after), nil
	case "UPDATED_OLD":
		return some(before), nil
	default:
		return returned(u.ReturnValues, before)
	}
}
