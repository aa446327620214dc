package tableserver

import (
	"bytes"
	"cmp"
	"errors"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Value is an attribute's value in DynamoDB's JSON: exactly one of the fields is set.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
type Value struct {
	S    *string  `json:"S,omitempty"`
	N    *string  `json:"N,omitempty"`
	B    *[]byte  `json:"B,omitempty"`
	BOOL *bool    `json:"BOOL,omitempty"`
	NULL *bool    `json:"NULL,omitempty"`
	SS   []string `json:"SS,omitempty"`
	NS   []string `json:"NS,omitempty"`
	BS   [][]byte `json:"BS,omitempty"`
	L    *[]Value `json:"L,omitempty"`
	M    *Item    `json:"M,omitempty"`
}

// Item is the attributes of an item.
type Item map[string]Value

// check refuses an item with a value that DynamoDB refuses, and brings its numbers into their one
// form.
func (i Item) check() error {
	for name, value := range i {
		if err := value.check(); err != nil {
			return err
		}
		i[name] = value
	}
	return nil
}

func (v *Value) check() (err error) {
	set := 0
	for _, is := range []bool{
		v.S != nil, v.N != nil, v.B != nil, v.BOOL != nil, v.NULL != nil, v.SS != nil, v.NS != nil, v.BS != nil, v.L != nil, v.M != nil,
	} {
		if is {
			set++
		}
	}
	switch {
	case set == 0:
		return invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case set > 1:
		return invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	case v.N != nil:
		*v.N, err = canonical(*v.N)
		return err
	case v.M != nil:
		return v.M.check()
	case v.L != nil:
		for i := range *v.L {
			if err := (*v.L)[i].check(); err != nil {
				return err
			}
		}
	}
	return v.checkSets()
}

func (v *Value) checkSets() (err error) {
	for i := range v.NS {
		if v.NS[i], err = canonical(v.NS[i]); err != nil {
			return err
		}
	}
	isEmpty := v.SS != nil && len(v.SS) == 0 || v.NS != nil && len(v.NS) == 0 || v.BS != nil && len(v.BS) == 0
	if isEmpty {
		return invalid("One or more parameter values were invalid: An set may not be empty")
	}
	for _, set := range [][]string{v.SS, v.NS} {
		sorted := slices.Sorted(slices.Values(set))
		if len(slices.Compact(sorted)) != len(set) {
			return invalid("One or more parameter values were invalid: Input collection contains duplicates")
		}
	}
	return nil
}

// kind returns the name of the value's type.
func (v Value) kind() string {
	switch {
	case v.S != nil:
		return "S"
	case v.N != nil:
		return "N"
	case v.B != nil:
		return "B"
	case v.BOOL != nil:
		return "BOOL"
	case v.NULL != nil:
		return "NULL"
	case v.SS != nil:
		return "SS"
	case v.NS != nil:
		return "NS"
	case v.BS != nil:
		return "BS"
	case v.L != nil:
		return "L"
	default:
		return "M"
	}
}

// equal reports whether two values are of one type and the same. The order within a set is none.
func (v Value) equal(other Value) bool {
	if v.kind() != other.kind() {
		return false
	}
	switch v.kind() {
	case "S":
		return *v.S == *other.S
	case "N":
		return *v.N == *other.N
	case "B":
		return bytes.Equal(*v.B, *other.B)
	case "BOOL":
		return *v.BOOL == *other.BOOL
	case "NULL":
		return true
	case "SS", "NS":
		mine, theirs := slices.Concat(v.SS, v.NS), slices.Concat(other.SS, other.NS)
		return slices.Equal(slices.Sorted(slices.Values(mine)), slices.Sorted(slices.Values(theirs)))
	case "BS":
		mine, theirs := slices.Clone(v.BS), slices.Clone(other.BS)
		slices.SortFunc(mine, bytes.Compare)
		slices.SortFunc(theirs, bytes.Compare)
		return slices.EqualFunc(mine, theirs, bytes.Equal)
	case "L":
		return slices.EqualFunc(*v.L, *other.L, Value.equal)
	default:
		return v.M.equal(*other.M)
	}
}

func (i Item) equal(other Item) bool {
	if len(i) != len(other) {
		return false
	}
	for name, value := range i {
		theirs, is := other[name]
		if !is || !value.equal(theirs) {
			return false
		}
	}
	return true
}

// compare orders two values of one type; ok is false for types that have no order.
func (v Value) compare(other Value) (order int, ok bool) {
	switch {
	case v.S != nil && other.S != nil:
		return strings.Compare(*v.S, *other.S), true
	case v.B != nil && other.B != nil:
		return bytes.Compare(*v.B, *other.B), true
	case v.N != nil && other.N != nil:
		x, _ := new(big.Rat).SetString(*v.N)
		y, _ := new(big.Rat).SetString(*other.N)
		return x.Cmp(y), true
	default:
		return 0, false
	}
}

// size is how many bytes a value counts for.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func (v Value) size() int {
	size := 0
	switch v.kind() {
	case "S":
		return len(*v.S)
	case "N":
		return sizeOfNumber(*v.N)
	case "B":
		return len(*v.B)
	case "BOOL", "NULL":
		return 1
	case "SS", "NS", "BS":
		for _, s := range v.SS {
			size += len(s)
		}
		for _, n := range v.NS {
			size += sizeOfNumber(n)
		}
		for _, b := range v.BS {
			size += len(b)
		}
		return size
	case "L":
		for _, element := range *v.L {
			size += 1 + element.size()
		}
		return 3 + size
	default:
		return 3 + len(*v.M) + v.M.size()
	}
}

// size is how many bytes an item counts for: names and values.
func (i Item) size() int {
	size := 0
	for name, value := range i {
		size += len(name) + value.size()
	}
	return size
}

// sizeOfNumber is a byte for two digits, and one more; leading and trailing zeros do not count.
func sizeOfNumber(n string) int {
	digits := strings.Trim(strings.ReplaceAll(strings.TrimPrefix(n, "-"), ".", ""), "0")
	return (len(digits)+1)/2 + 1
}

// canonical returns a number as DynamoDB gives it back: without zeros that say nothing. It has up to
// 38 digits.
func canonical(n string) (string, error) {
	if whole, err := strconv.ParseInt(n, 10, 64); err == nil {
		return strconv.FormatInt(whole, 10), nil
	}
	const least, most = 1e-130, 9.9999999999999999999999999999999999999e125
	near, err := strconv.ParseFloat(n, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) || strings.ContainsAny(n, "xXpP_iInN") {
		return "", invalid("The parameter cannot be converted to a numeric value: " + n)
	}
	if near = max(near, -near); near > most {
		return "", invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	} else if near != 0 && near < least {
		return "", invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
	}
	exact, ok := new(big.Rat).SetString(n)
	if !ok {
		return "", invalid("The parameter cannot be converted to a numeric value: " + n)
	}
	text := exact.FloatString(170) // more places than the least number with 38 digits has
	text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	if digits := strings.Trim(strings.ReplaceAll(strings.TrimPrefix(text, "-"), ".", ""), "0"); len(digits) > 38 {
		return "", invalid("Attempting to store more than 38 significant digits in a Number")
	}
	return cmp.Or(text, "0"), nil
}

// sum returns the sum of two numbers, or with a sign of -1 their difference.
func sum(x, y Value, sign int64) (Value, error) {
	a, _ := new(big.Rat).SetString(*x.N)
	b, _ := new(big.Rat).SetString(*y.N)
	total := a.Add(a, b.Mul(b, big.NewRat(sign, 1)))
	text, err := canonical(total.FloatString(170))
	return Value{N: &text}, err
}
