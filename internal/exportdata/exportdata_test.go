package exportdata_test

import (
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/txlint/txlint/internal/exportdata"
)

func TestRead(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-export", "-f", "{{.Export}}", "database/sql").Output()
	require.NoError(t, err)
	imports := make(map[string]*types.Package)
	pkg, err := exportdata.Read(token.NewFileSet(), imports, strings.TrimSpace(string(out)), "database/sql")
	require.NoError(t, err)
	assert.True(t, pkg.Complete())
	assert.NotNil(t, pkg.Scope().Lookup("Tx"))
	assert.Same(t, pkg, imports["database/sql"])
	assert.NotNil(t, imports["context"], "it mentions others")
}

func TestReadFails(t *testing.T) {
	t.Parallel()
	other := filepath.Join(t.TempDir(), "other")
	_, err := exportdata.Read(token.NewFileSet(), make(map[string]*types.Package), other, "p")
	assert.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(other, []byte("something else\n"), 0o644))
	_, err = exportdata.Read(token.NewFileSet(), make(map[string]*types.Package), other, "p")
	assert.ErrorContains(t, err, "cannot read export data")
}
