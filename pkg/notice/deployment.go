package notice

import "github.com/tocsin-sec/tocsin/pkg/notify"

// Deployment is whose sinks are meant. Several deployments can have a sink of the same name and one fallback,
// and people have to know which of them it is. The zero value is one that is not known, as a laptop.
type Deployment struct{ Account, Region, Name string }

// says returns a notice about a sink of the deployment. A recovery is about what the notice of the same
// deployment was about, so that it ends no alert of another where the far end keeps alerts.
func (d Deployment) says(n notify.Notification) notify.Notification {
	if d == (Deployment{}) {
		return n
	}
	n.Word.About += "/" + d.Account + "/" + d.Region + "/" + d.Name
	for _, v := range []notify.Value{{Name: "account", Text: d.Account}, {Name: "region", Text: d.Region}} {
		if v.Text != "" {
			n.Word.Values = append(n.Word.Values, v)
		}
	}
	return n
}
