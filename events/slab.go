package events

// slab hands out room for values of one kind from larger pieces of memory: the parts of a document are made together,
// and are forgotten together.
type slab[T any] struct{ free []T }

// take gives room for n values; a new piece has room for others, which are at most as many as are expected.
func (s *slab[T]) take(n, expected int) []T {
	if n > len(s.free) {
		s.free = make([]T, max(n, min(expected, mostInPiece)))
	}
	taken := s.free[:n:n]
	s.free = s.free[n:]
	return taken
}

const mostInPiece = 128

// kept gives where a copy of a value is kept.
func kept[T any](s *slab[T], value T, expected int) *T {
	place := &s.take(1, expected)[0]
	*place = value
	return place
}

// allKept gives a copy of several values.
func allKept[T any](s *slab[T], values []T, expected int) []T {
	all := s.take(len(values), expected)
	copy(all, values)
	return all
}
