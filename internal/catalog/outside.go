package catalog

import (
	"go/types"
	"maps"
	"slices"
	"strings"
)

// outside names functions and methods that wait for something that is no
// database: another server, a program, the content of a file, the clock.
var outside = map[string]bool{
	"net/http.Get": true, "net/http.Post": true, "net/http.PostForm": true, "net/http.Head": true,
	"net/http.Client.Do": true, "net/http.Client.Get": true, "net/http.Client.Post": true, "net/http.Client.PostForm": true, "net/http.Client.Head": true,
	"net/http.RoundTripper.RoundTrip": true, "net/http.Transport.RoundTrip": true,
	"net.Dial": true, "net.DialTimeout": true, "net.Dialer.Dial": true, "net.Dialer.DialContext": true, "crypto/tls.Dial": true,
	"net.LookupHost": true, "net.LookupIP": true, "net.LookupAddr": true, "net.LookupMX": true, "net.LookupTXT": true,
	"net.Resolver.LookupHost": true, "net.Resolver.LookupIPAddr": true, "net.Resolver.LookupTXT": true,
	"net/smtp.SendMail": true, "net/smtp.Dial": true, "net/rpc.Client.Call": true,
	"os/exec.Cmd.Run": true, "os/exec.Cmd.Output": true, "os/exec.Cmd.CombinedOutput": true, "os/exec.Cmd.Wait": true, "os/exec.Cmd.Start": true,
	"os.ReadFile": true, "os.WriteFile": true, "os.Create": true, "os.Open": true, "os.OpenFile": true, "os.CreateTemp": true,
	"io/ioutil.ReadFile": true, "io/ioutil.WriteFile": true,
	"time.Sleep": true,
	"google.golang.org/grpc.ClientConnInterface.Invoke": true, "google.golang.org/grpc.ClientConn.Invoke": true,
}

// Outsiders lists the functions and methods that are known to wait by what they
// are called: the path of the package, the type if there is one, and the name.
func Outsiders() []string { return slices.Sorted(maps.Keys(outside)) }

// WaitsIn reports whether functions of the package at path wait for another
// server or for a program, so that what imports it is perhaps a client of one.
// Many import net for the type of an address only.
func WaitsIn(path string) bool {
	switch path {
	case "net/http", "net/rpc", "net/smtp", "os/exec":
		return true
	}
	return false
}

// Outside reports whether fn waits for something that is no database: it is
// one of the standard library's functions that do; it is a call of a generated
// RPC client or hands out the answer of an HTTP server; or it can fail, is of a
// package of some other module, not of a database library, and can be cancelled
// where that package speaks HTTP, takes a request and hands out the response, or
// hands something to somebody else by its name where that package opens
// connections. The module of the caller is told by from, the path of its package.
func Outside(fn *types.Func, from string) bool {
	if fn == nil || fn.Pkg() == nil {
		return false
	}
	path := unvendored(fn.Pkg().Path())
	sig := fn.Signature()
	name := fn.Name()
	if recv := sig.Recv(); recv != nil {
		tn := typeName(recv.Type())
		if tn == nil {
			return false
		}
		name = tn.Name() + "." + name
	}
	if outside[path+"."+name] {
		return true
	}
	if path == "github.com/spf13/afero" && sig.Recv() != nil {
		return true
	}
	n := sig.Results().Len()
	if n == 0 || !types.Identical(sig.Results().At(n-1).Type(), types.Universe.Lookup("error").Type()) {
		return false
	}
	if sig.Recv() != nil && types.IsInterface(sig.Recv().Type()) && GoesOut(fn.Name()) {
		return true
	}
	if p := sig.Params().Len(); sig.Variadic() {
		if s, ok := sig.Params().At(p - 1).Type().(*types.Slice); ok && isNamed(s.Elem(), "google.golang.org/grpc", "CallOption") {
			return true
		}
	}
	if isNamed(sig.Results().At(0).Type(), "net/http", "Response") {
		return true
	}
	if first, _, _ := strings.Cut(path, "/"); !strings.Contains(first, ".") || IsLibrary(path) || sameModule(path, from) {
		return false
	}
	switch {
	case sig.Params().Len() > 0 && isNamed(sig.Params().At(0).Type(), "context", "Context"):
		return imports(fn.Pkg(), "net/http")
	case sig.Recv() != nil && exchanges(sig):
		return true
	}
	return GoesOut(fn.Name()) && imports(fn.Pkg(), "net/http", "net", "net/smtp", "crypto/tls")
}

// What requests and responses are called in clients of services, at the end of
// the names of their types.
var (
	requests  = []string{"Input", "Request", "Params"}
	responses = []string{"Output", "Response", "Reply", "OK", "Created", "Accepted", "NoContent"}
)

// exchanges reports whether a method is given a request and hands out the
// response: structures of its own package that are called so.
func exchanges(sig *types.Signature) bool {
	own := func(t types.Type, words []string) bool {
		tn, recv := typeName(t), typeName(sig.Recv().Type())
		if tn == nil || recv == nil || tn.Pkg() != recv.Pkg() {
			return false
		}
		_, structure := tn.Type().Underlying().(*types.Struct)
		return structure && slices.ContainsFunc(words, func(w string) bool { return strings.HasSuffix(tn.Name(), w) })
	}
	if !own(sig.Results().At(0).Type(), responses) {
		return false
	}
	for v := range sig.Params().Variables() {
		if own(v.Type(), requests) {
			return true
		}
	}
	return false
}

// outwards are the verbs of methods that hand something to somebody else.
var outwards = []string{"Send", "Publish", "Notify", "Deliver", "Upload", "Download", "Post", "Push", "Dial"}

// GoesOut reports whether a function says by its name that it hands something to
// somebody else.
func GoesOut(name string) bool {
	return slices.ContainsFunc(outwards, func(verb string) bool {
		rest, ok := strings.CutPrefix(name, verb)
		return ok && (rest == "" || rest[0] < 'a' || rest[0] > 'z')
	})
}

func isNamed(t types.Type, path, name string) bool {
	tn := typeName(t)
	return tn != nil && tn.Name() == name && tn.Pkg() != nil && unvendored(tn.Pkg().Path()) == path
}

// imports reports whether a package imports one of the given, and no database:
// the client of one may speak HTTP as well.
func imports(pkg *types.Package, paths ...string) bool {
	found := false
	for _, p := range pkg.Imports() {
		if IsLibrary(p.Path()) {
			return false
		}
		found = found || slices.Contains(paths, p.Path())
	}
	return found
}

// sameModule reports whether two packages have the beginning of their paths in
// common that usually names a module: the host, and two names.
func sameModule(x, y string) bool {
	const parts = 3
	xs, ys := strings.SplitN(x, "/", parts+1), strings.SplitN(y, "/", parts+1)
	for i := range min(parts, len(xs), len(ys)) {
		if xs[i] != ys[i] {
			return false
		}
	}
	return true
}
