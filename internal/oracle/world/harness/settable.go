package harness

import (
	"reflect"
	"unsafe"
)

// settable returns a field that the package of the struct alone may set, so
// that it can be set: the harness stands in for that package.
func settable(f reflect.Value) reflect.Value {
	return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
}
