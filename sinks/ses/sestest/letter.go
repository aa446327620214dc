package sestest

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Letter is a mail as a program reads it.
type Letter struct {
	// From is the sender's address, FromName the name before it, To those of the recipients.
	From, FromName string
	To             []string
	Subject        string
	// Text and HTML are the parts, whose lines end with CRLF.
	Text, HTML string
	Header     mail.Header
}

// Read reads a mail, and refuses one that SES refuses or that programs show wrongly: lines, fields,
// encoded words and parts that break the rules.
// https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_RawMessage.html
func Read(raw []byte) (Letter, error) {
	var l Letter
	const most = 40 << 20
	if encoded := base64.StdEncoding.EncodedLen(len(raw)); encoded > most {
		return l, fmt.Errorf("%d bytes", encoded)
	}
	if err := checkLines(string(raw)); err != nil {
		return l, err
	}
	message, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return l, err
	}
	l.Header = message.Header
	if err := l.readHeader(); err != nil {
		return l, err
	}
	return l, l.readParts(message.Body)
}

// checkLines holds the lines against RFC 5322 and RFC 2047: no bare CR or LF, nothing but ASCII, 998
// characters; 76 where an encoded word is, which itself has 75.
func checkLines(raw string) error {
	header, _, found := strings.Cut(raw, "\r\n\r\n")
	if !found {
		return errors.New("no empty line behind the header")
	}
	for i, line := range strings.Split(raw, "\r\n") {
		if at := strings.IndexFunc(line, func(r rune) bool { return r != '\t' && (r < ' ' || r > '~') }); at >= 0 {
			return fmt.Errorf("line %d holds %q", i+1, line[at])
		}
		if len(line) > 998 {
			return fmt.Errorf("line %d has %d characters", i+1, len(line))
		}
	}
	words := regexp.MustCompile(`=\?[^?]*\?[^?]*\?[^?]*\?=`)
	decoder := mime.WordDecoder{}
	for line := range strings.SplitSeq(header, "\r\n") {
		if strings.TrimSpace(line) == "" {
			return errors.New("a line of blanks in the header")
		}
		for _, word := range words.FindAllString(line, -1) {
			text, err := decoder.Decode(word)
			if err != nil || len(word) > 75 || len(line) > 76 || !utf8.ValidString(text) {
				return fmt.Errorf("the encoded word %s in a line of %d characters: %w", word, len(line), err)
			}
		}
	}
	return nil
}

// once are the fields that SES takes once at most, of those that anybody would set here.
// https://docs.aws.amazon.com/ses/latest/dg/header-fields.html
const once = "From Reply-To Subject In-Reply-To References Auto-Submitted Importance Priority Content-Type Mime-Version Content-Language Date Message-Id List-Id"

func (l *Letter) readHeader() error {
	for name, values := range l.Header {
		if len(values) > 1 && slices.Contains(strings.Fields(once), name) {
			return fmt.Errorf("%s stands there %d times", name, len(values))
		}
	}
	from, err := mail.ParseAddress(l.Header.Get("From"))
	if err != nil {
		return fmt.Errorf("the field From: %w", err)
	}
	l.FromName, l.From = from.Name, from.Address
	to, err := l.Header.AddressList("To")
	if err != nil {
		return fmt.Errorf("the field To: %w", err)
	}
	for _, one := range to {
		l.To = append(l.To, one.Address)
	}
	if _, err := l.Header.AddressList("Reply-To"); err != nil && !errors.Is(err, mail.ErrHeaderNotPresent) {
		return fmt.Errorf("the field Reply-To: %w", err)
	}
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(l.Header.Get("Subject")); err != nil || l.Subject == "" {
		return fmt.Errorf("the field Subject: %q, %w", l.Subject, err)
	}
	return nil
}

func (l *Letter) readParts(body io.Reader) error {
	kind, parameters, err := mime.ParseMediaType(l.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" || l.Header.Get("Mime-Version") != "1.0" {
		return fmt.Errorf("the content is %q, %w", kind, err)
	}
	all, err := io.ReadAll(body)
	if err != nil || !bytes.HasSuffix(all, []byte("\r\n--"+parameters["boundary"]+"--\r\n")) {
		return fmt.Errorf("the parts have no end, %w", err)
	}
	reader := multipart.NewReader(bytes.NewReader(all), parameters["boundary"])
	for _, into := range []struct {
		kind string
		text *string
	}{{"text/plain", &l.Text}, {"text/html", &l.HTML}} { // in this order: the last is the one that is shown
		part, err := reader.NextRawPart()
		if err != nil {
			return fmt.Errorf("the part %s: %w", into.kind, err)
		}
		kind, parameters, err := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if err != nil || kind != into.kind || !strings.EqualFold(parameters["charset"], "utf-8") {
			return fmt.Errorf("a part of the type %q, %w", kind, err)
		}
		if *into.text, err = decoded(part.Header.Get("Content-Transfer-Encoding"), part); err != nil {
			return fmt.Errorf("the part %s: %w", into.kind, err)
		}
	}
	if _, err := reader.NextRawPart(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("behind the parts: %w", err)
	}
	return nil
}

// decoded reads a part. Its lines have 76 characters at most, and those of its text end with CRLF.
func decoded(encoding string, part io.Reader) (string, error) {
	raw, err := io.ReadAll(part)
	if err != nil {
		return "", err
	}
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		if len(line) > 76 {
			return "", fmt.Errorf("a line of %d characters", len(line))
		}
	}
	var text []byte
	switch encoding {
	case "base64":
		text, err = base64.StdEncoding.DecodeString(strings.ReplaceAll(string(raw), "\r\n", ""))
	case "quoted-printable":
		text, err = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(raw)))
	default:
		err = fmt.Errorf("the encoding %q", encoding)
	}
	bare := strings.NewReplacer("\r\n", "").Replace(string(text))
	if err == nil && (!utf8.Valid(text) || strings.ContainsAny(bare, "\r\n") || len(text) == 0) {
		err = errors.New("it is empty, no UTF-8, or lines end in another way")
	}
	return string(text), err
}

// checkRequest says what is wrong with a request beside its mail; nil for nothing.
func checkRequest(r Request) *refusal {
	all := slices.Concat(r.Destination.ToAddresses, r.Destination.CcAddresses, r.Destination.BccAddresses)
	if len(all) == 0 || len(all) > 50 {
		return bad("%d recipients", len(all))
	}
	mailbox := regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~.\x60-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}$`)
	for _, one := range all {
		if !mailbox.MatchString(one) {
			return bad("Illegal address")
		}
	}
	if r.FromEmailAddress != "" {
		return bad("FromEmailAddress, which would take the place of the mail's From")
	}
	word := regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)
	known := map[string]bool{}
	for _, tag := range r.EmailTags {
		if !word.MatchString(tag.Name) || !word.MatchString(tag.Value) || known[tag.Name] {
			return bad("the tag %q: %q", tag.Name, tag.Value)
		}
		known[tag.Name] = true
	}
	for _, tracking := range []string{r.ConfigurationOverrides.Tracking.ClickTrackingEnabled, r.ConfigurationOverrides.Tracking.OpenTrackingEnabled} {
		if !slices.Contains([]string{"", "ENABLED", "DISABLED"}, tracking) {
			return bad("tracking %q", tracking)
		}
	}
	if len(r.ConfigurationSetName) > 64 || strings.ContainsFunc(r.ConfigurationSetName, func(c rune) bool { return !word.MatchString(string(c)) }) {
		return &refusal{http.StatusBadRequest, "BadRequestException", "Invalid configuration set name"}
	}
	return nil
}
