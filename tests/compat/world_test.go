// Terraform Cloud's own Go client against a running server. run.py starts the server and a GitHub in small, and tells
// their addresses in the environment.
package compat

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	tfe "github.com/hashicorp/go-tfe"
)

const (
	repository = "octo/infra"
	deadline   = 60 * time.Second
)

func setting(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set; run tests/compat/run.py", name)
	}
	return value
}

func address(t *testing.T) string { return setting(t, "COMPAT_ADDRESS") }
func forge(t *testing.T) string   { return setting(t, "COMPAT_FORGE") }

func newClient(t *testing.T) *tfe.Client {
	t.Helper()
	client, err := tfe.NewClient(&tfe.Config{Address: address(t), Token: setting(t, "COMPAT_TOKEN")})
	must(t, err)
	return client
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s is %v, not %v", what, got, want)
	}
}

func isTrue(t *testing.T, what string, condition bool) {
	t.Helper()
	if !condition {
		t.Errorf("not so: %s", what)
	}
}

// Asks until the answer is good; a deadline, never a sleep of hope.
func waitFor(t *testing.T, what string, good func() (bool, string)) {
	t.Helper()
	end := time.Now().Add(deadline)
	last := ""
	for time.Now().Before(end) {
		ok, seen := good()
		if ok {
			return
		}
		last = seen
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s did not come within %s; last seen: %s", what, deadline, last)
}

// What go-tfe has no field for: our own attributes, and the control calls of the fake.
func call(t *testing.T, method, url string, body any) map[string]any {
	t.Helper()
	text, err := json.Marshal(body)
	must(t, err)
	request, err := http.NewRequestWithContext(context.Background(), method, url, bytes.NewReader(text))
	must(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+setting(t, "COMPAT_TOKEN"))
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s", method, url, response.StatusCode, answer)
	}
	decoded := map[string]any{}
	if len(answer) > 0 {
		must(t, json.Unmarshal(answer, &decoded))
	}
	return decoded
}

// An organization of its own for each test, deleted at the end.
func newOrganization(t *testing.T, client *tfe.Client) *tfe.Organization {
	t.Helper()
	name := fmt.Sprintf("compat-%d", time.Now().UnixNano())
	made, err := client.Organizations.Create(context.Background(),
		tfe.OrganizationCreateOptions{Name: tfe.String(name), Email: tfe.String("admin@example.com")})
	must(t, err)
	t.Cleanup(func() {
		if err := client.Organizations.Delete(context.Background(), name); err != nil {
			t.Errorf("the organization could not be deleted: %v", err)
		}
	})
	return made
}

func newOAuthClient(t *testing.T, client *tfe.Client, organization string) *tfe.OAuthClient {
	t.Helper()
	made, err := client.OAuthClients.Create(context.Background(), organization, tfe.OAuthClientCreateOptions{
		Name:            tfe.String("forge"),
		HTTPURL:         tfe.String(forge(t)),
		APIURL:          tfe.String(forge(t) + "/api/v3"),
		OAuthToken:      tfe.String("ghp_fake"),
		ServiceProvider: tfe.ServiceProvider(tfe.ServiceProviderGithubEE),
	})
	must(t, err)
	return made
}

func newWorkspace(t *testing.T, client *tfe.Client, organization string, token *tfe.OAuthToken) *tfe.Workspace {
	t.Helper()
	made, err := client.Workspaces.Create(context.Background(), organization, tfe.WorkspaceCreateOptions{
		Name: tfe.String("prod"),
		VCSRepo: &tfe.VCSRepoOptions{
			Identifier:   tfe.String(repository),
			OAuthTokenID: tfe.String(token.ID),
			Branch:       tfe.String("main"),
		},
	})
	must(t, err)
	return made
}
