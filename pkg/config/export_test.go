package config

// Structs returns a new value of each struct that Load decodes, for the test that all sources
// agree.
func Structs() []any { return []any{&global{}, &shared{}, &look{}} }

// IsReserved reports whether an instance may not have the name.
func IsReserved(name string) bool { return isReserved(name) }
