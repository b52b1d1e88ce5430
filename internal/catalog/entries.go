package catalog

import "strings"

// An Entry is what is known of one function, method or type, in the words of
// the configuration.
type Entry struct {
	Package  string `json:"package"`
	Type     string `json:"type,omitempty"`
	Method   string `json:"method,omitempty"`
	Function string `json:"function,omitempty"`
	// Does is what a call does, Is what a type stands for; "" where only Sends
	// is known.
	Does string `json:"does,omitempty"`
	Is   string `json:"is,omitempty"`
	// Sends says which statements a call sends.
	Sends string `json:"sends,omitempty"`
	// Version is that of the module in which the entry was looked up, "" for the
	// standard library.
	Version string `json:"version,omitempty"`
}

// sends says in words which statements a call sends.
var sends = map[Trip]string{
	NoTrip: "nothing", ReadTrip: "reads", WriteTrip: "writes", TextTrip: "as its text says", ExecTrip: "as its text says", BulkTrip: "many at once",
}

// Entries lists all that is known, package by package: first types, then calls.
func Entries() []Entry {
	var order []string
	byPackage := map[string]*entries{}
	of := func(path string) *entries {
		if byPackage[path] == nil {
			byPackage[path] = &entries{calls: map[string]int{}}
			order = append(order, path)
		}
		return byPackage[path]
	}
	for _, l := range Libraries() {
		e := of(l.Path)
		for _, t := range l.Types {
			e.types = append(e.types, Entry{Package: l.Path, Type: t.Name, Is: roleName(t.Role), Version: l.Version})
		}
		for _, name := range l.Results {
			e.types = append(e.types, Entry{Package: l.Path, Type: name, Is: rowsWord, Version: l.Version})
		}
		for _, c := range l.Calls {
			e.call(l.Path, c.Func, l.Version).Does = effectName(c.Does)
		}
	}
	for _, l := range TripLibraries() {
		e := of(l.Path)
		for _, c := range l.Calls {
			e.call(l.Path, c.Func, l.Version).Sends = sends[c.Does]
		}
	}
	var out []Entry
	for _, path := range order {
		out = append(out, byPackage[path].types...)
		out = append(out, byPackage[path].list...)
	}
	return out
}

// entries are those of one package.
type entries struct {
	types, list []Entry
	calls       map[string]int // where in list, by name
}

// call returns the entry of a call, a new one if there is none.
func (e *entries) call(path, fn, version string) *Entry {
	i, ok := e.calls[fn]
	if !ok {
		i = len(e.list)
		e.calls[fn] = i
		entry := Entry{Package: path, Function: fn, Version: version}
		if typ, method, ok := strings.Cut(fn, "."); ok {
			entry.Function, entry.Type, entry.Method = "", typ, method
		}
		e.list = append(e.list, entry)
	}
	return &e.list[i]
}

func effectName(e Effect) string {
	for _, w := range effectWords {
		if w.is == e {
			return w.Name
		}
	}
	return ""
}

func roleName(r Role) string {
	for _, w := range roleWords {
		if w.is == r {
			return w.Name
		}
	}
	return ""
}
