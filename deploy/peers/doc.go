// Package peers measures Vantage beside what others use for the same work, in
// one run on one machine: `make bench`.
package peers
