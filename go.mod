module github.com/tocsin-sec/tocsin

go 1.26.0

require (
	github.com/google/go-cmp v0.7.0
	github.com/kelseyhightower/envconfig v1.4.0
)
