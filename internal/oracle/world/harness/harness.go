// Package harness runs the functions of a program with inputs that the run
// decides.
package harness

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"reflect"
	"strings"

	"github.com/txlint/txlint/internal/oracle/world"
	"github.com/txlint/txlint/internal/oracle/world/ext"
	"github.com/txlint/txlint/internal/oracle/world/sql"
)

// An Entry is one function of the program.
type Entry struct {
	Name string
	Func any
	// Special is set where the program tells ErrSpecial from other errors.
	Special bool
}

// Run explores every function whose parameters can be made, and writes an
// [world.Outcome] for each. nils says whether handles may be nil.
func Run(out io.Writer, limit int, nils bool, entries []Entry) error {
	enc := json.NewEncoder(out)
	db := sql.NewDB()
	defer db.Close()
	for _, e := range entries {
		fn := reflect.ValueOf(e.Func)
		if !callable(fn.Type()) {
			continue
		}
		ext.Special = e.Special
		outcome := world.Explore(e.Name, limit, func() {
			m := &maker{db: db, nils: nils}
			fn.Call(m.arguments(fn.Type()))
		})
		if err := enc.Encode(outcome); err != nil {
			return err
		}
	}
	return nil
}

// numbers are on every side of the constants that generated conditions have.
var numbers = []int64{0, 1, 2, 3, -1}

var errGiven = errors.New("given")

var (
	errorType   = reflect.TypeFor[error]()
	contextType = reflect.TypeFor[context.Context]()
	dbType      = reflect.TypeFor[*sql.DB]()
	txType      = reflect.TypeFor[*sql.Tx]()
	logType     = reflect.TypeFor[*slog.Logger]()
)

// callable reports whether all parameters of a function can be made.
func callable(t reflect.Type) bool {
	for i := range t.NumIn() {
		if !makeable(t.In(i), 0) {
			return false
		}
	}
	return true
}

const deepest = 4

func makeable(t reflect.Type, depth int) bool {
	switch t {
	case errorType, contextType, dbType, txType, logType:
		return true
	}
	switch t.Kind() {
	case reflect.Interface:
		return t.NumMethod() == 0 || txType.Implements(t)
	case reflect.Chan, reflect.UnsafePointer, reflect.Map:
		return depth > 0
	case reflect.Pointer:
		return depth < deepest && makeable(t.Elem(), depth+1)
	case reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() && depth < deepest && !makeable(t.Field(i).Type, depth+1) {
				return false
			}
		}
	}
	return true
}

// A maker makes the arguments of one run.
type maker struct {
	db   *sql.DB
	nils bool
}

func (m *maker) arguments(t reflect.Type) []reflect.Value {
	n := t.NumIn()
	if t.IsVariadic() {
		n--
	}
	args := make([]reflect.Value, n)
	for i := range args {
		args[i] = m.value(t.In(i), 0)
	}
	return args
}

func (m *maker) value(t reflect.Type, depth int) reflect.Value {
	switch t {
	case contextType:
		return reflect.ValueOf(context.Background())
	case dbType:
		return reflect.ValueOf(m.db)
	case logType:
		return reflect.ValueOf(slog.New(slog.DiscardHandler))
	case txType:
		return m.tx()
	case errorType:
		v := reflect.New(t).Elem()
		if err := ext.Fail(errGiven); err != nil {
			v.Set(reflect.ValueOf(err))
		}
		return v
	}
	v := reflect.New(t).Elem()
	switch t.Kind() {
	case reflect.Bool:
		v.SetBool(ext.Decide(2) == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(numbers[ext.Decide(len(numbers))])
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(uint64(ext.Decide(3)))
	case reflect.String:
		v.SetString([]string{"", "x"}[ext.Decide(2)])
	case reflect.Slice:
		n := ext.Decide(3)
		v.Set(reflect.MakeSlice(t, n, n))
		for i := range n {
			switch k := t.Elem().Kind(); {
			case k == reflect.Pointer || k == reflect.Struct:
				v.Index(i).Set(m.plain(t.Elem()))
			case v.Index(i).CanInt():
				v.Index(i).SetInt(int64(i + 1))
			}
		}
	case reflect.Pointer:
		m.pointer(v, depth)
	case reflect.Struct:
		m.fields(v, depth)
	case reflect.Func:
		v.Set(reflect.MakeFunc(t, m.callback(t)))
	case reflect.Interface:
		if txType.Implements(t) && t.NumMethod() > 0 {
			v.Set(m.tx())
		}
	}
	return v
}

// tx is an open transaction of somebody else, or nil where that may be.
func (m *maker) tx() reflect.Value {
	if m.nils && ext.Decide(2) == 1 {
		return reflect.Zero(txType)
	}
	tx, err := m.db.Given()
	if err != nil {
		return reflect.Zero(txType)
	}
	return reflect.ValueOf(tx)
}

// pointer makes a pointer: to a number it may be nil, for programs test that;
// to anything else it is not, for programs rely on that.
func (m *maker) pointer(v reflect.Value, depth int) {
	elem := v.Type().Elem()
	if elem.Kind() != reflect.Struct && elem != errorType && elem != txType && ext.Decide(2) == 1 {
		return
	}
	p := reflect.New(elem)
	switch {
	case elem.Kind() == reflect.Struct:
		m.fields(p.Elem(), depth)
	case elem == errorType || elem == txType:
		p.Elem().Set(m.value(elem, depth+1))
	}
	v.Set(p)
}

// fields fills a struct of the program.
func (m *maker) fields(v reflect.Value, depth int) {
	if depth > deepest || !strings.HasPrefix(v.Type().PkgPath(), world.Programs) {
		return
	}
	for i := range v.NumField() {
		f := v.Field(i)
		if !f.CanSet() {
			f = settable(f)
		}
		switch f.Kind() {
		case reflect.Chan, reflect.Map, reflect.UnsafePointer:
		default:
			f.Set(m.value(f.Type(), depth+1))
		}
	}
}

// plain makes an element of a collection: what is in it decides nothing.
func (m *maker) plain(t reflect.Type) reflect.Value {
	if t.Kind() == reflect.Pointer {
		return reflect.New(t.Elem())
	}
	return reflect.Zero(t)
}

// callback is a function that the program is given: what it returns is decided,
// and what it gets is out of sight from then on.
func (m *maker) callback(t reflect.Type) func([]reflect.Value) []reflect.Value {
	return func(args []reflect.Value) []reflect.Value {
		for _, a := range args {
			world.Lend(a.Interface())
		}
		out := make([]reflect.Value, t.NumOut())
		for i := range out {
			out[i] = m.value(t.Out(i), deepest)
		}
		return out
	}
}
