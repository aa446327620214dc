package report

// Start is what the log says when a program begins, and when a new configuration is in force.
type Start struct {
	// Version and Commit say what was built.
	Version, Commit string
	// Sinks are the instances.
	Sinks []StartedSink
	// Ledger is the kind of ledger.
	Ledger string
	// Warnings are what is no mistake, and seldom meant.
	Warnings []string
}

// StartedSink is what one instance is sent.
type StartedSink struct {
	Name, Type string
	// MinSeverity is the text of its threshold.
	MinSeverity string
	// HasWhen says that it has a condition too, IsDefault that it takes what no other sink takes.
	HasWhen, IsDefault bool
}

// Start writes one line with the given message. With warnings it is one of a higher level.
func (l Log) Start(message string, s Start) {
	level := Info
	if len(s.Warnings) > 0 {
		level = Warn
	}
	l.line(level, message, func(o object) object {
		o = append(o.text("version", s.Version).text("commit", s.Commit).text("ledger", s.Ledger).name("sinks"), '[')
		for i, sink := range s.Sinks {
			if i > 0 {
				o = append(o, ',')
			}
			o = append(o, '{').text("sink", sink.Name).text("type", sink.Type).text("minSeverity", sink.MinSeverity).
				flag("when", sink.HasWhen).flag("default", sink.IsDefault)
			o = append(o, '}')
		}
		o = append(o, ']')
		if len(s.Warnings) > 0 {
			o = append(o.name("warnings"), encoded(s.Warnings)...)
		}
		return o
	})
}

// flag adds a member that is true; what is false is left out.
func (o object) flag(name string, is bool) object {
	if !is {
		return o
	}
	return append(o.name(name), "true"...)
}
