package e2e_test

import (
	"testing"

	"github.com/tocsin-sec/tocsin/test/moto"
)

// The same proofs against another emulator, whose mistakes are others.
func TestOnMoto(t *testing.T) {
	url := moto.Start(t)
	usual := shared.emulator
	shared.emulator = &emulator{url: url, tables: url}
	t.Cleanup(func() { shared.emulator = usual })
	for _, proof := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"delivered to both", TestDeliveredToBoth},
		{"a retry reaches only the sink that failed", TestRetryReachesOnlyTheSinkThatFailed},
		{"queue", TestQueueAsSink},
		{"FIFO queue", TestFIFOQueueAsSink},
		{"two copies race", TestTwoCopiesRace},
		{"dead letter and redrive", TestDeadLetterAndRedrive},
		{"unreadable records", TestUnreadableRecordsAreDeadLetters},
		{"killed at each step", TestKilledAtEachStep},
		{"another sink says that one is dead", TestAnotherSinkSaysThatOneIsDead},
		{"summary of a week", summaryInTurns},
		{"storm", TestStorm},
		{"storm over the turn of a minute", TestStormOverTheTurnOfAMinute},
	} {
		t.Run(proof.name, proof.run)
	}
}
