package config_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/config"
)

// escalates has two types of sink, the messages of one of which can have buttons.
func escalates() config.Options {
	return config.Options{
		SinkTypes: map[string][]string{"chat": {"CHANNEL", "SIGNED"}, "pager": {"KEY"}, "hook": {"URL"}},
		Pressed:   map[string]string{"chat": "SIGNED"},
	}
}

const queueOfFindings = "https://sqs.eu-west-1.amazonaws.com/111122223333/findings"

// escalating are settings by which chat escalates to pager, with others over them; "-" takes one away.
func escalating(with map[string]string) config.Variables {
	texts := map[string]string{
		"SINKS": "chat,pager", "CHAT_SIGNED": "a-reference", "CHAT_ESCALATE_AFTER": "15m", "CHAT_ESCALATE_TO": "pager",
		"LEDGER": "dynamodb", "LEDGER_TABLE": "t", "QUEUE_URL": queueOfFindings,
	}
	maps.Copy(texts, with)
	maps.DeleteFunc(texts, func(_, text string) bool { return text == "-" })
	return config.Texts(texts)
}

func TestEscalation(t *testing.T) {
	const high = 7
	chat := config.Escalation{After: 15 * time.Minute, To: "pager", MinSeverity: high}
	shared := map[string]string{"CHAT_ESCALATE_AFTER": "-", "CHAT_ESCALATE_TO": "-", "ESCALATE_AFTER": "15m", "ESCALATE_TO": "pager"}
	with := func(more map[string]string) map[string]string {
		all := maps.Clone(shared)
		maps.Copy(all, more)
		return all
	}
	for name, test := range map[string]struct {
		with map[string]string
		want map[string]config.Escalation // of the instances that escalate
	}{
		"one instance":          {nil, map[string]config.Escalation{"chat": chat}},
		"nothing":               {map[string]string{"CHAT_ESCALATE_AFTER": "-", "CHAT_ESCALATE_TO": "-", "QUEUE_URL": "-"}, nil},
		"a day, from medium on": {map[string]string{"CHAT_ESCALATE_AFTER": "24h", "CHAT_ESCALATE_MIN_SEVERITY": "medium"}, map[string]config.Escalation{"chat": {24 * time.Hour, "pager", 4}}},
		"shared":                {shared, map[string]config.Escalation{"chat": chat}},
		"shared, by two of three with buttons, but the one that is told": {
			with(map[string]string{"SINKS": "chat,b=chat,c=chat,pager", "B_SIGNED": "r", "C_SIGNED": "r", "ESCALATE_TO": "c"}),
			map[string]config.Escalation{"chat": {15 * time.Minute, "c", high}, "b": {15 * time.Minute, "c", high}},
		},
		"a time of its own, the rest shared": {with(map[string]string{"CHAT_ESCALATE_AFTER": "40m"}), map[string]config.Escalation{"chat": {40 * time.Minute, "pager", high}}},
		"each tells the other": {
			map[string]string{"SINKS": "chat,b=chat", "B_SIGNED": "r", "CHAT_ESCALATE_TO": "b", "B_ESCALATE_AFTER": "1m", "B_ESCALATE_TO": "chat"},
			map[string]config.Escalation{"chat": {15 * time.Minute, "b", high}, "b": {time.Minute, "chat", high}},
		},
		"an instance named escalate": {
			map[string]string{"SINKS": "chat,pager,escalate=chat", "ESCALATE_MIN_SEVERITY": "critical", "ESCALATE_SIGNED": "r"},
			map[string]config.Escalation{"chat": chat},
		},
		"an instance named escalate that escalates": {
			map[string]string{
				"SINKS": "escalate=chat,pager", "ESCALATE_SIGNED": "r", "ESCALATE_MIN_SEVERITY": "low", "ESCALATE_ESCALATE_MIN_SEVERITY": "critical",
				"ESCALATE_AFTER": "2m", "ESCALATE_TO": "pager", "CHAT_ESCALATE_AFTER": "-", "CHAT_ESCALATE_TO": "-", "CHAT_SIGNED": "-",
			},
			map[string]config.Escalation{"escalate": {2 * time.Minute, "pager", 9}},
		},
		"an instance whose name goes on": {
			map[string]string{"SINKS": "chat,pager,chat_escalate=pager", "CHAT_ESCALATE_MIN_SEVERITY": "low"},
			map[string]config.Escalation{"chat": chat},
		},
	} {
		c, err := config.Load(escalating(test.with), escalates())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		got := map[string]config.Escalation{}
		for _, sink := range c.Sinks {
			if sink.Escalation != (config.Escalation{}) {
				got[sink.Name] = sink.Escalation
			}
		}
		if len(test.want) != len(got) || len(got) > 0 && !cmp.Equal(test.want, got) {
			t.Errorf("%s: %s", name, cmp.Diff(test.want, got))
		}
	}
}

