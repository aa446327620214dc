package sinks_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tocsin-sec/tocsin/formatter/formattertest"
	"github.com/tocsin-sec/tocsin/sinks/sns/snstest"
)

// snsEnd is a topic with a list of what was published.
func snsEnd(*testing.T) *remote {
	var mu sync.Mutex
	var published []string
	var refused []error
	fault := func(code string) http.HandlerFunc {
		return says(http.StatusBadRequest, "<ErrorResponse><Error><Type>Sender</Type><Code>"+code+"</Code></Error></ErrorResponse>")
	}
	return &remote{
		handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			accepted, proof := "", snstest.Published("m-1")
			for _, form := range snstest.Entries(r) {
				if text := form.Get("Message"); len(text) > 256<<10 || len(form.Get("Subject")) >= 100 {
					refused = append(refused, fmt.Errorf("%d bytes", len(text)))
					fault("InvalidParameter")(w, r)
					return
				}
				published = append(published, form.Get("Subject")+"\n"+form.Get("Message"))
				if id := form.Get("Id"); id != "" {
					accepted += snstest.Accepted(id, "m-1")
					proof = snstest.Batch("", accepted)
				}
			}
			_, _ = io.WriteString(w, proof)
		}),
		settings: func(base string) map[string]string {
			return map[string]string{"SNS_TOPIC_ARN": "arn:aws:sns:eu-west-1:111122223333:alerts", "AWS_ENDPOINT_URL_SNS": base}
		},
		arrived: func() []string {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(published)
		},
		refused: func() []error {
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(refused)
		},
		throttle: fault("Throttled"), dead: fault("NotFound"),
		check: func(t testing.TB, message string) {
			subject, text, _ := strings.Cut(message, "\n")
			formattertest.CheckSubject(t, subject)
			formattertest.CheckText(t, text, 256<<10)
		},
	}
}
