package disk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Manifest is the file in a folder of results that lists the others.
const Manifest = ".tweedie.json"

// manifest is the content of the list.
type manifest struct {
	Command string    `json:"command"`
	Written time.Time `json:"written"`
	Files   []string  `json:"files"`
}

func writeManifest(dir string, files []string) error {
	text, err := json.MarshalIndent(manifest{strings.Join(os.Args, " "), time.Now().Round(time.Second), files}, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, Manifest), append(text, '\n'))
}

// readManifest returns the names of the files of the result in dir; none where there is no list.
func readManifest(dir string) (map[string]bool, error) {
	text, err := os.ReadFile(filepath.Join(dir, Manifest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, Manifest), err)
	}
	files := map[string]bool{}
	for _, name := range m.Files {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("%s lists %q, which is no file below the folder", filepath.Join(dir, Manifest), name)
		}
		files[name] = true
	}
	return files, nil
}
