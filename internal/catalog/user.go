package catalog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"slices"
	"strings"
)

// A UserRow is what a user says of one function, method or type, in the words
// of the configuration. Parameter indices do not count the receiver; what is
// left out is told by the signature.
type UserRow struct {
	// Package is the import path of the package that declares what the row is
	// about.
	Package string `json:"package"`
	// Type is a type, or the receiver of Method.
	Type   string `json:"type,omitempty"`
	Method string `json:"method,omitempty"`
	// Function is a function of the package.
	Function string `json:"function,omitempty"`
	// Does is what a call does: one of [UserEffects].
	Does string `json:"does,omitempty"`
	// Result is the index of the handle that a begin hands out.
	Result *int `json:"result,omitempty"`
	// Error is the index of the error result.
	Error *int `json:"error,omitempty"`
	// Context is the index of the context whose end rolls the transaction back.
	Context *int `json:"context,omitempty"`
	// Parameter is the index of the parameter that the call ends, or that its
	// handle derives from.
	Parameter *int `json:"parameter,omitempty"`
	// Callback is the index of the function that is called with the transaction.
	Callback *int `json:"callback,omitempty"`
	// Writable is the index of the parameter that says whether the transaction of
	// a begin may write, if one that may not needs no end.
	Writable *int `json:"writable,omitempty"`
	// Options is the index of the parameter that can make the transaction of a
	// begin, or of a managed one, read-only.
	Options *int `json:"options,omitempty"`
	// Lazy says that a begin takes nothing until its handle is first used.
	Lazy bool `json:"lazy,omitempty"`
	// Waits says that a begin takes nothing until its start.
	Waits bool `json:"waits,omitempty"`
	// Writes says that a statement changes rows.
	Writes bool `json:"writes,omitempty"`
	// Sends is what a statement sends, one of [UserSends], "" for one statement.
	Sends string `json:"sends,omitempty"`
	// Instead is what users are told to do instead of one statement for each
	// element.
	Instead string `json:"instead,omitempty"`
	// Is is what a type stands for: one of [UserRoles].
	Is string `json:"is,omitempty"`
	// ErrorField is the field of the type that carries the error of the last call.
	ErrorField string `json:"error-field,omitempty"`
	// Chains says that every method that returns the type itself hands out a
	// handle on the same transaction.
	Chains bool `json:"chains,omitempty"`
	// FailedCommitOpen says that a transaction is still open after a commit that
	// failed.
	FailedCommitOpen bool `json:"failed-commit-open,omitempty"`
	// AutoCommit says that the handle can be used after its end.
	AutoCommit bool `json:"auto-commit,omitempty"`
	// IdleCommit says that a commit after the end does nothing and says nothing of
	// that.
	IdleCommit bool `json:"idle-commit,omitempty"`
	// NestedEnds says that a managed transaction on a transaction ends that one.
	NestedEnds bool `json:"nested-ends,omitempty"`
	// RollbackAfterCommit says that a rollback after a commit does no harm, so that
	// it can be deferred.
	RollbackAfterCommit bool `json:"rollback-after-commit,omitempty"`
	// CancelledRollbackKeeps says that a rollback under a context that has ended
	// leaves the connection taken.
	CancelledRollbackKeeps bool `json:"cancelled-rollback-keeps,omitempty"`
	// DoneError is the error variable of the package that calls return for a
	// transaction that is over.
	DoneError string `json:"done-error,omitempty"`
}

// A UserWord is a word of the configuration and what it says.
type UserWord struct{ Name, Means string }

// A word is one for what a call does or a type is, with the fields that then say
// more.
type word[T any] struct {
	UserWord
	is     T
	fields []string
}

