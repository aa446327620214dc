// Command testdata says what it was built from.
package main

import (
	"fmt"

	"github.com/tocsin-sec/tocsin/pkg/version"
)

func main() { fmt.Println(version.Of()) }
