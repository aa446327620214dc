package telegram

import (
	"strings"
	"unicode"
)

// gap is the word joiner: it shows nothing and takes apart what Telegram would find.
const gap = "\u2060"

// inert returns a text with gaps in it, so that Telegram finds no address, @name, #tag, $TAG,
// /command, telephone or card number there, of which it makes links by itself. The rules are those
// of Telegram's own library: https://github.com/tdlib/td/blob/master/td/telegram/MessageEntity.cpp
func inert(text string) string {
	runes := []rune(text)
	var b strings.Builder
	b.Grow(len(text) + len(text)/8)
	digits := 0     // since the last gap or the last character that is in no number
	isName := false // these digits go on with a word, and are no number: 5f60718
	for i, r := range runes {
		b.WriteRune(r)
		if i+1 == len(runes) {
			break
		}
		next := runes[i+1]
		switch {
		case isDigit(r) && isName:
			continue
		case isDigit(r):
			if digits++; digits == maxDigits && isInNumber(next) {
				b.WriteString(gap)
				digits = 0
			}
			continue
		case !isInNumber(r):
			digits = 0
		}
		isName = isWord(r)
		if begins(r, next) && (r != '/' || i == 0 || !isWord(runes[i-1])) {
			b.WriteString(gap)
		}
	}
	return b.String()
}

// maxDigits is how many digits stand together: less than any telephone or card number has.
const maxDigits = 4

// begins reports whether something that Telegram finds can begin with r, or go on behind it.
func begins(r, next rune) bool {
	switch r {
	case '@', '#', '$', '/', '＠', '＃', '＄':
		return isWord(next)
	case '.', '。', '．', '｡':
		return isWord(next) || next == '-' || next == '~' || next > unicode.MaxLatin1 && !unicode.IsSpace(next)
	case '+':
		return isDigit(next)
	}
	return false
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// isInNumber reports whether a telephone or a card number goes on with r.
func isInNumber(r rune) bool { return isDigit(r) || strings.ContainsRune(" -().", r) }

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) }
