package data

import (
	"context"
	"fmt"
)

// labels are those of a set's images; nil when there are none.
type labels []int

func (l labels) label(i int) int {
	if l == nil {
		return -1
	}
	return l[i]
}

// unread is the label of an image of a set that would have to read it to know.
const unread = -2

// labelOf is the label of image i, known without reading it in the sets of this package.
func labelOf(s Set, i int) int {
	if l, ok := s.(interface{ label(i int) int }); ok {
		return l.label(i)
	}
	return unread
}

// maxClasses bounds what a label may be: a network keeps a vector for each.
const maxClasses = 1 << 20

// Classes returns the number of classes of a set: one more than the largest label. It returns an error for an image
// without a label and for a label of 2^20 or more. Sets that Open returns know their labels. The images of a set of
// another package are read one by one until ctx ends, and then the error is that of ctx.
func Classes(ctx context.Context, s Set) (int, error) {
	n := 0
	c, h, w := s.Shape()
	var img []float32
	for i := range s.Len() {
		l := labelOf(s, i)
		if l == unread {
			if img == nil {
				img = make([]float32, c*h*w)
			}
			err := ctx.Err()
			if err != nil {
				return 0, err
			}
			if l, err = s.Read(i, img); err != nil {
				return 0, err
			}
		}
		switch {
		case l < 0:
			return 0, fmt.Errorf("data: image %d of %d has no label", i, s.Len())
		case l >= maxClasses:
			return 0, fmt.Errorf("data: image %d has label %d; want less than %d", i, l, maxClasses)
		}
		n = max(n, l+1)
	}
	return n, nil
}
