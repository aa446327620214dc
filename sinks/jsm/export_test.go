package jsm

// AlertsAt is the part that no loopback address can show.
func AlertsAt(host string) (string, error) { return alertsAt(host) }
