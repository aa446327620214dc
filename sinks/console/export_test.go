package console

import "os"

// HasColour reports whether a file would be written to in colour.
func (t Terminal) HasColour(file *os.File) bool { return t.hasColour(file) }
