package pickle

import (
	"encoding/binary"
	"fmt"
)

// packedTime returns the n bytes in which Python packs a date or time; Python 2 wrote them as a string.
func packedTime(args []any, n int64) ([]byte, error) {
	if len(args) == 0 || len(args) > 2 {
		return nil, errArgs
	}
	if s, ok := args[0].(string); ok && int64(len(s)) == n {
		return []byte(s), nil
	}
	b, ok := args[0].(*Bytes)
	if !ok || b.Size() != n {
		return nil, errArgs
	}
	return b.ReadAll(n)
}

// date is yyyy-mm-dd, of two bytes for the year and one for month and day.
func date(args []any) (any, error) {
	b, err := packedTime(args, 4)
	if err != nil {
		return nil, err
	}
	return fmt.Sprintf("%04d-%02d-%02d", binary.BigEndian.Uint16(b), b[2]&0x7f, b[3]), nil
}

// clock is hh:mm:ss and, where there is one, the fraction, of six bytes.
func clock(args []any) (any, error) {
	b, err := packedTime(args, 6)
	if err != nil {
		return nil, err
	}
	text := fmt.Sprintf("%02d:%02d:%02d", b[0]&0x7f, b[1], b[2])
	if micro := uint32(b[3])<<16 | uint32(b[4])<<8 | uint32(b[5]); micro > 0 {
		text += fmt.Sprintf(".%06d", micro)
	}
	return text + zone(args), nil
}

// datetime is date and clock, of ten bytes, and the time zone where it is a difference to UTC.
func datetime(args []any) (any, error) {
	b, err := packedTime(args, 10)
	if err != nil {
		return nil, err
	}
	day, err := date([]any{string(b[:4])})
	if err != nil {
		return nil, err
	}
	time, err := clock([]any{string(b[4:])})
	if err != nil {
		return nil, err
	}
	return fmt.Sprint(day, "T", time) + zone(args), nil
}

// zone writes the second argument, a timezone of a timedelta, as +hh:mm; any other is left out.
func zone(args []any) string {
	if len(args) < 2 {
		return ""
	}
	z, ok := args[1].(*Object)
	if !ok || len(z.Args) == 0 || z.Class != (Global{"datetime", "timezone"}) {
		return ""
	}
	delta, ok := z.Args[0].(*Object)
	if !ok || len(delta.Args) < 2 || delta.Class != (Global{"datetime", "timedelta"}) {
		return ""
	}
	days, ok := delta.Args[0].(int64)
	seconds, ok2 := delta.Args[1].(int64)
	if !ok || !ok2 || days < -1 || days > 1 || seconds < 0 || seconds >= 86400 {
		return ""
	}
	sign, minutes := "+", (days*86400+seconds)/60
	if minutes < 0 {
		sign, minutes = "-", -minutes
	}
	return fmt.Sprintf("%s%02d:%02d", sign, minutes/60, minutes%60)
}