// Each mistake is said once, with the variable and what to do about it.
func TestEscalationMistakes(t *testing.T) {
	const (
		needsTable   = "needs a table, in which stands who has taken a finding on; set LEDGER=dynamodb and LEDGER_TABLE, or unset this"
		needsQueue   = "needs a queue to wait in; set QUEUE_URL to the URL of the queue that findings come by, or unset this"
		needsButtons = "needs buttons, by which somebody takes a finding on"
		badTime      = "not a time to wait: want whole seconds from 1m to 24h, such as 15m"
	)
	unless := func(variable string) string {
		return "is without effect unless " + variable + " is set; set that too, or unset this"
	}
	own := map[string]string{"CHAT_ESCALATE_AFTER": "-", "CHAT_ESCALATE_TO": "-"}
	shared := func(with map[string]string) map[string]string {
		all := maps.Clone(own)
		maps.Copy(all, with)
		return all
	}
	for name, test := range map[string]struct {
		with map[string]string
		want string
	}{
		"no time":        {map[string]string{"CHAT_ESCALATE_AFTER": "soon"}, "CHAT_ESCALATE_AFTER: " + badTime},
		"too short":      {map[string]string{"CHAT_ESCALATE_AFTER": "59s"}, "CHAT_ESCALATE_AFTER: " + badTime},
		"too long":       {map[string]string{"CHAT_ESCALATE_AFTER": "25h"}, "CHAT_ESCALATE_AFTER: " + badTime},
		"half a second":  {map[string]string{"CHAT_ESCALATE_AFTER": "90.5s"}, "CHAT_ESCALATE_AFTER: " + badTime},
		"no instance":    {map[string]string{"CHAT_ESCALATE_TO": "pagr"}, "CHAT_ESCALATE_TO: is no instance of SINKS; did you mean pager?"},
		"itself":         {map[string]string{"CHAT_ESCALATE_TO": "chat"}, "CHAT_ESCALATE_TO: is the instance itself; name another one of SINKS"},
		"no severity":    {map[string]string{"CHAT_ESCALATE_MIN_SEVERITY": "loud"}, "CHAT_ESCALATE_MIN_SEVERITY: not a severity: want a number from 0 to 10, or low, medium, high, critical"},
		"no time at all": {map[string]string{"CHAT_ESCALATE_AFTER": "-"}, "CHAT_ESCALATE_TO: " + unless("CHAT_ESCALATE_AFTER")},
		"nobody to tell": {map[string]string{"CHAT_ESCALATE_TO": "-"}, "CHAT_ESCALATE_AFTER: " + unless("CHAT_ESCALATE_TO")},
		"nobody to tell, too late": {
			map[string]string{"CHAT_ESCALATE_TO": "-", "CHAT_ESCALATE_AFTER": "25h"},
			"CHAT_ESCALATE_AFTER: " + badTime + "\nCHAT_ESCALATE_AFTER: " + unless("CHAT_ESCALATE_TO"),
		},
		"shared, nobody to tell": {
			shared(map[string]string{"ESCALATE_TO": "pagr"}), "ESCALATE_TO: is no instance of SINKS; did you mean pager?\nESCALATE_TO: " + unless("ESCALATE_AFTER"),
		},
		"a severity alone": {
			shared(map[string]string{"CHAT_ESCALATE_MIN_SEVERITY": "low"}),
			"CHAT_ESCALATE_MIN_SEVERITY: is without effect unless CHAT_ESCALATE_AFTER and CHAT_ESCALATE_TO are set; set those too, or unset this",
		},
		"no table":     {map[string]string{"LEDGER": "memory", "LEDGER_TABLE": "-"}, "CHAT_ESCALATE_AFTER: " + needsTable},
		"no queue":     {map[string]string{"QUEUE_URL": "-"}, "CHAT_ESCALATE_AFTER: " + needsQueue},
		"an ARN":       {map[string]string{"QUEUE_URL": "arn:aws:sqs:eu-west-1:111122223333:tocsin"}, "QUEUE_URL: is not the URL of an SQS queue, such as https://sqs.eu-west-1.amazonaws.com/111122223333/tocsin"},
		"a FIFO queue": {map[string]string{"QUEUE_URL": queueOfFindings + ".fifo"}, "QUEUE_URL: is a FIFO queue, which delays no single message; name the standard queue that findings come by"},
		"no buttons":   {map[string]string{"CHAT_SIGNED": "-"}, "CHAT_ESCALATE_AFTER: " + needsButtons + "; set CHAT_SIGNED, or unset this"},
		"no such buttons": {
			map[string]string{"PAGER_ESCALATE_AFTER": "15m", "PAGER_ESCALATE_TO": "chat"},
			"PAGER_ESCALATE_AFTER: " + needsButtons + ", which only these types of sink have: chat with SIGNED; unset this",
		},
		"no table, no queue, no buttons": {
			map[string]string{"LEDGER": "-", "LEDGER_TABLE": "-", "QUEUE_URL": "-", "CHAT_SIGNED": "-"},
			"CHAT_ESCALATE_AFTER: " + needsButtons + "; set CHAT_SIGNED, or unset this\nCHAT_ESCALATE_AFTER: " + needsTable + "\nCHAT_ESCALATE_AFTER: " + needsQueue,
		},
		"shared, a time alone":     {shared(map[string]string{"ESCALATE_AFTER": "15m"}), "ESCALATE_AFTER: " + unless("ESCALATE_TO")},
		"shared, whom to tell":     {shared(map[string]string{"ESCALATE_TO": "pager"}), "ESCALATE_TO: " + unless("ESCALATE_AFTER")},
		"shared, a severity alone": {shared(map[string]string{"ESCALATE_MIN_SEVERITY": "low"}), "ESCALATE_MIN_SEVERITY: is without effect unless ESCALATE_AFTER and ESCALATE_TO are set; set those too, or unset this"},
		"shared, for nobody": {
			shared(map[string]string{"ESCALATE_AFTER": "15m", "ESCALATE_TO": "pager", "CHAT_SIGNED": "-"}),
			"ESCALATE_AFTER: " + needsButtons + "; set CHAT_SIGNED, or unset this",
		},
		"shared, for the one that is told alone": {
			shared(map[string]string{"ESCALATE_AFTER": "15m", "ESCALATE_TO": "chat"}),
			"ESCALATE_TO: is the only instance whose messages have buttons, and so the only one whose findings could be escalated; name another one of SINKS",
		},
		"shared by two, without a table": {
			shared(map[string]string{"SINKS": "chat,b=chat,pager", "B_SIGNED": "r", "ESCALATE_AFTER": "1h", "ESCALATE_TO": "pager", "LEDGER": "-", "LEDGER_TABLE": "-"}),
			"ESCALATE_AFTER: " + needsTable,
		},
		"shared, with a bad time for nobody": {
			shared(map[string]string{"ESCALATE_AFTER": "1s", "ESCALATE_TO": "pager"}), "ESCALATE_AFTER: " + badTime,
		},
		"an instance that has the variable of the queue": {
			map[string]string{"SINKS": "chat,pager,queue=hook", "QUEUE_URL": "https://example.com/hook"},
			"CHAT_ESCALATE_AFTER: needs QUEUE_URL, which is a setting of the instance queue as it is; give that another name in SINKS, or unset this",
		},
		"a slip": {map[string]string{"CHAT_ESCALATE_AFTR": "15m"}, "CHAT_ESCALATE_AFTR: no such setting; did you mean CHAT_ESCALATE_AFTER?"},
	} {
		_, err := config.Load(escalating(test.with), escalates())
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: got\n%v\nwant\n%s", name, err, test.want)
		}
	}
}

