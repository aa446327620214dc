package condition

// Reads returns what the condition asks for of a finding, as a condition writes it: "resource.id".
func (c *Condition) Reads() []string {
	names := make([]string, len(c.uses))
	for i, p := range c.uses {
		names[i] = p.String()
	}
	return names
}
