package fits_test

import (
	"strings"
	"testing"
)

// TestFITSBad: each mistake is named.
func TestFITSBad(t *testing.T) {
	image := func(cards ...string) string {
		return unitOf("\x00\x01\x02\x03", append([]string{"SIMPLE  = T"}, cards...)...)
	}
	for raw, want := range map[string]string{
		image("BITPIX  = 12", "NAXIS   = 0"):                                  "BITPIX is 12",
		image("NAXIS   = 0"):                                                  "BITPIX is missing",
		image("BITPIX  = 8"):                                                  "NAXIS is missing",
		image("BITPIX  = 8", "NAXIS   = 1000"):                                "NAXIS is 1000",
		image("BITPIX  = 8", "NAXIS   = 1"):                                   "NAXIS1 is missing",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = -4"):                   "NAXIS1 is -4",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4.0"):                  "NAXIS1 is 4,",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 99999999999999999999"): "NAXIS1 is 99999999999999999999",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 2881"):                 "than the 2880 bytes that are left",
		image("BITPIX  = 64", "NAXIS   = 3", "NAXIS1  = 4294967296", "NAXIS2  = 4294967296", "NAXIS3  = 2"): "take more than",
		image("BITPIX  = -64", "NAXIS   = 1", "NAXIS1  = 1152921504606846976"):                              "take more than", // 2^63 bytes
		image("BITPIX  = -64", "NAXIS   = 1", "NAXIS1  = 2305843009213693952"):                              "take more than",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 2", "PCOUNT  = 2"):                                   "takes 2 bytes, there are 4",
		image("BITPIX  = 8", "NAXIS   = 0"):                                                                 "neither images nor",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4", "BSCALE  = 'x'"):                                 `BSCALE is "x"`,
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4", "OBJECT  = 'x"):                                  "no value that can be read",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4", "OBJECT  = 'x\x01'"):                             "more than ASCII",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4")[:2882]:                                           "than the 2 bytes that are left",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4")[:2000]:                                           "cut off",
		image("BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 4", "GROUPS  = T"):                                   "neither images nor",
		unitOf("", "SIMPLE  = T") + "x":                                                                     "BITPIX is missing",
		strings.Repeat(unitOf("", primary...), 1001):                                                        "more than 1000 headers",
		rowsOf(4, 1, "abcd", "TFIELDS = 1"):                                                                 "TFORM is missing",
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '9'"):                                                `TFORM is "9"`,
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '1PE(3)'"):                                           `elements of type 'P' are not read`,
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '2J'"):                                               "in the 4 bytes that are left of a row of 4",
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '5A'"):                                               "5 characters in a row of 4",
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '99999999999999999999J'"):                            "TFORM",
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '3B'"):                                               "take 3 bytes of rows of 4",
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '4B'", "TDIM1   = '(2,3)'"):                          `TDIM "(2,3)" for 4`,
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '4B'", "TDIM1   = '(4,0)'"):                          `TDIM "(4,0)" for 4`,
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '4B'", "TDIM1   = '4'"):                              `TDIM "4" for 4`,
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '4B'", "TDIM1   = '(2)'"):                            `TDIM "(2)" for 4`,
		rowsOf(4, 1, "abcd", "TFIELDS = 1", "TFORM1  = '4B'", "TSCAL1  = T"):                                "TSCAL1 is true",
		rowsOf(8, 1, "abcdefgh", "TFIELDS = 1", "TFORM1  = 'C'", "TSCAL1  = 2"):                             "complex",
		rowsOf(4, 1, "abcd"): "TFIELDS is missing",
		rowsOf(4, 1, "abcd", "TFIELDS = 2", "TTYPE1  = 'x'", "TTYPE2  = 'x'", "TFORM1  = 'I'", "TFORM2  = 'I'"):                   "twice",
		rowsOf(0, 1<<62, "", "PCOUNT  = 1", "TFIELDS = 1", "TFORM1  = '0A'"):                                                      "neither",
		unitOf("", primary...) + unitOf("ab", "XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 1", "NAXIS1  = 2", "TFIELDS = 0"): "a table with 1 axes",
	} {
		_, err := readAll([]byte(raw))
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
