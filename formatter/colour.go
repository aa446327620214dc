package formatter

import "github.com/tocsin-sec/tocsin/pkg/finding"

// Colour returns the colour of the message's level as 0xRRGGBB; what is over is grey.
func (m Message) Colour() int {
	if m.IsOver {
		return 0x9AA0A6
	}
	return map[finding.Level]int{
		finding.LevelUnknown:   0x5F6368,
		finding.LevelLow:       0x1A73E8,
		finding.LevelMedium:    0xF29900,
		finding.LevelHigh:      0xD93025,
		finding.LevelCritical:  0x8B0000,
		finding.LevelUntriaged: 0x8430CE,
	}[m.Level]
}
