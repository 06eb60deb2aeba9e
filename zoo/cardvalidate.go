package zoo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"tweedie/families"
	"tweedie/internal/config"
)

var (
	plainName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$`)
	hex256    = regexp.MustCompile(`^[0-9a-f]{64}$`)
	commit    = regexp.MustCompile(`^[0-9a-f]{7,40}$`)
	host      = regexp.MustCompile(`^https://[A-Za-z0-9.-]+(/[A-Za-z0-9._-]+)*$`)
)

// Validate names the first field that is wrong.
func (c *Card) Validate() error {
	switch {
	case !plainName.MatchString(c.Name):
		return fmt.Errorf("name is %q; want letters, digits, dots, dashes and underscores, a letter or digit first", c.Name)
	case c.About == "" || strings.ContainsAny(c.About, "\n\r\x1b"):
		return fmt.Errorf("about is %q; want one line", c.About)
	case c.Architecture == "":
		return errors.New("architecture is missing")
	case !(c.Range[0] < c.Range[1]) || c.Range[0] < -config.Huge || c.Range[1] > config.Huge:
		return fmt.Errorf("range is %v; want finite numbers, low < high", c.Range)
	case slices.ContainsFunc(c.Extents, func(n int) bool { return n < 1 || n > 1<<20 }):
		return fmt.Errorf("extents is %v; want positive numbers", c.Extents)
	case c.Parameters < 0 || int64(c.Parameters) > 1e12:
		return fmt.Errorf("parameters is %d; want a number of values", c.Parameters)
	case c.Repository != "" && !host.MatchString(c.Repository):
		return fmt.Errorf("repository is %q; want https://HOST/OWNER/NAME", c.Repository)
	case c.Commit != "" && !commit.MatchString(c.Commit):
		return fmt.Errorf("commit is %q; want 7 to 40 hexadecimal digits", c.Commit)
	}
	if c.Family != "" {
		if known := families.Readable(); !slices.Contains(known, c.Family) {
			return fmt.Errorf("family is %q; networks that are read are of %s", c.Family, strings.Join(known, ", "))
		}
	}
	if _, err := text(c.Config); err != nil {
		return fmt.Errorf("config: %w", err)
	}
	if _, err := text(c.Schedule); err != nil {
		return fmt.Errorf("schedule: %w", err)
	}
	names := map[string]bool{}
	for i, f := range c.Files {
		if err := f.validate(); err != nil {
			return fmt.Errorf("files[%d].%w", i, err)
		}
		if names[f.Name] {
			return fmt.Errorf("files[%d].name is %q, which an earlier file has", i, f.Name)
		}
		names[f.Name] = true
	}
	if c.Golden == nil {
		return nil
	}
	if err := c.Golden.validate(); err != nil {
		return fmt.Errorf("golden.%w", err)
	}
	return nil
}

func (f *CardFile) validate() error {
	u, err := url.Parse(f.URL)
	switch {
	case !plainName.MatchString(f.Name):
		return fmt.Errorf("name is %q; want the name of a file, not a path", f.Name)
	case f.Path != "" && (!fs.ValidPath(f.Path) || path.Clean(f.Path) != f.Path):
		return fmt.Errorf("path is %q; want a path below the root of the repository", f.Path)
	case f.URL != "" && (err != nil || u.Scheme != "https" || u.Host == ""):
		return fmt.Errorf("url is %q; want an https address", f.URL)
	case f.SHA256 != "" && !hex256.MatchString(f.SHA256):
		return fmt.Errorf("sha256 is %q; want 64 hexadecimal digits in lower case, or none", f.SHA256)
	case f.Bytes < 0 || f.SHA256 != "" && f.Bytes == 0:
		return fmt.Errorf("bytes is %d; a file with a sha256 has a size", f.Bytes)
	}
	return nil
}

func (g *Golden) validate() error {
	switch {
	case !plainName.MatchString(g.File):
		return fmt.Errorf("file is %q; want the name of a file beside the card, not a path", g.File)
	case g.By == "":
		return errors.New("by is missing; say who computed the outputs")
	case !(g.Tolerance > 0 && g.Tolerance <= 1e-2):
		return fmt.Errorf("tolerance is %v; want more than 0, and at most 0.01", g.Tolerance)
	case len(g.Checks) == 0:
		return errors.New("checks is empty")
	}
	for i, k := range g.Checks {
		switch {
		case quantities[k.Of] == nil:
			return fmt.Errorf("checks[%d].of is %q; want one of %s", i, k.Of, strings.Join(sorted(quantities), ", "))
		case k.X == "":
			return fmt.Errorf("checks[%d].x is missing; name a tensor", i)
		case k.Want == "":
			return fmt.Errorf("checks[%d].want is missing; name a tensor", i)
		case k.T != nil && k.TOf != "":
			return fmt.Errorf("checks[%d] has both t and t_of", i)
		}
	}
	return nil
}

// text is a JSON string's value, or the JSON of an object; "" for none.
func text(raw json.RawMessage) (string, error) {
	switch {
	case len(raw) == 0:
		return "", nil
	case raw[0] == '{':
		return string(raw), nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil || s == "" {
		return "", errors.New("want an object or a string")
	}
	return s, nil
}
