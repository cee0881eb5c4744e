package engine_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ClickHouse/clickhouse-go/v2"

	"vantage/pipeline/store/engine/enginetest"
)

// insertURL is where the rows of column a of a table go.
func insertURL(s enginetest.Server, table string) string {
	q := url.Values{"database": {s.Database}, "query": {"INSERT INTO " + table + " (a) FORMAT Native"}}
	return "/?" + q.Encode()
}

// nativeBlock is one Native block of revision 0: column a of type UInt8.
func nativeBlock(rows int) string {
	return "\x01" + string(rune(rows)) + "\x01a\x05UInt8" + strings.Repeat("\x07", rows)
}

// A client that dies while it sends must leave nothing, even where what it
// sent is a whole block.
func TestHalfSentBodyStoresNothing(t *testing.T) {
	s := onlyEmbedded(t)
	ctx, cancel := context.WithTimeout(context.Background(), guard)
	defer cancel()
	c := s.Connect(t)
	check(t, c.Exec(ctx, "CREATE TABLE half (a UInt8) ENGINE=MergeTree ORDER BY a"))
	block := nativeBlock(5)
	for name, body := range map[string]string{
		"chunked, a whole block":  fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", len(block), block),
		"chunked, half a chunk":   fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s", len(block), block[:len(block)-2]),
		"length, a whole block":   fmt.Sprintf("Content-Length: %d\r\n\r\n%s", 2*len(block), block),
		"a block that is cut off": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(block)-1, block[:len(block)-1]),
	} {
		conn, err := s.DialContext(ctx, "")
		check(t, err)
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: localhost\r\n%s", insertURL(s, "half"), body)
		conn.(interface{ CloseWrite() error }).CloseWrite()
		status, _ := bufio.NewReader(conn).ReadString('\n')
		conn.Close()
		if strings.Contains(status, " 200 ") {
			t.Errorf("%s: answered %q", name, status)
		}
	}
	waitIdle(t, ctx, c, "INSERT INTO half")
	if n := count(t, c, "SELECT count() FROM half"); n != 0 {
		t.Errorf("%d rows of bodies that ended early", n)
	}
	whole := post200(t, s, insertURL(s, "half"), block)
	if n := count(t, c, "SELECT count() FROM half"); n != 5 || whole != "" {
		t.Errorf("%d rows of a whole body (%q), want 5", n, whole)
	}
}

// clickhouse-go ends the body before its first byte when it cannot encode the
// block, and takes 200 for success.
func TestEmptyInsertBodyIsRefused(t *testing.T) {
	s := onlyEmbedded(t)
	check(t, s.Connect(t).Exec(context.Background(), "CREATE TABLE none (a UInt8) ENGINE=MergeTree ORDER BY a"))
	res, err := client(s).Post("http://localhost"+insertURL(s, "none"), "", strings.NewReader(""))
	check(t, err)
	defer res.Body.Close()
	if code := res.Header.Get("X-ClickHouse-Exception-Code"); res.StatusCode != http.StatusBadRequest || code != "108" {
		t.Fatalf("status %s, code %s", res.Status, code)
	}
}

func TestTokenIsAskedForOverTCP(t *testing.T) {
	if enginetest.Remote() {
		t.Skip("this is about the embedded engine")
	}
	s := enginetest.OpenTCP(t)
	for _, change := range []func(*clickhouse.Options){
		func(o *clickhouse.Options) { o.Auth.Password = "" },
		func(o *clickhouse.Options) { o.Auth.Password += "x" },
	} {
		options := s.Options(t)
		change(options)
		c, err := clickhouse.Open(options)
		check(t, err)
		wantCode(t, c.Ping(context.Background()), 516)
		c.Close()
	}
	res, err := client(s).Get("http://localhost/ping")
	check(t, err)
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Fatalf("ping without a token: %s", res.Status)
	}
}

func TestLoopbackIsAllThatListens(t *testing.T) {
	if enginetest.Remote() {
		t.Skip("this is about the embedded engine")
	}
	conn, err := enginetest.OpenTCP(t).DialContext(context.Background(), "")
	check(t, err)
	defer conn.Close()
	if ip := conn.RemoteAddr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		t.Fatalf("the engine listens on %s", ip)
	}
}

func TestPlainHTTP(t *testing.T) {
	s := onlyEmbedded(t)
	if text := post200(t, s, "/", "SELECT 1 + 1"); text != "2\n" {
		t.Fatalf("%q", text)
	}
	if text := post200(t, s, "/?query=SELECT+{a:String}&param_a=x%27y&default_format=JSONEachRow", ""); text != "{\"x'y\":\"x'y\"}\n" && !strings.Contains(text, `x'y`) {
		t.Fatalf("%q", text)
	}
	res, err := client(s).Post("http://localhost/", "", strings.NewReader(""))
	check(t, err)
	defer res.Body.Close()
	if code := res.Header.Get("X-ClickHouse-Exception-Code"); code != "62" {
		t.Fatalf("an empty query: %s, code %s", res.Status, code)
	}
}

func onlyEmbedded(t *testing.T) enginetest.Server {
	t.Helper()
	if enginetest.Remote() {
		t.Skip("this is about the embedded engine")
	}
	return enginetest.Open(t)
}

func client(s enginetest.Server) *http.Client {
	return &http.Client{Timeout: guard, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       func(ctx context.Context, _, addr string) (net.Conn, error) { return s.DialContext(ctx, addr) },
	}}
}

// post200 sends a body and returns the answer, which must be a success.
func post200(t *testing.T, s enginetest.Server, path, body string) string {
	t.Helper()
	res, err := client(s).Post("http://localhost"+path, "", strings.NewReader(body))
	check(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	check(t, err)
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", res.Status, text)
	}
	return string(text)
}
