// Package credential judges what a sink cannot do without and nobody may see, such as a webhook's
// URL or a token: in the same way whether it stands in the setting itself or the setting refers to
// it. No error of a check may show anything of the text that it is about.
package credential

import (
	"context"
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/pkg/secret"
)

// CheckPlain says at start what check finds wrong with a secret that stands in the setting itself. A
// referenced one is read at the first message, so that the other sinks can start without it.
func CheckPlain(ctx context.Context, ref secret.Ref, check func(text string) error) error {
	if !ref.IsSet() || ref.IsReference() {
		return nil
	}
	text, err := ref.Value(ctx)
	if err != nil {
		return err //nolint:wrapcheck // it is said of the setting
	}
	return check(text)
}

// Read returns a secret, which errors call by the given name: "webhook's URL". One that check refuses
// breaks the sink until somebody mends it; one that cannot be read just now does not.
func Read(ctx context.Context, ref secret.Ref, name string, check func(text string) error) (string, error) {
	text, err := ref.Value(ctx)
	if err != nil {
		return "", fmt.Errorf("the %s cannot be had: %w", name, err)
	}
	if err := check(text); err != nil {
		return "", notify.PermanentSink(fmt.Errorf("the %s %w", name, err))
	}
	return text, nil
}
