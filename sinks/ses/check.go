package ses

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// letterhead is who sends to whom.
type letterhead struct {
	from        address
	to, replyTo []address
}

// Check judges the settings as New does, without the AWS settings of this machine.
func (c Config) Check(context.Context, string) error {
	_, err := c.parsed()
	return err
}

// parsed reads the settings. The error joins one for each mistake.
func (c Config) parsed() (letterhead, error) {
	var head letterhead
	var mistakes []error
	read := func(setting, text, missing string) []address {
		text = strings.TrimSpace(text)
		if text == "" {
			if missing != "" {
				mistakes = append(mistakes, fmt.Errorf("%s: is not set; %s", setting, missing))
			}
			return nil
		}
		all, errs := parseAddresses(text)
		for _, err := range errs {
			if setting == "FROM" && errors.Is(err, errNoAddresses) {
				err = errNoSender
			}
			mistakes = append(mistakes, fmt.Errorf("%s: %w", setting, err))
		}
		return all
	}
	from := read("FROM", c.From, "give an address that SES knows as verified, or one of a domain that it does")
	if len(from) > 1 {
		mistakes = append(mistakes, errors.New("FROM: has several addresses; give one"))
	}
	head.to = read("TO", c.To, "give the addresses of the recipients, separated by commas")
	head.replyTo = read("REPLY_TO", c.ReplyTo, "")
	if set := strings.TrimSpace(c.ConfigurationSet); !isSetName(set) {
		mistakes = append(mistakes, errors.New("CONFIGURATION_SET: is not the name of a configuration set, which has up to 64 of "+
			"the letters a to z and A to Z, digits, - and _; give the name and not the ARN"))
	}
	if len(mistakes) > 0 {
		return letterhead{}, errors.Join(mistakes...)
	}
	head.from = from[0]
	return head, nil
}

// isSetName reports whether a configuration set could have the name, or there is none.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateConfigurationSet.html
func isSetName(name string) bool {
	return len(name) <= 64 && strings.Trim(name, lower+upper+digits+"-_") == ""
}
