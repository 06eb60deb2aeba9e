package diffusion

import "tweedie/internal/config"

// AnyLoss holds a loss of any kind in a configuration. In JSON it is the object that EncodeLoss writes; without a "kind" it is
// read onto the loss that is there, and onto EDMLoss where there is none.
type AnyLoss struct{ Loss Loss }

// MarshalJSON writes the loss with its kind, and null for none.
func (a AnyLoss) MarshalJSON() ([]byte, error) {
	if a.Loss == nil {
		return []byte("null"), nil
	}
	return EncodeLoss(a.Loss)
}

// UnmarshalJSON reads what MarshalJSON writes. It does not validate.
func (a *AnyLoss) UnmarshalJSON(data []byte) error {
	m, err := config.Object(data)
	if err != nil {
		return err
	}
	_, named := m["kind"]
	if named {
		kind, err := config.KindOf(data)
		if err != nil {
			return err
		}
		if a.Loss == nil || a.Loss.Kind() != kind {
			a.Loss, err = losses.Decode(data)
			return err
		}
		if _, data, err = config.SplitKind(data); err != nil {
			return err
		}
	}
	if a.Loss == nil {
		a.Loss = DefaultEDMLoss()
	}
	a.Loss, err = config.Onto(a.Loss, data)
	return err
}
