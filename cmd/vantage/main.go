// Command vantage listens to public feeds, tags every post by topic, tool and
// council, and draws heat maps of what is rising in UK local government.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	_ "time/tzdata" // the static program counts weeks in London wherever it runs
)

// console is what a command reads and writes, so that tests can hold it.
type console struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
}

// command is one subcommand. Its run function parses its own flags.
type command struct {
	name, usage, short string
	run                func(ctx context.Context, c console, args []string) error
}

// commands are listed in the order in which a new user meets them. The list
// is filled by init, because help needs it too.
var commands []command

func init() {
	commands = []command{
		{"demo", "demo [flags]", "run with a sample town of feeds on this machine", runDemo},
		{"run", "run [flags]", "listen to the configured sources and serve the pages", runRun},
		{"parse", "parse [flags] FILE|URL|- …", "read feeds and print their items as JSON lines", runParse},
		{"discover", "discover [flags] URL", "find the feeds of a site, ready to paste", runDiscover},
		{"tag", "tag [flags] [FILE|-]", "print topics, tools and councils of JSON lines", runTag},
		{"eval", "eval [flags] FILE…", "measure how well labelled texts are understood", runEval},
		{"rank", "rank [flags] [FILE|-]", "print the radar of dated JSON lines", runRank},
		{"import", "import [flags] FILE|-", "bring an archive of dated JSON lines into the store", runImport},
		{"retag", "retag [flags]", "tag again what is stored, after a change of vocabulary", runRetag},
		{"families", "families [flags] [PUBLISHER …]", "say which publishers are one independent publisher", runFamilies},
		{"sources", "sources WHAT [flags]", "list, add, pause or remove sources, or export them as OPML", runSources},
		{"optout", "optout WHAT [flags]", "leave out a domain, a person or a hashtag, also what is stored", runOptOut},
		{"nominations", "nominations WHAT [flags]", "list, accept or reject what readers proposed", runNominations},
		{"operator", "operator [flags]", "print the address and the token of the operator's page", runOperator},
		{"key", "key rotate [flags]", "add a key to those that hide persons", runKey},
		{"status", "status [flags]", "ask a running vantage how far it is", runStatus},
		{"councils", "councils WHAT [flags]", "list councils with their ids and history, or check the register", runCouncils},
		{"vocabulary", "vocabulary check [FILE]", "check a vocabulary, list it, find a term by any name", runVocabulary},
		{"config", "config [flags]", "check the configuration and print what is in force", runConfig},
		{"schema", "schema", "print the JSON Schema of an item", runSchema},
		{"version", "version", "print the version", runVersion},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	err := run(ctx, console{os.Stdin, os.Stdout, os.Stderr, os.Environ()}, os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "vantage:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, c console, args []string) error {
	if len(args) == 0 {
		help(c.err)
		return errors.New("name a command; `vantage demo` shows what it does")
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		help(c.out)
		return nil
	case "-version", "--version":
		return runVersion(ctx, c, nil)
	}
	for _, cmd := range commands {
		if cmd.name == args[0] {
			return cmd.run(ctx, c, args[1:])
		}
	}
	return fmt.Errorf("%q is not a command; `vantage help` lists them", args[0])
}

func help(w io.Writer) {
	fmt.Fprint(w, "Vantage shows what is emerging in UK local government and the public sector.\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  vantage %-26s %s\n", c.usage, c.short)
	}
	fmt.Fprint(w, "\nEach command explains its flags with -h. Start with `vantage demo`.\n")
}

// flagSet returns a flag set whose help shows the command's usage, what it
// does and an example.
func flagSet(c console, usage, about string) *flag.FlagSet {
	fs := flag.NewFlagSet("vantage "+usage, flag.ContinueOnError)
	fs.SetOutput(c.err)
	fs.Usage = func() {
		fmt.Fprintf(c.err, "vantage %s\n\n%s\n", usage, about)
		fs.PrintDefaults()
	}
	return fs
}

func runVersion(_ context.Context, c console, _ []string) error {
	version, revision := "(built outside a module)", ""
	if b, ok := debug.ReadBuildInfo(); ok {
		version = b.Main.Version
		for _, s := range b.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
		fmt.Fprintf(c.out, "vantage %s%s %s\n", version, revision, b.GoVersion)
		return nil
	}
	fmt.Fprintln(c.out, "vantage", version)
	return nil
}

// programVersion is what hosts that are visited get to see.
func programVersion() string {
	if b, ok := debug.ReadBuildInfo(); ok && b.Main.Version != "" {
		return b.Main.Version
	}
	return "devel"
}
