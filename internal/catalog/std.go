package catalog

import (
	"go/types"
	"slices"
	"strings"
)

// noReturn names functions after which their caller does not go on.
var noReturn = map[string]bool{
	"os.Exit": true, "runtime.Goexit": true, "syscall.Exit": true,
	"log.Fatal": true, "log.Fatalf": true, "log.Fatalln": true, "log.Panic": true, "log.Panicf": true, "log.Panicln": true,
	"log.Logger.Fatal": true, "log.Logger.Fatalf": true, "log.Logger.Fatalln": true,
	"log.Logger.Panic": true, "log.Logger.Panicf": true, "log.Logger.Panicln": true,
	"testing.common.FailNow": true, "testing.common.Fatal": true, "testing.common.Fatalf": true,
	"testing.common.Skip": true, "testing.common.SkipNow": true, "testing.common.Skipf": true,
	"testing.TB.FailNow": true, "testing.TB.Fatal": true, "testing.TB.Fatalf": true,
	"testing.TB.Skip": true, "testing.TB.SkipNow": true, "testing.TB.Skipf": true,
	"github.com/stretchr/testify/require.FailNow": true, "github.com/stretchr/testify/require.FailNowf": true,
	"github.com/stretchr/testify/require.Fail": true, "github.com/stretchr/testify/require.Failf": true,
}

// fatalLoggers are logging packages whose Fatal and Panic families end the
// process or unwind the stack, on their functions and on every logger type.
var fatalLoggers = []string{
	"github.com/sirupsen/logrus", "go.uber.org/zap", "github.com/golang/glog", "k8s.io/klog",
	"github.com/apex/log", "github.com/charmbracelet/log", "github.com/hashicorp/go-hclog", "github.com/op/go-logging",
	"github.com/labstack/gommon/log",
}

