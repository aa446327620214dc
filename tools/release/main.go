// Command release writes what goes with the zips of a release: the licences of what is linked into
// them, an SBOM without what differs from machine to machine, and the checksums of everything.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

var errUsage = errors.New("usage: release licences PACKAGE... | release sbom < SBOM | release sums FOLDER")

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// run executes one command line.
func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) >= 2 && args[0] == "licences":
		return licences(ctx, args[1:], out)
	case len(args) == 1 && args[0] == "sbom":
		return sbom(in, out)
	case len(args) == 2 && args[0] == "sums":
		return sums(args[1])
	}
	return errUsage
}