// What comes of itself says nothing of escalations: names that instances had before stay theirs.
func TestNamesFromBeforeEscalations(t *testing.T) {
	for _, texts := range []map[string]string{
		{"SINKS": "escalate=chat", "ESCALATE_MIN_SEVERITY": "critical", "ESCALATE_CHANNEL": "c"},
		{"SINKS": "queue=hook", "QUEUE_URL": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook"},
		{"SINKS": "chat,chat_escalate=pager", "CHAT_ESCALATE_MIN_SEVERITY": "low"},
	} {
		c, err := config.Load(config.Texts(texts), escalates())
		if err != nil || c.QueueURL != "" {
			t.Errorf("%v: %v, %q", texts, err, c.QueueURL)
		}
	}
}

// A laptop may read settings that have their table and their queue in Lambda alone; what is wrong in them is said.
func TestEscalationOnALaptop(t *testing.T) {
	o := escalates()
	o.DefaultSinks = "chat"
	later := map[string]string{"LEDGER": "-", "LEDGER_TABLE": "-", "QUEUE_URL": "-"}
	if _, err := config.Load(escalating(later), o); err != nil {
		t.Error(err)
	}
	later["CHAT_SIGNED"] = "-"
	if _, err := config.Load(escalating(later), o); err == nil || !strings.Contains(err.Error(), "set CHAT_SIGNED") {
		t.Errorf("got %v", err)
	}
}

// The configuration file takes them: shared, by type, and of an instance.
func TestEscalationInAFile(t *testing.T) {
	for name, text := range map[string]string{
		"of an instance": "sinks:\n  chat:\n    signed: r\n    escalate_after: 15m\n    escalate_to: pager\n  pager: {}\n",
		"by type":        "defaults:\n  chat:\n    escalate_after: 15m\n    escalate_to: pager\nsinks:\n  chat:\n    signed: r\n  pager: {}\n",
		"shared":         "escalate_after: 15m\nescalate_to: pager\nsinks:\n  chat:\n    signed: r\n  pager: {}\n",
	} {
		variables, mistakes := config.ReadFile("tocsin.yaml", []byte("ledger: dynamodb\nledger_table: t\nqueue_url: "+queueOfFindings+"\n"+text), escalates())
		if len(mistakes) > 0 {
			t.Errorf("%s: %v", name, mistakes)
			continue
		}
		c, err := config.Load(variables, escalates())
		if err != nil || c.Sinks[0].Escalation.To != "pager" || c.Sinks[1].Escalation.To != "" || c.QueueURL != queueOfFindings {
			t.Errorf("%s: %+v, %v", name, c.Sinks, err)
		}
	}
	_, mistakes := config.ReadFile("tocsin.yaml", []byte("sinks:\n  chat:\n    signed: r\n    escalate_aftr: 15m\n    escalate_to: pager\n  pager: {}\n"), escalates())
	if len(mistakes) != 1 || !strings.Contains(mistakes[0].Error(), "did you mean escalate_after?") {
		t.Errorf("a slip in the file: %v", mistakes)
	}
}
