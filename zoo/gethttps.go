package zoo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// download brings an https address to the file part, of at most limit bytes, and goes on from what is there when it may
// resume. A file that is cut short stays.
func download(ctx context.Context, o Fetch, from, part string, limit int64, resume bool) error {
	have := int64(0)
	if i, err := os.Stat(part); err == nil && resume {
		have = i.Size()
	}
	if have > limit {
		have = 0
	}
	resp, err := request(ctx, client(o.Client, o.Patience), from, have)
	if err != nil {
		return fmt.Errorf("%w; --from takes the file from another address, a folder or a file", err)
	}
	defer resp.Body.Close()
	switch start, err := first(resp); {
	case err != nil:
		return fmt.Errorf("%s: %w", from, err)
	case start != 0 && start != have:
		return fmt.Errorf("%s goes on at byte %d; byte %d was asked for", from, start, have)
	default:
		have = start
	}
	total := int64(0)
	if resp.ContentLength >= 0 {
		if total = have + resp.ContentLength; total > limit {
			return fmt.Errorf("%s has %d bytes; the file that is wanted has at most %d", from, total, limit)
		}
	}
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	err = out.Truncate(have)
	if err == nil {
		_, err = out.Seek(have, io.SeekStart)
	}
	m := &meter{ctx: ctx, w: out, done: have, total: total, progress: o.Progress}
	if err == nil {
		_, err = io.Copy(m, io.LimitReader(resp.Body, limit-have+1))
	}
	err = errors.Join(err, out.Sync(), out.Close())
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("%s broke off after %d bytes (%w); the same command goes on from there", from, m.done, err)
	case m.done > limit:
		return errors.Join(fmt.Errorf("%s has more than the %d bytes of the file that is wanted", from, limit), os.Remove(part))
	}
	return nil
}

// request asks for an address from byte have on; for all of it where the server has nothing from there.
func request(ctx context.Context, c *http.Client, from string, have int64) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Encoding", "identity") // the bytes of the file, even of one that is compressed
	if have > 0 {
		req.Header.Set("Range", "bytes="+strconv.FormatInt(have, 10)+"-")
	}
	resp, err := c.Do(req)
	if err == nil && have > 0 && resp.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		resp.Body.Close()
		return request(ctx, c, from, 0)
	}
	return resp, err
}

// first is the number of the first byte of an answer.
func first(resp *http.Response) (int64, error) {
	switch resp.StatusCode {
	case http.StatusOK:
		return 0, nil
	case http.StatusPartialContent:
		span := strings.TrimPrefix(resp.Header.Get("Content-Range"), "bytes ")
		from, _, _ := strings.Cut(span, "-")
		n, err := strconv.ParseInt(from, 10, 64)
		if err != nil || n < 0 {
			return 0, fmt.Errorf("the server sends a part without saying which (Content-Range %q)", resp.Header.Get("Content-Range"))
		}
		return n, nil
	}
	return 0, fmt.Errorf("the server answers %s", resp.Status)
}

// client is c, or the usual one, which follows redirections to https only and waits for no byte longer than its patience.
func client(c *http.Client, patience time.Duration) *http.Client {
	d := http.Client{}
	if c != nil {
		d = *c
	}
	base := d.Transport
	if base == nil {
		base = http.DefaultTransport
	}
	d.Transport = &impatient{base, cmp.Or(patience, time.Minute)}
	d.CheckRedirect = func(to *http.Request, via []*http.Request) error {
		switch {
		case to.URL.Scheme != "https":
			return fmt.Errorf("it redirects to %s, which is no https address", to.URL.Redacted())
		case len(via) >= 10:
			return errors.New("it redirects more than ten times")
		}
		return nil
	}
	return &d
}
