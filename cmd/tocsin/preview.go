package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/preview"
)

// previewFlags are the flags of tocsin preview.
type previewFlags struct {
	files   settingFiles
	against settingFiles
	out     string
	port    uint16
	open    bool
	// ledger lets the mutes of the live table count.
	ledger bool
}

func previewCommand(s streams) *cobra.Command {
	var flags previewFlags
	command := &cobra.Command{
		Use:   "preview [FILE|DIRECTORY|-]...",
		Short: "Show on a local page what each sink would be sent",
		Long: `Preview serves a page to this machine alone: the findings in event files, what each sink of the
configuration would be sent for them, and why or why not. It sends nothing.

Without a file it shows sample findings; without SINKS it shows every type of sink. The page changes
when an event file or a file of settings does, and keeps what it showed while one of them is broken. A
second page has each finding and what becomes of it at each sink. With --against, and --against-env-file,
it says what another configuration would make of each finding, where that differs. With --out it writes the
pages to a directory instead.`,
		Example: `  tocsin preview --open
  tocsin preview --env-file prod.env events/
  tocsin preview --config new.yaml --against old.yaml events/
  tocsin preview --out preview/ event.json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return runPreview(cmd.Context(), s, args, flags)
		},
	}
	set := command.Flags()
	flags.files.addTo(command)
	set.StringVar(&flags.against.config, "against", "", "a configuration's file to hold this one against")
	set.StringVar(&flags.against.env, "against-env-file", "", "a file of NAME=value lines to hold this configuration against")
	set.StringVar(&flags.out, "out", "", "write the page to this directory instead of serving it")
	set.Uint16Var(&flags.port, "port", 0, "the port to serve on (default: any that is free)")
	set.BoolVar(&flags.ledger, "ledger", false, "show what the mutes of the live ledger's table hold back; it is only read")
	set.BoolVar(&flags.open, "open", false, "open the page in the browser")
	return command
}

func runPreview(ctx context.Context, s streams, args []string, flags previewFlags) error {
	if flags.out != "" && (flags.open || flags.port != 0) {
		return usageError{errors.New("--out writes files, and serves no page: leave out --port and --open")}
	}
	gallery, err := newGallery(s, args, flags)
	if err != nil {
		return err
	}
	defer gallery.forOthers.restore()
	files, err := gallery.render(ctx)
	switch {
	case err != nil:
		return err
	case gallery.configuration != nil:
		return gallery.configuration
	case flags.out == "":
		return servePreview(ctx, s, flags, gallery)
	}
	if err := preview.Write(flags.out, files); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	fmt.Fprintf(s.err, "%s: open it in a browser\n", filepath.Join(flags.out, files[0].Name))
	for _, mistake := range gallery.unreadable {
		fmt.Fprintln(s.err, "tocsin:", mistake)
	}
	if len(gallery.unreadable) > 0 {
		return errFailed
	}
	return nil
}

// servePreview serves the page until ctx ends.
func servePreview(ctx context.Context, s streams, flags previewFlags, gallery *gallery) error {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(int(flags.port)))
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("--port: %w", err)
	}
	server := &http.Server{
		Handler:           preview.Handler(gallery.render),
		ReadHeaderTimeout: 5 * time.Second,
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	address = "http://" + listener.Addr().String() + "/"
	fmt.Fprintf(s.err, "The page is at %s (this machine alone; end with Ctrl-C)\n", address)
	if flags.open {
		if err := openBrowser(ctx, address); err != nil {
			fmt.Fprintln(s.err, "tocsin: no browser could be opened:", err)
		}
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the page: %w", err)
	}
	return nil
}

// openBrowser opens an address of our own making in the user's browser.
func openBrowser(ctx context.Context, address string) error {
	opener := []string{"xdg-open", address}
	switch runtime.GOOS {
	case "darwin":
		opener = []string{"open", address}
	case "windows":
		opener = []string{"rundll32", "url.dll,FileProtocolHandler", address}
	}
	command := exec.CommandContext(ctx, opener[0], opener[1:]...) //nolint:gosec // fixed programs
	if err := command.Start(); err != nil {
		return err
	}
	return command.Process.Release()
}
