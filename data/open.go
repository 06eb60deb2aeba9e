package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"tweedie/internal/input"
	"tweedie/internal/npy"
)

// Options says what a file cannot say itself. The zero Options will do for image folders and IDX.
type Options struct {
	Shape        [3]int  // [C,H,W] of a CSV row, or of a row of an array [N,D]
	Max          float64 // CSV: the value of full scale, such as 16 or 255
	Lo, Hi       float64 // physical values of the darkest and the brightest; both 0: see the package comment
	Resize       [2]int  // rows, columns that the middle of each image, in their proportions, is brought to; 0, 0 for none
	Crop         [2]int  // rows, columns of a centre crop, of resized images where Resize is given; 0, 0 for none
	Gray         bool    // turn colours into luma, .299 R + .587 G + .114 B; alpha is dropped
	ChannelsLast bool    // arrays are [N,H,W,C]
	Array        string  // npz: the array with the images; needed when there are several and the path names none
	Labels       string  // npz: the array with the labels; IDX: the file with them; CSV: the column, its name or first or last
	Check        bool    // folders and archives: decode every image at once, so that broken ones are known before training
	Keep         int64   // folders and archives: bytes of decoded images, four a value, that are kept for the next reading
	MaxPixels    int64   // of an image; 0 means 2^28 in arrays, and of a PNG or JPEG what the package comment tells
	MaxBytes     int64   // of a compressed file when expanded; 0 means the larger of 64 MiB and 100 times its size. Of Read 1 GiB
}

const (
	defaultPixels = 1 << 28
	freeExpand    = 64 << 20
	maxExpand     = 100
	defaultRead   = 1 << 30
	mostResized   = mostDecoded / 16 // pixels of four float32
)

// headBytes is how much of a file is looked at to know its format: the names of a CSV file's columns may be long.
const headBytes = 1 << 10

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
	case o.Resize[0] < 0 || o.Resize[1] < 0 || (o.Resize[0] == 0) != (o.Resize[1] == 0) || float64(o.Resize[0])*float64(o.Resize[1]) > mostResized:
		return fmt.Errorf("data: resizing (--resize) to %v; rows and columns must both be positive, of at most %d pixels, or both 0", o.Resize, mostResized)
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

// read returns how many bytes may be read into memory of what does not tell its length or cannot be read at any offset.
func (o Options) read() int64 {
	if o.MaxBytes > 0 {
		return o.MaxBytes
	}
	return defaultRead
}

// Open reads a set of images: a folder, zip or tar archive with PNG and JPEG files, or one file that is PNG, JPEG, CSV,
// IDX, npy or npz; CSV, IDX and tar also in gzip. It goes by content, not by name. Of an npz with several arrays the path may name
// the one with the images behind a colon, as in "night.npz:x". Folders, zip and tar archives and npy arrays stay on disk, the
// others are held in memory: of a tar in gzip the images as they are in their files.
// The end of ctx ends the opening, not the use of the set.
func Open(ctx context.Context, path string, o Options) (Set, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	info, err := input.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if path, o, err = withMember(path, o, err); err == nil {
			info, err = input.Stat(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if info.IsDir() {
		return openDiskFolder(ctx, path, o)
	}
	return openPlace(ctx, path, onDisk, o)
}

// OpenFS is Open for a folder or a file of a file system, such as an embed.FS, an fs.Sub of it or a *zip.Reader. Pictures are
// opened again for each reading. For IDX, Options.Labels is a name in the file system.
func OpenFS(ctx context.Context, fsys fs.FS, name string, o Options) (Set, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	info, err := fs.Stat(fsys, name)
	if err != nil {
		if name, o, err = withMember(name, o, err); err == nil {
			info, err = fs.Stat(fsys, name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	if info.IsDir() {
		return openFSFolder(ctx, fsys, name, o)
	}
	return openPlace(ctx, name, inside(fsys, o.read(), false), o)
}

// Read is Open for what a reader delivers: an archive of pictures, or a file of any kind, read into memory to its end. More than
// Options.MaxBytes, or 1 GiB, is an error. For IDX, Options.Labels is a file on disk.
func Read(ctx context.Context, r io.Reader, o Options) (Set, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	c, err := drain(r, o.read())
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return openPlace(ctx, "", func(path string) item {
		if path != "" {
			return onDisk(path) // with labels
		}
		return item{rel: "image", open: func() (content, error) {
			return content{io.NewSectionReader(c, 0, c.Size()), io.NopCloser(nil)}, nil
		}}
	}, o)
}

// withMember takes the name of an array off the path of an npz that is not there, "night.npz:x", into the options; err is that of
// the path as it is.
func withMember(path string, o Options, err error) (string, Options, error) {
	i := strings.LastIndexByte(path, ':')
	if i < 1 || !strings.HasSuffix(strings.ToLower(path[:i]), ".npz") {
		return path, o, err
	}
	if o.Array != "" && o.Array != path[i+1:] {
		return path, o, fmt.Errorf("%s names the array %q, and Options.Array (data.array) %q; give one", input.Name(path), path[i+1:], o.Array)
	}
	o.Array = path[i+1:]
	return path[:i], o, nil
}

// openPlace opens a file, and resizes and cuts its images as far as that is not done.
func openPlace(ctx context.Context, path string, at place, o Options) (Set, error) {
	s, err := openFile(ctx, source{name: path, at: at}, o)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err() // whatever the reader that it cut short made of it
	}
	if err == nil {
		s, err = o.fitted(s)
	}
	if err != nil {
		return nil, fmt.Errorf("data: %q: %w", path, err)
	}
	return s, nil
}

// fitted returns the set with the size that is asked for, which it may have.
func (o Options) fitted(s Set) (_ Set, err error) {
	if _, h, w := s.Shape(); o.Crop == [2]int{h, w} {
		return s, nil
	}
	if o.Resize != [2]int{} {
		if s, err = Resize(s, o.Resize[0], o.Resize[1]); err != nil {
			return nil, err
		}
	}
	if o.Crop != [2]int{} {
		return CenterCrop(s, o.Crop[0], o.Crop[1])
	}
	return s, nil
}

// openFile opens the file that an origin names.
func openFile(ctx context.Context, origin source, o Options) (Set, error) {
	from := origin.at(origin.name)
	file, err := from.open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size := file.Size()
	f := input.WithContext(ctx, file)
	head := make([]byte, headBytes)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return nil, err
	}
	head = head[:n]
	switch {
	case imageKind(head) != "":
		return openImages(ctx, origin, []item{from}, o)
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
