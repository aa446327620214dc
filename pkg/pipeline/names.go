package pipeline

import (
	"cmp"
	"context"
	"slices"

	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// Names returns the operator's names for accounts, by their ids, and what is wrong with them. It is
// asked for each payload.
type Names func(context.Context) (names map[string]string, trouble []error)

// accountNames returns the operator's names for accounts. What is wrong with them keeps nothing
// back: a number in the message is better than no message.
func (p *Pipeline) accountNames(ctx context.Context) map[string]string {
	if p.parts.Names == nil {
		return nil
	}
	names, trouble := p.parts.Names(ctx)
	for _, err := range trouble {
		p.parts.Log.Trouble(err)
	}
	return names
}

// named returns the finding with the operator's names for its accounts, which go before those that
// the event states.
func named(f finding.Finding, names map[string]string) finding.Finding {
	f.Account.Name = cmp.Or(names[f.Account.ID], f.Account.Name)
	f.Actor.Remote.Account.Name = cmp.Or(names[f.Actor.Remote.Account.ID], f.Actor.Remote.Account.Name)
	if f.Sequence == nil {
		return f
	}
	sequence := *f.Sequence
	sequence.Resources = slices.Clone(sequence.Resources)
	for i, r := range sequence.Resources {
		account := finding.Account{ID: r.Attributes.Get(finding.AttrAccount)}
		if account.Name = names[account.ID]; account.Name != "" && account.ID != f.Account.ID {
			sequence.Resources[i].Attributes = r.Attributes.Replaced(finding.AttrAccount, account.String())
		}
	}
	f.Sequence = &sequence
	return f
}
