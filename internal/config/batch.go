package config

// MostValues bounds the values of the images that one run keeps in memory.
const MostValues = 1 << 30

// MostInput bounds the values that a network is given at once, because it holds far more than its input.
const MostInput = MostValues >> 6

// Batch refuses a number n of images, of size values each, that is not positive, exceeds MostBatch, or makes more than
// most values. The error names the field.
func Batch(field string, n, size, most int) error {
	c := Check("")
	c.Int(field, n, 1, min(MostBatch, max(1, most/size)))
	return c.Err()
}
