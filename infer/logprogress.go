package infer

import (
	"context"
	"log/slog"
	"time"
)

// LogProgress returns a function for Run.Progress that writes records to l, at the level Info with the message "progress"
// and the attributes stage, done, total and evaluations, and loss where the method optimises one:
//
//	run.Progress = infer.LogProgress(slog.Default(), 10*time.Second)
//
// It writes the first report, then at most one in every interval, and always the last of a stage, where done is total. An
// interval of 0 writes every report. A nil l stands for slog.Default(). The function serves one run at a time.
func LogProgress(l *slog.Logger, every time.Duration) func(Progress) {
	if l == nil {
		l = slog.Default()
	}
	var last time.Time // of a record
	return func(p Progress) {
		now := time.Now()
		if !last.IsZero() && now.Sub(last) < every && p.Done < p.Total {
			return
		}
		last = now
		attrs := []slog.Attr{slog.String("stage", p.Stage), slog.Int("done", p.Done), slog.Int("total", p.Total), slog.Int64("evaluations", p.Evaluations)}
		if p.Loss != 0 {
			attrs = append(attrs, slog.Float64("loss", p.Loss))
		}
		l.LogAttrs(context.Background(), slog.LevelInfo, "progress", attrs...)
	}
}
