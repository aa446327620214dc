package ses

import "github.com/tocsin-sec/tocsin/pkg/notify"

// Whole returns the mail that a sink would send.
func Whole(s *Sink, n notify.Notification) []byte { return s.mailOf(n).whole }