// effectWords are what a user can say that a call does.
var effectWords = []word[Effect]{
	{UserWord{"begin", "opens a transaction and hands its handle out"}, Begin, []string{"result", "error", "context", "options", "writable", "lazy", "waits"}},
	{UserWord{"commit", "ends the transaction and keeps its changes"}, Commit, []string{"error", "parameter"}},
	{UserWord{"rollback", "ends the transaction and drops its changes"}, Rollback, []string{"error", "parameter"}},
	{UserWord{"finish", "ends the transaction one way or the other"}, Finish, []string{"parameter"}},
	{UserWord{"statement", "sends a statement, or prepares one"}, Statement, []string{"writes", "sends", "instead"}},
	{UserWord{"derive", "hands out another handle on the same transaction"}, Derive, []string{"parameter"}},
	{UserWord{"release", "gives a connection back, which ends its transaction"}, Release, nil},
	{UserWord{"managed", "begins, calls its callback with the handle, and finishes"}, Managed, []string{"callback", "options"}},
	{UserWord{"start", "opens the transaction of a handle whose begin waits"}, Start, []string{"error"}},
	{UserWord{"fetch", "reads on from the results of a statement"}, Fetch, nil},
	{UserWord{"borrow", "uses what it is given, and neither ends nor keeps it"}, Borrow, nil},
	{UserWord{"wait", "waits for something that is no database"}, Wait, nil},
}

// What types are that are no handles: what ends with its transaction, what
// gathers a statement, and what steps through an answer.
const (
	rowsWord   = "rows"
	queryWord  = "query"
	cursorWord = "cursor"
)

// sendsWords are what a user can say that a statement sends. Only a single one
// has something that can be done instead.
var sendsWords = []word[Trip]{
	{UserWord{"text", "sends what its text says"}, TextTrip, []string{"writes", "instead"}},
	{UserWord{"many", "sends many rows or statements at once"}, BulkTrip, []string{"writes"}},
	{UserWord{"nothing", "sends nothing by itself: it builds, or waits for a later call"}, NoTrip, nil},
}

// txFields are the fields of types that can be transactions.
var txFields = []string{"error-field", "chains", "failed-commit-open", "auto-commit", "idle-commit", "nested-ends", "rollback-after-commit", "cancelled-rollback-keeps", "done-error"}

// roleWords are what a user can say that a type stands for.
var roleWords = []word[Role]{
	{UserWord{"pool", "hands out connections by itself"}, Pool, []string{"error-field", "chains"}},
	{UserWord{"conn", "is one connection"}, Conn, []string{"error-field", "chains"}},
	{UserWord{"tx", "is one transaction"}, Tx, txFields},
	{UserWord{"either", "is a pool or a transaction, which only the value can tell"}, Either, txFields},
	{UserWord{rowsWord, "is what a statement returns and what ends with its transaction"}, 0, nil},
	{UserWord{queryWord, "gathers a statement that a later call sends"}, 0, nil},
	{UserWord{cursorWord, "steps through an answer by its method Next"}, 0, nil},
}

// UserEffects lists what a user can say that a call does.
func UserEffects() []UserWord { return userWords(effectWords) }

// UserRoles lists what a user can say that a type stands for.
func UserRoles() []UserWord { return userWords(roleWords) }

// UserSends lists what a user can say that a statement sends.
func UserSends() []UserWord { return userWords(sendsWords) }

func userWords[T any](words []word[T]) []UserWord {
	var out []UserWord
	for _, w := range words {
		out = append(out, w.UserWord)
	}
	return out
}

// named returns the word of that name.
func named[T any](words []word[T], name string) (word[T], bool) {
	for _, w := range words {
		if w.Name == name {
			return w, true
		}
	}
	return word[T]{}, false
}

// names lists the names of words.
func names[T any](words []word[T]) []string {
	var out []string
	for _, w := range words {
		out = append(out, w.Name)
	}
	return out
}

// FieldsOf lists the fields that say more of a row that does, or is, the given.
func FieldsOf(name string) []string {
	if w, ok := named(effectWords, name); ok {
		return w.fields
	}
	w, _ := named(roleWords, name)
	return w.fields
}

// FieldsBeside lists the fields of [FieldsOf] a statement that can stand beside
// what it sends.
func FieldsBeside(sends string) []string {
	w, _ := named(sendsWords, sends)
	return w.fields
}

// A UserError is a mistake in a row.
type UserError struct {
	// Field is the field that is wrong, "" if it is the row as a whole.
	Field   string
	Message string
	// Word is what was not found, and Known what there is instead.
	Word  string
	Known []string
}

func (e *UserError) Error() string { return e.Message }

