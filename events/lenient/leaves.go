package lenient

import "strings"

// Leaf is a plain value in a document. Its path has slashes, for with dots it would look like the name of
// a host, and is without the words that stand for a list.
type Leaf struct{ Path, Name, Value string }

// deepest bounds how deep leaves are looked for.
const deepest = 8

// Leaves calls do for the plain values in a document, at any depth that people could still follow.
func (d Document) Leaves(do func(Leaf)) { d.leaves(Leaf{}, deepest, do) }

func (d Document) leaves(at Leaf, depth int, do func(Leaf)) {
	if depth == 0 {
		return
	}
	switch d.Kind() {
	case '{':
		for _, m := range d.Each() {
			below := Leaf{Path: strings.Trim(at.Path+"/"+m.Name, "/"), Name: m.Name}
			switch m.Name {
			case "xmlns": // of S3, whose parameters were XML
				continue
			case "items", "member":
				below = at
			}
			m.Value.leaves(below, depth-1, do)
		}
	case '[':
		elements, _ := d.Listed()
		for _, element := range elements {
			element.leaves(at, depth-1, do)
		}
	default:
		if at.Value = d.Text(); at.Value != "" {
			do(at)
		}
	}
}
