//go:build linux && amd64

package server

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
)

// exception makes an error in the words of a server.
func exception(code int, name, text string) error {
	//lint:ignore ST1005 clients read the code from these very words
	return fmt.Errorf("Code: %d. DB::Exception: %s. (%s)", code, text, name)
}

var exceptionCode = regexp.MustCompile(`^Code: (\d+)\.`)

// statuses are the HTTP statuses that a server gives to common errors; all
// other errors are 500. Source: HTTPHandler.cpp, exceptionCodeToHTTPStatus.
var statuses = map[string]int{
	"60": http.StatusNotFound, "81": http.StatusNotFound, "115": http.StatusNotFound, "46": http.StatusNotFound,
	"6": http.StatusBadRequest, "26": http.StatusBadRequest, "27": http.StatusBadRequest, "36": http.StatusBadRequest,
	"33": http.StatusBadRequest, "41": http.StatusBadRequest, "43": http.StatusBadRequest, "47": http.StatusBadRequest,
	"50": http.StatusBadRequest, "53": http.StatusBadRequest, "62": http.StatusBadRequest, "70": http.StatusBadRequest,
	"72": http.StatusBadRequest, "108": http.StatusBadRequest, "158": http.StatusRequestEntityTooLarge,
	"159": http.StatusRequestTimeout, "516": http.StatusForbidden,
}

// fail answers with an error before anything else was sent.
func fail(w http.ResponseWriter, err error) {
	text := strings.TrimRight(err.Error(), "\n")
	status := http.StatusInternalServerError
	if m := exceptionCode.FindStringSubmatch(text); m != nil {
		w.Header().Set("X-ClickHouse-Exception-Code", m[1])
		if known, ok := statuses[m[1]]; ok {
			status = known
		}
	}
	w.Header().Del("X-ClickHouse-Exception-Tag")
	w.Header().Set("Content-Type", "text/plain; charset=UTF-8")
	w.WriteHeader(status)
	fmt.Fprintln(w, text)
}