func wrong(field, format string, args ...any) error {
	return &UserError{Field: field, Message: fmt.Sprintf(format, args...)}
}

func unknown(field, what, word string, known []string) error {
	return &UserError{Field: field, Message: fmt.Sprintf("unknown %s %q", what, word), Word: word, Known: known}
}

// Name writes what the row is about with its package's path.
func (r UserRow) Name() string {
	name := r.Package
	for _, part := range []string{r.Type, r.Method, r.Function} {
		if part != "" {
			name += "." + part
		}
	}
	return name
}

// local writes what the row is about without its package.
func (r UserRow) local() string { return strings.TrimPrefix(r.Name(), r.Package+".") }

// isCall reports whether the row is about a function or a method.
func (r UserRow) isCall() bool { return r.Method != "" || r.Function != "" }

// set lists the names of the fields, beside those that say what the row is
// about, that are given.
func (r UserRow) set() []string {
	var out []string
	for _, f := range []struct {
		name  string
		given bool
	}{
		{"result", r.Result != nil}, {"error", r.Error != nil}, {"context", r.Context != nil},
		{"parameter", r.Parameter != nil}, {"callback", r.Callback != nil},
		{"lazy", r.Lazy}, {"waits", r.Waits}, {"writes", r.Writes},
		{"error-field", r.ErrorField != ""}, {"chains", r.Chains},
		{"failed-commit-open", r.FailedCommitOpen}, {"auto-commit", r.AutoCommit},
		{"idle-commit", r.IdleCommit}, {"nested-ends", r.NestedEnds}, {"done-error", r.DoneError != ""},
		{"rollback-after-commit", r.RollbackAfterCommit}, {"cancelled-rollback-keeps", r.CancelledRollbackKeeps},
		{"writable", r.Writable != nil}, {"options", r.Options != nil}, {"sends", r.Sends != ""}, {"instead", r.Instead != ""},
	} {
		if f.given {
			out = append(out, f.name)
		}
	}
	return out
}

// Check returns what is wrong with the row by itself, a [*UserError], nil if
// nothing is.
func (r UserRow) Check() error {
	if r.Package == "" {
		return wrong("", "a row needs the package that it is about")
	}
	if strings.ContainsFunc(r.Package, func(c rune) bool { return c <= ' ' || strings.ContainsRune("\"'`\\*?", c) }) {
		return wrong("package", "%q is no import path", r.Package)
	}
	for _, f := range []struct{ field, name string }{{"type", r.Type}, {"method", r.Method}, {"function", r.Function}, {"error-field", r.ErrorField}, {"done-error", r.DoneError}} {
		if f.name != "" && !token.IsIdentifier(f.name) {
			return wrong(f.field, "%q is no name of Go", f.name)
		}
	}
	for _, f := range []struct {
		field string
		index *int
	}{{"result", r.Result}, {"error", r.Error}, {"context", r.Context}, {"parameter", r.Parameter}, {"callback", r.Callback}, {"writable", r.Writable}, {"options", r.Options}} {
		if f.index != nil && *f.index < 0 {
			return wrong(f.field, "%s is an index that counts from 0, not %d", f.field, *f.index)
		}
	}
	switch {
	case r.Function != "" && r.Type+r.Method != "":
		return wrong("function", "a row is about a function, or about a method of a type, not about both")
	case r.Method != "" && r.Type == "":
		return wrong("method", "a method needs its type")
	case !r.isCall() && r.Type == "":
		return wrong("", "a row needs a function, a type with a method, or a type")
	case r.isCall() && r.Is != "":
		return wrong("is", "a type is something; a call has does")
	case r.isCall():
		if err := checkWord(r, effectWords, "does", r.Does, "effect", "a call"); err != nil {
			return err
		}
		return r.checkSends()
	case r.Does != "":
		return wrong("does", "a call does something; a type has is")
	}
	return checkWord(r, roleWords, "is", r.Is, "kind of type", "a type")
}

