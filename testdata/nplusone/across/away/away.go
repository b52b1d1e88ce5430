// Package away talks to other servers.
package away

import (
	"net/http"
	"net/smtp"
)

// Blobs is implemented by a type that nobody else can name.
type Blobs interface {
	Remove(key string) error
	Name(key string) string
}

func New(c *http.Client) Blobs { return &client{c} }

type client struct{ http *http.Client }

func (c *client) Name(key string) string { return "blob " + key }

func (c *client) Remove(key string) error {
	req, err := http.NewRequest(http.MethodDelete, "https://blobs.example.com/"+key, nil)
	if err != nil {
		return err
	}
	resp, err := c.do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (c *client) do(req *http.Request) (*http.Response, error) { return c.http.Do(req) }

var host string

// Send is far from what it waits for, and there is none if no host is set.
func Send(to, text string) error {
	if host == "" {
		return nil
	}
	return prepare(to, text)
}

func prepare(to, text string) error { return address(to, "Hello\r\n"+text) }

func address(to, text string) error { return deliver([]string{to}, text) }

func deliver(to []string, text string) error { return dial(to, []byte(text)) }

func dial(to []string, text []byte) error {
	return smtp.SendMail(host, nil, "shop@example.com", to, text)
}

// Log is as far from it, but all that this package does is to talk to others.
func Log(to, text string) error {
	if to == "" {
		return nil
	}
	return prepare(to, text)
}
