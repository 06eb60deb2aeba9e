package foreign

import (
	"fmt"
	"strings"
)

// endings are the names of files of which the first bytes are known, what such a file is, and how to make one.
var endings = []struct {
	ends []string
	what string
	make string
}{
	{[]string{".npy"}, "an array of numpy", "save it again with numpy.save"},
	{[]string{".npz"}, "an archive of numpy", "save it again with numpy.savez"},
	{[]string{".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fts.gz"}, "a FITS file", "save it again with astropy.io.fits"},
	{[]string{".png"}, "a PNG picture", "save it again, or its numbers with numpy.save"},
	{[]string{".jpg", ".jpeg"}, "a JPEG picture", "save it again, or its numbers with numpy.save"},
	{[]string{".tif", ".tiff"}, "a TIFF picture, nor are such pictures read", "save it as PNG, or its numbers with numpy.save"},
	{[]string{".gz"}, "a file in gzip", "compress it again, or give it as it is"},
}

// Ending says that a file is not what the ending of its name promises, when its first bytes are those of nothing that is known;
// "" when the ending promises nothing.
func Ending(path string, head []byte) string {
	lower := strings.ToLower(path)
	for _, e := range endings {
		for _, end := range e.ends {
			if strings.HasSuffix(lower, end) {
				return fmt.Sprintf("this is not %s, as its name has it: it begins with %.16q; %s", e.what, head, e.make)
			}
		}
	}
	return ""
}
