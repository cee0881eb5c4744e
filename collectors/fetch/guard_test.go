package fetch

import (
	"net/netip"
	"testing"
)

func TestGuardRefusesWhatIsNotPublic(t *testing.T) {
	refused := map[string]string{
		"0.0.0.0":                        "unspecified",
		"0.1.2.3":                        "this network",
		"10.0.0.1":                       "private",
		"10.255.255.255":                 "private, last",
		"100.64.0.1":                     "shared by carriers",
		"100.127.255.255":                "shared by carriers, last",
		"127.0.0.1":                      "loopback",
		"127.8.8.8":                      "loopback, another form",
		"169.254.1.1":                    "link-local",
		"169.254.169.254":                "metadata of clouds",
		"172.16.0.1":                     "private",
		"172.31.255.255":                 "private, last",
		"192.0.0.1":                      "protocol assignments",
		"192.0.0.170":                    "NAT64 discovery",
		"192.0.2.7":                      "documentation 1",
		"192.88.99.1":                    "6to4 relay",
		"192.168.0.1":                    "private",
		"192.168.255.255":                "private, last",
		"198.18.0.1":                     "benchmarks",
		"198.19.255.255":                 "benchmarks, last",
		"198.51.100.9":                   "documentation 2",
		"203.0.113.9":                    "documentation 3",
		"224.0.0.1":                      "multicast",
		"239.255.255.250":                "multicast of devices",
		"240.0.0.1":                      "reserved",
		"255.255.255.255":                "broadcast",
		"::":                             "unspecified",
		"::1":                            "loopback",
		"::127.0.0.1":                    "compatible form of loopback",
		"::ffff:127.0.0.1":               "mapped loopback",
		"::ffff:10.0.0.1":                "mapped private",
		"::ffff:8.8.8.8":                 "mapped public: no resolver answers so",
		"64:ff9b::7f00:1":                "NAT64 of loopback",
		"64:ff9b::8.8.8.8":               "NAT64",
		"64:ff9b:1::1":                   "local NAT64",
		"100::1":                         "discard",
		"2001::1":                        "Teredo",
		"2001:10::1":                     "ORCHID",
		"2001:db8::1":                    "documentation",
		"2002:7f00:1::":                  "6to4 of loopback",
		"2002:a00:1::1":                  "6to4 of private",
		"3fff::1":                        "documentation 2",
		"5f00::1":                        "segment routing",
		"fc00::1":                        "unique local",
		"fd12:3456:789a::1":              "unique local",
		"fe80::1":                        "link-local",
		"fe80::1%eth0":                   "link-local with a zone",
		"2a00:1450::1%eth0":              "public with a zone",
		"fec0::1":                        "site-local",
		"ff02::1":                        "multicast",
		"0:0:0:0:0:ffff:169.254.169.254": "mapped metadata",
	}
	for address, what := range refused {
		if err := Guard(netip.MustParseAddr(address), false); KindOf(err) != Blocked {
			t.Errorf("%s (%s): got %v, want it blocked", address, what, err)
		}
	}
	if len(refused) < 30 {
		t.Errorf("only %d addresses in the table", len(refused))
	}
	if err := Guard(netip.Addr{}, true); KindOf(err) != Blocked {
		t.Errorf("no address: got %v, want it blocked", err)
	}
}

func TestGuardLetsThePublicInternetPass(t *testing.T) {
	for _, address := range []string{"8.8.8.8", "151.101.0.144", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2a00:1450:4009::1", "2606:4700::1"} {
		if err := Guard(netip.MustParseAddr(address), false); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestGuardOpensOnlyPlainLoopback(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "127.200.0.9", "::1"} {
		if err := Guard(netip.MustParseAddr(address), true); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"10.0.0.1", "192.168.1.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "169.254.169.254", "fe80::1", "0.0.0.0", "::"} {
		if err := Guard(netip.MustParseAddr(address), true); KindOf(err) != Blocked {
			t.Errorf("%s with loopback allowed: got %v, want it blocked", address, err)
		}
	}
}

func TestPortsAreGuarded(t *testing.T) {
	for _, test := range []struct {
		to       string
		loopback bool
		passes   bool
	}{
		{"8.8.8.8:80", false, true},
		{"8.8.8.8:443", false, true},
		{"8.8.8.8:8080", false, true},
		{"[2606:4700::1]:8443", false, true},
		{"8.8.8.8:22", true, false},
		{"8.8.8.8:6379", false, false},
		{"8.8.8.8:25", false, false},
		{"127.0.0.1:40123", true, true},
		{"[::1]:40123", true, true},
		{"127.0.0.1:80", false, false},
		{"nonsense", true, false},
	} {
		err := New(Config{AllowLoopback: test.loopback}).control("tcp", test.to, nil)
		if test.passes != (err == nil) || err != nil && KindOf(err) != Blocked {
			t.Errorf("%s, loopback %t: got %v", test.to, test.loopback, err)
		}
	}
}
