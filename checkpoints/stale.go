package checkpoints

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// RemoveTemporary deletes what calls of AtomicWriteFile for path left behind because they were killed. No such call
// may be at work. A folder that does not exist has nothing to delete.
func RemoveTemporary(path string) error {
	dir, base := filepath.Split(path)
	list, err := os.ReadDir(filepath.Clean(dir))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	for _, e := range list {
		rest, ok := strings.CutPrefix(e.Name(), "."+base+".")
		if random, tmp := strings.CutSuffix(rest, ".tmp"); ok && tmp && len(random) == 12 {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !os.IsNotExist(err) {
				return fmt.Errorf("checkpoints: %w", err)
			}
		}
	}
	return nil
}
