package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"tweedie/internal/input"
)

// Stat is one line of the statistics file.
type Stat struct {
	Step            int64    `json:"step"`
	Images          int64    `json:"images"`
	Loss            float64  `json:"loss"`
	GradNorm        float64  `json:"grad_norm"` // before clipping
	LR              float64  `json:"lr"`
	HeldOut         *float64 `json:"held_out,omitempty"` // where it was computed
	ImagesPerSecond float64  `json:"images_per_second"`
	Seconds         float64  `json:"seconds"` // since this run or its last resumption began
}

// appendStats appends the line of one step to the statistics file.
func appendStats(path string, p Progress) error {
	s := Stat{Step: p.Step, Images: p.Images, Loss: p.Loss, GradNorm: p.GradNorm, LR: p.LR, ImagesPerSecond: p.ImagesPerSecond, Seconds: p.Elapsed.Seconds()}
	if p.Evaluated {
		s.HeldOut = &p.HeldOut
	}
	line, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("train: statistics of step %d: %w", p.Step, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		return fmt.Errorf("train: statistics: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("train: statistics: %w", err)
	}
	return nil
}

// truncateStats cuts the statistics file after the last whole line of a step up to step, and returns that line's step.
// What a run that was killed wrote after its last save will be written again.
func truncateStats(path string, step int64) (last int64, err error) {
	if _, err := input.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	} else if err != nil {
		return 0, fmt.Errorf("train: statistics: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return 0, fmt.Errorf("train: statistics: %w", err)
	}
	defer f.Close()
	keep := int64(0)
	for r := bufio.NewReader(f); ; {
		line, err := r.ReadBytes('\n')
		var s Stat
		if err != nil && err != io.EOF {
			return 0, fmt.Errorf("train: statistics: %w", err)
		}
		if err == io.EOF || json.Unmarshal(line, &s) != nil || s.Step > step {
			break
		}
		keep += int64(len(line))
		last = s.Step
	}
	if err := errors.Join(f.Truncate(keep), f.Sync()); err != nil {
		return 0, fmt.Errorf("train: statistics: %w", err)
	}
	return last, nil
}

// maxStats bounds what ReadStats reads, some millions of lines.
const maxStats = 1 << 30

// ReadStats reads the lines of a statistics file. On an error it returns the lines before it.
func ReadStats(path string) ([]Stat, error) {
	text, err := input.ReadFile(path, maxStats)
	if err != nil {
		return nil, fmt.Errorf("train: statistics: %w", err)
	}
	var all []Stat
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var s Stat
		if err := d.Decode(&s); err == io.EOF {
			return all, nil
		} else if err != nil {
			return all, fmt.Errorf("train: statistics: after step %d: %w", lastStep(all), err)
		}
		all = append(all, s)
	}
}

// lastStep returns the step of the last line, 0 without lines.
func lastStep(s []Stat) int64 {
	if len(s) == 0 {
		return 0
	}
	return s[len(s)-1].Step
}
