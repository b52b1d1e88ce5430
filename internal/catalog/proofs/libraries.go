//go:build libraries

package proofs

// Libraries whose rows are looked up but which are not run: running them would
// take a server that is more than a script. The build tag keeps them out of
// the test binary, the imports keep their versions in go.mod.
import (
	_ "cloud.google.com/go/spanner"
	_ "entgo.io/ent/dialect/sql/sqlgraph"
	_ "github.com/Masterminds/squirrel"
	_ "github.com/cockroachdb/cockroach-go/v2/crdb/crdbgorm"
	_ "github.com/cockroachdb/cockroach-go/v2/crdb/crdbpgx"
	_ "github.com/cockroachdb/cockroach-go/v2/crdb/crdbpgxv5"
	_ "github.com/cockroachdb/cockroach-go/v2/crdb/crdbsqlx"
	_ "github.com/dgraph-io/badger"
	_ "github.com/dgraph-io/badger/v2"
	_ "github.com/dgraph-io/badger/v3"
	_ "github.com/doug-martin/goqu/v8"
	_ "github.com/go-gorp/gorp"
	_ "github.com/go-pg/pg/v10"
	_ "github.com/go-xorm/xorm"
	_ "github.com/gobuffalo/pop/v5"
	_ "github.com/gocraft/dbr"
	_ "github.com/jackc/pgx/v4/pgxpool"
	_ "github.com/neo4j/neo4j-go-driver/v5/neo4j"
	_ "github.com/spf13/afero"
	_ "github.com/stephenafamo/bob/dialect/mysql"
	_ "github.com/stephenafamo/bob/dialect/psql"
	_ "github.com/stephenafamo/bob/dialect/sqlite"
	_ "github.com/stephenafamo/scan/pgxscan"
	_ "github.com/stephenafamo/scan/stdscan"
	_ "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/sms/v20210111"
	_ "github.com/volatiletech/sqlboiler/v4/queries"
	_ "github.com/xorm-io/xorm"
	_ "go.mongodb.org/mongo-driver/mongo"
	_ "go.mongodb.org/mongo-driver/v2/mongo"
	_ "gopkg.in/gomail.v2"
	_ "gopkg.in/gorp.v1"
	_ "gopkg.in/gorp.v2"
	_ "xorm.io/xorm"
)
