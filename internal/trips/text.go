package trips

import (
	"go/constant"
	"go/token"
	"regexp"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// hole stands in a template for what is put in at run time.
const hole = "\x00"

// template writes the text that v holds as far as the source shows it.
func template(v ssa.Value) string { return textOf(v, 0) }

func textOf(v ssa.Value, depth int) string {
	const maxDepth = 40
	if depth > maxDepth {
		return hole
	}
	switch v := v.(type) {
	case *ssa.Const:
		if v.Value != nil && v.Value.Kind() == constant.String {
			return constant.StringVal(v.Value)
		}
	case *ssa.BinOp:
		if v.Op == token.ADD {
			return textOf(v.X, depth+1) + textOf(v.Y, depth+1)
		}
	case *ssa.ChangeType:
		return textOf(v.X, depth+1)
	case *ssa.MakeInterface:
		return textOf(v.X, depth+1)
	case *ssa.Convert:
		return textOf(v.X, depth+1)
	case *ssa.Phi:
		for _, e := range v.Edges {
			if t := textOf(e, depth+8); t != hole {
				return t
			}
		}
	case *ssa.UnOp:
		if alloc, ok := v.X.(*ssa.Alloc); ok && v.Op == token.MUL {
			if x := onlyStore(alloc); x != nil {
				return textOf(x, depth+1)
			}
		}
	case *ssa.Call:
		return textOfCall(v, depth)
	}
	return hole
}

var verb = regexp.MustCompile(`%[-+# 0-9.*\[\]]*[a-zA-Z]`)

// textOfCall knows the functions that put text together.
func textOfCall(c *ssa.Call, depth int) string {
	fn := c.Call.StaticCallee()
	if fn == nil || fn.Object() == nil || fn.Object().Pkg() == nil {
		return hole
	}
	args := c.Call.Args
	if fn.Name() == "Rebind" && len(args) > 0 { // of sqlx, gorp, and wrappers of them
		return textOf(args[len(args)-1], depth+1)
	}
	switch fn.Object().Pkg().Path() + "." + fn.Name() {
	case "fmt.Sprintf":
		return verb.ReplaceAllString(textOf(args[0], depth+1), hole)
	case "strings.TrimSpace", "strings.ReplaceAll", "strings.Replace":
		return textOf(args[0], depth+1)
	}
	return hole
}

// onlyStore returns the value that the variable at addr always holds, nil if
// there are several.
func onlyStore(addr *ssa.Alloc) ssa.Value {
	var out ssa.Value
	for _, ref := range *addr.Referrers() {
		if st, ok := ref.(*ssa.Store); ok && st.Addr == addr {
			if out != nil {
				return nil
			}
			out = st.Val
		}
	}
	return out
}

var (
	firstWord = regexp.MustCompile(`^(?:\s|\(|--[^\n]*\n|/\*(?s:.*?)\*/)*([A-Za-z]+)`)
	changes   = regexp.MustCompile(`(?i)\b(insert\s+into|update\s|delete\s+from)`)
	values    = regexp.MustCompile(`(?i)\b(where|values|set|having|call|in)\b`)
	// beforeValue matches what stands before a value, or before a condition or an
	// assignment as a whole, and afterName what stands after the name of a column.
	beforeValue = regexp.MustCompile(`(?i)([=<>(,'"+*/-]|\|\||\b(where|and|or|not|having|in|values|like|ilike|between|set|call|then|else|any))[\s('"%]*$`)
	afterName   = regexp.MustCompile(`(?i)^\s*(=|<|>|!=|::|\.|(is|in|like|ilike|between|asc|desc)\b)`)
)

// statementKind says what the text of a statement does: "read", "write",
// "schema", or "" if the text does not show it.
func statementKind(text string) string {
	m := firstWord.FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	switch strings.ToUpper(m[1]) {
	case "SELECT", "SHOW", "EXPLAIN", "VALUES", "TABLE":
		return "read"
	case "WITH":
		if changes.MatchString(text) {
			return "write"
		}
		return "read"
	case "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "UPSERT", "CALL":
		return "write"
	case "CREATE", "ALTER", "DROP", "TRUNCATE", "PRAGMA", "VACUUM", "ANALYZE", "GRANT", "REVOKE", "SET", "ATTACH", "DETACH",
		"REINDEX", "COMMENT", "LOCK", "UNLOCK", "OPTIMIZE", "RENAME", "REFRESH", "CLUSTER", "USE", "SAVEPOINT", "RELEASE", "ROLLBACK",
		"COMMIT", "BEGIN", "LISTEN", "NOTIFY", "UNLISTEN", "DO", "KILL", "COPY", "FLUSH", "CHECKPOINT", "DECLARE", "FETCH", "CLOSE":
		return "schema"
	}
	return ""
}

// structural matches the first words of statements that change what a database
// has in it, not the rows of that.
var structural = regexp.MustCompile(`(?i)^\s*(CREATE|ALTER|DROP|TRUNCATE|RENAME)\s+(\w+\s+)*?(TABLE|VIEW|INDEX|SCHEMA|DATABASE|SEQUENCE|TYPE|TRIGGER|FUNCTION|ROLE|USER)\b`)

// changesSchema reports whether a statement changes the structure of a database.
// Temporary tables are nobody else's.
func changesSchema(text string) bool {
	return structural.MatchString(text) && !temporary.MatchString(text)
}

var temporary = regexp.MustCompile(`(?i)^\s*CREATE\s+(\w+\s+)*?TEMP`)

// setsSavepoint reports whether a statement sets a savepoint.
func setsSavepoint(text string) bool { return savepoint.MatchString(text) }

var savepoint = regexp.MustCompile(`(?i)^\s*(SAVEPOINT|SAVE\s+TRAN(SACTION)?)\b`)

// asksForRow reports whether something that is put into the text is a value to
// look for or to write, not the name of a table or a column or the whole
// statement.
func asksForRow(text string) bool {
	switch statementKind(text) {
	case "read", "write":
	default:
		return false
	}
	for i := strings.Index(text, hole); i >= 0; {
		before, after := text[:i], text[i+len(hole):]
		if values.MatchString(before) && beforeValue.MatchString(before) && !afterName.MatchString(after) {
			return true
		}
		next := strings.Index(after, hole)
		if next < 0 {
			break
		}
		i += len(hole) + next
	}
	return false
}

// lockCall matches the call of a function of the database that takes or gives
// back a lock, built in or the program's own.
var lockCall = regexp.MustCompile(`(?i)^\s*(select|call|do)\s+(\*\s+from\s+)?(\w+\.)?(\w*_)?(get|release|acquire|try|app)?(un)?lock(_\w+)?\s*\(`)

// takesLock reports whether a statement takes or gives back a lock that has a
// name: one statement for each is what keeps their order.
func takesLock(text string) bool { return lockCall.MatchString(text) }
