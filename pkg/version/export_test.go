package version

// From is of, for tests.
var From = of //nolint:gochecknoglobals // for tests
