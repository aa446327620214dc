package preview

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// VersionPath is where the page asks whether it has changed.
const VersionPath = "/version"

// Handler serves the page that render makes at the time of each request. It answers GET alone, and
// only to who asks for this machine by its own name: a web page elsewhere that lets its name point
// here (DNS rebinding) reads nothing.
func Handler(render func(ctx context.Context) ([]File, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		switch {
		case !isLocal(r.Host):
			http.Error(w, "this page is for this machine alone: ask for 127.0.0.1 or localhost", http.StatusForbidden)
			return
		case r.Method != http.MethodGet:
			w.Header().Set("Allow", http.MethodGet)
			http.Error(w, "this page is for reading: use GET", http.StatusMethodNotAllowed)
			return
		}
		files, err := render(r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		serve(w, r, files)
	})
}

func serve(w http.ResponseWriter, r *http.Request, files []File) {
	if r.URL.Path == VersionPath {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte(version(files)))
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" {
		name = files[0].Name
	}
	at := slices.IndexFunc(files, func(f File) bool { return f.Name == name })
	if at < 0 {
		http.NotFound(w, r)
		return
	}
	body, err := files[at].Content()
	switch {
	case err != nil:
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	case body == nil: // a payload that is not of its form
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", files[at].ContentType)
	if files[at].isPage {
		// The page knows which version it is, so that it sees a change before it first asks.
		body = bytes.Replace(body, []byte(" data-live"), []byte(` data-live="`+version(files)+`"`), 1)
	} else { // a document of a sink, in a frame of the page
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(body))
}

func setHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "frame-ancestors 'none'") // the page itself says the rest
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}

// isLocal reports whether a Host header names this machine, on whatever port.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return host == "127.0.0.1" || strings.EqualFold(host, "localhost")
}

// version is another text whenever a file is another one.
func version(files []File) string {
	return files[0].version
}
