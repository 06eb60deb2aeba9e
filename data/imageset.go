package data

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
)

// images is a set of PNG and JPEG files, on disk or in an archive; each is decoded when it is read.
type images struct {
	source
	size
	interval
	labels
	files []item
	opts  Options

	mu      sync.Mutex
	decoded map[string][]float32 // decoded images by name
	room    int64                // bytes left for more of them
}

// Len implements Set.
func (s *images) Len() int { return len(s.files) }

// Read implements Set.
func (s *images) Read(i int, dst []float32) (int, error) {
	checkRead(s, i, dst)
	if err := s.image(context.Background(), s.files[i], dst); err != nil {
		return 0, fmt.Errorf("data: %q: %w", s.files[i].name, err)
	}
	return s.label(i), nil
}

// image decodes an image, unless it was kept, and keeps it where there is room.
func (s *images) image(ctx context.Context, f item, dst []float32) error {
	s.mu.Lock()
	x, ok := s.decoded[f.name]
	s.mu.Unlock()
	if ok {
		copy(dst, x)
		return nil
	}
	if err := decodeImage(ctx, f, dst, s.size, s.opts, s.interval); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.decoded[f.name]; !ok && s.room >= int64(4*len(dst)) {
		s.room -= int64(4 * len(dst))
		s.decoded[f.name] = slices.Clone(dst)
	}
	return nil
}

// openImages reads the headers. Images of several shapes are an error, unless they are resized or cut to one; then those that are
// too small for a crop are left out.
func openImages(ctx context.Context, origin source, files []item, o Options) (*images, error) {
	s := &images{source: origin, interval: o.scale(), opts: o, decoded: map[string][]float32{}, room: o.Keep}
	s.kind = "images"
	var all census
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		have, err := imageShape(f, o)
		switch {
		case err != nil && !looksLikeImage(f.rel, err):
			s.ignored++
			continue
		case err != nil:
			s.bad = append(s.bad, Bad{f.name, err.Error()})
			continue
		}
		s.files = append(s.files, f)
		all.add(have, f.rel)
	}
	if len(s.files) == 0 {
		return nil, noImages(s)
	}
	var err error
	if s.size, err = all.frame(o); err != nil {
		return nil, err
	}
	s.sizes = all.sizes()
	err = s.keep(ctx, func(i int) error {
		if have := all.shape[i]; o.Resize == [2]int{} && (have.h < s.h || have.w < s.w) {
			return fmt.Errorf("the image is %v, too small for the crop", have)
		}
		return nil
	})
	if o.Check && err == nil {
		img := make([]float32, s.pixels())
		err = s.keep(ctx, func(i int) error { return s.image(ctx, s.files[i], img) })
	}
	if err != nil {
		return nil, err
	}
	if len(s.files) == 0 {
		return nil, noImages(s)
	}
	s.classify()
	return s, nil
}

// keep moves the files for which fit fails to the bad ones, until ctx ends.
func (s *images) keep(ctx context.Context, fit func(i int) error) error {
	var good []item
	for i, f := range s.files {
		err := fit(i)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			s.bad = append(s.bad, Bad{f.name, err.Error()})
		} else {
			good = append(good, f)
		}
	}
	s.files = good
	return nil
}

// classify numbers the subfolders, those inside the one folder that everything lies in where there is one.
func (s *images) classify() {
	class, inside := make([]string, len(s.files)), make([]string, len(s.files))
	for i, f := range s.files {
		inside[i] = f.rel
	}
	for {
		deeper := true
		for i, name := range inside {
			folder, rest, nested := strings.Cut(name, "/")
			if !nested {
				return
			}
			class[i], inside[i] = folder, rest
			deeper = deeper && folder == class[0] && strings.Contains(rest, "/")
		}
		if !deeper {
			break
		}
	}
	s.classes = slices.Compact(slices.Sorted(slices.Values(class)))
	s.labels = make([]int, len(s.files))
	for i, c := range class {
		s.labels[i], _ = slices.BinarySearch(s.classes, c)
	}
}

// looksLikeImage reports whether a file that could not be used was meant to be an image.
func looksLikeImage(name string, err error) bool {
	known := []string{".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}
	return slices.Contains(known, strings.ToLower(path.Ext(name))) || !errors.Is(err, errNotImage)
}

func noImages(s *images) error {
	if len(s.bad) > 0 {
		return fmt.Errorf("no usable image: %d files left out, the first %q: %s", len(s.bad), s.bad[0].Name, s.bad[0].Reason)
	}
	return errors.New("no PNG or JPEG inside")
}
