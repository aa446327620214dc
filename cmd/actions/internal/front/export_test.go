package front

import (
	"context"

	"github.com/tocsin-sec/tocsin/sinks/slack/interaction"
)

// ReadKeysBy has the secrets of all instances read in another way: those of pkg/secret go by the real clock.
func (f *Front) ReadKeysBy(read func(ctx context.Context, again bool) (interaction.Keys, error)) {
	for _, one := range f.instances {
		one.read = read
	}
}