// checkWord checks the word for what the row is about, which stands in the given
// field, and that only fields stand beside it that go with it.
func checkWord[T any](r UserRow, words []word[T], field, given, what, about string) error {
	w, ok := named(words, given)
	switch {
	case ok:
		return r.only(w.fields, w.Name)
	case given == "":
		return &UserError{Message: fmt.Sprintf("a row about %s needs %s: %s", about, field, strings.Join(names(words), ", "))}
	}
	return unknown(field, what, given, names(words))
}

// checkSends checks what a statement sends, and that what is said of that fits.
func (r UserRow) checkSends() error {
	if r.Sends == "" {
		return nil
	}
	w, ok := named(sendsWords, r.Sends)
	switch {
	case !ok:
		return unknown("sends", "kind of statement", r.Sends, names(sendsWords))
	case r.Writes && !slices.Contains(w.fields, "writes"):
		return wrong("writes", "what sends %s writes nothing", r.Sends)
	case r.Instead != "" && !slices.Contains(w.fields, "instead"):
		return wrong("instead", "a call that sends %s is not one statement for each element", r.Sends)
	}
	return nil
}

// only returns an error if a field is given that says nothing of a row of this
// kind.
func (r UserRow) only(fields []string, kind string) error {
	for _, f := range r.set() {
		if !slices.Contains(fields, f) {
			return wrong(f, "%s says nothing about what is %q", f, kind)
		}
	}
	return nil
}

// ParseFunction reads a function or method as it stands in lists:
// example.com/db.Finish, example.com/db.Unit.Close.
func ParseFunction(name string) (UserRow, error) {
	path, last, ok := cutName(name)
	if !ok {
		return UserRow{}, wrong("", "%q is no function: want example.com/db.Finish or example.com/db.Unit.Close", name)
	}
	row := UserRow{Package: path, Function: last}
	if pkg, typ, ok := cutName(path); ok && !version(typ) {
		row = UserRow{Package: pkg, Type: typ, Method: last}
	}
	return row, nil
}

// ParseType reads a type as it stands in lists: example.com/db.Store.
func ParseType(name string) (UserRow, error) {
	path, typ, ok := cutName(name)
	if !ok {
		return UserRow{}, wrong("", "%q is no type: want example.com/db.Store", name)
	}
	return UserRow{Package: path, Type: typ}, nil
}

// cutName splits at the last dot behind the last slash.
func cutName(name string) (path, last string, ok bool) {
	dot := strings.LastIndexByte(name, '.')
	if dot <= 0 || dot < strings.LastIndexByte(name, '/') || !token.IsIdentifier(name[dot+1:]) {
		return "", "", false
	}
	return name[:dot], name[dot+1:], true
}

// version reports whether the end of a path that reads like a name is the
// version of a module: gopkg.in/gorp.v3.
func version(name string) bool {
	digits, ok := strings.CutPrefix(name, "v")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// A Catalog is what is known of calls: the rows of this package, and those of a
// user, which come first. A nil Catalog has none of a user's.
type Catalog struct {
	packages map[string]bool
	calls    map[string]*userCall
	types    map[string]typeRow
	// results, fluent and cursors are types that are no handles.
	results, fluent, cursors map[string]bool
}

type userCall struct {
	lib    *Library
	row    UserRow
	effect Effect
	trip   TripRow
}

// NewCatalog returns the catalog that has the rows too, nil if there are none.
// A type that is committed, rolled back or finished by a row and of which no row
// says what it is, is a transaction.
func NewCatalog(rows []UserRow) (*Catalog, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	c := &Catalog{packages: map[string]bool{}, calls: map[string]*userCall{}, types: map[string]typeRow{}, results: map[string]bool{}, fluent: map[string]bool{}, cursors: map[string]bool{}}
	seen := map[string]bool{}
	for _, r := range rows {
		if err := r.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", r.Name(), err)
		}
		if seen[r.Name()] {
			return nil, fmt.Errorf("%s: there are two rows about it", r.Name())
		}
		seen[r.Name()] = true
		c.packages[r.Package] = true
		if !r.isCall() {
			c.addType(r)
		}
	}
	begins := map[string]bool{}
	for _, r := range rows {
		if r.Does == "begin" {
			begins[r.Package+"."+r.Type] = true
		}
	}
	for _, r := range rows {
		if r.isCall() {
			c.addCall(r, begins[r.Package+"."+r.Type])
		}
	}
	return c, nil
}