// NoReturn reports whether fn never returns to its caller.
func NoReturn(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	path := unvendored(fn.Pkg().Path())
	name := fn.Name()
	if recv := fn.Signature().Recv(); recv != nil {
		if tn := typeName(recv.Type()); tn != nil {
			name = tn.Name() + "." + name
		}
	}
	if noReturn[path+"."+name] {
		return true
	}
	if !strings.HasPrefix(fn.Name(), "Fatal") && !strings.HasPrefix(fn.Name(), "Panic") && fn.Name() != "Exit" {
		return false
	}
	for _, l := range fatalLoggers {
		if rest, ok := strings.CutPrefix(path, l); ok && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// A Check says what a call that returns normally, or a boolean result that is
// true, proves about one of its arguments.
type Check uint8

const (
	// ReturnsIfNil returns only where the argument is nil.
	ReturnsIfNil Check = iota + 1
	// ReturnsIfNonNil returns only where the argument is not nil.
	ReturnsIfNonNil
	// TrueIfNonNil returns true only where the argument is not nil.
	TrueIfNonNil
)

// Checks returns what fn proves about the argument of the given index (the
// receiver not counted), ok false where it proves nothing that is known.
func Checks(fn *types.Func) (check Check, arg int, ok bool) {
	if fn == nil || fn.Pkg() == nil {
		return 0, 0, false
	}
	path, name := unvendored(fn.Pkg().Path()), fn.Name()
	sig := fn.Signature()
	switch path {
	case "github.com/stretchr/testify/require":
		at := 1
		if sig.Recv() != nil {
			at = 0
		}
		switch strings.TrimSuffix(name, "f") {
		case "NoError", "Nil":
			return ReturnsIfNil, at, true
		case "Error", "NotNil", "ErrorIs", "ErrorAs", "EqualError", "ErrorContains":
			return ReturnsIfNonNil, at, true
		}
	case "errors", "github.com/pkg/errors", "golang.org/x/xerrors", "github.com/cockroachdb/errors":
		if name == "Is" || name == "As" || name == "IsAny" || name == "AsType" {
			return TrueIfNonNil, 0, true
		}
	case "os":
		if strings.HasPrefix(name, "Is") && sig.Params().Len() == 1 && isError(sig.Params().At(0).Type()) {
			return TrueIfNonNil, 0, true
		}
	}
	return 0, 0, false
}

// An ErrorResult says what is known of the error that a call returns.
type ErrorResult uint8

const (
	// NonNilError is never nil.
	NonNilError ErrorResult = iota + 1
	// NilWithArg is nil exactly where its argument of type error is.
	NilWithArg
	// NonNilWithArg is not nil where an argument of type error is not.
	NonNilWithArg
	// NilWithAll is nil exactly where all its arguments, the last of which may be
	// variadic, are.
	NilWithAll
)

// joins are the functions that make one error of several, by package.
var joins = map[string][]string{
	"errors":                        {"Join"},
	"go.uber.org/multierr":          {"Append", "Combine"},
	"github.com/cockroachdb/errors": {"Join", "CombineErrors"},
}

// MakesError returns what is known of the single error result of fn without
// looking at its body: constructors return a non-nil error, wrappers keep the
// nilness of what they wrap. The index is that of the wrapped argument.
func MakesError(fn *types.Func) (kind ErrorResult, arg int, ok bool) {
	if fn == nil || fn.Pkg() == nil {
		return 0, 0, false
	}
	sig := fn.Signature()
	if sig.Results().Len() != 1 || !isError(sig.Results().At(0).Type()) {
		return 0, 0, false
	}
	if name, ok := joins[unvendored(fn.Pkg().Path())]; ok && slices.Contains(name, fn.Name()) {
		return NilWithAll, None, true
	}
	arg = None
	for i := range sig.Params().Len() {
		if isError(sig.Params().At(i).Type()) {
			arg = i
			break
		}
	}
	switch path := unvendored(fn.Pkg().Path()); path {
	case "errors", "github.com/pkg/errors", "golang.org/x/xerrors", "github.com/cockroachdb/errors", "github.com/go-errors/errors":
		switch {
		case fn.Name() == "New" || fn.Name() == "Errorf" || fn.Name() == "Newf":
			return NonNilError, None, true
		case strings.HasPrefix(fn.Name(), "With") || strings.HasPrefix(fn.Name(), "Wrap") || fn.Name() == "Trace":
			if arg >= 0 {
				return NilWithArg, arg, true
			}
		}
		return 0, 0, false
	case "fmt":
		return NonNilError, None, fn.Name() == "Errorf"
	}
	if arg >= 0 {
		return NonNilWithArg, arg, true
	}
	return NonNilError, None, sig.Recv() == nil && constructsError(fn)
}

// constructsError reports whether fn reads like a constructor of errors: it
// takes a message or a code, not work to do, and is named after what it makes
// (status.Error, apperr.NotFound, NewValidationError, errf).
func constructsError(fn *types.Func) bool {
	sig := fn.Signature()
	if sig.Params().Len() == 0 {
		return false
	}
	for i := range sig.Params().Len() {
		switch types.Unalias(sig.Params().At(i).Type()).Underlying().(type) {
		case *types.Basic, *types.Slice, *types.Interface, *types.Struct:
		default:
			return false
		}
		if named := typeName(sig.Params().At(i).Type()); named != nil && named.Name() == "Context" {
			return false
		}
	}
	name := strings.ToLower(fn.Name())
	pkg := strings.ToLower(fn.Pkg().Name())
	return strings.HasSuffix(name, "error") || strings.HasSuffix(name, "errorf") || strings.HasSuffix(name, "err") ||
		strings.HasPrefix(name, "err") || strings.HasPrefix(name, "newerr") ||
		strings.HasSuffix(pkg, "err") || strings.HasSuffix(pkg, "errs") || strings.HasSuffix(pkg, "errors") || pkg == "status" && strings.HasPrefix(name, "error")
}

// OnlyReads reports whether fn, of a package whose source was not analysed,
// only looks at what it is given: it formats, prints or compares.
func OnlyReads(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	switch path := unvendored(fn.Pkg().Path()); path {
	case "fmt", "log", "log/slog", "errors", "testing", "encoding/json":
		return true
	default:
		for _, l := range fatalLoggers {
			if strings.HasPrefix(path, l) {
				return true
			}
		}
		return strings.HasPrefix(path, "github.com/stretchr/testify/")
	}
}

func isError(t types.Type) bool {
	return types.Identical(t, types.Universe.Lookup("error").Type())
}
