package main

import (
	"bytes"
	"fmt"
)

// chart draws cold start and throughput as bars, in SVG.
func (m *measurements) chart() []byte {
	var b bytes.Buffer
	const width, height = 760, 300
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n", width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	cold := []bar{
		{"Tocsin", of(m.fast.tocsin, figureCold).median, "#c0392b"}, {"naive", of(m.fast.naive, figureCold).median, "#7f8c8d"},
	}
	cold = append(cold, bar{"Tocsin, as deployed", of(m.deployed.row(lone(first)).now, figureCold).median, "#d98880"})
	draw(&b, 20, "Cold start: exec to first answer, ms", cold)
	rates := []bar{{"naive", 1000 / of(m.fast.naive, figureP50).median, "#7f8c8d"}}
	for _, t := range m.batches {
		rates = append(rates, bar{fmt.Sprintf("batches of %d", t.size), t.perSecond, "#2471a3"})
	}
	rates = append(rates, bar{"of 10, as deployed", of(m.deployed.row(batchesOf(10)).now, figureRate).median, "#7fb3d5"})
	draw(&b, 400, "Throughput: events a second, two sinks", rates)
	b.WriteString("</svg>\n")
	return b.Bytes()
}

type bar struct {
	label  string
	value  float64
	colour string
}

// draw draws bars below a title, from the given place to the right.
func draw(b *bytes.Buffer, x int, title string, bars []bar) {
	const labels, longest, step = 130, 150, 40
	most := 0.0
	for _, bar := range bars {
		most = max(most, bar.value)
	}
	fmt.Fprintf(b, `<text x="%d" y="30" font-weight="bold">%s</text>`+"\n", x, title)
	for i, bar := range bars {
		y := 55 + i*step
		length := bar.value / most * longest
		fmt.Fprintf(b, `<text x="%d" y="%d">%s</text>`, x, y+17, bar.label)
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%.1f" height="24" fill="%s"/>`, x+labels, y, length, bar.colour)
		fmt.Fprintf(b, `<text x="%.1f" y="%d">%.0f</text>`+"\n", float64(x+labels)+length+6, y+17, bar.value)
	}
}
