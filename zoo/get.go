package zoo

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tweedie/checkpoints"
	"tweedie/internal/disk"
)

// Fetch says where the file of a card comes from, and how to know that it is right.
type Fetch struct {
	From       string                  // https address, folder or file; "" for the card's own address
	SHA256     string                  // that the file must have, for a card that has none
	Unverified bool                    // take a file without a sha256, for a card that has none
	Client     *http.Client            // nil for the usual one
	Patience   time.Duration           // for the next bytes of an answer, after which it has broken off; 0 for a minute
	Progress   func(done, total int64) // bytes; total is 0 where it is not known. May be nil
}

// mostBytes bounds a file whose size the card does not tell.
const mostBytes = 16 << 30

// Get brings a file of the card into the cache and returns its path. The file appears there when its sha256 is right
// and not before; without a sha256, when it can be opened as a checkpoint. A file that is there already, with the right
// sha256, is left alone. What an interrupted download with a known sha256 has brought stays beside it, and the next Get
// goes on from there. While one Get is at work, another of the same file is refused.
func (s *Shelf) Get(ctx context.Context, c *Card, o Fetch) (path string, err error) {
	wanted, err := c.wanted(o)
	if err != nil {
		return "", fmt.Errorf("zoo: card %s: %w", c.Name, err)
	}
	if s.Cache == "" {
		return "", errors.New("zoo: the system names no folder for caches, because HOME is not set; name one in TWEEDIE_CACHE")
	}
	dir := filepath.Join(s.Cache, c.Name)
	for _, f := range wanted {
		path := filepath.Join(dir, f.Name)
		if h, err := checkpoints.HashFile(path); f.SHA256 != "" && err == nil && h == f.SHA256 {
			return path, nil
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("zoo: %w", err)
	}
	part := filepath.Join(dir, wanted[0].Name+".part")
	lock, err := disk.Acquire(part)
	if err != nil {
		return "", fmt.Errorf("zoo: card %s: %w", c.Name, err)
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	from := o.From
	if from == "" && len(c.Files) > 0 {
		from = c.Address(c.Files[0])
	}
	switch {
	case from == "":
		err = errors.New("it names no address; give one, or a folder or file, with --from")
	case strings.HasPrefix(from, "https://"):
		err = download(ctx, o, from, part, most(wanted), wanted[0].SHA256 != "")
	case strings.Contains(from, "://"):
		err = fmt.Errorf("%s is no https address", from)
	default:
		err = copyLocal(ctx, from, part, wanted, o.Progress)
	}
	if err == nil {
		path, err = admit(part, dir, wanted)
	}
	if err != nil {
		return "", fmt.Errorf("zoo: card %s: %w", c.Name, err)
	}
	return path, nil
}

// wanted are the files that may come: those of the card that have a sha256, or its first with the sha256 of the Fetch.
func (c *Card) wanted(o Fetch) ([]CardFile, error) {
	known := slices.DeleteFunc(slices.Clone(c.Files), func(f CardFile) bool { return f.SHA256 == "" })
	sum := strings.ToLower(o.SHA256)
	switch {
	case sum != "" && !hex256.MatchString(sum):
		return nil, fmt.Errorf("--sha256 is %q; want 64 hexadecimal digits", o.SHA256)
	case sum != "" && o.Unverified:
		return nil, errors.New("--sha256 and --unverified exclude each other")
	case len(known) > 0 && sum != "":
		if known = slices.DeleteFunc(known, func(f CardFile) bool { return f.SHA256 != sum }); len(known) == 0 {
			return nil, fmt.Errorf("--sha256 is that of none of its files; leave it out, the card has it")
		}
		return known, nil
	case len(known) > 0 && o.Unverified:
		return nil, errors.New("--unverified is for cards without a sha256; this one has it")
	case len(known) > 0:
		return known, nil
	case sum == "" && !o.Unverified:
		return nil, errors.New("it has no sha256, because nobody could check the file; give --sha256 HEX, or --unverified to take what comes")
	}
	f := c.files()[0]
	f.SHA256 = sum
	return []CardFile{f}, nil
}

// most is the size of the largest of the files.
func most(wanted []CardFile) int64 {
	n := int64(0)
	for _, f := range wanted {
		if f.Bytes == 0 {
			return mostBytes
		}
		n = max(n, f.Bytes)
	}
	return n
}

// admit gives the file part its name in dir, when it is one of those wanted, and removes it otherwise.
func admit(part, dir string, wanted []CardFile) (string, error) {
	sum, err := checkpoints.HashFile(part)
	if err != nil {
		return "", err
	}
	for _, f := range wanted {
		if f.SHA256 == sum || f.SHA256 == "" {
			if f.SHA256 == "" {
				if err := readable(part); err != nil {
					return "", errors.Join(err, os.Remove(part))
				}
			}
			path := filepath.Join(dir, f.Name)
			return path, errors.Join(os.Rename(part, path), disk.SyncFolder(dir))
		}
	}
	err = fmt.Errorf("the sha256 of what came is %s; want %s; nothing was kept", sum, sums(wanted))
	return "", errors.Join(err, os.Remove(part))
}

func sums(wanted []CardFile) string {
	var s []string
	for _, f := range wanted {
		s = append(s, f.SHA256)
	}
	return strings.Join(s, " or ")
}

// readable says why a file is no checkpoint.
func readable(path string) error {
	f, err := checkpoints.Open(path)
	if err != nil {
		return err
	}
	return f.Close()
}
