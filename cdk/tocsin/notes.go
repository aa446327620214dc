package tocsin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/tocsin-sec/tocsin/events/source"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// Note is something that operators should know of the sources that they have chosen.
type Note struct {
	// ID is the name by which a warning is acknowledged; empty for what is no warning.
	ID string
	// Text says it in a sentence or two.
	Text string
}

// Notes returns what there is to know of the chosen sources: what each costs in events, which
// findings are paid for twice, and what is lost without endings; and which mutes somebody might not
// have meant. Nothing is said of the default.
func (p *Props) Notes() []Note {
	chosen := p.chosen()
	var notes []Note
	for _, s := range chosen {
		if len(p.Sources) > 0 && s.Rules.Volume != "" {
			notes = append(notes, Note{Text: fmt.Sprintf("Events of %s: %s.", s.ID, s.Rules.Volume)})
		}
	}
	notes = append(notes, sameService(chosen)...)
	notes = append(notes, passedOn(chosen)...)
	notes = append(notes, p.configNotes()...)
	notes = append(notes, p.muteNotes()...)
	if p.WithoutEndings {
		notes = append(notes, endingsNote(chosen))
	}
	return notes
}

// sameService warns of sources that are the forms of one service's findings.
func sameService(chosen []source.Source) []Note {
	var notes []Note
	for i, s := range chosen {
		for _, other := range chosen[i+1:] {
			if s.Name == other.Name {
				notes = append(notes, Note{"tocsin:sameFindings", fmt.Sprintf("%s and %s are two forms of one service's findings. "+
					"The ledger makes one message of the two, but every event is paid for twice: choose one.", s.ID, other.ID)})
			}
		}
	}
	return notes
}

// passedOn warns of sources whose findings come by another chosen one too.
func passedOn(chosen []source.Source) []Note {
	var native []string
	for _, s := range chosen {
		if s.Native.Product != "" && s.Passed == nil {
			native = append(native, s.ID)
		}
	}
	var notes []Note
	for _, s := range chosen {
		if s.Passed != nil && len(native) > 0 {
			notes = append(notes, Note{"tocsin:passedOn", fmt.Sprintf("%s passes on findings of %s, which come by themselves too. "+
				"The ledger makes one message of the two, but both events are paid for.", s.ID, strings.Join(native, ", "))})
		}
	}
	return notes
}

// muteNotes warns of mutes that hold back everything, or last for long, in the function's own words.
// Those in a secret are not known here.
func (p *Props) muteNotes() []Note {
	with, _ := p.withFile() // mistakes are for check
	text := with.value(variableMutes)
	if strings.TrimSpace(text) == "" || unresolved(text) {
		return nil
	}
	variables := map[string]string{variableSinks: with.defaultSink(), variableMutes: text}
	with.addMissing(variables, nil)
	judgement, _ := with.judge(config.Texts(variables))
	var notes []Note
	for _, warning := range judgement.Warnings {
		notes = append(notes, Note{"tocsin:mutes", warning + "."})
	}
	return notes
}

// endingsNote says what withoutEndings saves, and what it costs.
func endingsNote(chosen []source.Source) Note {
	without := slices.DeleteFunc(slices.Clone(chosen), func(s source.Source) bool { return s.Rules.WithoutEndings == nil })
	if len(without) == 0 {
		return Note{Text: "withoutEndings changes nothing: no rule of the chosen sources takes findings because they are over."}
	}
	return Note{Text: fmt.Sprintf("withoutEndings: findings of %s that are over and below the lowest threshold are not paid for. "+
		"It costs their last update: what was sent stays open, no message says closed or resolved, "+
		"and one that opens again at the same time is no news.", strings.Join(idsOf(without), ", "))}
}

func idsOf(sources []source.Source) []string {
	ids := make([]string, len(sources))
	for i, s := range sources {
		ids[i] = s.ID
	}
	return ids
}

// addNotes puts the notes on a construct, for the synthesis to say.
func addNotes(scope constructs.Construct, p *Props) {
	annotations := awscdk.Annotations_Of(scope)
	for _, note := range p.Notes() {
		if note.ID == "" {
			annotations.AddInfo(jsii.String(note.Text))
		} else {
			annotations.AddWarningV2(jsii.String(note.ID), jsii.String(note.Text))
		}
	}
}