func (c *Catalog) addType(r UserRow) {
	switch r.Is {
	case rowsWord:
		c.results[r.Name()] = true
		return
	case queryWord:
		c.fluent[r.Name()] = true
		return
	case cursorWord:
		c.cursors[r.Name()] = true
		return
	}
	lib := &Library{
		Path: r.Package, FailedCommitOpen: r.FailedCommitOpen, AutoCommit: r.AutoCommit, IdleCommit: r.IdleCommit, NestedEnds: r.NestedEnds,
		RollbackAfterCommit: r.RollbackAfterCommit, CancelledRollbackKeeps: r.CancelledRollbackKeeps,
	}
	if r.DoneError != "" {
		lib.DoneError = r.Package + "." + r.DoneError
	}
	if w, ok := named(roleWords, r.Is); ok {
		c.types[r.Name()] = typeRow{lib, &Type{Name: r.Type, Role: w.is, ErrField: r.ErrorField, Chains: r.Chains}}
	}
}

func (c *Catalog) addCall(r UserRow, begins bool) {
	w, _ := named(effectWords, r.Does)
	call := &userCall{row: r, lib: &Library{Path: r.Package}, effect: w.is}
	if r.Type != "" {
		name := r.Package + "." + r.Type
		_, told := c.types[name]
		switch call.effect {
		case Commit, Rollback, Finish:
			if !told && r.Parameter == nil {
				role := Tx
				if begins {
					role = Either
				}
				c.types[name] = typeRow{call.lib, &Type{Name: r.Type, Role: role}}
			}
		}
		if t, ok := c.types[name]; ok {
			call.lib = t.lib
		}
	}
	if call.effect == Statement {
		call.trip = TripRow{&TripLibrary{Path: r.Package}, &TripCall{Func: r.local(), Does: r.trip(), Instead: r.Instead}}
	}
	c.calls[r.Name()] = call
}

// trip is what a statement sends.
func (r UserRow) trip() Trip {
	switch w, ok := named(sendsWords, r.Sends); {
	case ok && w.is == TextTrip && r.Writes:
		return ExecTrip
	case ok:
		return w.is
	case r.Writes:
		return WriteTrip
	}
	return ReadTrip
}

// find returns the row of a user about fn, nil if there is none.
func (c *Catalog) find(fn *types.Func) *userCall {
	if c == nil || fn == nil || fn.Pkg() == nil {
		return nil
	}
	path := unvendored(fn.Pkg().Path())
	if !c.packages[path] {
		return nil
	}
	name := fn.Name()
	if recv := fn.Signature().Recv(); recv != nil {
		tn := typeName(recv.Type())
		if tn == nil {
			return nil
		}
		name = tn.Name() + "." + name
	}
	return c.calls[path+"."+name]
}

// Find is [Find] with the rows of the user.
func (c *Catalog) Find(fn *types.Func) (Row, bool) {
	if c == nil {
		return Find(fn)
	}
	if u := c.find(fn); u != nil && u.effect != Wait { // which says nothing of transactions
		if call, err := c.complete(u.row, u.effect, fn); err == nil {
			return Row{u.lib, &call}, true
		}
	}
	if row, ok := Find(fn); ok {
		return row, true
	}
	return c.chained(fn)
}

// chained is [chained] for the user's types.
func (c *Catalog) chained(fn *types.Func) (Row, bool) {
	if fn == nil || fn.Signature().Recv() == nil {
		return Row{}, false
	}
	tr, ok := c.typeOf(fn.Signature().Recv().Type())
	if !ok {
		return Row{}, false
	}
	return chainedOn(tr, fn)
}

// Hands is [Hands] with the types of the user.
func (c *Catalog) Hands(fn *types.Func) bool {
	if Hands(fn) {
		return true
	}
	_, ok := c.chained(fn)
	return ok
}

// typeOf returns the row of a user about the type t.
func (c *Catalog) typeOf(t types.Type) (typeRow, bool) {
	if c == nil {
		return typeRow{}, false
	}
	tn := typeName(t)
	if tn == nil || tn.Pkg() == nil {
		return typeRow{}, false
	}
	tr, ok := c.types[unvendored(tn.Pkg().Path())+"."+tn.Name()]
	return tr, ok
}

