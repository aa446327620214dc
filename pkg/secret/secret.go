// Package secret holds what must not be seen: a value that hides itself from every print, log and
// JSON document.
package secret

import (
	"context"
	"log/slog"
)

// Redacted is what stands for a secret wherever one is printed.
const Redacted = "[redacted]"

// Ref is a secret, or the way to it. Its zero value is "not set". It is safe for concurrent use.
type Ref struct {
	// value is behind a pointer, since fmt prints the unexported fields of a struct without asking
	// their methods, but shows no more of a pointer in it than its address.
	value *string
}

// New makes a secret of its plain value; the empty value is "not set".
func New(value string) Ref {
	if value == "" {
		return Ref{}
	}
	return Ref{value: &value}
}

// UnmarshalText reads a secret from a setting. It never fails, so that no error can show the text.
func (r *Ref) UnmarshalText(text []byte) error {
	*r = New(string(text))
	return nil
}

// IsSet reports whether there is a secret at all.
func (r Ref) IsSet() bool { return r.value != nil }

// Value gives the secret in plain text, for the one moment when it is used; "" when it is not set.
func (r Ref) Value(context.Context) (string, error) {
	if r.value == nil {
		return "", nil
	}
	return *r.value, nil
}

// String hides the secret from fmt.
func (r Ref) String() string { return Redacted }

// GoString hides the secret from %#v.
func (r Ref) GoString() string { return Redacted }

// MarshalText hides the secret from JSON and other encodings.
func (r Ref) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue hides the secret from structured logs.
func (r Ref) LogValue() slog.Value { return slog.StringValue(Redacted) }
