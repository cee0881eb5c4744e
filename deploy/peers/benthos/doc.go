// Package benthos measures a plain stream processor at what our pipeline does
// but for the tagging, in one run with it on one machine: `make bench`.
//
// The peer is Benthos, the engine of Redpanda Connect, and not Redpanda Connect
// itself: its module github.com/redpanda-data/connect/v4, which has the NATS
// input and the SQL output, could not be had from the Go module proxy. These two
// plugins are written here, with the calls that Connect's make to the same client
// libraries, but without the metadata that Connect notes for each message.
package benthos
