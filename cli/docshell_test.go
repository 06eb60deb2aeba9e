package cli

import (
	"regexp"
	"strings"
)

// docCommand is a command that a document shows.
type docCommand struct {
	words  []string // after "tweedie"
	fenced bool     // in a block of its own, so that it is whole
}

// docFile is a file whose content a document shows, as "$ cat NAME".
type docFile struct{ name, text string }

var (
	span       = regexp.MustCompile("`[^`]+`")
	assignment = regexp.MustCompile(`^[A-Z_]+=`)
	runs       = regexp.MustCompile(`^(\$ )?([A-Z_]+=\S+ )*(\./|go run \./cmd/)?tweedie( |$)`)
)

// docCommands finds the commands that a document shows, in blocks and in the text, the files that it writes out, and the flags that
// the text names alone, as in `--seed`.
func docCommands(text string) (commands []docCommand, files []docFile, flags []string) {
	var prose []string
	fence, open, cat := "", false, -1
	logical := ""
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case strings.HasPrefix(line, "```"):
			fence, open, cat, logical = strings.TrimPrefix(line, "```"), !open, -1, ""
		case !open:
			prose = append(prose, line)
		case fence != "" && fence != "sh" && fence != "console":
		case logical != "" || runs.MatchString(line):
			if logical += line + "\n"; !shellGoesOn(logical) {
				commands = append(commands, docCommand{shellWords(strings.TrimPrefix(logical, "$ ")), true})
				logical, cat = "", -1
			}
		case strings.HasPrefix(line, "$ cat "):
			files, cat = append(files, docFile{name: strings.TrimPrefix(line, "$ cat ")}), len(files)
		case cat >= 0:
			files[cat].text += line + "\n"
		}
	}
	for _, s := range span.FindAllString(strings.Join(prose, "\n"), -1) {
		s = strings.Trim(s, "`")
		switch {
		case runs.MatchString(s):
			commands = append(commands, docCommand{words: shellWords(s)})
		case strings.HasPrefix(s, "--"):
			name, _, _ := strings.Cut(strings.Fields(s)[0], "=")
			flags = append(flags, name)
		default:
			commands = append(commands, docCommand{words: shellWords("tweedie " + s)}) // where it begins with a verb
		}
	}
	return commands, files, flags
}

// shellGoesOn reports whether a command goes on in the next line: after a backslash, or inside of quotes.
func shellGoesOn(text string) bool {
	quote := rune(0)
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		}
	}
	return quote != 0 || strings.HasSuffix(text, "\\\n")
}

// shellWords splits the first command of a line as a shell does, and returns the words after the program's name: up to a comment, a
// pipe, or what else ends a command.
func shellWords(line string) (words []string) {
	var word strings.Builder
	inside, quote := false, rune(0) // a word, quotes
	end := func() {
		if inside {
			words = append(words, word.String())
		}
		word.Reset()
		inside = false
	}
	runes := []rune(line)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inside = r, true
		case r == '\\' && i+1 < len(runes):
			if i++; runes[i] != '\n' {
				word.WriteRune(runes[i])
				inside = true
			}
		case r == '#' && !inside, strings.ContainsRune("|;&>", r):
			i = len(runes)
		case strings.ContainsRune(" \t\n", r):
			end()
		default:
			word.WriteRune(r)
			inside = true
		}
	}
	end()
	for len(words) > 0 && assignment.MatchString(words[0]) {
		words = words[1:]
	}
	if len(words) > 2 && words[0] == "go" && words[1] == "run" {
		words = words[2:]
	}
	if len(words) > 0 {
		words = words[1:]
	}
	return words
}
