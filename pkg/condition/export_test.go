package condition

// Names are the variables of a condition, with their members.
func Names() []string { return names() }
