package data

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"tweedie/internal/input"
	"tweedie/internal/npy"
)

// Options says what a file cannot say itself. The zero Options will do for image folders and IDX.
type Options struct {
	Shape        [3]int  // [C,H,W] of a CSV row, or of a row of an array [N,D]
	Max          float64 // CSV: the value of full scale, such as 16 or 255
	Lo, Hi       float64 // physical values of the darkest and the brightest; both 0: see the package comment
	Crop         [2]int  // rows, columns of a centre crop; 0, 0 for none
	Gray         bool    // turn colours into luma, .299 R + .587 G + .114 B; alpha is dropped
	ChannelsLast bool    // arrays are [N,H,W,C]
	Array        string  // npz: the array with the images; needed when there are several
	Labels       string  // npz: the array with the labels; IDX: the file with the labels
	Check        bool    // folders and archives: decode every image at once, so that broken ones are known before training
	Keep         int64   // folders and archives: bytes of decoded images, four a value, that are kept for the next reading
	MaxPixels    int64   // of an image; 0 means 2^28 in arrays, and of a PNG or JPEG what the package comment tells
	MaxBytes     int64   // of a compressed file when expanded; 0 means the larger of 64 MiB and 100 times its size
}

const (
	defaultPixels = 1 << 28
	freeExpand    = 64 << 20
	maxExpand     = 100
)

// Validate names the first field that makes no sense.
func (o Options) Validate() error {
	for i, n := range o.Shape {
		if n < 0 || (n == 0) != (o.Shape == [3]int{}) {
			return fmt.Errorf("data: the shape (--shape) %v has %d in place %d; its three numbers must be positive, or all 0", o.Shape, n, i+1)
		}
	}
	if int64(o.Shape[0]) > o.pixels() || int64(o.Shape[1]) > o.pixels() || int64(o.Shape[2]) > o.pixels() ||
		float64(o.Shape[0])*float64(o.Shape[1])*float64(o.Shape[2]) > float64(o.pixels()) {
		return fmt.Errorf("data: images of shape (--shape) %v, the limit is %d; raise the limit of pixels", o.Shape, o.pixels())
	}
	switch {
	case !(o.Max >= 0) || o.Max > 1e300:
		return fmt.Errorf("data: full scale (--max) is %g; it must be a positive number", o.Max)
	case !(o.Lo <= o.Hi) || o.Hi-o.Lo > 1e300 || o.Lo == o.Hi && o.Lo != 0:
		return fmt.Errorf("data: the range of the values goes from %g to %g; it must ascend, or be two zeros where it is not known", o.Lo, o.Hi)
	case o.Crop[0] < 0 || o.Crop[1] < 0 || (o.Crop[0] == 0) != (o.Crop[1] == 0):
		return fmt.Errorf("data: a crop of %v; rows and columns must both be positive, or both 0", o.Crop)
	case o.MaxPixels < 0 || o.MaxBytes < 0 || o.Keep < 0:
		return fmt.Errorf("data: limits of %d pixels, %d bytes of an expanded file and %d bytes kept; none may be negative", o.MaxPixels, o.MaxBytes, o.Keep)
	}
	return nil
}

func (o Options) pixels() int64 {
	if o.MaxPixels > 0 {
		return o.MaxPixels
	}
	return defaultPixels
}

// expanded returns how long the content of a compressed file of that size may be.
func (o Options) expanded(compressed int64) int64 {
	if o.MaxBytes > 0 {
		return o.MaxBytes
	}
	return max(freeExpand, maxExpand*compressed)
}

// stated reports whether the range of the values was given.
func (o Options) stated() bool { return o.Lo != 0 || o.Hi != 0 }

// scale returns the range of integer pixels.
func (o Options) scale() interval {
	if o.stated() {
		return interval{o.Lo, o.Hi}
	}
	return interval{0, 1}
}

// Open reads a set of images: a folder, zip or tar archive with PNG and JPEG files, or one file that is PNG, JPEG, CSV,
// IDX, npy or npz; CSV, IDX and tar also in gzip. It goes by content, not by name. Folders, zip and tar archives and
// npy arrays stay on disk, the others are held in memory: of a tar in gzip the images as they are in their files.
// The end of ctx ends the opening, not the use of the set.
func Open(ctx context.Context, path string, o Options) (Set, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	info, err := input.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if info.IsDir() {
		return openFolder(ctx, path, o)
	}
	s, err := openFile(ctx, path, o)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // whatever the reader that it cut short made of it
	}
	if err != nil {
		return nil, fmt.Errorf("data: %q: %w", path, err)
	}
	if o.Crop != [2]int{} {
		return CenterCrop(s, o.Crop[0], o.Crop[1])
	}
	return s, nil
}

func openFile(ctx context.Context, path string, o Options) (Set, error) {
	file, size, err := input.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	f := input.WithContext(ctx, file)
	head := make([]byte, 512)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	head = head[:n]
	origin := source{name: path}
	switch {
	case imageKind(head) != "":
		return openImages(ctx, origin, []item{onDisk(path, filepath.Base(path))}, o)
	case bytes.HasPrefix(head, []byte(npy.Magic)):
		return openNPY(ctx, origin, f, size, o)
	case npy.IsArchive(head):
		return openZip(ctx, origin, f, size, o)
	case isTar(head):
		return openTar(ctx, origin, f, size, o)
	}
	var r io.Reader = io.NewSectionReader(f, 0, size)
	limit := size
	if bytes.HasPrefix(head, []byte{0x1f, 0x8b}) {
		limit = o.expanded(size)
		if r, head, err = gunzip(r, limit); err != nil {
			return nil, err
		}
	}
	switch {
	case isTar(head):
		return openTarStream(ctx, origin, r, limit, o)
	case isIDX(head):
		return readIDX(origin, r, limit, o)
	case isCSV(head):
		return readCSV(origin, r, o)
	}
	return nil, fmt.Errorf("the file begins with %.16q; PNG, JPEG, zip, tar, CSV, IDX, npy and npz can be read", head)
}

// isCSV reports whether the file begins as numbers with separators do.
func isCSV(head []byte) bool {
	return len(head) > 0 && len(bytes.Trim(head, "0123456789.,;+-eE \t\r\n")) == 0 && strings.ContainsAny(string(head), "0123456789")
}
