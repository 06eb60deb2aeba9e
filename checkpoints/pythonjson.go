package checkpoints

import "bytes"

// fromPython makes JSON of what Python's json writes: NaN, Infinity and -Infinity, which JSON does not have, become
// strings. A reader that needs such a number says that it found a string.
func fromPython(text []byte) []byte {
	var out []byte
	done := 0
	for i := 0; i < len(text); i++ {
		if text[i] == '"' {
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			continue
		}
		for _, word := range [][]byte{[]byte("-Infinity"), []byte("Infinity"), []byte("NaN")} {
			if bytes.HasPrefix(text[i:], word) {
				out = append(append(append(out, text[done:i]...), '"'), append(word, '"')...)
				i += len(word) - 1
				done = i + 1
				break
			}
		}
	}
	return append(out, text[done:]...)
}
