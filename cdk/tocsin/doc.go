// Package tocsin holds the CDK constructs that deploy Tocsin: NewTocsin for the account that sends
// people, NewTocsinMember for an account or region that hands its findings to a hub.
//
//	_, err := tocsin.NewTocsin(stack, "Tocsin", &tocsin.Props{
//		Code:  tocsin.Code{Path: "build/tocsin-arm64.zip"},
//		Sinks: "slack,sns",
//	})
//
// Every option has the same name as a field of Props and as a CDK context value (-c
// sinks=slack,sns). Nothing is built unless all options are valid; the error joins every mistake.
package tocsin