// Handle is [Handle] with the types of the user.
func (c *Catalog) Handle(t types.Type) (*Library, *Type, bool) {
	if tr, ok := c.typeOf(t); ok {
		return tr.lib, tr.typ, true
	}
	return Handle(t)
}

// EndsWithTx is [EndsWithTx] with the types of the user.
func (c *Catalog) EndsWithTx(t types.Type) bool {
	return EndsWithTx(t) || c != nil && isOne(t, c.results)
}

// IsDoneError is [IsDoneError] with the errors of the user.
func (c *Catalog) IsDoneError(name string) bool {
	if c != nil {
		for _, t := range c.types {
			if t.lib.DoneError == name {
				return true
			}
		}
	}
	return IsDoneError(name)
}

// IsHandle is [IsHandle] with the types of the user.
func (c *Catalog) IsHandle(t types.Type) bool {
	if _, ok := c.typeOf(t); ok {
		return true
	}
	return IsHandle(t)
}

// IsFluent is [IsFluent] with the types of the user.
func (c *Catalog) IsFluent(t types.Type) bool { return IsFluent(t) || c != nil && isOne(t, c.fluent) }

// IsCursor is [IsCursor] with the types of the user.
func (c *Catalog) IsCursor(t types.Type) bool { return IsCursor(t) || c != nil && isOne(t, c.cursors) }

// FindTrip is [FindTrip] with the statements of the user.
func (c *Catalog) FindTrip(fn *types.Func) (TripRow, bool) {
	if u := c.find(fn); u != nil && u.trip.TripCall != nil {
		return u.trip, true
	}
	return FindTrip(fn)
}

// Waits reports whether the user says that a call of fn waits for something that
// is no database.
func (c *Catalog) Waits(fn *types.Func) bool {
	u := c.find(fn)
	return u != nil && u.effect == Wait
}

// Names reports whether a row of the user is about the package of the given
// path.
func (c *Catalog) Names(path string) bool { return c != nil && c.packages[unvendored(path)] }

// Reaches is [Reaches] with the packages of the user.
func (c *Catalog) Reaches(pkg *types.Package, memo map[*types.Package]bool) bool {
	if c == nil {
		return Reaches(pkg, memo)
	}
	if memo == nil {
		memo = map[*types.Package]bool{}
	}
	if r, ok := memo[pkg]; ok {
		return r
	}
	r := IsLibrary(pkg.Path()) || c.Names(pkg.Path())
	memo[pkg] = r
	for _, imp := range pkg.Imports() {
		if r {
			break
		}
		r = c.Reaches(imp, memo)
	}
	memo[pkg] = r
	return r
}

// Rows is the value of a flag that hands rows of a user to an analyzer: a JSON
// array of objects with the fields of [UserRow].
type Rows struct {
	text    string
	catalog *Catalog
}

// RowsUsage describes a flag of type [Rows].
const RowsUsage = "further rows of the catalog, as JSON (see 'help config')"

// Catalog returns the catalog with the rows.
func (r *Rows) Catalog() *Catalog { return r.catalog }

func (r *Rows) String() string {
	if r == nil {
		return ""
	}
	return r.text
}

// Set reads rows.
func (r *Rows) Set(text string) error {
	rows, err := ParseRows(text)
	if err != nil {
		return err
	}
	c, err := NewCatalog(rows)
	if err != nil {
		return err
	}
	r.text, r.catalog = text, c
	return nil
}

// ParseRows reads rows from JSON; the empty text has none.
func ParseRows(text string) ([]UserRow, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.DisallowUnknownFields()
	var rows []UserRow
	if err := dec.Decode(&rows); err != nil {
		return nil, fmt.Errorf("rows of the catalog: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("rows of the catalog: something stands behind them")
	}
	return rows, nil
}

// FormatRows writes rows as [ParseRows] reads them.
func FormatRows(rows []UserRow) (string, error) {
	if len(rows) == 0 {
		return "", nil
	}
	text, err := json.Marshal(rows)
	return string(text), err
}
