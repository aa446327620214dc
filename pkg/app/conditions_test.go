package app_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-sec/tocsin/pkg/app"
	"github.com/tocsin-sec/tocsin/pkg/config"
)

// Mistakes that would lose alerts are found wherever a configuration is read, each with its variable.
// What is not at hand, such as names in a secret, is not judged.
func TestMistakesThatLoseAlerts(t *testing.T) {
	for name, test := range map[string]struct {
		settings map[string]string
		want     []string
	}{
		"a level and a region": {
			map[string]string{"CONSOLE_WHEN": `level == "hihg" or region == "eu-wset-1"`},
			[]string{
				`CONSOLE_WHEN: line 1, column 10: no level is called so; did you mean "high"?`,
				`CONSOLE_WHEN: line 1, column 30: there is no such region; did you mean "eu-west-1"?`,
			},
		},
		"a shared condition that nobody uses": {
			map[string]string{"WHEN": `severity >= 70`, "CONSOLE_WHEN": "true"},
			[]string{"WHEN: line 1, column 10: no severity is so: it goes from 1 to 10, high from 7, critical from 9"},
		},
		"an account's name": {
			map[string]string{"WHEN": `account_name == "porduction"`, "ACCOUNT_NAMES": "111122223333=production,444455556666=dev"},
			[]string{`WHEN: line 1, column 17: no account is called so in ACCOUNT_NAMES; did you mean "production"?`},
		},
		"a name without a comma before it": {
			map[string]string{"WHEN": `account_name == "dev"`, "ACCOUNT_NAMES": "111122223333=production 444455556666=dev"},
			[]string{"ACCOUNT_NAMES: entry 1: the name holds =; a comma stands between two accounts"},
		},
		"names in a secret": {
			map[string]string{"WHEN": `account_name == "porduction"`, "ACCOUNT_NAMES": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:names-AbCdEf"}, nil,
		},
		"no names": {map[string]string{"WHEN": `account_name == "porduction"`}, nil},
		"what the sources say": {
			map[string]string{"WHEN": `type == "Recon:EC2/Portsacn" or product == "macie" or source == "health" or road == "hub"`},
			[]string{
				`WHEN: line 1, column 9: no known type is called so; did you mean "Recon:EC2/Portscan"? (what is meant as it stands: matches)`,
				`WHEN: line 1, column 44: no known product is called so; did you mean "Macie"? (what is meant as it stands: matches)`,
				`WHEN: line 1, column 65: no known source is called so; did you mean "aws.health"? (what is meant as it stands: matches)`,
				"WHEN: line 1, column 85: no road is called so; there are: guardduty, securityhub-cspm, securityhub, inspector2, macie, access-analyzer, " +
					"health, cloudwatch, cloudtrail, config, generic",
			},
		},
		"mutes": {
			map[string]string{"MUTES": `[{name: a, when: not (level == "hihg"), until: 9999-12-31, reason: x}, {when: account_name == "x", until: 9999-12-31, reason: the scanner}]`, "ACCOUNT_NAMES": "111122223333=prod"},
			[]string{
				`MUTES: the mute "a": when: line 1, column 15: no level is called so; did you mean "high"?`,
				`MUTES: the mute "the-scanner": when: line 1, column 17: no account is called so in ACCOUNT_NAMES; add it there, or compare account with its id`,
			},
		},
		"templates": {
			map[string]string{"TITLE_TEMPLATE": "{level} {{.title}}"}, []string{"TITLE_TEMPLATE: at 1:0: a name in single braces stands as it is; write {{.level}}"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			settings := map[string]string{"SINKS": "console", "LEDGER": "off"}
			for variable, text := range test.settings {
				settings[variable] = text
			}
			_, judged := app.Judge(t.Context(), app.Options{Settings: config.Texts(settings)})
			_, loaded := app.Load(t.Context(), app.Options{Settings: config.Texts(settings)})
			for where, err := range map[string]error{"Judge": judged, "Load": loaded} {
				var got []string
				for _, mistake := range app.Mistakes(err) {
					got = append(got, mistake.Error())
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("%s: %s", where, diff)
				}
			}
		})
	}
}
