package proofs

import (
	"go/types"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/tools/go/packages"

	"github.com/txlint/txlint/internal/catalog"
)

// inProgram is the path of a package of which none of these is a part.
const inProgram = "example.com/some/program"

// functions loads packages, and returns what finds their functions: by the path
// of the package, the type if there is one, and the name.
func functions(t *testing.T, paths ...string) func(name string) *types.Func {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports}, paths...)
	require.NoError(t, err)
	byPath := map[string]loaded{}
	for _, p := range pkgs {
		require.Empty(t, p.Errors, p.PkgPath)
		byPath[p.PkgPath] = loaded{Library: catalog.Library{Path: p.PkgPath}, pkg: p.Types}
	}
	return func(name string) *types.Func {
		path, fn := splitPath(name)
		l, ok := byPath[path]
		require.True(t, ok, "%s was not loaded", path)
		obj, err := l.lookup(fn)
		require.NoError(t, err)
		return obj
	}
}

// edition matches the end of a path such as gopkg.in/gomail.v2.
var edition = regexp.MustCompile(`^v\d+\.`)

// splitPath takes the path of the package off a name.
func splitPath(name string) (path, fn string) {
	at := strings.LastIndex(name, "/") + 1
	dot := at + strings.Index(name[at:], ".")
	dot += len(edition.FindString(name[dot+1:]))
	return name[:dot], name[dot+1:]
}

// Every row is there, under this name, and is recognised.
func TestOutsidersResolve(t *testing.T) {
	t.Parallel()
	var paths []string
	seen := map[string]bool{}
	for _, name := range catalog.Outsiders() {
		if path, _ := splitPath(name); !seen[path] {
			seen[path] = true
			paths = append(paths, path)
		}
	}
	find := functions(t, paths...)
	for _, name := range catalog.Outsiders() {
		assert.True(t, catalog.Outside(find(name), inProgram), name)
	}
}

// What waits by its shape: a call of a generated client, what hands out the
// answer of a server, what can be cancelled in a package that speaks HTTP, what
// takes a request and hands out the response, what sends by its name, and files
// behind an interface.
func TestShapesOfOutsiders(t *testing.T) {
	t.Parallel()
	const (
		grpc  = "cloud.google.com/go/spanner/apiv1/spannerpb.SpannerClient.CreateSession"
		files = "github.com/spf13/afero.Fs.Open"
		token = "golang.org/x/oauth2.Config.Exchange"
		signs = "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/sms/v20210111.Client.DescribeSmsSignList"
		mail  = "gopkg.in/gomail.v2.Dialer.DialAndSend"
	)
	find := functions(t, "cloud.google.com/go/spanner/apiv1/spannerpb", "github.com/spf13/afero", "golang.org/x/oauth2",
		"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/sms/v20210111", "gopkg.in/gomail.v2",
		"net/http", "strings", "database/sql", "context", "gorm.io/gorm", "github.com/jackc/pgx/v5", "os", "net/url")
	for _, name := range []string{grpc, files, token, signs, mail, "net/http.ReadResponse"} {
		assert.True(t, catalog.Outside(find(name), inProgram), name)
	}
	for _, name := range []string{
		"strings.ToUpper", "net/url.Parse", "os.Getenv", "net/http.NewRequestWithContext", "net/http.Request.Cookie",
		"golang.org/x/oauth2.Config.AuthCodeURL", "gopkg.in/gomail.v2.Message.WriteTo",
		"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/sms/v20210111.SendSmsRequest.FromJsonString",
		// These are what the rule is about.
		"database/sql.DB.QueryContext", "database/sql.Tx.Commit", "gorm.io/gorm.DB.Find", "github.com/jackc/pgx/v5.Conn.Query",
	} {
		assert.False(t, catalog.Outside(find(name), inProgram), name)
	}
	// To its own module a package is no other.
	assert.False(t, catalog.Outside(find(token), "golang.org/x/oauth2/google"))
	assert.False(t, catalog.Outside(find(signs), "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"))
	assert.False(t, catalog.Outside(nil, inProgram))
}
