package fake

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// Postgres starts a server that speaks the simple query protocol on the
// loopback interface until the test ends, and returns how to connect to it.
func (s *Server) Postgres(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &postgres{server: s, ctx: ctx, conns: map[net.Conn]bool{}, running: map[uint32]context.CancelFunc{}}
	p.served.Go(func() { p.accept(l) })
	t.Cleanup(func() {
		cancel()
		_ = l.Close()
		p.hangUp()
		p.served.Wait()
	})
	return fmt.Sprintf("host=127.0.0.1 port=%d user=u dbname=d sslmode=disable default_query_exec_mode=simple_protocol",
		l.Addr().(*net.TCPAddr).Port)
}

type postgres struct {
	server *Server
	ctx    context.Context
	served sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
	// running has for every session the end of its statement, which another
	// connection may ask for.
	running map[uint32]context.CancelFunc
}

func (p *postgres) accept(l net.Listener) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		p.conns[c] = true
		p.mu.Unlock()
		p.served.Go(func() { p.serve(c) })
		if p.ctx.Err() != nil {
			_ = c.Close() // accepted while the test was ending
		}
	}
}

func (p *postgres) hangUp() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

func (p *postgres) serve(c net.Conn) {
	b := &pgConn{Backend: pgproto3.NewBackend(c, c), postgres: p, status: 'I'}
	defer func() {
		b.set('I') // the end of a connection ends its transaction
		_ = c.Close()
		p.mu.Lock()
		delete(p.conns, c)
		p.mu.Unlock()
	}()
	if b.start() != nil {
		return
	}
	for {
		msg, err := b.Receive()
		if err != nil {
			return
		}
		q, ok := msg.(*pgproto3.Query)
		if !ok || b.answer(q.String) != nil {
			return
		}
	}
}

// A pgConn is the server's side of a connection, with its transaction status
// as the protocol has it: idle, in a transaction, in a failed one.
type pgConn struct {
	*pgproto3.Backend
	*postgres
	id     uint32
	status byte
}

func (c *pgConn) start() error {
	msg, err := c.ReceiveStartupMessage()
	if err != nil {
		return err
	}
	if other, ok := msg.(*pgproto3.CancelRequest); ok {
		c.cancel(other.ProcessID)
		return errors.New("no session is wanted")
	}
	c.mu.Lock()
	c.id = uint32(len(c.running) + 1)
	c.running[c.id] = func() {}
	c.mu.Unlock()
	c.Send(&pgproto3.AuthenticationOk{})
	c.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"})
	c.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
	c.Send(&pgproto3.BackendKeyData{ProcessID: c.id, SecretKey: []byte{0, 0, 0, 1}})
	return c.ready()
}

// cancel ends the statement that the session of the given number is in.
func (p *postgres) cancel(id uint32) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if end := p.running[id]; end != nil {
		end()
	}
}

// begun returns the context of a statement.
func (c *pgConn) begun() (context.Context, context.CancelFunc) {
	ctx, end := context.WithCancel(c.ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running[c.id] = end
	return ctx, end
}

func (c *pgConn) ready() error {
	c.Send(&pgproto3.ReadyForQuery{TxStatus: c.status})
	return c.Flush()
}

// answer runs the statements of one query up to the first that fails.
func (c *pgConn) answer(query string) error {
	for stmt := range strings.SplitSeq(query, ";") {
		stmt = strings.ToLower(strings.TrimSpace(stmt))
		if stmt == "" {
			continue
		}
		tag, err := c.run(stmt)
		if errors.Is(err, ErrHangUp) {
			return err
		}
		if err != nil {
			c.Send(&pgproto3.ErrorResponse{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: "XX000", Message: err.Error()})
			break
		}
		c.Send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
	}
	return c.ready()
}

// run executes one statement and returns its command tag.
func (c *pgConn) run(stmt string) (tag string, err error) {
	word, _, _ := strings.Cut(stmt, " ")
	step := word
	if step != Begin && step != Commit && step != Rollback || strings.HasPrefix(stmt, "rollback to") {
		step = Exec
	}
	ctx, end := c.begun()
	defer end()
	err = c.server.step(ctx, step, stmt)
	switch step {
	case Begin:
		if err == nil {
			c.set('T')
		}
		return "BEGIN", err
	case Commit:
		// A commit ends the transaction whether it works or not; that of a
		// failed transaction is answered as the rollback that it is.
		failed := c.status == 'E'
		c.set('I')
		if failed {
			return "ROLLBACK", err
		}
		return "COMMIT", err
	case Rollback:
		if err == nil {
			c.set('I')
		}
		return "ROLLBACK", err
	}
	return c.statement(stmt, word, err)
}

func (c *pgConn) statement(stmt, word string, err error) (string, error) {
	if strings.HasPrefix(stmt, "rollback to") && err == nil && c.status == 'E' {
		c.set('T')
	}
	if c.status == 'E' {
		return "", errors.New("current transaction is aborted")
	}
	if err != nil && c.status == 'T' {
		c.set('E')
	}
	if word == "insert" {
		return "INSERT 0 1", err
	}
	if word == "select" && err == nil {
		c.rows()
		return "SELECT 2", nil
	}
	return strings.ToUpper(word), err
}

// rows sends two rows of one number.
func (c *pgConn) rows() {
	const int4 = 23
	c.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("n"), DataTypeOID: int4, DataTypeSize: 4, TypeModifier: -1}}})
	for _, n := range []string{"1", "2"} {
		c.Send(&pgproto3.DataRow{Values: [][]byte{[]byte(n)}})
	}
}

func (c *pgConn) set(status byte) {
	switch {
	case status != 'I' && c.status == 'I':
		c.server.opened(1)
	case status == 'I' && c.status != 'I':
		c.server.opened(-1)
	}
	c.status = status
}
