package table

// Len returns the number of records.
func (m *Memory) Len() int { return len(m.records) }
