package webhook

import (
	"encoding"
	"maps"
	"reflect"
	"strings"
	"time"

	"github.com/tocsin-sec/tocsin/formatter/json"
)

// shape is what is known of a value in a document: a single value, an object or a list.
type shape struct {
	// single is an example of a single value; nil for others.
	single any
	// members are those of an object whose names are known.
	members map[string]*shape
	// element is the shape of what is in a list, or in an object whose names are the finding's own.
	element *shape
	isList  bool
}

// vocabulary returns the shape of the documented JSON, whichever of its two forms it has.
func vocabulary() *shape {
	all := shapeOf(reflect.TypeFor[json.Notification]())
	maps.Copy(all.members, shapeOf(reflect.TypeFor[json.Finding]()).members)
	return all
}

func shapeOf(t reflect.Type) *shape {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return &shape{single: "2026-05-01T12:00:00Z"}
	case t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		return &shape{single: "word"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(t.Elem())
	case reflect.Slice:
		return &shape{isList: true, element: shapeOf(t.Elem())}
	case reflect.Map:
		return &shape{element: shapeOf(t.Elem())}
	case reflect.Struct:
		s := &shape{members: map[string]*shape{}}
		for field := range t.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "" {
				maps.Copy(s.members, shapeOf(field.Type).members)
			} else {
				s.members[name] = shapeOf(field.Type)
			}
		}
		return s
	case reflect.String:
		return &shape{single: "a \"text\" \\ with\nlines \u2028 </script>"}
	case reflect.Bool:
		return &shape{single: true}
	default:
		return &shape{single: 1.5}
	}
}

// sample returns a value of a shape that has everything that it can have.
func sample(s *shape) any {
	switch {
	case s.isList:
		return []any{sample(s.element), sample(s.element)}
	case s.element != nil:
		return map[string]any{"one": sample(s.element), "two": sample(s.element)}
	case s.members != nil:
		object := map[string]any{}
		for name, member := range s.members {
			object[name] = sample(member)
		}
		return object
	}
	return s.single
}

// aText returns the shape of a text, which stands for any single value.
func aText() *shape { return &shape{single: ""} }

// isLike reports whether whoever may use the one may use the other.
func (s *shape) isLike(other *shape) bool {
	return s == other || s != nil && other != nil && s.single != nil && other.single != nil
}

// member returns the shape of a member, and false where there can be none of the name.
func (s *shape) member(name string) (*shape, bool) {
	switch {
	case s.members != nil:
		member, found := s.members[name]
		return member, found
	case s.element != nil && !s.isList:
		return s.element, true
	}
	return nil, false
}
