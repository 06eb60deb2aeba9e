//go:build !linux

package disk

import "errors"

func exchange(a, b string) error { return errors.ErrUnsupported }
